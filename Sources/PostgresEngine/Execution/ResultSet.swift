package import PostgresTypes
package import SQLite
import World

/// What one statement returned, all rows in memory. For streams see `Transaction.forEachRow`.
package struct ResultSet: Sendable {
    /// Empty for a statement that returns no rows.
    package var columns: [OutputColumn]
    /// The codec of each column; a domain's is its base type's.
    package var types: [PostgresType]
    /// Values in stored form.
    package var rows: [[SQLValue]]
    /// Postgres' command tag: `SELECT 2`, `INSERT 0 1`, `CREATE TABLE`.
    package var tag: String
    /// Rows returned by a query, or touched by a modification.
    package var count: Int
    /// The data of COPY … TO stdout, as the client gets it.
    package var copied: String?
    /// What the text of the values depends on: the time zone the statement ran under.
    package var context: ValueContext

    package init(
        columns: [OutputColumn] = [], types: [PostgresType] = [], rows: [[SQLValue]] = [], tag: String, count: Int = 0,
        context: ValueContext = .unset
    ) {
        self.context = context
        self.columns = columns
        self.types = types
        self.rows = rows
        self.tag = tag
        self.count = count
    }
}

extension ValueContext {
    /// For what was defined once and is good for every session.
    var inDatabaseZone: ValueContext {
        var context = self
        context.timeZone = .utc
        context.dateOrder = .mdy
        return context
    }

    /// For results without values whose text could depend on anything.
    package static let unset = ValueContext(now: Timestamp(microseconds: 0))
}
