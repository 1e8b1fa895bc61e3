import AltanCloud
import JSONText

extension Tool {
    static let getProject = Tool(
        "get_project",
        title: "Get project",
        description: """
            The project: its cloud_id, base_url, services and clouds. Call it first, before anything else. \
            Then call get_cloud for the Supabase credentials and list_secrets for what is stored.
            """,
        arguments: [.optional("project_id", .string, "The project; the current one when left out.")],
        output: .record([
            ("id", .string), ("name", .string), ("account_id", .string), ("cloud_id", .string), ("base_url", .string),
            ("services_url", .string), ("openapi_url", .string), ("services", .texts), ("agents", .array(.anything)),
            ("clouds", .array(.record([("cloud_id", .string), ("name", .string), ("base_url", .string)]))),
        ]),
        hints: .reads
    ) { arguments, context in
        let project = try await context.store.project(arguments.optionalText("project_id"))
        let clouds = try await context.store.clouds().filter { $0.projectID == project.id }
        guard let cloud = clouds.first else { throw CloudError.unknownCloud(project.id, known: []) }
        let services = try await context.store.services(cloud: cloud.id)
        let baseURL = context.baseURL(cloud.id)
        var json = ControlPlaneJSON.altaner(project, clouds: clouds, baseURL: context.baseURL)
        json.set("cloud_id", .string(cloud.id))
        json.set("base_url", .string(baseURL))
        json.set("services_url", .string("\(baseURL)/services/api"))
        json.set("openapi_url", .string("\(baseURL)/services/openapi.json"))
        json.set("services", .array(services.map { .string($0.name) }))
        // The emulator runs no agents of its own.
        json.set("agents", [])
        json.set(
            "clouds",
            .array(
                clouds.map { cloud in
                    [
                        "cloud_id": .string(cloud.id), "name": .string(cloud.name),
                        "base_url": .string(context.baseURL(cloud.id)),
                    ]
                }))
        return json.followed(by: "Call get_cloud, then list_secrets, before writing any code.")
    }
}
