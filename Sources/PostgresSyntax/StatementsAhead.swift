/// The statements of a script, of which the next ones are parsed while those before them run.
///
/// What a statement parses to depends on its text alone. A short script is parsed in place, and of a long one nothing is
/// ahead while a statement with much data runs: a script takes little more memory than what runs.
package final class StatementsAhead {
    private typealias Item = (parsed: Result<ParsedStatement, SyntaxError>, consumed: Int)

    private static let longScript = 8 << 10
    private static let statementsInPart = 32
    private static let bytesInPart = 64 << 10
    private static let largePart = 1 << 20

    /// How many bytes of the text are read: up to the end of the statement that came last, with its rows.
    package private(set) var consumed = 0
    /// Whether the script is one whose statements are worth being prepared for beside each other.
    package let isLong: Bool
    private let items: Ahead<Script.Statements, Item>

    package init(_ text: String) {
        let isLong = text.utf8.count > Self.longScript
        self.isLong = isLong
        items = Ahead(Script.statements(of: text), isLong: isLong) { statements in
            var items: [Item] = []
            let start = statements.consumed
            // Nothing runs before the first part is there.
            let limit = isLong && start < Self.longScript ? (start == 0 ? 4 : 12) : Self.statementsInPart
            while items.count < limit, statements.consumed - start < Self.bytesInPart,
                let parsed = statements.next()
            {
                items.append((isLong ? Self.read(parsed) : parsed, statements.consumed))
            }
            return Ahead.Part(items, isLarge: statements.consumed - start >= Self.largePart)
        }
    }

    /// With what else can be told by the text alone.
    private static func read(_ parsed: Result<ParsedStatement, SyntaxError>) -> Result<ParsedStatement, SyntaxError> {
        guard case .success(var statement) = parsed, case .createFunction(var function) = statement.statement else {
            return parsed
        }
        function.read()
        statement.statement = .createFunction(function)
        return .success(statement)
    }

    package func next() -> Result<ParsedStatement, SyntaxError>? {
        guard let item = items.next() else { return nil }
        consumed = item.consumed
        return item.parsed
    }
}
