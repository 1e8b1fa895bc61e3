import JSONText

/// Cuts the text of a `jsonpath` into tokens, one at a time.
struct JSONPathScanner {
    /// A token. Words, strings and variables are without their quotes and escapes, numbers as `Decimal` writes them.
    enum Token: Equatable {
        case word(String)
        case string(String)
        case variable(String)
        case number(String)
        case symbol(String)
        case end
    }

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var start = 0
    /// The token that is to be read next; `.end` before the first `advance`.
    private(set) var token = Token.end

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    var isBlank: Bool { scalars.allSatisfy { $0.value < 128 && UInt8($0.value).isBlank } }

    /// The error that names the present token as the one that may not stand here.
    var syntaxError: PostgresError {
        if token == .end { return PostgresError("42601", "syntax error at end of jsonpath input") }
        return PostgresError("42601", "syntax error at or near \"\(shown)\" of jsonpath input")
    }

    /// The present token as it was written.
    private var shown: String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[start..<position])
        return String(view)
    }

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        position + offset < scalars.count ? scalars[position + offset] : nil
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        !"?%$.[]{}()|&!=<>@#,*:-+/\\\" \t\n\r\u{0C}".unicodeScalars.contains(scalar)
    }

    /// Steps to the next token. After an error `token` is `.end` where the input ended too early.
    mutating func advance() throws(PostgresError) {
        while let next = peek() {
            if next.value < 128, UInt8(next.value).isBlank {
                position += 1
            } else if next == "/", peek(1) == "*" {
                position += 2
                while position < scalars.count, !(peek() == "*" && peek(1) == "/") { position += 1 }
                guard position < scalars.count else {
                    token = .end
                    throw PostgresError("42601", "unexpected end of comment at end of jsonpath input")
                }
                position += 2
            } else {
                break
            }
        }
        start = position
        guard let first = peek() else {
            token = .end
            return
        }
        if first == "\"" {
            token = .string(try quoted())
        } else if first == "$" {
            position += 1
            if peek() == "\"" {
                token = .variable(try quoted())
            } else {
                let name = bare()
                token = name.isEmpty ? .symbol("$") : .variable(name)
            }
        } else if ("0"..."9").contains(first) || first == "." && peek(1).map({ ("0"..."9").contains($0) }) == true {
            token = .number(try number())
        } else if Self.isWord(first) || first == "\\" {
            token = .word(bare())
        } else {
            for symbol in ["**", "==", "!=", "<>", "<=", ">=", "&&", "||"] where symbol.unicodeScalars.first == first {
                if peek(1) == symbol.unicodeScalars.last {
                    position += 2
                    token = .symbol(symbol == "<>" ? "!=" : symbol)
                    return
                }
            }
            position += 1
            token = .symbol(first == "=" ? "==" : String(first))
        }
    }

    private mutating func bare() -> String {
        var result = String.UnicodeScalarView()
        while let next = peek(), Self.isWord(next) || next == "\\" {
            if next == "\\", let escaped = peek(1) {
                result.append(escaped)
                position += 2
            } else {
                result.append(next)
                position += 1
            }
        }
        return String(result)
    }

    private mutating func quoted() throws(PostgresError) -> String {
        position += 1
        var raw = String.UnicodeScalarView()
        raw.append("\"")
        while let next = peek(), next != "\"" {
            raw.append(next)
            position += 1
            if next == "\\", let escaped = peek() {
                raw.append(escaped)
                position += 1
            }
        }
        guard peek() == "\"" else {
            token = .end
            throw PostgresError("42601", "unterminated quoted string at end of jsonpath input")
        }
        position += 1
        raw.append("\"")
        guard let parsed = (try? JSON(parsing: String(raw)))?.stringValue else {
            throw PostgresError("42601", "invalid escape sequence in jsonpath input")
        }
        return parsed
    }

    private mutating func number() throws(PostgresError) -> String {
        var digits = ""
        func isDigit(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { ("0"..."9").contains($0) } ?? false }
        while isDigit(peek()) {
            digits.unicodeScalars.append(scalars[position])
            position += 1
        }
        // `1.type()` needs its point.
        if peek() == ".", isDigit(peek(1)) || !(peek(1).map(Self.isWord) ?? false) && peek(1) != "*" {
            digits += digits.isEmpty ? "0." : "."
            position += 1
            while isDigit(peek()) {
                digits.unicodeScalars.append(scalars[position])
                position += 1
            }
            if digits.hasSuffix(".") { digits.removeLast() }
        }
        if let mark = peek(), mark == "e" || mark == "E" {
            let hasSign = peek(1) == "+" || peek(1) == "-"
            if isDigit(peek(hasSign ? 2 : 1)) {
                digits += "e" + (hasSign ? String(scalars[position + 1]) : "")
                position += hasSign ? 2 : 1
                while isDigit(peek()) {
                    digits.unicodeScalars.append(scalars[position])
                    position += 1
                }
            }
        }
        if let next = peek(), Self.isWord(next) {
            position += 1
            throw PostgresError(
                "42601", "trailing junk after numeric literal at or near \"\(shown)\" of jsonpath input")
        }
        return try Decimal(parsing: digits).description
    }
}
