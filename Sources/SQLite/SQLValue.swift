/// A value as SQLite stores it. What it means (a `uuid`, a `numeric`, a `timestamptz`) is PostgresTypes' to say.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    package var isNull: Bool { if case .null = self { true } else { false } }
}
