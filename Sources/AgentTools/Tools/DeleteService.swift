import AltanCloud
import JSONText

extension Tool {
    static let deleteService = Tool(
        "delete_service",
        title: "Delete service",
        description: """
            Stops a service and forgets its code and deployments; its paths answer 404. Its logs stay. To replace code \
            use update_service instead.
            """,
        arguments: [.cloudID, .serviceName],
        output: .deletion,
        hints: .destroys
    ) { arguments, context in
        let name = arguments.text("service_name")
        try await context.platform.deleteService(name, cloud: arguments.cloudID, caller: context.caller)
        return ["name": .string(name), "deleted": true]
    }
}
