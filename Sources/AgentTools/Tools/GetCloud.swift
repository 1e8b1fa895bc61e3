import AltanCloud
import JSONText

extension Tool {
    static let getCloud = Tool(
        "get_cloud",
        title: "Get cloud",
        description: """
            A cloud's address and Supabase credentials: SUPABASE_URL and SUPABASE_KEY (the service role's, for service \
            code) and anon_key (for frontends). Call it after get_project and before writing code that uses the \
            database. Then call list_secrets to see which secrets are stored.
            """,
        arguments: [.cloudID],
        output: .record([
            ("cloud_id", .string), ("id", .string), ("name", .string), ("status", .string), ("base_url", .string),
            ("SUPABASE_URL", .string), ("SUPABASE_KEY", .string), ("anon_key", .string), ("services_url", .string),
            ("openapi_url", .string), ("secrets", .texts), ("supabase_credentials_injected", .boolean),
        ]),
        hints: .reads
    ) { arguments, context in
        let cloud = try await context.store.cloud(arguments.cloudID)
        let secrets = try await context.store.secrets(cloud: cloud.id)
        let baseURL = context.baseURL(cloud.id)
        let keys = context.platform.keys(of: cloud)
        let injected = !context.platform.rules.strictSecrets
        var json = ControlPlaneJSON.instance(cloud, baseURL: baseURL)
        json.set("base_url", .string(baseURL))
        json.set("SUPABASE_URL", .string(baseURL))
        json.set("SUPABASE_KEY", .string(keys.serviceRoleKey))
        json.set("anon_key", .string(keys.anonKey))
        json.set("services_url", .string("\(baseURL)/services/api"))
        json.set("openapi_url", .string("\(baseURL)/services/openapi.json"))
        json.set("secrets", .array(secrets.map { .string($0.key) }))
        json.set("supabase_credentials_injected", .bool(injected))
        return json.followed(
            by: injected
                ? "Services get SUPABASE_URL and SUPABASE_KEY by themselves. Ask for other secrets with "
                    + "create_authorization_request."
                : "Store SUPABASE_URL and SUPABASE_KEY with upsert_secret: services get only what is stored.")
    }
}
