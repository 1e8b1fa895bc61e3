internal import CSQLite

/// Copies between files through SQLite's backup API: pages, not statements.
extension Connection {
    /// Writes everything into the file at `path`, replacing what is there.
    package func copy(to path: String) throws {
        let target = try Connection(path: path, options: Options(durable: false))
        try Self.backUp(from: self, to: target)
        // All pages have gone through the cache.
        releasePages()
        // The copy is one file: nothing of it may stay behind in a log beside it.
        try target.execute("PRAGMA journal_mode=DELETE")
    }

    /// Makes this database what the file at `path` is, in one transaction that readers see as a whole.
    package func replace(with path: String) throws {
        let source = try Connection(path: path, options: Options(readOnly: true))
        clearStatementCache()
        try Self.backUp(from: source, to: self)
    }

    private static func backUp(from source: Connection, to target: Connection) throws {
        guard let backup = sqlite3_backup_init(target.handle, "main", source.handle, "main") else {
            throw target.error(sql: nil)
        }
        let step = sqlite3_backup_step(backup, -1)
        let finish = sqlite3_backup_finish(backup)
        guard step == SQLITE_DONE, finish == SQLITE_OK else {
            let code = step == SQLITE_DONE ? finish : step
            throw SQLiteError(
                code: code & 0xFF, extendedCode: code, message: String(cString: sqlite3_errstr(code)), sql: nil)
        }
    }
}
