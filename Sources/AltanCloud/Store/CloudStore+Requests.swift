import JSONText
import SQLite
import World

extension CloudStore {
    /// What a new authorization request says.
    package struct RequestDraft: Sendable {
        package var name: String?
        package var message: String?
        package var roomID: String?
        package var callbackID: String?
        package var requestedSecrets: [RequestedSecret]
    }

    func createRequest(_ draft: RequestDraft, cloud: String) async throws -> AuthorizationRequest {
        let request = AuthorizationRequest(
            id: world.uuid(), cloudID: cloud,
            name: draft.name ?? "Secrets: \(draft.requestedSecrets.map(\.key).joined(separator: ", "))",
            roomID: draft.roomID, callbackID: draft.callbackID, message: draft.message,
            requestedSecrets: draft.requestedSecrets, state: .pending, providedKeys: [], holdsValues: false,
            createdAt: world.now, token: world.token())
        try await database.write { connection in
            try Self.check(cloud: cloud, connection)
            try connection.run(
                """
                INSERT INTO requests (id, cloud_id, name, room_id, callback_id, message, requested, state, created_at,
                    token) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'pending', ?8, ?9)
                """,
                [
                    .text(request.id), .text(cloud), .text(request.name), .optional(request.roomID),
                    .optional(request.callbackID), .optional(request.message),
                    .json(.array(request.requestedSecrets.map(\.json))), .moment(request.createdAt),
                    .text(request.token),
                ])
        }
        changes.tell(.request(request, .created))
        return request
    }

    /// Requests, oldest first.
    package func requests(
        cloud: String? = nil, roomID: String? = nil, isCompleted: Bool? = nil
    ) async throws -> [AuthorizationRequest] {
        try await eraseExpiredValues()
        return try await database.write { connection in
            var requests: [AuthorizationRequest] = []
            try connection.query("SELECT \(AuthorizationRequest.columns) FROM requests ORDER BY created_at, rowid") {
                requests.append(try AuthorizationRequest(row: $0))
            }
            return requests.filter { request in
                (cloud == nil || request.cloudID == cloud) && (roomID == nil || request.roomID == roomID)
                    && (isCompleted == nil || (request.state == .completed) == isCompleted)
            }
        }
    }

    package func request(_ id: String) async throws -> AuthorizationRequest {
        try await eraseExpiredValues()
        return try await database.write { connection in
            try Self.request(id, connection)
        }
    }

    /// The request whose page has that token.
    package func request(token: String) async throws -> AuthorizationRequest {
        try await eraseExpiredValues()
        return try await database.write { connection in
            let rows = try connection.rows("SELECT id FROM requests WHERE token = ?1", [.text(token)])
            guard !token.isEmpty, case .text(let id)? = rows.first?[0] else { throw CloudError.unknownRequest("here") }
            return try Self.request(id, connection)
        }
    }

    /// Erases what waited too long to be fetched, from the write-ahead log as well.
    package func eraseExpiredValues() async throws {
        let now = world.now
        if try await database.write({ try Self.eraseExpiredValues($0, now: now) }) { try await forgetErased() }
    }

    /// The request with its values, if they are still there; they are erased with this reading.
    package func takeProvidedSecrets(
        _ id: String
    ) async throws -> (request: AuthorizationRequest, values: [(key: String, value: SecretValue)]?) {
        let now = world.now
        let taken: (request: AuthorizationRequest, values: [(key: String, value: SecretValue)]?)
        try await eraseExpiredValues()
        taken = try await database.write { try Self.take(id, $0, now: now) }
        if taken.values != nil {
            try await forgetErased()
            changes.tell(.request(taken.request, .handedOver))
        }
        return taken
    }

    private static func take(
        _ id: String, _ connection: Connection, now: Timestamp
    ) throws -> (request: AuthorizationRequest, values: [(key: String, value: SecretValue)]?) {
        let request = try request(id, connection)
        guard request.holdsValues else { return (request, nil) }
        var values: [(key: String, value: SecretValue)] = []
        try connection.query("SELECT provided FROM requests WHERE id = ?1", [.text(id)]) { row in
            for member in try row.json(0).objectValue ?? [] {
                values.append((member.key, SecretValue(member.value.stringValue ?? "")))
            }
        }
        try connection.run(
            "UPDATE requests SET provided = NULL, handed_over_at = ?2 WHERE id = ?1", [.text(id), .moment(now)])
        return (try Self.request(id, connection), values)
    }

    /// Closes a pending request with the values the user gave.
    /// - Parameter storing: stores each as a secret of the cloud as well. The platform does not: its agents must.
    func completeRequest(
        _ id: String, values: [(key: String, value: SecretValue)], storing: Bool = false
    ) async throws -> AuthorizationRequest {
        for (key, value) in values { learn(value, named: key) }
        let now = world.now
        let completed = try await database.write { connection in
            let request = try Self.pending(id, connection)
            let given = values.filter { !$0.value.revealed.isEmpty }
            // An environment variable cannot hold a NUL.
            if let bad = given.first(where: { $0.value.revealed.utf8.contains(0) }) {
                throw CloudError.emptySecretValue(bad.key)
            }
            let missing = request.requestedSecrets.filter { wanted in
                wanted.required && !given.contains { $0.key == wanted.key }
            }
            let unexpected = values.map(\.key).filter { key in !request.requestedSecrets.contains { $0.key == key } }
            guard missing.isEmpty, unexpected.isEmpty else {
                throw CloudError.incompleteAuthorization(id, missing: missing.map(\.key), unexpected: unexpected)
            }
            let provided = JSON.object(given.map { JSON.Member($0.key, .string($0.value.revealed)) })
            try connection.run(
                """
                UPDATE requests SET state = 'completed', provided = ?2, provided_keys = ?3, completed_at = ?4,
                    is_stored = ?5 WHERE id = ?1
                """,
                [.text(id), .json(provided), .list(given.map(\.key)), .moment(now), .integer(storing ? 1 : 0)])
            for (key, value) in given where storing {
                let description = request.requestedSecrets.first { $0.key == key }?.description ?? ""
                try Self.store(key, value, description: description, cloud: request.cloudID, now: now, connection)
            }
            return try Self.request(id, connection)
        }
        changes.tell(.request(completed, .completed))
        if storing {
            for key in completed.providedKeys { changes.tell(.secretStored(cloud: completed.cloudID, key: key)) }
        }
        return completed
    }

    /// Closes a pending request without an answer.
    func rejectRequest(_ id: String) async throws -> AuthorizationRequest {
        let now = world.now
        let rejected = try await database.write { connection in
            _ = try Self.pending(id, connection)
            try connection.run(
                "UPDATE requests SET state = 'rejected', provided = NULL, completed_at = ?2 WHERE id = ?1",
                [.text(id), .moment(now)])
            return try Self.request(id, connection)
        }
        changes.tell(.request(rejected, .rejected))
        return rejected
    }

    /// Forgets a request, and says what it was.
    func deleteRequest(_ id: String) async throws -> AuthorizationRequest {
        let deleted = try await database.write { connection in
            let request = try Self.request(id, connection)
            try connection.run("DELETE FROM requests WHERE id = ?1", [.text(id)])
            return request
        }
        if deleted.holdsValues { try await forgetErased() }
        changes.tell(.request(deleted, .deleted))
        return deleted
    }

    /// Erases values that waited too long for the agent, in the mark as well. Says whether there were any.
    @discardableResult
    static func eraseExpiredValues(_ connection: Connection, now: Timestamp) throws -> Bool {
        var erased = 0
        let oldest = Timestamp(microseconds: now.microseconds - AuthorizationRequest.valueLifetime.wholeMicroseconds)
        for table in ["requests", "marked_requests"] {
            erased += try connection.run(
                "UPDATE \(table) SET provided = NULL WHERE provided IS NOT NULL AND completed_at <= ?1",
                [.moment(oldest)])
        }
        return erased > 0
    }

    private static func request(_ id: String, _ connection: Connection) throws -> AuthorizationRequest {
        var request: AuthorizationRequest?
        try connection.query("SELECT \(AuthorizationRequest.columns) FROM requests WHERE id = ?1", [.text(id)]) {
            request = try AuthorizationRequest(row: $0)
        }
        guard let request else { throw CloudError.unknownRequest(id) }
        return request
    }

    private static func pending(_ id: String, _ connection: Connection) throws -> AuthorizationRequest {
        let request = try request(id, connection)
        guard request.state == .pending else { throw CloudError.requestClosed(id, state: request.state) }
        return request
    }
}
