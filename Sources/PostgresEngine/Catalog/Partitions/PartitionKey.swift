import PostgresTypes

/// By which columns a partitioned table tells its rows apart, and how: `RANGE (a, b)`.
struct PartitionKey {
    /// `range`, `list` or `hash`.
    let strategy: String
    private(set) var columns: [String]

    /// nil for what is no key.
    init?(_ text: String?) {
        guard let text, let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else { return nil }
        strategy = text[..<open].filter { !$0.isWhitespace }.lowercased()
        columns = text[text.index(after: open)..<close].split(separator: ",").map { name in
            String(name.trimmingBlanks())
        }
    }

    /// As a table keeps it.
    var text: String { "\(strategy.uppercased()) (\(columns.joined(separator: ", ")))" }

    /// That rows can be told apart by it: by columns of the table, and no expressions.
    static func check(_ text: String, columns: [String]) throws(PostgresError) {
        guard let key = PartitionKey(text) else { throw .notSupported("PARTITION BY \(text)") }
        for name in key.columns {
            if name == "(expression)" { throw .notSupported("PARTITION BY with an expression") }
            if !columns.contains(name) {
                throw PostgresError("42703", "column \"\(name)\" named in partition key does not exist")
            }
        }
    }

    mutating func rename(_ column: String, to new: String) {
        columns = columns.map { $0 == column ? new : $0 }
    }
}
