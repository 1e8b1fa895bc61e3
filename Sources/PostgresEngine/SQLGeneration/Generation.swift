import PostgresTypes
import SQLite

/// The statement in the making: its bindings, its aliases, and the query levels around the current place.
final class Generation {
    let catalog: CatalogSnapshot
    /// Innermost last.
    var scopes: [Scope] = []
    /// Constants become literals: index definitions cannot hold bindings.
    var inlinesConstants = false
    /// What the grouping set being written leaves out: keys that are NULL outside of aggregates.
    var omittedKeys: [TypedExpression] = []
    /// Expressions of the query at hand that something in its FROM computes.
    var replacements: [(value: TypedExpression, text: String)] = []
    private var bindings: [Binding] = []
    private var positions: [Binding: Int] = [:]
    private var aliases = 0
    private var typeCache: [TypeID: PostgresType] = [:]

    init(catalog: CatalogSnapshot) { self.catalog = catalog }

    func result(_ sql: String, columns: [OutputColumn]) -> GeneratedSQL {
        GeneratedSQL(sql: sql, bindings: bindings, columns: columns)
    }

    /// A name for a range that occurs nowhere else in the statement, so that no reference can be captured.
    func newAlias(_ prefix: String) -> String {
        aliases += 1
        return "\(prefix)\(aliases - 1)"
    }

    /// `?n` for a value; equal values share one, so that equal expressions stay equal texts (GROUP BY needs that).
    func bind(_ binding: Binding) -> String {
        // One that is equal to another value is no one else's.
        let isShared = !isNegativeZero(binding)
        if isShared, let position = positions[binding] { return "?\(position)" }
        bindings.append(binding)
        if isShared { positions[binding] = bindings.count }
        return "?\(bindings.count)"
    }

    /// -0 equals 0, and yet is another value.
    private func isNegativeZero(_ binding: Binding) -> Bool {
        if case .constant(.real(let number)) = binding { number == 0 && number.sign == .minus } else { false }
    }

    func postgresType(_ id: TypeID) -> PostgresType {
        if let type = typeCache[id] { return type }
        let type = catalog.postgresType(of: id)
        typeCache[id] = type
        return type
    }

    /// Runs `body` one query level further in.
    func inScope<T>(_ scope: Scope, _ body: () throws(PostgresError) -> T) throws(PostgresError) -> T {
        scopes.append(scope)
        defer { scopes.removeLast() }
        return try body()
    }

    /// Runs `body` with texts for `.outputColumn(n)`: rows that stand beside the ranges of the query.
    func withOutputColumns<T>(
        _ columns: [String], _ body: () throws(PostgresError) -> T
    ) throws(PostgresError) -> T {
        let saved = scopes[scopes.count - 1].outputColumns
        scopes[scopes.count - 1].outputColumns = columns
        defer { scopes[scopes.count - 1].outputColumns = saved }
        return try body()
    }

    func constant(_ value: SQLValue) -> String {
        switch value {
        case .null: return "NULL"
        case .integer(let number) where number > .min: return number < 0 ? "(\(number))" : "\(number)"
        case .text(let text) where inlinesConstants && !text.utf8.contains(0): return text.quotedLiteral
        case .real(let number) where inlinesConstants && number.isFinite: return "\(number)"
        default: return bind(.constant(value))
        }
    }
}

/// One query level: what its column references can mean.
struct Scope {
    var ranges: [Int: RangeText] = [:]
    /// Ranges whose columns are bound by the executor.
    var rowImages: Set<Int> = []
    /// The ranges as bound, for whole rows of row images.
    var entries: [RangeEntry] = []
    /// Common tables in reach, by name: their SQL names.
    var commonTables: [String: String] = [:]
    /// The row number that collecting aggregates sort by.
    var collectingOrder: String?
    /// The SQL of the columns of the set operation that ORDER BY sorts.
    var outputColumns: [String] = []
}

/// A range as SQL: one text for each of its columns.
struct RangeText {
    var columns: [String]
    var entry: RangeEntry?
    /// Of a table: the number of its row.
    var rowNumber: String?
    /// An outer join may leave it without a row.
    var isNullable = false
}
