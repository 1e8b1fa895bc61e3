import PostgresTypes

/// `unistr`: code points written as `\0041`, `\u0041`, `\+000041` or `\U00000041`.
struct UnicodeEscapes {
    private var rest: Substring.UnicodeScalarView
    private var result = String.UnicodeScalarView()
    /// The first half of a surrogate pair.
    private var high: UInt32?

    static func decode(_ text: String) throws(PostgresError) -> String {
        var decoder = UnicodeEscapes(rest: Substring(text).unicodeScalars)
        try decoder.run()
        return String(decoder.result)
    }

    private init(rest: Substring.UnicodeScalarView) { self.rest = rest }

    private mutating func run() throws(PostgresError) {
        while let scalar = rest.popFirst() {
            if scalar != "\\" {
                try append(scalar)
            } else if rest.first == "\\" {
                try append(rest.removeFirst())
            } else {
                try append(code: codePoint())
            }
        }
        if high != nil { throw Self.invalidPair }
    }

    private static let invalidPair = PostgresError("42601", "invalid Unicode surrogate pair")

    /// The digits behind a backslash, as many as their mark asks for.
    private mutating func codePoint() throws(PostgresError) -> UInt32 {
        let count =
            switch rest.first {
            case "u": 4
            case "+": 6
            case "U": 8
            default: 0
            }
        if count > 0 { rest.removeFirst() }
        let digits = rest.prefix(count == 0 ? 4 : count)
        guard digits.count == (count == 0 ? 4 : count), digits.allSatisfy(\.isASCIIHexDigit),
            let code = UInt32(String(digits), radix: 16)
        else {
            throw PostgresError(
                "42601", "invalid Unicode escape",
                hint: "Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.")
        }
        rest.removeFirst(digits.count)
        return code
    }

    private mutating func append(_ scalar: Unicode.Scalar) throws(PostgresError) {
        guard high == nil else { throw Self.invalidPair }
        result.append(scalar)
    }

    private mutating func append(code: UInt32) throws(PostgresError) {
        switch code {
        case 0xD800..<0xDC00:
            guard high == nil else { throw Self.invalidPair }
            high = code
        case 0xDC00..<0xE000:
            guard let first = high else { throw Self.invalidPair }
            high = nil
            result.append(Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (code - 0xDC00))!)
        default:
            guard code > 0, let scalar = Unicode.Scalar(code) else {
                let digits = String(code, radix: 16, uppercase: true)
                let zeros = String(repeating: "0", count: max(0, 4 - digits.count))
                throw PostgresError("22023", "invalid Unicode code point: \(zeros)\(digits)")
            }
            try append(scalar)
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isASCIIHexDigit: Bool { properties.isASCIIHexDigit }
}
