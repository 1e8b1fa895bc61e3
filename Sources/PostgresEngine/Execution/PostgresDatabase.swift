package import PostgresSyntax
package import PostgresTypes
internal import SQLite
internal import Synchronization
package import World

/// One emulated Postgres database: a SQLite file, its catalog, its sequences.
///
/// Every error it throws is a `PostgresError`, except what a caller's own closure threw.
package final class PostgresDatabase: Sendable {
    package let path: String
    package let world: World
    private let storage: Database
    private let committed: Mutex<CatalogSnapshot>

    /// Opens the database in the file at `path`, or makes a new one with Supabase's schemas and roles in it.
    /// - Parameter durable: false for state that is thrown away on exit: faster commits, nothing survives a crash
    ///   of the machine.
    package init(path: String, world: World, durable: Bool = true) throws {
        self.path = path
        self.world = world
        storage = try Database(path: path, durable: durable)
        committed = Mutex(CatalogSnapshot())
    }

    /// The catalog as last committed.
    package var catalog: CatalogSnapshot { committed.withLock { $0 } }

    /// Binds a query or modification against the committed catalog. Cached by statement, search path and catalog.
    package func prepare(
        _ statement: PostgresSyntax.Statement, session: Session
    ) throws(PostgresError) -> PreparedStatement {
        try prepare(statement, catalog: catalog, session: session)
    }

    func prepare(
        _ statement: PostgresSyntax.Statement, catalog: CatalogSnapshot, session: Session
    ) throws(PostgresError) -> PreparedStatement {
        throw .notSupported("preparing statements")
    }

    // MARK: Transactions

    /// Runs `body` in a read transaction on a thread of its own: it sees the last commit and never waits.
    package func read<T: Sendable>(
        _ session: Session, _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        try await storage.read { connection in
            try body(
                Transaction(
                    database: self, connection: connection, catalog: self.catalog, session: session, isReadOnly: true))
        }
    }

    /// As `read`, on the calling thread. For work known to be short.
    package func readBlocking<T>(_ session: Session, _ body: (Transaction) throws -> T) throws -> T {
        try storage.readBlocking { connection in
            try body(
                Transaction(
                    database: self, connection: connection, catalog: catalog, session: session, isReadOnly: true))
        }
    }

    /// Runs `body` alone on the writer: committed when it returns, rolled back when it throws or sets `rollback`.
    package func write<T: Sendable>(
        _ session: Session, _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        try await storage.withWriter { try self.write(on: $0, session, body) }
    }

    /// As `write`, blocking the calling thread.
    package func writeBlocking<T>(_ session: Session, _ body: (Transaction) throws -> T) throws -> T {
        try storage.withWriterBlocking { try write(on: $0, session, body) }
    }

    private func write<T>(
        on connection: Connection, _ session: Session, _ body: (Transaction) throws -> T
    ) throws -> T {
        throw PostgresError.notSupported("writing")
    }

    // MARK: Scripts

    /// Executes SQL text statement by statement, in one transaction unless it says COMMIT itself.
    package func execute(
        script: String, session: Session, file: String? = nil, options: ScriptOptions = []
    ) async -> ScriptResult {
        await execute(scripts: [ScriptSource(file: file, script)], session: session, options: options)
    }

    /// Executes several texts in order as one script: a whole seed stands or falls together.
    package func execute(
        scripts: [ScriptSource], session: Session, options: ScriptOptions = []
    ) async -> ScriptResult {
        ScriptResult(entries: [], isCommitted: false, session: session)
    }

    // MARK: Copies

    /// Writes a copy of the database, sequences included, into a new file at `path`.
    package func copy(to path: String) async throws {
        throw PostgresError.notSupported("copying the database")
    }

    /// Makes the database what it was when the file at `path` was written by `copy(to:)`. Readers in flight finish
    /// on what they see; later ones see the restored state.
    package func restore(from path: String) async throws {
        throw PostgresError.notSupported("restoring the database")
    }
}
