/// A script taken apart: each statement with where it stands, for messages that name file, line and statement.
package struct ParsedStatement: Hashable, Sendable {
    package var statement: Statement
    /// The statement's text without its semicolon.
    package var text: String
    /// 1-based line in the script of the statement's first token.
    package var line: Int

    package init(statement: Statement, text: String, line: Int) {
        self.statement = statement
        self.text = text
        self.line = line
    }
}

/// A text that is not SQL, in Postgres' words.
package struct SyntaxError: Error, Hashable, Sendable {
    /// `syntax error at or near "x"`.
    package var message: String
    /// 1-based line in the script.
    package var line: Int
    /// 1-based character in the statement, as Postgres' `position`.
    package var position: Int?
    /// The text of the statement, as far as it could be told apart.
    package var text: String

    package init(message: String, line: Int, position: Int?, text: String) {
        self.message = message
        self.line = line
        self.position = position
        self.text = text
    }
}

extension SyntaxError {
    /// The SQLSTATE that Postgres gives with the message; libpg_query does not pass it on.
    package var sqlState: String {
        if message == "stack depth limit exceeded" { return "54001" }
        if message.hasPrefix("invalid byte sequence") { return "22021" }
        if message.hasPrefix("frame ") { return "42P20" }
        if message.contains(" is not supported") || message.contains("not implemented") { return "0A000" }
        return "42601"
    }

    /// The hint that Postgres gives with the message.
    package var hint: String? {
        switch message {
        case "subquery in FROM must have an alias": "For example, FROM (SELECT ...) [AS] foo."
        case "VALUES in FROM must have an alias": "For example, FROM (VALUES ...) [AS] foo."
        default: nil
        }
    }
}
