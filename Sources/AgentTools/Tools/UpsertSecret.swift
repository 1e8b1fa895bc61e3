import AltanCloud
import JSONText

extension Tool {
    static let upsertSecret = Tool(
        "upsert_secret",
        title: "Store secret",
        description: """
            Stores a secret, or replaces its value: every service of the cloud gets it as an environment variable. Call \
            it once for each value of a completed authorization request, at once and before deploying. The value is \
            never shown again. A service that runs already gets the new value when it is deployed again.
            """,
        arguments: [
            .cloudID,
            .required("key", .string, "The variable's name in UPPER_SNAKE_CASE, as the provider's SDK calls it."),
            .required("value", .string, secret: true, "The secret itself."),
            .optional("description", .anyString, "What it is for."),
        ],
        output: .record([
            ("key", .string), ("description", .anyString), ("created_at", .string), ("updated_at", .string),
            ("cloud_id", .string), ("warnings", .texts), ("services_to_redeploy", .texts),
        ]),
        hints: .writes
    ) { arguments, context in
        let cloud = try await context.store.cloud(arguments.cloudID)
        let value = SecretValue(arguments.text("value"))
        let secret = try await context.platform.storeSecret(
            cloud: cloud.id, key: arguments.text("key"), value: value,
            description: arguments.optionalText("description"))
        var warnings: [String] = []
        if let warning = context.platform.liveKeyWarning(secret.key, value) { warnings.append(warning) }
        if secret.key != secret.key.uppercased() {
            warnings.append("By convention secrets are named in UPPER_SNAKE_CASE: \(secret.key.uppercased()).")
        }
        // Which of them read it is not known without running them, so all that mention it are named.
        let stale = try await context.store.services(cloud: cloud.id)
            .filter { $0.status == .running && $0.code.contains(secret.key) }
        var json = ControlPlaneJSON.secret(secret)
        json.set("cloud_id", .string(cloud.id))
        json.set("warnings", .array(warnings.map(JSON.string)))
        json.set("services_to_redeploy", .array(stale.map { .string($0.name) }))
        return json.followed(
            by: stale.isEmpty
                ? "When every secret that the code needs is stored, deploy with create_service."
                : "Deploy \(stale.map(\.name).joined(separator: ", ")) again: they run with the value from before.")
    }
}
