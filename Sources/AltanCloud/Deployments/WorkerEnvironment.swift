/// The environment variables of a cloud's services.
struct WorkerEnvironment: Sendable {
    var variables: [String: String]
    /// An earlier address of this cloud that was stored as `SUPABASE_URL` and has been replaced by the present one.
    var replacedOrigin: String?
    /// Sentences about values that look wrong for a local emulator.
    var warnings: [String]
}

extension Platform {
    /// All secrets of the cloud, and unless the rules are strict its own `SUPABASE_URL` and `SUPABASE_KEY`, over which
    /// stored ones win. The exception: a stored URL that this cloud once had is the present one, for the port may
    /// have changed since an agent stored what `get_cloud` reported.
    func environment(of cloud: Cloud) async throws -> WorkerEnvironment {
        let baseURL = origins.baseURL(of: cloud.id)
        var environment = WorkerEnvironment(variables: [:], replacedOrigin: nil, warnings: [])
        if !rules.strictSecrets {
            environment.variables = ["SUPABASE_URL": baseURL, "SUPABASE_KEY": keys(of: cloud).serviceRoleKey]
        }
        for secret in try await store.secrets(cloud: cloud.id) {
            environment.variables[secret.key] = secret.value.revealed
            if let warning = liveKeyWarning(secret.key, secret.value) { environment.warnings.append(warning) }
        }
        if let stored = environment.variables["SUPABASE_URL"].map(CloudOrigins.trimmed), stored != baseURL {
            let earlier = try await store.origins().map { origins.baseURL(of: cloud.id, at: $0) }
            if earlier.contains(stored) {
                environment.variables["SUPABASE_URL"] = baseURL
                environment.replacedOrigin = stored
            }
        }
        return environment
    }

    /// A sentence for a value that looks like a real key; the emulator needs none.
    package func liveKeyWarning(_ key: String, _ value: SecretValue) -> String? {
        KeyPattern.liveKeyOwner(value.revealed).map {
            "\(key) looks like a live key of \($0). Use a test key here: the emulator needs no live one."
        }
    }
}
