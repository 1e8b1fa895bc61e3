/// Checks what the input function of `xml` accepts: content that is well formed. Namespaces are not looked at, as
/// PostgreSQL does not, and entities other than XML's own are known to nobody.
package struct XMLContent {
    private let bytes: [UInt8]
    private var index = 0
    /// Elements that are open, with where each begins.
    private var open: [(name: String, start: Int)] = []
    /// How many elements there are at the top, and whether text is.
    private var roots = 0
    private var hasBareText = false

    /// What is wrong, and before which byte the parser noticed.
    private struct Mistake: Error {
        var text: String
        var index: Int
    }

    /// - Throws: 2200N with the line, as libxml2 shows it.
    package static func check(_ text: String) throws(PostgresError) {
        var content = XMLContent(bytes: Array(text.utf8))
        do {
            try content.read()
        } catch {
            throw PostgresError("2200N", "invalid XML content", detail: content.shown(error))
        }
    }

    /// Whether it can be read; as a document it is one element, with comments and instructions at most beside it.
    package static func isWellFormed(_ text: String, asDocument: Bool = false) -> Bool {
        var content = XMLContent(bytes: Array(text.utf8))
        guard (try? content.read()) != nil else { return false }
        return !asDocument || (content.roots == 1 && !content.hasBareText)
    }

    /// What the output function shows: without a declaration that says nothing.
    static func shown(_ text: String) -> String {
        let (declaration, rest) = split(text)
        // PostgreSQL leaves out an empty first line, too.
        if declaration.isEmpty { return text.first == "\n" ? String(text.dropFirst()) : text }
        let isPlain = declaration.contains("\"1.0\"") || declaration.contains("'1.0'")
        return isPlain && !declaration.contains("standalone") ? rest : text
    }

    /// Contents one behind the other, without their declarations; whether they stand alone they say together.
    package static func joined(_ parts: [String]) -> String {
        let parts = parts.map(split)
        let body = parts.map(\.rest).joined()
        guard parts.allSatisfy({ $0.declaration.contains("standalone") }) else { return body }
        let isYes = parts.allSatisfy { $0.declaration.contains("yes") }
        return "<?xml version=\"1.0\" standalone=\"\(isYes ? "yes" : "no")\"?>" + body
    }

    /// A content's declaration, empty where it has none, and what follows.
    private static func split(_ text: String) -> (declaration: Substring, rest: String) {
        guard text.hasPrefix("<?xml "), let end = text.utf8.firstIndex(of: UInt8(ascii: ">")) else { return ("", text) }
        let rest = text[text.index(after: end)...]
        return (text[...end], String(rest.first == "\n" ? rest.dropFirst() : rest))
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func shown(_ mistake: Mistake) -> String {
        let place = min(mistake.index, bytes.count)
        let start = bytes[..<place].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let end = bytes[place...].firstIndex(of: 0x0A) ?? bytes.count
        let line = String(decoding: bytes[start..<end], as: UTF8.self)
        let column = String(decoding: bytes[start..<place], as: UTF8.self).unicodeScalars.count
        return "line \(self.line(at: place)): \(mistake.text)\n\(line)\n\(String(repeating: " ", count: column))^"
    }

    private func line(at place: Int) -> Int { bytes[..<place].count { $0 == 0x0A } + 1 }

    private func starts(_ word: StaticString) -> Bool {
        word.withUTF8Buffer { bytes[min(index, bytes.count)...].starts(with: $0) }
    }

    private mutating func skip(past word: StaticString) -> Bool {
        while index < bytes.count {
            if starts(word) {
                index += word.utf8CodeUnitCount
                return true
            }
            index += 1
        }
        return false
    }

    private mutating func skipBlanks() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    private func mistake(_ text: String, at place: Int? = nil) -> Mistake { Mistake(text: text, index: place ?? index) }

    private mutating func read() throws(Mistake) {
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "<"): try readMarkup()
            case UInt8(ascii: "&"): try readReference()
            case UInt8(ascii: "]") where starts("]]>"): throw mistake("Sequence ']]>' not allowed in content")
            case 0x09, 0x0A, 0x0D, 0x20: index += 1
            case 0x21...:
                if open.isEmpty { hasBareText = true }
                index += 1
            case let other: throw mistake("PCDATA invalid Char value \(other)")
            }
        }
        if let last = open.last {
            throw mistake("Premature end of data in tag \(last.name) line \(line(at: last.start))")
        }
    }

    private mutating func readMarkup() throws(Mistake) {
        if starts("<!--") {
            index += 4
            if !skip(past: "-->") { throw mistake("Comment not terminated") }
        } else if starts("<![CDATA[") {
            index += 9
            if !skip(past: "]]>") { throw mistake("CData section not finished") }
        } else if starts("<?") {
            index += 2
            let name = readName()
            if name.isEmpty { throw mistake("xmlParsePI : no target name") }
            if !skip(past: "?>") { throw mistake("ParsePI: PI \(name) never end ...") }
        } else if starts("<!DOCTYPE") {
            try readDocumentType()
        } else if starts("</") {
            try readEndTag()
        } else {
            try readStartTag()
        }
    }

    private mutating func readDocumentType() throws(Mistake) {
        var depth = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "[") { depth += 1 }
            if byte == UInt8(ascii: "]") { depth -= 1 }
            if byte == UInt8(ascii: ">"), depth == 0 { return }
        }
        throw mistake("DOCTYPE improperly terminated")
    }

    private mutating func readEndTag() throws(Mistake) {
        guard let last = open.last else { throw mistake("chunk is not well balanced") }
        index += 2
        let name = readName()
        skipBlanks()
        guard index < bytes.count, bytes[index] == UInt8(ascii: ">") else { throw mistake("expected '>'") }
        index += 1
        guard name == last.name else {
            throw mistake("Opening and ending tag mismatch: \(last.name) line \(line(at: last.start)) and \(name)")
        }
        open.removeLast()
    }

    private mutating func readStartTag() throws(Mistake) {
        let start = index
        index += 1
        if open.isEmpty { roots += 1 }
        let name = readName()
        if name.isEmpty { throw mistake("StartTag: invalid element name") }
        var attributes: Set<String> = []
        while true {
            let before = index
            skipBlanks()
            guard index < bytes.count else {
                throw mistake("Couldn't find end of Start Tag \(name) line \(line(at: start))")
            }
            if starts("/>") {
                index += 2
                return
            }
            if bytes[index] == UInt8(ascii: ">") {
                index += 1
                return open.append((name, start))
            }
            let attribute = before == index ? "" : readName()
            if attribute.isEmpty { throw mistake("Couldn't find end of Start Tag \(name) line \(line(at: start))") }
            try readValue(of: attribute)
            if !attributes.insert(attribute).inserted { throw mistake("Attribute \(attribute) redefined") }
        }
    }

    private mutating func readValue(of attribute: String) throws(Mistake) {
        skipBlanks()
        guard index < bytes.count, bytes[index] == UInt8(ascii: "=") else {
            throw mistake("Specification mandates value for attribute \(attribute)")
        }
        index += 1
        skipBlanks()
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "'") else {
            throw mistake("AttValue: \" or ' expected")
        }
        let quote = bytes[index]
        index += 1
        while index < bytes.count, bytes[index] != quote {
            if bytes[index] == UInt8(ascii: "<") {
                throw mistake("Unescaped '<' not allowed in attributes values")
            }
            if bytes[index] == UInt8(ascii: "&") { try readReference() } else { index += 1 }
        }
        if index == bytes.count { throw mistake("AttValue: ' expected") }
        index += 1
    }

    private mutating func readReference() throws(Mistake) {
        index += 1
        if index < bytes.count, bytes[index] == UInt8(ascii: "#") {
            index += 1
            let isHex = index < bytes.count && bytes[index] == UInt8(ascii: "x")
            if isHex { index += 1 }
            let start = index
            while index < bytes.count, bytes[index] != UInt8(ascii: ";"), Self.isNamePart(bytes[index]) { index += 1 }
            let digits = String(decoding: bytes[start..<index], as: UTF8.self)
            guard let value = UInt32(digits, radix: isHex ? 16 : 10) else {
                throw mistake("xmlParseCharRef: invalid \(isHex ? "hexadecimal" : "decimal") value")
            }
            try endReference("xmlParseCharRef: missing ';'")
            guard value >= 0x20 || [0x09, 0x0A, 0x0D].contains(value), Unicode.Scalar(value) != nil else {
                throw mistake("xmlParseCharRef: invalid xmlChar value \(value)")
            }
            return
        }
        let name = readName()
        if name.isEmpty { throw mistake("xmlParseEntityRef: no name") }
        try endReference("EntityRef: expecting ';'")
        guard ["amp", "lt", "gt", "quot", "apos"].contains(name) else {
            throw mistake("Entity '\(name)' not defined")
        }
    }

    private mutating func endReference(_ complaint: String) throws(Mistake) {
        guard index < bytes.count, bytes[index] == UInt8(ascii: ";") else { throw mistake(complaint) }
        index += 1
    }

    /// A name, colons included; empty where none begins.
    private mutating func readName() -> String {
        let start = index
        guard index < bytes.count, Self.isNamePart(bytes[index]), !(0x2D...0x39).contains(bytes[index]) else {
            return ""
        }
        while index < bytes.count, Self.isNamePart(bytes[index]) { index += 1 }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), 0x2D, 0x2E, 0x3A, 0x5F, 0x80...: true
        default: false
        }
    }
}
