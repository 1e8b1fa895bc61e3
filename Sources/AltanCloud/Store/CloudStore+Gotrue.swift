import JSONText
import SQLite
import World

extension CloudStore {
    /// The settings of a cloud's Auth, its secrets included.
    package func gotrueConfiguration(cloud: String) async throws -> GotrueConfiguration {
        try await database.read { connection in
            try Self.check(cloud: cloud, connection)
            let stored = try connection.rows("SELECT gotrue FROM clouds WHERE id = ?1", [.text(cloud)])
            guard case .text(let text)? = stored.first?[0] else { return GotrueConfiguration() }
            return try GotrueConfiguration(stored: try JSON(parsing: text))
        }
    }

    func set(gotrue configuration: GotrueConfiguration, cloud: String) async throws {
        for secret in configuration.secrets { learn(secret.value, named: "gotrue.\(secret.section).\(secret.field)") }
        let now = world.now
        _ = try await database.write { connection in
            try connection.run(
                "UPDATE clouds SET gotrue = ?2, updated_at = ?3 WHERE id = ?1",
                [.text(cloud), .json(configuration.json), .moment(now)])
        }
    }
}
