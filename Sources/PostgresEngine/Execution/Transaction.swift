package import PostgresSyntax
package import PostgresTypes
package import SQLite

/// One transaction of one session, handed to the body of `PostgresDatabase.read` or `write`; not to be kept after.
///
/// Whatever it throws is a `PostgresError`, except what a caller's own closure threw.
package final class Transaction {
    package let database: PostgresDatabase
    package let isReadOnly: Bool
    /// Who runs the statements. May be changed between statements, as SET ROLE and set_config do.
    package var session: Session
    /// The catalog as this transaction sees it, its own DDL included.
    package internal(set) var catalog: CatalogSnapshot
    /// Set by a body that wants its effects undone although it returns: PostgREST's `tx=rollback`.
    package var rollback = false
    /// NOTICEs of the statements run so far.
    package internal(set) var notices: [Notice] = []

    let connection: Connection

    init(
        database: PostgresDatabase, connection: Connection, catalog: CatalogSnapshot, session: Session,
        isReadOnly: Bool
    ) {
        self.database = database
        self.connection = connection
        self.catalog = catalog
        self.session = session
        self.isReadOnly = isReadOnly
    }

    /// Binds a query or modification against this transaction's catalog; cached.
    package func prepare(_ statement: PostgresSyntax.Statement) throws(PostgresError) -> PreparedStatement {
        try database.prepare(statement, catalog: catalog, session: session)
    }

    /// Runs a prepared statement and collects what it returns.
    package func run(_ prepared: PreparedStatement, parameters: [ParameterValue] = []) throws -> ResultSet {
        var rows: [[SQLValue]] = []
        let count = try forEachRow(prepared, parameters: parameters) { rows.append($0.row) }
        return ResultSet(
            columns: prepared.columns, types: prepared.columnTypes, rows: rows, tag: tag(of: prepared, count: count),
            count: count)
    }

    /// Runs a prepared statement and hands each row it returns to `body` as the SQLite statement that stands on it,
    /// columns counted from 0 in the order of `prepared.columns`. `body` may run other statements.
    /// - Returns: rows returned by a query, or touched by a modification.
    @discardableResult
    package func forEachRow(
        _ prepared: PreparedStatement, parameters: [ParameterValue] = [], _ body: (SQLite.Statement) throws -> Void
    ) throws -> Int {
        throw PostgresError.notSupported("running statements")
    }

    /// Runs `body` in a savepoint: what it did is undone when it throws.
    package func savepoint<T>(_ body: () throws -> T) throws -> T {
        let (catalog, session) = (catalog, session)
        do {
            return try connection.savepoint(body)
        } catch {
            self.catalog = catalog
            self.session = session
            throw error
        }
    }

    private func tag(of prepared: PreparedStatement, count: Int) -> String {
        switch prepared.typed.body {
        case .query: "SELECT \(count)"
        case .insert: "INSERT 0 \(count)"
        case .update: "UPDATE \(count)"
        case .delete: "DELETE \(count)"
        }
    }
}
