package import SQLite

/// One SQLite statement that does what a bound Postgres one says, with the source of every `?n` in it.
package struct GeneratedSQL: Sendable, Hashable {
    package var sql: String
    /// Where the values of `?1`, `?2` … come from.
    package var bindings: [Binding]
    /// The columns of its rows, in order; their values are in the stored form of their types.
    package var columns: [OutputColumn]

    package init(sql: String, bindings: [Binding], columns: [OutputColumn]) {
        self.sql = sql
        self.bindings = bindings
        self.columns = columns
    }
}

/// What is bound to a `?n` when the statement runs.
package enum Binding: Hashable, Sendable {
    case constant(SQLValue)
    /// `$n` of the Postgres statement, counted from 1, in its type's stored form.
    case parameter(Int)
    case session(SessionValue)
    /// A column of a row that is not (or not yet) in a table: NEW, OLD, the row proposed or just written.
    case row(range: Int, column: Int)
    /// The rows of a step of the statement, packed.
    case step(Int)
}
