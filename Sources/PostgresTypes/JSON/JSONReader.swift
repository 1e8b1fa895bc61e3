package import JSONText

/// Reads JSON as PostgreSQL 15 does: same documents accepted, same complaints.
///
/// `json` only checks the document, `jsonb` also turns escapes into characters; the second finds lone surrogates and
/// U+0000, which the first lets pass.
package struct JSONReader {
    private enum Token {
        case string, number, word
        case open(UInt8)
        case end
    }

    /// Far more than documents have, far less than the stack of a thread bears.
    private static let deepest = 1000

    private let bytes: [UInt8]
    private let decodesEscapes: Bool
    private var position = 0
    private var token = Token.end
    private var tokenStart = 0
    private var string = ""

    private init(_ text: String, decodesEscapes: Bool) {
        bytes = Array(text.utf8)
        self.decodesEscapes = decodesEscapes
    }

    /// The document as a value; numbers keep their digits, objects their duplicates.
    package static func read(_ text: String) throws(PostgresError) -> JSON {
        var reader = JSONReader(text, decodesEscapes: true)
        do throws(PostgresError) { return try reader.document() } catch { throw reader.placed(error) }
    }

    /// Checks a document without decoding its strings, as the input function of `json` does.
    static func check(_ text: String) throws(PostgresError) {
        var reader = JSONReader(text, decodesEscapes: false)
        do throws(PostgresError) { _ = try reader.document() } catch { throw reader.placed(error) }
    }

    /// The error with the line up to where it is, as PostgreSQL's CONTEXT shows it.
    private func placed(_ error: PostgresError) -> PostgresError {
        // How deep a document is has no place.
        guard error.code != "54001" else { return error }
        let before = bytes[..<tokenStart]
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        var from = start
        while position - from >= 50 {
            from += 1
            while from < position, bytes[from] & 0xC0 == 0x80 { from += 1 }
        }
        if from - start <= 3 { from = start }
        let isCut = position < bytes.count && ![UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains(bytes[position])
        var error = error
        error.context =
            "JSON data, line \(before.count { $0 == UInt8(ascii: "\n") } + 1): " + (from > start ? "..." : "")
            + String(decoding: bytes[from..<position], as: UTF8.self) + (isCut ? "..." : "")
        return error
    }

    // MARK: Grammar

    private mutating func document() throws(PostgresError) -> JSON {
        try advance()
        let value = try value(depth: 0)
        if case .end = token { return value }
        throw unexpected("end of input")
    }

    private mutating func value(depth: Int) throws(PostgresError) -> JSON {
        guard depth < Self.deepest else {
            throw PostgresError(
                "54001", "stack depth limit exceeded",
                hint: "Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after ensuring the"
                    + " platform's stack depth limit is adequate.")
        }
        switch token {
        case .open(UInt8(ascii: "{")): return try object(depth: depth)
        case .open(UInt8(ascii: "[")): return try array(depth: depth)
        case .string:
            let value = JSON.string(string)
            try advance()
            return value
        case .number:
            let value = JSON.number(tokenText)
            try advance()
            return value
        case .word:
            let value: JSON = tokenText == "null" ? .null : .bool(tokenText == "true")
            try advance()
            return value
        default: throw unexpected("JSON value")
        }
    }

    private mutating func object(depth: Int) throws(PostgresError) -> JSON {
        var members: [JSON.Member] = []
        try advance()
        if isAt("}") {
            try advance()
            return .object([])
        }
        guard case .string = token else { throw unexpected("string or \"}\"") }
        while true {
            guard case .string = token else { throw unexpected("string") }
            let key = string
            try advance()
            guard isAt(":") else { throw unexpected("\":\"") }
            try advance()
            members.append(JSON.Member(key, try value(depth: depth + 1)))
            if isAt("}") { break }
            guard isAt(",") else { throw unexpected("\",\" or \"}\"") }
            try advance()
        }
        try advance()
        return .object(members)
    }

    private mutating func array(depth: Int) throws(PostgresError) -> JSON {
        var items: [JSON] = []
        try advance()
        if isAt("]") {
            try advance()
            return .array([])
        }
        while true {
            items.append(try value(depth: depth + 1))
            if isAt("]") { break }
            guard isAt(",") else { throw unexpected("\",\" or \"]\"") }
            try advance()
        }
        try advance()
        return .array(items)
    }

    private func isAt(_ character: Unicode.Scalar) -> Bool {
        if case .open(let byte) = token { byte == UInt8(ascii: character) } else { false }
    }

    private func unexpected(_ expected: String) -> PostgresError {
        if case .end = token { return .invalidJSON("The input string ended unexpectedly.") }
        return .invalidJSON("Expected \(expected), but found \"\(tokenText)\".")
    }

    // MARK: Tokens

    private var tokenText: String { String(decoding: bytes[tokenStart..<position], as: UTF8.self) }

    private var invalidToken: PostgresError { .invalidJSON("Token \"\(tokenText)\" is invalid.") }

    private mutating func advance() throws(PostgresError) {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
        tokenStart = position
        guard position < bytes.count else {
            token = .end
            return
        }
        switch bytes[position] {
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","),
            UInt8(ascii: ":"):
            token = .open(bytes[position])
            position += 1
        case UInt8(ascii: "\""):
            try readString()
            token = .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try readNumber()
            token = .number
        default:
            skipWord()
            // A character that starts nothing is a token by itself.
            if position == tokenStart { position += 1 }
            guard ["true", "false", "null"].contains(tokenText) else { throw invalidToken }
            token = .word
        }
    }

    private mutating func skipWord() {
        while position < bytes.count, isWordByte(bytes[position]) { position += 1 }
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        byte.isLetter || byte.isDigit || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    private mutating func readNumber() throws(PostgresError) {
        // A fault does not end the token: what looks like the rest of a number belongs to it.
        var isValid = true
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
            position += 1
        } else if !skipDigits() {
            isValid = false
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            if !skipDigits() { isValid = false }
        }
        if position < bytes.count, bytes[position].lowered == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            if !skipDigits() { isValid = false }
        }
        let end = position
        skipWord()
        guard isValid, position == end else { throw invalidToken }
    }

    /// Whether there was a digit to skip.
    private mutating func skipDigits() -> Bool {
        let start = position
        while position < bytes.count, bytes[position].isDigit { position += 1 }
        return position > start
    }

    private mutating func readString() throws(PostgresError) {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\"),
            bytes[position] >= 0x20
        {
            position += 1
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
            string = String(decoding: bytes[start..<position], as: UTF8.self)
            position += 1
            return
        }
        var decoded = Array(bytes[start..<position])
        var highSurrogate: UInt32?
        while true {
            guard position < bytes.count else { throw invalidToken }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\\") {
                try readEscape(into: &decoded, &highSurrogate)
                continue
            }
            if highSurrogate != nil {
                if byte == UInt8(ascii: "\"") { position += 1 }
                throw Self.lowSurrogateMissing
            }
            position += 1
            if byte == UInt8(ascii: "\"") { break }
            guard byte >= 0x20 else {
                let digits = String(byte, radix: 16)
                position -= 1
                throw .invalidJSON("Character with value 0x\(byte < 16 ? "0" : "")\(digits) must be escaped.")
            }
            decoded.append(byte)
        }
        string = String(decoding: decoded, as: UTF8.self)
    }

    private static let lowSurrogateMissing = PostgresError.invalidJSON(
        "Unicode low surrogate must follow a high surrogate.")

    private mutating func readEscape(into decoded: inout [UInt8], _ high: inout UInt32?) throws(PostgresError) {
        position += 1
        guard position < bytes.count else { throw invalidToken }
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "u") {
            let code = try readCodeUnit()
            if decodesEscapes { try append(code, to: &decoded, &high) }
            return
        }
        let plain: UInt8? =
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
            case UInt8(ascii: "b"): 8
            case UInt8(ascii: "f"): 12
            case UInt8(ascii: "n"): 10
            case UInt8(ascii: "r"): 13
            case UInt8(ascii: "t"): 9
            default: nil
            }
        if decodesEscapes, high != nil { throw Self.lowSurrogateMissing }
        guard let plain else {
            let rest = String(decoding: bytes[(position - 1)...].prefix(4), as: UTF8.self)
            throw .invalidJSON("Escape sequence \"\\\(rest.unicodeScalars.first.map(String.init) ?? "")\" is invalid.")
        }
        decoded.append(plain)
    }

    private mutating func readCodeUnit() throws(PostgresError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count else { throw invalidToken }
            guard let digit = bytes[position].hexDigit else {
                throw .invalidJSON("\"\\u\" must be followed by four hexadecimal digits.")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    private func append(_ code: UInt32, to decoded: inout [UInt8], _ high: inout UInt32?) throws(PostgresError) {
        var code = code
        switch code {
        case 0xD800..<0xDC00:
            guard high == nil else { throw .invalidJSON("Unicode high surrogate must not follow a high surrogate.") }
            high = code
            return
        case 0xDC00..<0xE000:
            guard let first = high else { throw Self.lowSurrogateMissing }
            code = 0x10000 + (first - 0xD800) << 10 + (code - 0xDC00)
            high = nil
        default:
            if high != nil { throw Self.lowSurrogateMissing }
            if code == 0 { throw .zeroCharacter }
        }
        // Surrogates were dealt with above, so every code is a character.
        guard let scalar = Unicode.Scalar(code) else { throw Self.lowSurrogateMissing }
        decoded.append(contentsOf: Array(String(Character(scalar)).utf8))
    }
}
