internal import CSQLite

/// One SQLite connection with its statement cache. Used by one thread at a time: `Database` sees to that.
package final class Connection {
    /// How a file is opened. All of SQLite's settings that matter are decided here and nowhere else.
    package struct Options: Sendable {
        package var readOnly = false
        /// false: `synchronous=OFF`, for state that is thrown away on exit.
        package var durable = true

        package init(readOnly: Bool = false, durable: Bool = true) {
            self.readOnly = readOnly
            self.durable = durable
        }
    }

    let handle: OpaquePointer
    private var cache = StatementCache(capacity: 512)
    /// What a Swift function or collation threw while SQLite ran it. SQLite can carry only a text; the statement
    /// that fails hands this on instead.
    var pendingError: (any Error)?
    /// Free for the layer above: the session whose statements this connection is running.
    package var context: AnyObject?
    var collationProvider: ((Connection, String) -> Void)?
    private var watcher: (() -> (any Error)?)?
    /// What is run on another thread; made with the first of it.
    var backlog: Backlog?
    /// What every read begins and ends with.
    private var frame: (begin: Statement, commit: Statement)?

    /// What holds for all connections of the process, settled before the first one.
    private static let isConfigured = csqlite_disable_memory_statistics() == SQLITE_OK

    /// Opens (and for a writable connection creates) the file at `path`. `:memory:` is allowed for tests.
    package init(path: String, options: Options = Options()) throws {
        _ = Self.isConfigured
        var opened: OpaquePointer?
        let flags =
            (options.readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw SQLiteError(code: code & 0xFF, extendedCode: code, message: "\(message): \(path)", sql: nil)
        }
        handle = opened
        sqlite3_extended_result_codes(handle, 1)
        // A double-quoted name that is no column must be an error, not a string.
        _ = csqlite_db_config_flag(handle, Int32(SQLITE_DBCONFIG_DQS_DML), 0)
        _ = csqlite_db_config_flag(handle, Int32(SQLITE_DBCONFIG_DQS_DDL), 0)
        _ = csqlite_db_config_flag(handle, Int32(SQLITE_DBCONFIG_DEFENSIVE), 1)
        _ = csqlite_disable_covering_scans(handle)
        sqlite3_busy_timeout(handle, 5000)
        // Foreign keys are the engine's, with Postgres' wording and actions, never SQLite's.
        try execute("PRAGMA foreign_keys=OFF")
        // Pages are read into a cache that holds a project. A mapped file has none: every page is looked for in the WAL
        // each time it is needed.
        try execute("PRAGMA cache_size=-8000")
        if !options.readOnly {
            // This changes a file only when it is new, and then waits for the disk four times on behalf of no row.
            try execute("PRAGMA synchronous=OFF")
            try execute("PRAGMA journal_mode=WAL")
            if options.durable { try execute("PRAGMA synchronous=NORMAL") }
        }
    }

    deinit {
        cache.removeAll()
        frame = nil
        sqlite3_close_v2(handle)
    }

    /// Gives back the pages that are kept for the next time: after much was written, most are of no use to what follows.
    package func releasePages() { sqlite3_db_release_memory(handle) }

    /// Runs SQL that returns nothing and binds nothing; several statements may follow each other.
    package func execute(_ sql: String) throws {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw error(sql: sql) }
    }

    /// Runs `body` with the prepared statement of `sql`, taken from the cache and given back after.
    /// Nested uses of the same text get statements of their own.
    package func withStatement<T>(_ sql: String, _ body: (Statement) throws -> T) throws -> T {
        let statement = try cache.take(sql) ?? Statement(sql, on: self)
        defer {
            statement.reset()
            cache.give(statement)
        }
        return try body(statement)
    }

    /// A prepared statement to keep for many runs: nobody else is given it before `giveBack`.
    package func hold(_ sql: String) throws -> Statement { try cache.take(sql) ?? Statement(sql, on: self) }

    package func giveBack(_ statement: Statement) {
        statement.reset()
        cache.give(statement)
    }

    /// How many rows the last INSERT, UPDATE or DELETE changed.
    package var changes: Int { Int(sqlite3_changes64(handle)) }

    /// Runs one statement with `bindings` for `?1`, `?2` … and hands each row to `row`.
    package func query(_ sql: String, _ bindings: [SQLValue] = [], row: (Statement) throws -> Void) throws {
        try withStatement(sql) { statement in
            try statement.bind(bindings)
            while try statement.step() { try row(statement) }
        }
    }

    /// Runs one statement and returns every row as values.
    package func rows(_ sql: String, _ bindings: [SQLValue] = []) throws -> [[SQLValue]] {
        var result: [[SQLValue]] = []
        try query(sql, bindings) { result.append($0.row) }
        return result
    }

    /// Runs one statement for its effect and returns the number of rows it changed.
    @discardableResult
    package func run(_ sql: String, _ bindings: [SQLValue] = []) throws -> Int {
        try query(sql, bindings) { _ in }
        return changes
    }

    /// Asks `check` now and then while statements run: one that it has an error for ends with that.
    package func watch(_ check: (() -> (any Error)?)?) {
        if check == nil, watcher == nil { return }
        watcher = check
        guard check != nil else { return sqlite3_progress_handler(handle, 0, nil, nil) }
        sqlite3_progress_handler(
            handle, 10_000,
            { pointer in
                guard let pointer else { return 0 }
                let connection = Unmanaged<Connection>.fromOpaque(pointer).takeUnretainedValue()
                guard let error = connection.watcher?() else { return 0 }
                connection.pendingError = error
                return 1
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    package var isWatched: Bool { watcher != nil }

    /// The same at a moment when no statement runs.
    package func checkWatch() throws {
        if let error = watcher?() { throw error }
    }

    /// Whether a transaction is open.
    package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Forgets all prepared statements: needed before DDL that they would block.
    package func clearStatementCache() { cache.removeAll() }

    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    /// - Parameter begin: `BEGIN` for reads, `BEGIN IMMEDIATE` for writes: a deferred one that writes later
    ///   cannot wait for its lock and fails at once.
    package func transaction<T>(_ begin: String = "BEGIN IMMEDIATE", _ body: () throws -> T) throws -> T {
        try run(begin)
        do {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            // Some errors make SQLite roll back by itself; a second ROLLBACK would hide the first error.
            if isInTransaction { try run("ROLLBACK") }
            throw error
        }
    }

    /// Runs `body` in a read transaction. Where reads follow each other by the ten thousand, looking the statements around
    /// them up each time takes longer than running them.
    package func reading<T>(_ body: () throws -> T) throws -> T {
        let frame = try self.frame ?? (Statement("BEGIN", on: self), Statement("COMMIT", on: self))
        self.frame = frame
        try frame.begin.run()
        do {
            let result = try body()
            try frame.commit.run()
            return result
        } catch {
            if isInTransaction { try run("ROLLBACK") }
            throw error
        }
    }

    /// Runs `body` in a savepoint that is released when it returns and rolled back when it throws.
    package func savepoint<T>(_ body: () throws -> T) throws -> T {
        try run("SAVEPOINT altan")
        do {
            let result = try body()
            try run("RELEASE altan")
            return result
        } catch {
            if isInTransaction {
                try run("ROLLBACK TO altan")
                try run("RELEASE altan")
            }
            throw error
        }
    }

    /// The error of the last call: the Swift error behind it when a function of ours threw one.
    func error(sql: String?) -> any Error {
        if let pending = pendingError {
            pendingError = nil
            return pending
        }
        let extended = sqlite3_extended_errcode(handle)
        return SQLiteError(
            code: extended & 0xFF,
            extendedCode: extended,
            message: String(cString: sqlite3_errmsg(handle)),
            sql: sql
        )
    }
}
