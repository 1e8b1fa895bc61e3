import PostgresEngine
import PostgresTypes
import SQLite

/// Rows as `text/csv`: Postgres' record output without its parentheses, under a header line, with no newline at the
/// end. No rows at all give one newline.
struct CSVWriter {
    let names: [String]
    let types: [PostgresType]
    let context: ValueContext

    /// One row, without its newline.
    func line(_ statement: SQLite.Statement) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in names.indices {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            let value = statement.value(index)
            if value.isNull { continue }
            bytes.append(contentsOf: Self.quoted(types[index].encode(value, context: context)).utf8)
        }
        return bytes
    }

    /// The header and the rows.
    func document(_ lines: [[UInt8]]) -> [UInt8] {
        let newline = UInt8(ascii: "\n")
        guard !lines.isEmpty else { return [newline] }
        return Array(([Array(names.joined(separator: ",").utf8)] + lines).joined(separator: [newline]))
    }

    /// Quoted as in a record's text form when it is empty or holds a character that would be misread.
    private static func quoted(_ text: String) -> String {
        let needsQuotes = text.isEmpty || text.contains { "\",\\()".contains($0) || $0.isWhitespace }
        guard needsQuotes else { return text }
        return "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? [$0, $0] : [$0] } + "\""
    }
}
