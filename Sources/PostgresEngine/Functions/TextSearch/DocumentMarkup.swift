/// Tags, comments and entities: what the parser reads over.
extension DocumentParser {
    /// `&amp;`, `&#38;`, `&#x26;` behind the ampersand.
    func entity(_ start: Int) -> Match? {
        var i = start
        if isAt(i, "#") {
            let isHexadecimal = isAt(i + 1, "x") || isAt(i + 1, "X")
            i += isHexadecimal ? 2 : 1
            let digits = i
            while isDigit(i) || isHexadecimal && scalar(i)?.properties.isASCIIHexDigit == true { i += 1 }
            guard i > digits else { return nil }
        } else {
            guard isASCIILetter(i) || isAt(i, ":") || isAt(i, "_") else { return nil }
            while isWordCharacter(i) || scalar(i).map({ ":_.-".unicodeScalars.contains($0) }) == true { i += 1 }
        }
        return isAt(i, ";") ? Match(kind: .entity, end: i + 1) : nil
    }

    /// A tag, a comment or a declaration behind its `<`, which stands at `start`.
    mutating func tag(_ first: Int, from start: Int) -> Match? {
        var i = first
        switch scalar(i) {
        case "!":
            if isAt(i + 1, "-") { return isAt(i + 2, "-") ? comment(i + 3) : nil }
            return isAt(i + 1, "D") || isAt(i + 1, "d") ? attributes(i + 2, from: start) : nil
        case "?": return isAt(i + 1, "x") ? attributes(i + 2, from: start) : nil
        case "/":
            guard isASCIILetter(i + 1) else { return nil }
            i += 2
        default:
            guard isASCIILetter(i) || isAt(i, ":") || isAt(i, "_") else { return nil }
            i += 1
        }
        while i < scalars.count {
            if isAt(i, "/") { return isAt(i + 1, ">") ? Match(kind: .tag, end: i + 2) : nil }
            if isAt(i, ">") {
                noteScript(start..<i)
                return Match(kind: .tag, end: i + 1)
            }
            if isSpace(i) {
                noteScript(start..<i)
                return attributes(i + 1, from: start)
            }
            guard isWordCharacter(i) || ":_.-".unicodeScalars.contains(scalars[i]) else { return nil }
            i += 1
        }
        return nil
    }

    private mutating func attributes(_ first: Int, from start: Int) -> Match? {
        var i = first
        while let scalar = scalar(i) {
            if scalar == ">" {
                noteScript(start..<i)
                return Match(kind: .tag, end: i + 1)
            }
            if scalar == "'" || scalar == "\"" {
                i += 1
                while i < scalars.count, scalars[i] != scalar { i += scalars[i] == "\\" ? 2 : 1 }
                guard i < scalars.count else { return nil }
            } else if isSpace(i) {
                noteScript(start..<i)
            } else {
                guard isASCIILetter(i) || isDigit(i) || "=-_#/:.&?%~".unicodeScalars.contains(scalar) else {
                    return nil
                }
            }
            i += 1
        }
        return nil
    }

    private func comment(_ first: Int) -> Match? {
        var i = first
        while i + 2 < scalars.count {
            if isAt(i, "-"), isAt(i + 1, "-") {
                var end = i + 2
                while isAt(end, "-") { end += 1 }
                if isAt(end, ">") { return Match(kind: .tag, end: end + 1) }
            }
            i += 1
        }
        return nil
    }

    /// Scripts and style sheets hold no words.
    private mutating func noteScript(_ range: Range<Int>) {
        guard (6...8).contains(range.count) else { return }
        switch String(String.UnicodeScalarView(scalars[range])).lowercased() {
        case "<script", "<style": setIgnoring(true)
        case "</script", "</style": setIgnoring(false)
        default: break
        }
    }
}

/// PostgreSQL's token types, by their numbers.
enum TokenKind: Int, CaseIterable {
    case asciiWord = 1
    case word, numWord, email, url, host, scientific, version, numHyphenPart, hyphenPart, asciiHyphenPart, blank, tag
    case protocolHead, numHyphenWord, asciiHyphenWord, hyphenWord, urlPath, file, float, signedInteger, unsignedInteger
    case entity

    /// Whether a configuration's language looks at it; the others are taken as they are.
    var isWord: Bool {
        switch self {
        case .asciiWord, .word, .hyphenPart, .asciiHyphenPart, .asciiHyphenWord, .hyphenWord: true
        default: false
        }
    }

    /// The name that ALTER TEXT SEARCH CONFIGURATION knows it by.
    var alias: String {
        switch self {
        case .asciiWord: "asciiword"
        case .word: "word"
        case .numWord: "numword"
        case .email: "email"
        case .url: "url"
        case .host: "host"
        case .scientific: "sfloat"
        case .version: "version"
        case .numHyphenPart: "hword_numpart"
        case .hyphenPart: "hword_part"
        case .asciiHyphenPart: "hword_asciipart"
        case .blank: "blank"
        case .tag: "tag"
        case .protocolHead: "protocol"
        case .numHyphenWord: "numhword"
        case .asciiHyphenWord: "asciihword"
        case .hyphenWord: "hword"
        case .urlPath: "url_path"
        case .file: "file"
        case .float: "float"
        case .signedInteger: "int"
        case .unsignedInteger: "uint"
        case .entity: "entity"
        }
    }

    /// Whether it is a word, or part of one, of nothing but ASCII letters.
    var isASCII: Bool {
        switch self {
        case .asciiWord, .asciiHyphenPart, .asciiHyphenWord: true
        default: false
        }
    }

    /// Whether it is looked at all.
    var isIndexed: Bool {
        switch self {
        case .blank, .tag, .protocolHead, .entity: false
        default: true
        }
    }
}
