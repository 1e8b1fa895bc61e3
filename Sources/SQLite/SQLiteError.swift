internal import CSQLite

/// A failure that SQLite reported, as it reported it. Engines above translate it into their own errors.
package struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The primary result code (`SQLITE_CONSTRAINT`, `SQLITE_BUSY` …).
    package let code: Int32
    /// The extended result code (`SQLITE_CONSTRAINT_UNIQUE` …).
    package let extendedCode: Int32
    package let message: String
    /// The statement that failed, where there was one. It holds no values: those are bound.
    package let sql: String?

    package init(code: Int32, extendedCode: Int32, message: String, sql: String?) {
        self.code = code
        self.extendedCode = extendedCode
        self.message = message
        self.sql = sql
    }

    package var description: String {
        "SQLite error \(extendedCode): \(message)" + (sql.map { " in \($0)" } ?? "")
    }

    /// Somebody asked for the statement to stop.
    package var isInterruption: Bool { code == SQLITE_INTERRUPT }

    /// Whether a UNIQUE constraint, unique index or primary key refused the row. The message is then
    /// `UNIQUE constraint failed: t.a, t.b` or `UNIQUE constraint failed: index 'i'`.
    package var isUniqueViolation: Bool {
        [uniqueViolation, primaryKeyViolation, rowIDViolation].contains(extendedCode)
    }

    /// Whether another statement of the same connection was still reading what this one would take away.
    package var isLocked: Bool { code == SQLITE_LOCKED }
}

// SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY and _ROWID are macros with arithmetic, which Swift cannot import.
private let uniqueViolation = SQLITE_CONSTRAINT | 8 << 8
private let primaryKeyViolation = SQLITE_CONSTRAINT | 6 << 8
private let rowIDViolation = SQLITE_CONSTRAINT | 10 << 8
