/// Asks Postgres' own PL/pgSQL compiler for its opinion of a body, for the exact words of its errors.
package enum ProcedureSyntaxCheck {
    /// - Parameter parameters: the parameters with `in`, `out` or `inout`.
    /// - Parameter returns: `trigger`, `void` or any other type's name, with `setof` before it.
    /// - Throws: what CREATE FUNCTION would answer.
    package static func check(
        _ body: String, parameters: [(mode: String, name: String?)], returns: String
    ) throws(SyntaxError) {
        let names = parameters.map { mode, name in
            mode + " " + (name.map { "\"" + $0.replacing("\"", with: "\"\"") + "\" " } ?? "") + "integer"
        }
        let hasOutputs = parameters.contains { $0.mode != "in" }
        let result = !hasOutputs || returns.hasPrefix("setof") ? "returns \(returns) " : ""
        let text = "create function f(\(names.joined(separator: ", "))) \(result)language plpgsql as \(quoted(body))"
        // The library does not know that RETURN NEXT stands alone where OUT parameters are the row; the parser proper
        // finds what is incomplete indeed.
        try check(text, body, ignoring: hasOutputs ? ["missing expression at or near \";\""] : [])
    }

    package static func checkBlock(_ body: String) throws(SyntaxError) { try check("do \(quoted(body))", body) }

    private static func quoted(_ body: String) -> String {
        var tag = "$b$"
        while body.contains(tag) { tag = "$b\(tag.count)" + "$" }
        return tag + body + tag
    }

    private static func check(_ text: String, _ body: String, ignoring ignored: [String] = []) throws(SyntaxError) {
        guard let message = PgQuery.procedureError(in: text), !ignored.contains(message) else { return }
        // The library knows the fields of NEW and OLD only; those of other records are looked up when they are used.
        if message.hasSuffix("is not a known variable"), message.contains(".") { return }
        // It sees every type as an integer, and knows no table.
        let isBlind =
            message.contains("does not exist") || message.contains("is not implemented")
            || message.hasSuffix("must be of type cursor or refcursor")
        if isBlind || isCursor(message, body) { return }
        throw SyntaxError(message: message, line: 1, position: nil, text: body)
    }

    /// It takes the cursor of `FOR row IN cursor LOOP` for a query, and stumbles over its name.
    private static func isCursor(_ message: String, _ body: String) -> Bool {
        let start = "syntax error at or near \""
        guard message.hasPrefix(start), message.hasSuffix("\"") else { return false }
        let name = message.dropFirst(start.count).dropLast().lowercased()
        let tokens = ProcedureScanner(bytes: Array(body.utf8)).tokens()
        return tokens.indices.contains { index in
            guard tokens[index].name == name else { return false }
            let behind = tokens[(index + 1)...].first { !$0.isWord("no") && !$0.isWord("scroll") }
            return behind?.isWord("cursor") == true
        }
    }
}
