import AltanCloud
import JSONText

extension Tool {
    static let getOpenAPI = Tool(
        "get_openapi",
        title: "Get OpenAPI document",
        description: """
            The OpenAPI document of a cloud's services, the one at {base_url}/services/openapi.json: every endpoint with \
            its parameters and schemas. Call it after deploying, to see which endpoints there are to be tested and what \
            they take. With service_name only the paths of that service.
            """,
        arguments: [
            .cloudID,
            .optional("service_name", .string, alias: "name", "One service; all of the cloud when left out."),
        ],
        output: .record([("openapi", .string), ("info", .record([])), ("paths", .record([]))]),
        hints: .reads
    ) { arguments, context in
        let cloud = try await context.store.cloud(arguments.cloudID)
        let service = arguments.optionalText("service_name")
        if let service { _ = try await context.store.service(service, cloud: cloud.id) }
        var document = try await context.endpoints.openAPI(cloud: cloud.id)
        if let service {
            let prefix = "/api/\(service)"
            let paths = (document["paths"]?.objectValue ?? [])
                .filter { $0.key == prefix || $0.key.hasPrefix(prefix + "/") }
            document.set("paths", .object(paths))
        }
        return document
    }
}
