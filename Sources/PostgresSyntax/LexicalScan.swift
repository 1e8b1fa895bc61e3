/// Reads SQL text token by token, as far as telling statements apart needs: quotes and comments are seen through, the
/// rest is words and single bytes.
struct LexicalScan {
    enum Token {
        /// A keyword or name without quotes.
        case word(Range<Int>)
        /// A string, a quoted name or a number.
        case value
        /// Any other byte.
        case symbol(UInt8)
    }

    let bytes: [UInt8]
    var position: Int

    /// The next token with `position` after it, nil at the end of the text.
    mutating func next() -> Token? {
        position = SourceText.skipBlanksAndComments(in: bytes, from: position)
        guard position < bytes.count else { return nil }
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            skipQuoted(byte, backslashEscapes: false)
            return .value
        case UInt8(ascii: "$"): return dollar()
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            while position < bytes.count, SourceText.isDigit(bytes[position]) { position += 1 }
            return .value
        case _ where SourceText.isIdentifierStart(byte): return word()
        default:
            position += 1
            return .symbol(byte)
        }
    }

    private mutating func word() -> Token {
        let start = position
        while position < bytes.count, SourceText.isIdentifierPart(bytes[position]) { position += 1 }
        let isEscapePrefix = position - start == 1 && bytes[start] | 0x20 == UInt8(ascii: "e")
        guard isEscapePrefix, position < bytes.count, bytes[position] == UInt8(ascii: "'") else {
            return .word(start..<position)
        }
        skipQuoted(UInt8(ascii: "'"), backslashEscapes: true)
        return .value
    }

    /// Passes a string or quoted name; a doubled quote is part of it.
    private mutating func skipQuoted(_ quote: UInt8, backslashEscapes: Bool) {
        position += 1
        while position < bytes.count {
            if bytes[position] == quote {
                guard position + 1 < bytes.count, bytes[position + 1] == quote else { break }
                position += 1
            } else if backslashEscapes, bytes[position] == UInt8(ascii: "\\") {
                position += 1
            }
            position += 1
        }
        position = min(position + 1, bytes.count)
    }

    /// `$tag$ … $tag$`, or just a dollar sign (`$1`).
    private mutating func dollar() -> Token {
        var end = position + 1
        if end < bytes.count, SourceText.isIdentifierStart(bytes[end]) {
            while end < bytes.count, SourceText.isIdentifierPart(bytes[end]), bytes[end] != UInt8(ascii: "$") {
                end += 1
            }
        }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "$") else {
            position += 1
            return .symbol(UInt8(ascii: "$"))
        }
        let delimiter = bytes[position...end]
        var close = end + 1
        position = bytes.count
        while close + delimiter.count <= bytes.count {
            if bytes[close] == UInt8(ascii: "$"), bytes[close..<(close + delimiter.count)].elementsEqual(delimiter) {
                position = close + delimiter.count
                break
            }
            close += 1
        }
        return .value
    }
}

extension LexicalScan {
    /// A depth that the parse tree of `bytes` cannot exceed by more than a constant factor.
    ///
    /// Every level of nesting takes a token of its own, and a comma separates siblings: so the tokens since the last
    /// comma, added up over all open parentheses, are enough. Long lists, as in a seed's VALUES, stay shallow.
    static func nestingBound(of bytes: [UInt8]) -> Int {
        var scan = LexicalScan(bytes: bytes, position: 0)
        var runs = [0]
        var total = 0
        var deepest = 0
        while let token = scan.next() {
            switch token {
            case .symbol(UInt8(ascii: ",")), .symbol(UInt8(ascii: ";")):
                total -= runs[runs.count - 1]
                runs[runs.count - 1] = 0
            case .symbol(UInt8(ascii: "(")), .symbol(UInt8(ascii: "[")):
                runs.append(1)
                total += 1
            case .symbol(UInt8(ascii: ")")), .symbol(UInt8(ascii: "]")):
                if runs.count > 1 { total -= runs.removeLast() }
            default:
                runs[runs.count - 1] += 1
                total += 1
            }
            deepest = max(deepest, total)
        }
        return deepest
    }
}
