/// Reads the words of a `tsvector` or `tsquery` literal: bare or in quotes, backslashes and doubled quotes escaping.
package struct TextSearchWordReader {
    package enum Style: Sendable {
        /// Places follow a colon.
        case vector
        /// Operators end a word.
        case query
        /// A search engine's input: quotes and backslashes inside a word are characters like any.
        case web
    }

    package struct Word {
        package var bytes: [UInt8]
        package var positions: [TextSearchVector.Position] = []
    }

    package let bytes: [UInt8]
    package var position = 0
    private let style: Style
    private let text: String

    package init(_ text: String, style: Style) {
        self.text = text
        self.style = style
        bytes = Array(text.utf8)
    }

    package var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    package static func isOperator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: ")"),
            UInt8(ascii: "<"):
            true
        default: false
        }
    }

    package var syntaxError: PostgresError {
        PostgresError("42601", "syntax error in \(style == .vector ? "tsvector" : "tsquery"): \"\(text)\"")
    }

    var noOperand: PostgresError { PostgresError("42601", "no operand in tsquery: \"\(text)\"") }

    /// The next word, nil at the end.
    package mutating func next() throws(PostgresError) -> Word? {
        while let byte, byte.isBlank { position += 1 }
        guard let first = byte else { return nil }
        if style != .vector && Self.isOperator(first) { throw syntaxError }
        var word = Word(bytes: [])
        if first == UInt8(ascii: "'") && style != .web {
            try readQuoted(&word)
            if style == .vector, byte == UInt8(ascii: ":") {
                position += 1
                try readPositions(&word)
            }
        } else {
            try readBare(&word)
        }
        return word
    }

    private mutating func readQuoted(_ word: inout Word) throws(PostgresError) {
        position += 1
        while let byte {
            if byte == UInt8(ascii: "'") {
                position += 1
                guard self.byte == UInt8(ascii: "'") else {
                    if word.bytes.isEmpty { throw syntaxError }
                    return
                }
                word.bytes.append(byte)
                position += 1
            } else if byte == UInt8(ascii: "\\") {
                word.bytes.append(try escaped())
            } else {
                word.bytes.append(byte)
                position += 1
            }
        }
        throw syntaxError
    }

    private mutating func readBare(_ word: inout Word) throws(PostgresError) {
        // The first character is the word's whatever it is.
        if byte == UInt8(ascii: "\\"), style != .web {
            word.bytes.append(try escaped())
        } else {
            word.bytes.append(bytes[position])
            position += 1
        }
        while let byte {
            if byte == UInt8(ascii: "\\") && style != .web {
                word.bytes.append(try escaped())
                continue
            }
            if byte.isBlank || (style != .vector && Self.isOperator(byte))
                || (style == .web && byte == UInt8(ascii: "\""))
            {
                return
            }
            if byte == UInt8(ascii: ":") {
                guard style == .vector else { return }
                position += 1
                return try readPositions(&word)
            }
            word.bytes.append(byte)
            position += 1
        }
    }

    /// The byte behind a backslash. Those that follow in a longer character are taken as they come.
    private mutating func escaped() throws(PostgresError) -> UInt8 {
        position += 1
        guard let byte else { throw PostgresError("42601", "there is no escaped character: \"\(text)\"") }
        position += 1
        return byte
    }

    /// `1,2A,3`: numbers from 1, each with a weight behind it or none.
    private mutating func readPositions(_ word: inout Word) throws(PostgresError) {
        while true {
            guard let first = byte, first.isDigit else { throw syntaxError }
            var number = 0
            while let byte, byte.isDigit {
                number = min(number * 10 + Int(byte - UInt8(ascii: "0")), 1 << 30)
                position += 1
            }
            guard number > 0 else {
                throw PostgresError("42601", "wrong position info in tsvector: \"\(text)\"")
            }
            var place = TextSearchVector.Position(number)
            var isWeighted = false
            weights: while let byte {
                switch byte.lowered {
                case UInt8(ascii: ","):
                    break weights
                case UInt8(ascii: "a"), UInt8(ascii: "*"), UInt8(ascii: "b"), UInt8(ascii: "c"), UInt8(ascii: "d"):
                    if isWeighted { throw syntaxError }
                    let isHeaviest = byte == UInt8(ascii: "*") || byte.lowered == UInt8(ascii: "a")
                    place.weight = isHeaviest ? 3 : 3 - Int(byte.lowered - UInt8(ascii: "a"))
                    isWeighted = place.weight > 0
                    position += 1
                default:
                    if byte.isBlank { break weights }
                    guard byte.isDigit else { throw syntaxError }
                    position += 1
                }
            }
            word.positions.append(place)
            guard byte == UInt8(ascii: ",") else { return }
            position += 1
        }
    }
}
