import JSONText

/// The variables by which programs find an emulator: what `exec` exports and `status --env` prints.
struct EnvironmentFacts {
    let variables: [(name: String, value: String)]

    /// - Parameter facts: the ready line.
    init(_ facts: JSON) {
        let names = [
            ("SUPABASE_URL", "supabase_url"), ("SUPABASE_KEY", "service_role_key"), ("SUPABASE_ANON_KEY", "anon_key"),
            ("ALTAN_BASE_URL", "base_url"), ("ALTAN_CLOUD_ID", "cloud_id"), ("ALTAN_MCP_URL", "mcp_url"),
        ]
        variables = names.compactMap { name, fact in facts[fact]?.stringValue.map { (name, $0) } }
    }
}

/// The ready line for people.
enum FactsText {
    static func render(_ facts: JSON) -> String {
        let lines = [
            ("API and Supabase URL", "base_url"), ("anon key", "anon_key"), ("service_role key", "service_role_key"),
            ("JWT secret", "jwt_secret"), ("cloud", "cloud_id"), ("project", "project_id"), ("state", "state"),
            ("process", "pid"),
        ]
        return lines.compactMap { title, name in
            guard let value = facts[name], !value.isNull else { return nil }
            return "  \(title):" + String(repeating: " ", count: 22 - title.count) + (value.stringValue ?? value.text)
        }
        .joined(separator: "\n")
    }
}
