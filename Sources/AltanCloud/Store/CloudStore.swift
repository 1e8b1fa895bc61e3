private import Glibc
import JSONText
import SQLite
private import Synchronization
package import World

/// The owner of `control.db`: projects, clouds, services, deployments, secrets, authorization requests.
///
/// Every operation runs on the database's own threads and has returned when it is on disk. Errors are `CloudError`s.
/// The operations are in extensions, one file a noun.
package final class CloudStore: Sendable {
    let database: Database
    let world: World
    package let identity: Identity
    /// Knows every secret value that the store has seen since it was opened.
    package let redactor: Redactor
    /// The clouds there are, for what every request asks.
    private let directory = Mutex<[Cloud]>([])
    /// Who is told of secrets and authorization requests that change.
    package let changes = ChangeObserver()

    /// Opens or creates the file (readable by this user only) and makes the default project and cloud where they are
    /// missing; a new store's mark is that state. Blocks: for start-up.
    /// - Parameter durable: false for state that is thrown away on exit.
    package init(
        path: String, world: World, identity: Identity, redactor: Redactor = Redactor(), durable: Bool = true
    ) throws {
        // SQLite gives its -wal and -shm the mode of the file itself.
        let (descriptor, _) = try openForAppending(path)
        close(descriptor)
        chmod(path, 0o600)
        database = try Database(path: path, durable: durable) { try $0.execute("PRAGMA secure_delete=ON") }
        self.world = world
        self.identity = identity
        self.redactor = redactor
        try database.withWriterBlocking { connection in
            try CloudSchema.prepare(connection)
            try connection.transaction {
                try Self.ensureDefaults(connection, identity: identity, now: world.now)
                try Self.eraseExpiredValues(connection, now: world.now)
            }
            try learnSecrets(connection)
            let clouds = try Self.clouds(connection)
            directory.withLock { $0 = clouds }
        }
    }

    private static func ensureDefaults(_ connection: Connection, identity: Identity, now: Timestamp) throws {
        let isNew = try connection.rows("SELECT 1 FROM projects LIMIT 1").isEmpty
        try connection.run(
            "INSERT OR IGNORE INTO projects VALUES (?1, ?2, '', ?3, ?4, ?4)",
            [.text(identity.projectID), .text(identity.projectName), .text(identity.accountID), .moment(now)])
        try connection.run(
            "INSERT OR IGNORE INTO clouds (id, project_id, name, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)",
            [.text(identity.cloudID), .text(identity.projectID), .text(identity.cloudName), .moment(now)])
        if isNew { try mark(connection) }
    }

    /// Makes the redactor know all values in the file, those of the mark included: a reset brings them back.
    private func learnSecrets(_ connection: Connection) throws {
        for table in ["secrets", "marked_secrets"] {
            try connection.query("SELECT key, value FROM \(table)") { row in
                learn(SecretValue(row.text(1)), named: row.text(0))
            }
        }
        for table in ["clouds", "marked_clouds"] {
            try connection.query("SELECT gotrue FROM \(table) WHERE gotrue IS NOT NULL") { row in
                for secret in try GotrueConfiguration(stored: try row.json(0)).secrets {
                    learn(secret.value, named: "gotrue.\(secret.section).\(secret.field)")
                }
            }
        }
        for table in ["requests", "marked_requests"] {
            try connection.query("SELECT provided FROM \(table) WHERE provided IS NOT NULL") { row in
                for member in try row.json(0).objectValue ?? [] {
                    learn(SecretValue(member.value.stringValue ?? ""), named: member.key)
                }
            }
        }
    }

    /// Tells the redactor of a value, unless it is a bare origin (`SUPABASE_URL`): those stand in every log and are no
    /// secrets. Addresses with a path may be: webhooks of chat services are.
    func learn(_ value: SecretValue, named name: String) {
        if !CloudOrigins.isOrigin(value.revealed) { redactor.learn(value, named: name) }
    }

    /// Empties the write-ahead log, in which what was erased from the file itself still stands.
    func forgetErased() async throws {
        try await database.withWriter { try $0.execute("PRAGMA wal_checkpoint(TRUNCATE)") }
    }

    // MARK: Mark and reset

    /// Makes the present state the one that `reset` returns to.
    package func mark() async throws { try await database.write { try Self.mark($0) } }

    private static func mark(_ connection: Connection) throws {
        for table in CloudSchema.marked {
            try connection.run("DELETE FROM marked_\(table)")
            try connection.run("INSERT INTO marked_\(table) SELECT * FROM \(table)")
        }
    }

    /// Returns to the mark. Workers are not told: `Platform.reset` does that.
    package func reset() async throws {
        let now = world.now
        try await changingClouds { connection in
            for table in CloudSchema.marked {
                try connection.run("DELETE FROM \(table)")
                try connection.run("INSERT INTO \(table) SELECT * FROM marked_\(table)")
            }
            try Self.eraseExpiredValues(connection, now: now)
        }
    }

    // MARK: Directory

    /// The cloud of that id without a look at the disk: for every request's sake.
    package func known(cloud id: String) -> Cloud? { directory.withLock { $0.first { $0.id == id } } }

    /// Whether the cloud of that id answers.
    package func isRunning(cloud id: String) -> Bool {
        directory.withLock { clouds in clouds.contains { $0.id == id && $0.status == .running } }
    }

    /// The ids of all clouds, the default one first.
    package var knownClouds: [String] { directory.withLock { $0.map(\.id) } }

    /// The cloud that a host name means by its first label.
    package func known(label: String) -> Cloud? { directory.withLock { $0.first { $0.label == label } } }

    /// Writes what changes which clouds there are or how they are, and keeps the directory true.
    func changingClouds<T: Sendable>(_ body: @escaping @Sendable (Connection) throws -> T) async throws -> T {
        let (result, clouds) = try await database.write { connection in
            let result = try body(connection)
            return (result, try Self.clouds(connection))
        }
        directory.withLock { $0 = clouds }
        return result
    }

    // MARK: Origins

    /// Remembers an origin that the server listens on.
    func remember(origin: String) async throws {
        _ = try await database.write { try $0.run("INSERT OR IGNORE INTO origins VALUES (?1)", [.text(origin)]) }
    }

    /// Every origin the server ever listened on with this state.
    func origins() async throws -> [String] {
        try await database.read {
            try $0.rows("SELECT origin FROM origins ORDER BY rowid").map { row in
                if case .text(let origin) = row[0] { origin } else { "" }
            }
        }
    }
}
