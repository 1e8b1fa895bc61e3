import SQLite
import World

extension CloudStore {
    /// The secrets of a cloud by name.
    package func secrets(cloud: String) async throws -> [Secret] {
        try await database.read { connection in
            try Self.check(cloud: cloud, connection)
            var secrets: [Secret] = []
            try connection.query(
                "SELECT \(Secret.columns) FROM secrets WHERE cloud_id = ?1 ORDER BY key", [.text(cloud)]
            ) {
                secrets.append(Secret(row: $0))
            }
            return secrets
        }
    }

    /// Stores a secret or replaces it.
    /// - Parameter value: nil keeps the value there is, which then must exist.
    /// - Parameter description: nil keeps the description there is.
    @discardableResult
    package func upsertSecret(
        cloud: String, key: String, value: SecretValue?, description: String? = nil
    ) async throws -> Secret {
        guard SecretName.isValid(key) else { throw CloudError.invalidSecretKey(key) }
        if let value {
            // An environment variable cannot hold a NUL.
            guard !value.revealed.isEmpty, !value.revealed.utf8.contains(0) else {
                throw CloudError.emptySecretValue(key)
            }
            learn(value, named: key)
        }
        let now = world.now
        // A description is shown; an agent may have repeated the value in it.
        let description = description.map { redactor.redact($0) }
        let stored = try await database.write { connection in
            try Self.check(cloud: cloud, connection)
            try Self.store(key, value, description: description, cloud: cloud, now: now, connection)
            var stored: Secret?
            try connection.query(
                "SELECT \(Secret.columns) FROM secrets WHERE cloud_id = ?1 AND key = ?2 AND value IS NOT NULL",
                [.text(cloud), .text(key)]
            ) { stored = Secret(row: $0) }
            // A new secret without a value: thrown out again with the transaction.
            guard let stored else { throw CloudError.emptySecretValue(key) }
            return stored
        }
        changes.tell(.secretStored(cloud: cloud, key: key))
        return stored
    }

    /// Writes a secret, inside a transaction; nil keeps what there is.
    static func store(
        _ key: String, _ value: SecretValue?, description: String?, cloud: String, now: Timestamp,
        _ connection: Connection
    ) throws {
        try connection.run(
            """
            INSERT INTO secrets VALUES (?1, ?2, ?3, coalesce(?4, ''), ?5, ?5)
            ON CONFLICT (cloud_id, key) DO UPDATE SET
                value = coalesce(?3, value), description = coalesce(?4, description), updated_at = ?5
            """,
            [.text(cloud), .text(key), .optional(value?.revealed), .optional(description), .moment(now)])
    }

    package func deleteSecret(cloud: String, key: String) async throws {
        try await database.write { connection in
            try Self.check(cloud: cloud, connection)
            if try connection.run("DELETE FROM secrets WHERE cloud_id = ?1 AND key = ?2", [.text(cloud), .text(key)])
                == 0
            {
                let known = try connection.rows(
                    "SELECT key FROM secrets WHERE cloud_id = ?1 ORDER BY key", [.text(cloud)])
                throw CloudError.unknownSecret(
                    key, known: known.map { if case .text(let key) = $0[0] { key } else { "" } })
            }
        }
        try await forgetErased()
        changes.tell(.secretDeleted(cloud: cloud, key: key))
    }
}
