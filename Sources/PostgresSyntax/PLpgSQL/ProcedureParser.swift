/// Reads PL/pgSQL: its statements by this parser, the SQL between them by Postgres' own.
///
/// libpg_query's PL/pgSQL tree knows no assignment to a field of a local record and gives types and targets as raw
/// text; the language around the SQL is small enough to be read here.
package struct ProcedureParser {
    let scanner: ProcedureScanner
    private let tokens: [ProcedureScanner.Token]
    private var position = 0
    private var queryCount = 0
    var blockCount = 0

    private init(_ text: String) {
        scanner = ProcedureScanner(bytes: Array(text.utf8))
        tokens = scanner.tokens()
    }

    package static func parse(_ text: String) throws(SyntaxError) -> ProcedureBody {
        var parser = ProcedureParser(text)
        var conflict = ProcedureBody.Conflict.error
        while parser.accept(symbol: "#") {
            let option = parser.take()
            let value = parser.take()
            guard option.isWord("variable_conflict") else { continue }
            conflict = ProcedureBody.Conflict(rawValue: value.name ?? "") ?? .error
        }
        let block = try parser.labelledBlock()
        _ = parser.accept(symbol: ";")
        guard case .end = parser.token.kind else { throw parser.failure() }
        return ProcedureBody(block: block, queryCount: parser.queryCount, conflict: conflict)
    }

    // MARK: Tokens

    var token: ProcedureScanner.Token { tokens[position] }

    func peek(_ count: Int = 1) -> ProcedureScanner.Token { tokens[min(position + count, tokens.count - 1)] }

    mutating func take() -> ProcedureScanner.Token {
        let token = token
        if position < tokens.count - 1 { position += 1 }
        return token
    }

    mutating func accept(_ word: String) -> Bool {
        guard token.isWord(word) else { return false }
        _ = take()
        return true
    }

    mutating func accept(symbol: String) -> Bool {
        guard token.isSymbol(symbol) else { return false }
        _ = take()
        return true
    }

    mutating func expect(_ word: String) throws(SyntaxError) { if !accept(word) { throw failure() } }
    mutating func expect(symbol: String) throws(SyntaxError) {
        if !accept(symbol: symbol) { throw failure() }
    }

    mutating func name() throws(SyntaxError) -> String {
        guard let name = token.name else { throw failure() }
        _ = take()
        return name
    }

    var line: Int { 1 + SourceText.lineBreaks(in: scanner.bytes, before: token.range.lowerBound) }

    func failure(_ message: String? = nil) -> SyntaxError {
        let near = token.kind == .end ? "at end of input" : "at or near \"\(scanner.text(token.range))\""
        return SyntaxError(
            message: message ?? "syntax error \(near)", line: line, position: nil,
            text: String(decoding: scanner.bytes, as: UTF8.self))
    }

    // MARK: SQL

    /// The text up to one of `words` or `symbols` outside of parentheses, which is left standing.
    mutating func fragment(until words: Set<String>, symbols: Set<String> = []) throws(SyntaxError) -> String {
        let start = token.range.lowerBound
        var end = start
        var depth = 0
        while true {
            switch token.kind {
            case .end: throw failure()
            case .symbol(let symbol):
                if depth == 0, symbols.contains(symbol) { return scanner.text(start..<end) }
                if symbol == "(" || symbol == "[" { depth += 1 }
                if symbol == ")" || symbol == "]" { depth -= 1 }
                if symbol == ";" {
                    throw failure("missing \"\(words.first?.uppercased() ?? ";")\" at end of SQL expression")
                }
            case .word(let word) where depth == 0 && words.contains(word): return scanner.text(start..<end)
            default: break
            }
            end = take().range.upperBound
        }
    }

    mutating func query(_ text: String, asExpression: Bool) throws(SyntaxError) -> ProcedureQuery {
        if text.isEmpty { throw asExpression ? failure("missing expression") : failure() }
        do {
            let statement = try Script.parseSingle((asExpression ? "SELECT " : "") + text)
            defer { queryCount += 1 }
            return ProcedureQuery(
                number: queryCount, text: text, form: asExpression ? .expression : .statement, statement: statement)
        } catch {
            var error = error
            error.line = line
            error.position = nil
            throw error
        }
    }

    mutating func expression(until words: Set<String> = [], symbols: Set<String> = []) throws(SyntaxError)
        -> ProcedureQuery
    {
        try query(fragment(until: words, symbols: symbols), asExpression: true)
    }

    /// Expressions with commas between them, up to what ends the list.
    mutating func expressions(until words: Set<String> = [], symbols: Set<String>) throws(SyntaxError)
        -> [ProcedureQuery]
    {
        var result: [ProcedureQuery] = []
        repeat {
            result.append(try expression(until: words, symbols: symbols.union([","])))
        } while accept(symbol: ",")
        return result
    }

    /// The value of a string token.
    mutating func string() throws(SyntaxError) -> String {
        guard case .string = token.kind else { throw failure() }
        let text = scanner.text(take().range)
        guard case .constant(.string(let value)) = try Script.parseExpression(text).node else { throw failure() }
        return value
    }
}
