/// A value as SQLite stores it. What it means (a `uuid`, a `numeric`, a `timestamptz`) is PostgresTypes' to say.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    package var isNull: Bool { if case .null = self { true } else { false } }

    /// Texts are equal when their bytes are. Strings are so too when they only look alike, such as one with `é` and one
    /// with `e` and an accent behind it.
    package static func == (left: SQLValue, right: SQLValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.integer(let left), .integer(let right)): left == right
        case (.real(let left), .real(let right)): left == right
        case (.text(let left), .text(let right)): left == right && left.utf8.elementsEqual(right.utf8)
        case (.blob(let left), .blob(let right)): left == right
        default: false
        }
    }
}
