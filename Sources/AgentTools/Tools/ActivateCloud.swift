import AltanCloud
import JSONText

extension Tool {
    static let activateCloud = Tool(
        "activate_cloud",
        title: "Activate cloud",
        description: """
            Makes sure that a project has a cloud, which everything else needs, and tells its cloud_id and base_url. \
            Without a name that is the cloud the project has already; with one, the cloud of that name, made if there is \
            none. A new cloud is empty: no secrets, no tables, no services. Then call get_cloud.
            """,
        arguments: [
            .optional("name", .string, "The cloud's name, for a further cloud."),
            .optional("project_id", .string, "The project; the current one when left out."),
        ],
        output: .record([
            ("cloud_id", .string), ("id", .string), ("name", .string), ("status", .string), ("base_url", .string),
            ("created", .boolean),
        ]),
        hints: .writes
    ) { arguments, context in
        let project = try await context.store.project(arguments.optionalText("project_id"))
        let clouds = try await context.store.clouds().filter { $0.projectID == project.id }
        let name = arguments.optionalText("name")
        let known = clouds.first { name == nil || $0.name == name }
        let cloud: Cloud
        if let known {
            cloud = known
        } else {
            cloud = try await context.platform.activateCloud(.init(name: name ?? project.name, projectID: project.id))
        }
        let baseURL = context.baseURL(cloud.id)
        var json = ControlPlaneJSON.instance(cloud, baseURL: baseURL)
        json.set("base_url", .string(baseURL))
        json.set("created", .bool(known == nil))
        return json.followed(
            by: "Call get_cloud with cloud_id \(cloud.id), then list_secrets, before writing any code.")
    }
}
