import PostgresEngine
import PostgresTypes
import SQLite

/// Rows as `text/csv`: Postgres' record output without its parentheses, under a header line, with no newline at the
/// end. No rows at all give one newline.
struct CSVWriter {
    let names: [String]
    let types: [PostgresType]
    let context: ValueContext
    private(set) var bytes: [UInt8] = []

    init(names: [String], types: [PostgresType], context: ValueContext) {
        self.names = names
        self.types = types
        self.context = context
    }

    mutating func append(_ statement: SQLite.Statement) {
        if bytes.isEmpty { bytes.append(contentsOf: names.joined(separator: ",").utf8) }
        bytes.append(UInt8(ascii: "\n"))
        for index in names.indices {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            let value = statement.value(index)
            if value.isNull { continue }
            bytes.append(contentsOf: Self.quoted(types[index].encode(value, context: context)).utf8)
        }
    }

    var result: [UInt8] { bytes.isEmpty ? [UInt8(ascii: "\n")] : bytes }

    /// Quoted as in a record's text form when it is empty or holds a character that would be misread.
    private static func quoted(_ text: String) -> String {
        let needsQuotes = text.isEmpty || text.contains { "\",\\()".contains($0) || $0.isWhitespace }
        guard needsQuotes else { return text }
        return "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? [$0, $0] : [$0] } + "\""
    }
}
