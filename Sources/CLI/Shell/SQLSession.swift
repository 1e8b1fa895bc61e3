import JSONText

/// Statements one after the other on a cloud's database, as one connection would run them: each a transaction of its
/// own, and what they SET lasts.
final class SQLSession {
    private let client: EmulatorClient
    private let cloud: String?
    private var state: JSON?

    init(_ client: EmulatorClient, cloud: String?) {
        self.client = client
        self.cloud = cloud
    }

    /// - Parameter file: what errors name; nil for what was typed.
    func run(_ sql: String, file: String? = nil) async throws -> JSON {
        var body: JSON = ["sql": .string(sql), "autocommit": true, "continue_on_error": true]
        if let cloud { body.set("cloud_id", .string(cloud)) }
        if let file { body.set("file", .string(file)) }
        if let state { body.set("session", state) }
        let result = try await client.json("POST", "/_emulator/sql", body: body)
        state = result["session"]
        return result
    }

    /// The rows of one query, as texts.
    /// - Throws: `CommandFailure.refused` where it is not taken.
    func rows(_ query: String) async throws -> [[String?]] { try await table(query).rows }

    func table(_ query: String) async throws -> Table {
        let statement = ScriptReport(try await run(query)).statements.last ?? [:]
        guard let table = Table(statement) else {
            throw CommandFailure.refused(Refusal(status: 400, json: statement["error"] ?? statement))
        }
        return table
    }
}
