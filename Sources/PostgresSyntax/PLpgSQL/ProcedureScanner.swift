/// The tokens of a PL/pgSQL body, as Postgres' own scanner cuts them.
struct ProcedureScanner {
    enum Kind: Hashable {
        /// A keyword or name without quotes, in lower case.
        case word(String)
        case quotedName(String)
        /// A string in any of its notations, as written.
        case string
        case number
        /// An operator or punctuation; `:=`, `..`, `<<` and `>>` are one.
        case symbol(String)
        case end
    }

    struct Token {
        var kind: Kind
        var range: Range<Int>

        /// The name it is, quoted or not.
        var name: String? {
            switch kind {
            case .word(let name), .quotedName(let name): name
            default: nil
            }
        }

        func isWord(_ word: String) -> Bool { kind == .word(word) }
        func isSymbol(_ symbol: String) -> Bool { kind == .symbol(symbol) }
    }

    let bytes: [UInt8]

    /// All tokens, an `.end` last.
    func tokens() -> [Token] {
        var result: [Token] = []
        var position = 0
        while true {
            position = SourceText.skipBlanksAndComments(in: bytes, from: position)
            guard position < bytes.count else { break }
            let token = token(at: position)
            result.append(token)
            position = token.range.upperBound
        }
        result.append(Token(kind: .end, range: bytes.count..<bytes.count))
        return result
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private func byte(_ position: Int) -> UInt8 { position < bytes.count ? bytes[position] : 0 }

    private func token(at start: Int) -> Token {
        let first = bytes[start]
        if SourceText.isDigit(first) { return number(start) }
        if first == UInt8(ascii: "$"), SourceText.isDigit(byte(start + 1)) {
            var end = start + 1
            while SourceText.isDigit(byte(end)) { end += 1 }
            return Token(kind: .word(text(start..<end)), range: start..<end)
        }
        var scan = LexicalScan(bytes: bytes, position: start)
        switch scan.next() {
        case .word(let range):
            return Token(kind: .word(asciiLowercased(text(range))), range: range)
        case .value:
            let range = start..<scan.position
            guard first == UInt8(ascii: "\"") else { return Token(kind: .string, range: range) }
            let inner = text(start + 1..<max(start + 1, range.upperBound - 1))
            return Token(kind: .quotedName(inner.replacing("\"\"", with: "\"")), range: range)
        default: break
        }
        for pair in [":=", "..", "<<", ">>", "=>", "::"] where first == pair.utf8.first {
            if byte(start + 1) == pair.utf8.last {
                return Token(kind: .symbol(pair), range: start..<start + 2)
            }
        }
        return Token(kind: .symbol(text(start..<start + 1)), range: start..<start + 1)
    }

    /// Digits with a fraction and exponent; `1..10` is two numbers.
    private func number(_ start: Int) -> Token {
        var end = start
        func digits() { while SourceText.isDigit(byte(end)) { end += 1 } }
        digits()
        if byte(end) == UInt8(ascii: "."), byte(end + 1) != UInt8(ascii: ".") {
            end += 1
            digits()
        }
        if byte(end) | 0x20 == UInt8(ascii: "e"), SourceText.isDigit(byte(end + 1)) {
            end += 2
            digits()
        }
        return Token(kind: .number, range: start..<end)
    }
}

/// Unquoted names fold ASCII letters only.
func asciiLowercased(_ text: String) -> String {
    String(decoding: text.utf8.map { (65...90).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
}
