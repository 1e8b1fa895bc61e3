import AltanCloud
import JSONText

extension Tool {
    static let listServices = Tool(
        "list_services",
        title: "List services",
        description: """
            The services of a cloud with status, address and routes, without their code. Use it to see what is deployed \
            before adding to it; get_service shows one with its code and deployments.
            """,
        arguments: [.cloudID],
        output: .record([("services", .array(.serviceSummary))]),
        hints: .reads
    ) { arguments, context in
        let cloud = try await context.store.cloud(arguments.cloudID)
        let services = try await context.store.services(cloud: cloud.id)
        let baseURL = context.baseURL(cloud.id)
        return [
            "services": .array(services.map { ControlPlaneJSON.service($0, baseURL: baseURL, withCode: false) })
        ]
    }
}
