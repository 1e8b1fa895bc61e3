/// Reading SQL text as bytes, where the lexical rules are few enough to need no parser.
enum SourceText {
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func isIdentifierStart(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    static func isIdentifierPart(_ byte: UInt8) -> Bool {
        isIdentifierStart(byte) || isDigit(byte) || byte == UInt8(ascii: "$")
    }

    /// The offset after the blanks and comments (`--` and nested `/* */`) that begin at `start`.
    static func skipBlanksAndComments(in text: [UInt8], from start: Int) -> Int {
        var position = start
        while position < text.count {
            if isBlank(text[position]) {
                position += 1
            } else if let end = commentEnd(in: text, from: position) {
                position = end
            } else {
                return position
            }
        }
        return position
    }

    /// The offset after the comment that begins at `start`, nil if none does.
    static func commentEnd(in text: [UInt8], from start: Int) -> Int? {
        guard start + 1 < text.count else { return nil }
        if text[start] == UInt8(ascii: "-"), text[start + 1] == UInt8(ascii: "-") {
            var position = start
            while position < text.count, text[position] != 0x0A, text[position] != 0x0D { position += 1 }
            return position
        }
        guard text[start] == UInt8(ascii: "/"), text[start + 1] == UInt8(ascii: "*") else { return nil }
        var depth = 1
        var position = start + 2
        while position < text.count, depth > 0 {
            let next = position + 1 < text.count ? text[position + 1] : 0
            if text[position] == UInt8(ascii: "*"), next == UInt8(ascii: "/") {
                depth -= 1
                position += 2
            } else if text[position] == UInt8(ascii: "/"), next == UInt8(ascii: "*") {
                depth += 1
                position += 2
            } else {
                position += 1
            }
        }
        return position
    }

    /// The first run of digits after keywords, signs, parentheses, blanks and comments; empty if something else comes.
    static func firstDigits(in text: [UInt8], from start: Int) -> String {
        var position = start
        while true {
            position = skipBlanksAndComments(in: text, from: position)
            guard position < text.count else { return "" }
            let byte = text[position]
            if isDigit(byte) {
                let first = position
                while position < text.count, isDigit(text[position]) { position += 1 }
                return String(decoding: text[first..<position], as: UTF8.self)
            }
            let isSign = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "(")
            if isSign {
                position += 1
            } else if isIdentifierStart(byte) {
                while position < text.count, isIdentifierPart(text[position]) { position += 1 }
            } else {
                return ""
            }
        }
    }

    /// How many lines end before `offset`.
    static func lineBreaks(in text: [UInt8], from start: Int = 0, before offset: Int) -> Int {
        var count = 0
        var position = start
        while position < offset {
            if text[position] == 0x0A { count += 1 }
            position += 1
        }
        return count
    }
}

extension String {
    private static let passingMoments = ["now", "today", "tomorrow", "yesterday"].map { Array($0.utf8) }

    /// Whether a date or time literal says `now`, `today`, `tomorrow` or `yesterday`. Of a statement: whether it may
    /// have such a literal; calls of `now()` are none.
    package var meansPassingMoment: Bool {
        var text = self
        return text.withUTF8 { bytes in
            for (index, byte) in bytes.enumerated() {
                // Few words end like these.
                guard byte | 0x20 == UInt8(ascii: "w") || byte | 0x20 == UInt8(ascii: "y") else { continue }
                if index + 1 < bytes.count {
                    let next = bytes[index + 1]
                    if next == UInt8(ascii: "(") || SourceText.isIdentifierPart(next) { continue }
                }
                var start = index
                while start > 0, SourceText.isIdentifierPart(bytes[start - 1]) { start -= 1 }
                let word = bytes[start...index]
                if Self.passingMoments.contains(where: { $0.elementsEqual(word.lazy.map { $0 | 0x20 }) }) {
                    return true
                }
            }
            return false
        }
    }
}
