import AltanCloud
import JSONText
import World

extension Tool {
    static let getServiceLogs = Tool(
        "get_service_logs",
        title: "Get service logs",
        description: """
            What services printed, oldest line first: prints, tracebacks, failed deployments. Use it when an endpoint \
            answers something unexpected. With request_id (the X-Request-Id of a reply) only the lines of that request.
            """,
        arguments: [
            .cloudID,
            .optional("service_name", .string, alias: "name", "One service; all of the cloud when left out."),
            .optional("tail", .integer(1...10_000), "How many lines at most, the newest; 200 when left out."),
            .optional("since", .string, "Only lines from this moment on, ISO 8601, such as 2026-01-31T09:30:00Z."),
            .optional("request_id", .string, "Only lines printed during this request."),
        ],
        output: .record([("lines", .array(.record([("timestamp", .string), ("message", .anyString)])))]),
        hints: .reads
    ) { arguments, context in
        let cloud = try await context.store.cloud(arguments.cloudID)
        let service = arguments.optionalText("service_name")
        if let service { _ = try await context.store.service(service, cloud: cloud.id) }
        let since = try arguments.optionalText("since").map { text throws(CloudError) in
            guard let moment = Timestamp(iso8601: text) else {
                throw .invalidArguments([.init("since", "must be a moment in ISO 8601, such as 2026-01-31T09:30:00Z")])
            }
            return moment
        }
        let lines = try await context.platform.logs.lines(
            cloud: cloud.id, service: service, tail: arguments.integer("tail", default: 200), since: since,
            requestID: arguments.optionalText("request_id"))
        return ["lines": .array(lines.map { ControlPlaneJSON.logLine($0, withService: service == nil) })]
    }
}
