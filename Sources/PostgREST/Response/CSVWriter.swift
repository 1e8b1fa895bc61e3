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
    /// - Parameter embeds: what follows the columns of its own.
    func line(_ statement: SQLite.Statement, embeds: [String?]) -> [UInt8] {
        let columns = names.indices.dropLast(embeds.count).map { index -> String? in
            let value = statement.value(index)
            return value.isNull ? nil : types[index].encode(value, context: context)
        }
        let fields = (columns + embeds).map { $0.map(Self.quoted) ?? "" }
        return Array(fields.joined(separator: ",").utf8)
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
