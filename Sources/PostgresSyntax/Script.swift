/// SQL text → typed statements: the entry to this module.
package enum Script {
    /// The statements of a script as psql would take it apart, each parsed for itself: one that is not SQL does not
    /// hide the others. COPY … FROM stdin takes the lines up to `\.` with it.
    package static func parse(_ text: String) -> [Result<ParsedStatement, SyntaxError>] { Array(statements(of: text)) }

    /// The same one after the other: of a long script no more than one statement is there at a time.
    package static func statements(of text: String) -> Statements { Statements(text) }

    package struct Statements: Sequence, IteratorProtocol, Sendable {
        private var splitter: ScriptSplitter

        fileprivate init(_ text: String) { splitter = ScriptSplitter(text) }

        /// How many bytes of the text are read: up to the end of the statement that came last, with its rows.
        package var consumed: Int { splitter.consumed }

        package mutating func next() -> Result<ParsedStatement, SyntaxError>? {
            while let piece = splitter.next() {
                switch piece.kind {
                case .command(let name):
                    if Script.ignoredCommands.contains(name) { continue }
                    return .failure(Script.refusal(ofCommand: name, piece))
                case .statement:
                    let result = Script.parse(piece)
                    if case .failure = result, splitter.retryWithoutParentheses(piece) { continue }
                    return result
                }
            }
            return nil
        }
    }

    /// The one statement of `sql`.
    package static func parseSingle(_ sql: String) throws(SyntaxError) -> Statement {
        let results = parse(sql)
        guard let first = results.first else {
            throw SyntaxError(message: "syntax error at end of input", line: 1, position: nil, text: sql)
        }
        guard results.count == 1 else {
            // What Postgres says of a prepared statement.
            throw SyntaxError(
                message: "cannot insert multiple commands into a prepared statement", line: 1, position: nil, text: sql)
        }
        return try first.get().statement
    }

    /// A definition, whose strings such as 'now' mean, as dates or times, what they mean at `moment`.
    package static func parseDefinition(_ sql: String, at moment: Int64) throws(SyntaxError) -> Statement {
        do throws(PgQuery.Failure) {
            return try statement(of: Array(sql.utf8), origin: 0, moment: moment)
        } catch {
            throw SyntaxError(message: error.message, line: 1, position: error.position, text: sql)
        }
    }

    /// `text` as an expression: what could stand alone in a SELECT list.
    package static func parseExpression(_ text: String) throws(SyntaxError) -> Expression {
        guard case .select(let query) = try parse(text, after: "SELECT "), query.locking.isEmpty,
            case .select(let select) = query.body, let value = select.targets.first?.value,
            query == SelectStatement(.select(PlainSelect(targets: [Target(value)])))
        else { throw SyntaxError(message: "not an expression", line: 1, position: nil, text: text) }
        return value
    }

    /// `text` as a type name, such as `numeric(10,2)[]` or `"Mood"`.
    package static func parseTypeName(_ text: String) throws(SyntaxError) -> TypeName {
        guard case .select(let query) = try parse(text, after: "SELECT NULL::"), query.locking.isEmpty,
            case .select(let select) = query.body, let value = select.targets.first?.value,
            case .cast(let null, let type) = value.node, null.node == .constant(.null),
            query == SelectStatement(.select(PlainSelect(targets: [Target(value)])))
        else { throw SyntaxError(message: "not a type name", line: 1, position: nil, text: text) }
        return type
    }

    /// The statement that `prefix` and `text` make, with locations and positions counted in `text`.
    private static func parse(_ text: String, after prefix: String) throws(SyntaxError) -> Statement {
        do throws(PgQuery.Failure) {
            return try statement(of: Array((prefix + text).utf8), origin: Int32(prefix.utf8.count))
        } catch {
            let position = error.position.map { max(1, $0 - prefix.count) }
            throw SyntaxError(
                message: error.message, line: 1 + lineBreaks(in: text, before: position), position: position, text: text
            )
        }
    }
}

// MARK: - One statement

extension Script {
    /// How deeply a parse tree may be nested, in JSON containers: about two for each level of an expression. Everything
    /// after the parser recurses over it.
    private static let deepestTree = 2000

    fileprivate static func parse(_ piece: ScriptSplitter.Piece) -> Result<ParsedStatement, SyntaxError> {
        do throws(PgQuery.Failure) {
            // With its semicolon, so that Postgres' messages can point at it as they do in psql.
            var statement = try statement(of: piece.terminated, origin: 0)
            if let data = piece.data, case .copyFromStandardInput(var copy) = statement {
                copy.data = data
                statement = .copyFromStandardInput(copy)
            }
            return .success(ParsedStatement(statement: statement, text: piece.text, line: piece.line))
        } catch {
            return .failure(
                SyntaxError(
                    message: error.message, line: piece.line + lineBreaks(in: piece.text, before: error.position),
                    position: error.position, text: piece.text))
        }
    }

    private static func statement(
        of source: [UInt8], origin: Int32, moment: Int64? = nil
    ) throws(PgQuery.Failure) -> Statement {
        guard let tree = ParseTree(try PgQuery.parse(source)) else {
            throw PgQuery.Failure(message: "the parse tree could not be read", position: nil)
        }
        if tree.depth > deepestTree { throw PgQuery.stackDepthExceeded }
        let statements = tree.root.list("stmts")
        guard statements.count == 1, let node = statements[0]["stmt"] else {
            throw PgQuery.Failure(message: "expected one statement, found \(statements.count)", position: nil)
        }
        return Lowering(source: source, origin: origin, moment: moment).statement(node)
    }

    private static func lineBreaks(in text: String, before position: Int?) -> Int {
        text.unicodeScalars.prefix(max(0, (position ?? 1) - 1)).count { $0 == "\n" }
    }

    /// psql's commands that leave the meaning of what follows as it is.
    fileprivate static let ignoredCommands: Set<String> = ["restrict", "unrestrict", "echo", "qecho", "timing", "pset"]

    fileprivate static func refusal(ofCommand name: String, _ piece: ScriptSplitter.Piece) -> SyntaxError {
        SyntaxError(
            message: "psql's command \\\(name) is not supported: a script may hold SQL and COPY data only",
            line: piece.line, position: 1, text: piece.text)
    }
}
