import PostgresTypes
import SQLite

extension PostgresError {
    /// What a failure of SQLite means to a client of Postgres. Errors that are Postgres' already stay as they are, and
    /// so does whatever a caller's closure threw.
    static func translated(_ error: any Error) -> any Error {
        guard let failure = error as? SQLiteError else { return error }
        // SQLite's primary result codes.
        switch failure.code {
        case 8: return PostgresError("25006", "cannot write in a read-only transaction")
        case 9: return PostgresError("57014", "canceling statement due to user request")
        case 13: return PostgresError("53100", "could not extend file: \(failure.message)")
        case 5, 6: return PostgresError("55P03", "could not obtain lock: \(failure.message)")
        case 4:
            // SQLite ends a query under way when a savepoint is rolled back in a transaction that changed the schema.
            return PostgresError.notSupported(
                "an exception block that catches an error inside a query, after changes of the schema in the same "
                    + "transaction,")
        case 1 where failure.message == "integer overflow": return PostgresError("22003", "bigint out of range")
        case 1
        where failure.message == "parser stack overflow" || failure.message.contains("Expression tree is too large"):
            return PostgresError("54001", "stack depth limit exceeded")
        case 1
        where failure.message.hasPrefix("too many columns in result set")
            || failure.message.contains("too many terms in ORDER BY clause"):
            return PostgresError("54011", "target lists can have at most 1664 entries")
        default: return PostgresError("XX000", "\(failure)")
        }
    }

    /// As `translated`, for those who can throw nothing else.
    static func from(_ error: any Error) -> PostgresError {
        translated(error) as? PostgresError ?? PostgresError("XX000", "\(error)")
    }
}
