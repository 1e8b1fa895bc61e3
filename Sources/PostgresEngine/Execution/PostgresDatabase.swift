package import PostgresSyntax
package import PostgresTypes
import SQLite
import Synchronization
package import World

/// One emulated Postgres database: a SQLite file, its catalog, its sequences.
///
/// Every error it throws is a `PostgresError`, except what a caller's own closure threw.
package final class PostgresDatabase: Sendable {
    package let path: String
    package let world: World
    let storage: Database
    let sequences = SequenceStore()
    let plans = PlanCache()
    /// The catalog with a count that moves when a commit of DDL begins and again when it is published: odd while the
    /// file may be ahead of the catalog.
    private let committed: Mutex<(catalog: CatalogSnapshot, epoch: Int)>
    /// Versions are never handed out twice, so a rolled-back catalog's plans are never taken for another's.
    private let lastVersion = Mutex(0)
    private let lastTransaction = Mutex(Int64(0))
    /// Catalogs of states that were copied, by how far their definitions go: a restore need not replay them.
    let remembered = Mutex<[String: CatalogSnapshot]>([:])

    /// Opens the database in the file at `path`, or makes a new one with Supabase's schemas and roles in it.
    /// - Parameter durable: false for state that is thrown away on exit: faster commits, nothing survives a crash
    ///   of the machine.
    package init(path: String, world: World, durable: Bool = true) throws {
        self.path = path
        self.world = world
        committed = Mutex((CatalogSnapshot(), 0))
        do {
            storage = try Database(path: path, durable: durable) { connection in
                TypeFunctions.register(on: connection)
                try FunctionLibrary.register(on: connection)
            }
            try storage.withWriterBlocking { connection in
                if try DefinitionLog.exists(in: connection) {
                    try load(from: connection)
                } else {
                    try create(on: connection)
                }
            }
        } catch {
            throw PostgresError.translated(error)
        }
    }

    /// Makes what all databases of the process share, and the first one would have to wait for.
    package static func warmUp() {
        _ = FunctionLibrary.shared
        _ = BuiltinCatalog.shared
    }

    /// The catalog as last committed.
    package var catalog: CatalogSnapshot { committed.withLock { $0.catalog } }
    /// Parts of it, for who needs no more.
    package var catalogVersion: Int { committed.withLock { $0.catalog.version } }
    package var roles: [String: Role] { committed.withLock { $0.catalog.roles } }

    /// A number that no transaction had before, not even before a restart as long as the clock went on.
    func nextTransactionNumber() -> Int64 {
        let least = world.now.microseconds / 1000
        return lastTransaction.withLock { last in
            last = max(last + 1, least)
            return last
        }
    }

    // MARK: Statements

    /// Binds a query or modification against the committed catalog. Cached by statement, search path and catalog.
    package func prepare(
        _ statement: PostgresSyntax.Statement, session: Session
    ) throws(PostgresError) -> PreparedStatement {
        let zone = session.settings["timezone"].flatMap { TimeZones.named($0) } ?? .utc
        var context = ValueContext(now: world.now, timeZone: zone)
        context.dateOrder = session.dateOrder
        return try prepare(statement, catalog: catalog, session: session, context: context, cached: true)
    }

    func prepare(
        _ statement: PostgresSyntax.Statement, catalog: CatalogSnapshot, session: Session, context: ValueContext,
        cached: Bool
    ) throws(PostgresError) -> PreparedStatement {
        let path = session.effectivePath
        let key = PlanCache.Key(
            statement: statement, searchPath: path, role: session.role, timeZone: session.literalForms)
        if cached, let known = plans.statement(key, version: catalog.version) { return known }
        let prepared = try PreparedStatement(
            statement, searchPath: path, role: session.role, timeZone: session.literalForms,
            catalog: catalog, context: context, plans: plans)
        // A literal such as 'now' or 'today' was read when the statement was bound: good for this once.
        if cached, !prepared.typed.dependsOnMoment { plans.keep(prepared, for: key, version: catalog.version) }
        return prepared
    }

    /// A version for a changed catalog.
    func newVersion() -> Int {
        lastVersion.withLock {
            $0 += 1
            return $0
        }
    }

    // MARK: Reading

    /// Runs `body` in a read transaction on a thread of its own: it sees the last commit and never waits.
    package func read<T: Sendable>(
        _ session: Session, _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        while true {
            let result: T? = try await translating {
                try await self.storage.read { try self.read(on: $0, session, body) }
            }
            if let result { return result }
        }
    }

    /// As `read`, on the calling thread. For work known to be short.
    package func readBlocking<T>(_ session: Session, _ body: (Transaction) throws -> T) throws -> T {
        do {
            while true {
                if let result = try storage.readBlocking({ try read(on: $0, session, body) }) { return result }
            }
        } catch {
            throw PostgresError.translated(error)
        }
    }

    /// nil when DDL was committed between the look at the catalog and the start of SQLite's snapshot, so that the two
    /// may not belong together: to be tried again.
    private func read<T>(
        on connection: Connection, _ session: Session, _ body: (Transaction) throws -> T
    ) throws -> T? {
        // Copying a catalog takes longer than reading a row: the connection has most often seen it before.
        let known = (connection.context as? ExecutionContext)?.catalog.version
        let (catalog, epoch) = committed.withLock { ($0.catalog.version == known ? nil : $0.catalog, $0.epoch) }
        // SQLite takes its snapshot at the first look at the file, not at BEGIN.
        try connection.query("SELECT 1 FROM \"#definitions\" LIMIT 1") { _ in }
        guard epoch % 2 == 0, committed.withLock({ $0.epoch }) == epoch else { return nil }
        let transaction = Transaction(
            database: self, connection: connection, catalog: catalog, session: session, isReadOnly: true)
        // Nothing that belongs to this one's time may end the connection's next.
        defer { connection.watch(nil) }
        return try body(transaction)
    }

    private func translating<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch {
            throw PostgresError.translated(error)
        }
    }

    // MARK: Writing

    /// Runs `body` alone on the writer: committed when it returns, rolled back when it throws or sets `rollback`.
    package func write<T: Sendable>(
        _ session: Session, _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        try await translating { try await self.storage.withWriter { try self.write(on: $0, session, body) } }
    }

    private func write<T>(
        on connection: Connection, _ session: Session, _ body: (Transaction) throws -> T
    ) throws -> T {
        let transaction = Transaction(
            database: self, connection: connection, catalog: catalog, session: session, isReadOnly: false)
        try connection.run("BEGIN IMMEDIATE")
        do {
            let result = try body(transaction)
            if transaction.rollback {
                // What would fail at COMMIT fails here too, as PostgREST has it.
                try transaction.runDeferred()
                try rollBack(transaction)
            } else {
                try commit(transaction)
            }
            try endSession(of: transaction)
            return result
        } catch {
            try rollBack(transaction)
            try endSession(of: transaction)
            throw error
        }
    }

    /// Ends a write transaction for good: deferred checks, sequences, then file and catalog together.
    func commit(_ transaction: Transaction) throws {
        try transaction.runDeferred()
        transaction.connection.watch(nil)
        try transaction.checkTables()
        try transaction.runCommitActions()
        try sequences.flush(to: transaction.connection)
        for definition in transaction.definitions { try DefinitionLog.append(definition, to: transaction.connection) }
        transaction.definitions = []
        transaction.endLocalSettings()
        transaction.counters = []
        transaction.cursors = transaction.cursors.filter { $0.value.isHeld }
        transaction.constraintModes = ConstraintModes()
        guard transaction.hasDefinitions else {
            try transaction.connection.run("COMMIT")
            transaction.context.indexes.keep()
            return
        }
        committed.withLock { $0.epoch += 1 }
        do {
            try transaction.connection.run("COMMIT")
        } catch {
            committed.withLock { $0.epoch += 1 }
            throw error
        }
        transaction.context.indexes.keep()
        var catalog = transaction.catalog
        if catalog.hasTemporaryObjects {
            catalog = catalog.withoutTemporaryObjects
            catalog.version = newVersion()
        }
        publish(catalog)
        transaction.hasDefinitions = false
    }

    private func publish(_ catalog: CatalogSnapshot) {
        committed.withLock { state in
            state.catalog = catalog
            state.epoch += 1
        }
    }

    /// Undoes a write transaction. Sequences keep what was drawn from them.
    func rollBack(_ transaction: Transaction) throws {
        transaction.connection.watch(nil)
        transaction.failedTable = nil
        // Some errors make SQLite roll back by itself.
        if transaction.connection.isInTransaction { try transaction.connection.run("ROLLBACK") }
        transaction.forgetRowNumbers()
        transaction.context.indexes.undo()
        transaction.context.indexes.keep()
        transaction.definitions = []
        transaction.cursors = transaction.cursors.filter { $0.value.isHeld && !$0.value.isNew }
        transaction.deferred = []
        transaction.constraintModes = ConstraintModes()
        if let catalog = transaction.catalogAtStart, transaction.catalog.version != catalog.version {
            transaction.catalog = catalog
            transaction.session.hasTemporaryObjects = catalog.hasTemporaryObjects
            sequences.keepOnly { catalog[$0] != nil }
            transaction.hasDefinitions = false
        }
        transaction.restoreCounters(downTo: 0)
    }

    // MARK: Opening

    /// Reads the catalog and the sequences of the file.
    func load(from connection: Connection) throws {
        var catalog = try DefinitionLog.replay(from: connection, context: ValueContext(now: world.now))
        catalog.version = newVersion()
        try sequences.load(from: connection)
        install(catalog)
    }

    func install(_ catalog: CatalogSnapshot) {
        committed.withLock { state in
            state.catalog = catalog
            state.epoch += 2
        }
    }

    /// Marks the file as ahead of the catalog while it is being replaced, so that no reader pairs the two.
    func whileReplacing(_ body: () throws -> CatalogSnapshot) throws {
        committed.withLock { $0.epoch += 1 }
        do {
            publish(try body())
        } catch {
            committed.withLock { $0.epoch += 1 }
            throw error
        }
    }

    private func create(on connection: Connection) throws {
        var catalog = CatalogSnapshot.bootstrap
        catalog.version = newVersion()
        install(catalog)
        let runner = ScriptRunner(
            database: self, connection: connection, session: Session(), options: [], validates: false)
        try connection.run("BEGIN IMMEDIATE")
        try connection.execute(DefinitionLog.schema)
        try connection.execute(SequenceStore.schema)
        let result = runner.run(
            [ScriptSource(file: "baseline", Baseline.text), ScriptSource(file: "baseline", Baseline.webhooks)],
            isBegun: true)
        if let failure = result.failures.first, let error = failure.error {
            throw PostgresError(
                "XX000", "the baseline does not load: \(error.message) in \(failure.text)", detail: error.detail)
        }
    }

    // MARK: Scripts

    /// Executes SQL text statement by statement, in one transaction unless it says COMMIT itself.
    package func execute(
        script: String, session: Session, file: String? = nil, options: ScriptOptions = [],
        report: ScriptProgress.Report? = nil
    ) async -> ScriptResult {
        await execute(scripts: [ScriptSource(file: file, script)], session: session, options: options, report: report)
    }

    /// Executes several texts in order as one script: a whole seed stands or falls together.
    package func execute(
        scripts: [ScriptSource], session: Session, options: ScriptOptions = [],
        report: ScriptProgress.Report? = nil
    ) async -> ScriptResult {
        do {
            return try await storage.withWriter { connection in
                ScriptRunner(
                    database: self, connection: connection, session: session, options: options, report: report
                )
                .run(scripts)
            }
        } catch {
            // Only the start of the transaction can fail here: the runner reports everything else.
            let entry = ScriptResult.Entry(
                file: scripts.first?.file, line: 1, text: "", outcome: .failure(.from(error)))
            return ScriptResult(entries: [entry], isCommitted: false, session: session)
        }
    }
}
