import AltanCloud
import JSONText

// Arguments and results that several tools have in common.

extension Schema.Property {
    static let cloudID = Schema.Property.optional(
        "cloud_id", .string, "The cloud, as get_project reports it. May be left out while there is one cloud.")

    static let serviceName = Schema.Property.required(
        "service_name", .string, alias: "name", "The service's name in snake_case, such as task_service.")
}

extension Schema {
    static let texts = Schema.array(.anyString)

    static let route = Schema.record([("method", .string), ("path", .string), ("url", .string)])

    static let serviceSummary = Schema.record([
        ("name", .string), ("description", .anyString), ("status", .string), ("requirements", texts),
        ("url", .string), ("routes", .array(route)), ("mounted_at", .nullable(.string)), ("created_at", .string),
        ("updated_at", .string),
    ])

    static let secret = Schema.record([
        ("key", .string), ("description", .anyString), ("created_at", .string), ("updated_at", .string),
    ])

    static let authorizationRequest = Schema.record([
        ("id", .string), ("name", .string), ("cloud_id", .string), ("is_completed", .boolean), ("status", .string),
        ("date_creation", .string), ("complete_url", .string),
        ("meta_data", .record([("type", .string), ("requested_secrets", .array(.anything))])),
    ])

    static let deletion = Schema.record([("deleted", .boolean)])
}

extension JSON {
    /// The object with one more member: what to do next.
    func followed(by step: String) -> JSON {
        var json = self
        json.set("next_step", .string(step))
        return json
    }
}

extension ToolContext {
    func json(_ request: AuthorizationRequest) -> JSON {
        ControlPlaneJSON.request(request, baseURL: platform.origins.current)
    }
}
