/// Asks Postgres' own PL/pgSQL compiler for its opinion of a body, for the exact words of its errors.
package enum ProcedureSyntaxCheck {
    /// What the compiler is told about a function: it takes every type that is not one of a few for an integer.
    package struct Heading: Hashable, Sendable {
        package struct Parameter: Hashable, Sendable {
            /// `in`, `out` or `inout`.
            package var mode: String
            package var name: String?

            package init(mode: String, name: String?) {
                self.mode = mode
                self.name = name
            }
        }

        package var parameters: [Parameter]
        /// `trigger`, `event_trigger`, `void`, `record` or `integer`.
        package var result: String
        package var isSet: Bool

        package init(parameters: [Parameter], result: String, isSet: Bool) {
            self.parameters = parameters
            self.result = result
            self.isSet = isSet
        }
    }

    /// - Throws: what CREATE FUNCTION would answer.
    package static func check(_ body: String, _ heading: Heading) throws(SyntaxError) {
        let names = heading.parameters.map { parameter in
            let name = parameter.name.map { "\"" + $0.replacing("\"", with: "\"\"") + "\" " } ?? ""
            return "\(parameter.mode) \(name)integer"
        }
        let hasOutputs = heading.parameters.contains { $0.mode != "in" }
        let set = heading.isSet ? "setof " : ""
        let result = !hasOutputs || heading.isSet ? "returns \(set)\(heading.result) " : ""
        let text = "create function f(\(names.joined(separator: ", "))) \(result)language plpgsql as \(quoted(body))"
        // The library does not know that RETURN NEXT stands alone where OUT parameters are the row; the parser proper
        // finds what is incomplete indeed.
        try check(text, body, ignoring: hasOutputs ? ["missing expression at or near \";\""] : [])
    }

    package static func checkBlock(_ body: String) throws(SyntaxError) { try check("do \(quoted(body))", body) }

    private static func quoted(_ body: String) -> String {
        var tag = "$b$"
        // Most have no quotes of that kind at all.
        while body.utf8.contains(UInt8(ascii: "$")), body.contains(tag) { tag = "$b\(tag.count)" + "$" }
        return tag + body + tag
    }

    private static func check(_ text: String, _ body: String, ignoring ignored: [String] = []) throws(SyntaxError) {
        guard let message = PgQuery.procedureError(in: withoutCursorLoops(text)), !ignored.contains(message) else {
            return
        }
        // The library knows the fields of NEW and OLD only; those of other records are looked up when they are used.
        if message.hasSuffix("is not a known variable"), message.contains(".") { return }
        // It sees every type as an integer, and knows no table.
        let isBlind =
            message.contains("does not exist") || message.contains("is not implemented")
            || message.hasSuffix("must be of type cursor or refcursor")
        if isBlind { return }
        throw SyntaxError(message: message, line: 1, position: nil, text: body)
    }

    /// The library takes the cursor of `FOR row IN cursor LOOP` for a query, and stumbles over its name: it is shown a
    /// loop over numbers instead.
    private static func withoutCursorLoops(_ text: String) -> String {
        if !mayDeclareCursor(text) { return text }
        let scanner = ProcedureScanner(bytes: Array(text.utf8))
        guard let body = bodyRange(scanner) else { return text }
        let inner = ProcedureScanner(bytes: Array(scanner.bytes[body]))
        let tokens = inner.tokens()
        let cursors = Set(
            tokens.indices.compactMap { index -> String? in
                let behind = tokens[(index + 1)...].first { !$0.isWord("no") && !$0.isWord("scroll") }
                return behind?.isWord("cursor") == true ? tokens[index].name : nil
            })
        var bytes = inner.bytes
        for (index, token) in tokens.enumerated().reversed() where index >= 3 {
            guard let name = token.name, cursors.contains(name), tokens[index - 1].isWord("in"),
                tokens[index - 3].isWord("for"),
                let end = tokens[index...].first(where: { $0.isWord("loop") || $0.isSymbol(";") }), end.isWord("loop")
            else { continue }
            bytes.replaceSubrange(token.range.lowerBound..<end.range.lowerBound, with: Array("1..1 ".utf8))
        }
        return scanner.text(0..<body.lowerBound) + String(decoding: bytes, as: UTF8.self)
            + scanner.text(body.upperBound..<scanner.bytes.count)
    }

    /// Whether the word `cursor` may be in it.
    private static func mayDeclareCursor(_ text: String) -> Bool {
        let word = Array("cursor".utf8)
        var text = text
        return text.withUTF8 { bytes in
            bytes.indices.dropLast(word.count - 1).contains { start in
                bytes[start] | 0x20 == word[0] && word.indices.allSatisfy { bytes[start + $0] | 0x20 == word[$0] }
            }
        }
    }

    /// Where the body stands between its dollar quotes, which end the text.
    private static func bodyRange(_ scanner: ProcedureScanner) -> Range<Int>? {
        guard let quoted = scanner.tokens().last(where: { $0.kind == .string })?.range else { return nil }
        let bytes = scanner.bytes[quoted]
        guard bytes.first == UInt8(ascii: "$"), let end = bytes.dropFirst().firstIndex(of: UInt8(ascii: "$")) else {
            return nil
        }
        let width = end + 1 - quoted.lowerBound
        guard quoted.count >= 2 * width else { return nil }
        return quoted.lowerBound + width..<quoted.upperBound - width
    }
}
