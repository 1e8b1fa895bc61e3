import AltanCloud
import JSONText

extension Tool {
    static let getService = Tool(
        "get_service",
        title: "Get service",
        description: """
            One service with its code, routes, and last deployments, and why the last one failed if it did. Use it \
            before update_service, or to find out what a failed deployment left running.
            """,
        arguments: [.cloudID, .serviceName],
        output: .record([
            ("name", .string), ("status", .string), ("code", .anyString), ("requirements", .texts),
            ("url", .string), ("routes", .array(.route)),
            ("deployments", .array(.record([("id", .string), ("status", .string)]))),
        ]),
        hints: .reads
    ) { arguments, context in
        let cloud = try await context.store.cloud(arguments.cloudID)
        let service = try await context.store.service(arguments.text("service_name"), cloud: cloud.id)
        let deployments = try await context.store.deployments(of: service.name, cloud: cloud.id)
        var json = ControlPlaneJSON.service(service, baseURL: context.baseURL(cloud.id))
        json.set("cloud_id", .string(cloud.id))
        json.set("deployments", .array(deployments.map(ControlPlaneJSON.deployment)))
        return json
    }
}
