/// Takes a script apart into statements and backslash commands, with psql's lexical rules: a semicolon ends a statement
/// outside quotes, comments, parentheses and BEGIN ATOMIC bodies.
struct ScriptSplitter {
    struct Piece {
        enum Kind: Equatable {
            case statement
            /// A backslash command by its name.
            case command(String)
        }

        var kind: Kind
        /// From the first token to the last, without semicolon.
        var text: String
        /// The same with its semicolon, if one ended it.
        var terminated: [UInt8]
        /// 1-based line of the first token.
        var line: Int
        /// The rows that followed COPY … FROM stdin.
        var data: String?
        fileprivate var start: Int
        /// A semicolon was passed over because a parenthesis or BEGIN ATOMIC was open.
        fileprivate var hidesSemicolon: Bool
    }

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var countedTo = 0
    /// Where a statement begins whose unbalanced parentheses are to be disregarded.
    private var ignoresNestingAt: Int?

    init(_ text: String) {
        bytes = Array(text.utf8)
        // A byte order mark is no token; editors write it, and psql skips it.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    mutating func next() -> Piece? {
        while true {
            position = SourceText.skipBlanksAndComments(in: bytes, from: position)
            guard position < bytes.count else { return nil }
            if bytes[position] == UInt8(ascii: ";") {
                position += 1
            } else if bytes[position] == UInt8(ascii: "\\") {
                return command()
            } else {
                return statement()
            }
        }
    }

    /// Reads a failed piece again up to its first semicolon, so that a missing parenthesis does not swallow the
    /// statements after it. False if that would change nothing.
    mutating func retryWithoutParentheses(_ piece: Piece) -> Bool {
        guard piece.hidesSemicolon, ignoresNestingAt != piece.start else { return false }
        ignoresNestingAt = piece.start
        position = piece.start
        line = piece.line
        countedTo = piece.start
        return true
    }

    private mutating func command() -> Piece {
        let start = position
        while position < bytes.count, bytes[position] != 0x0A { position += 1 }
        let text = bytes[start..<position]
        let name = text.dropFirst().prefix { !SourceText.isBlank($0) }
        return piece(.command(String(decoding: name, as: UTF8.self)), start, text.endIndex, terminator: 0)
    }

    private mutating func statement() -> Piece {
        let start = position
        var scan = StatementScan(bytes: bytes, position: start, ignoresNesting: ignoresNestingAt == start)
        scan.run()
        position = scan.position
        let terminator = position < bytes.count ? 1 : 0
        var piece = piece(.statement, start, position, terminator: terminator)
        piece.hidesSemicolon = scan.hidesSemicolon
        position += terminator
        if terminator == 1, scan.isCopyFromStandardInput { piece.data = copyData() }
        return piece
    }

    private mutating func piece(_ kind: Piece.Kind, _ start: Int, _ end: Int, terminator: Int) -> Piece {
        line += SourceText.lineBreaks(in: bytes, from: countedTo, before: start)
        countedTo = start
        var last = end
        while last > start, SourceText.isBlank(bytes[last - 1]) { last -= 1 }
        return Piece(
            kind: kind, text: String(decoding: bytes[start..<last], as: UTF8.self),
            terminated: Array(bytes[start..<(end + terminator)]), line: line, data: nil, start: start,
            hidesSemicolon: false)
    }

    /// The lines after the statement's own, up to `\.` or the script's end.
    private mutating func copyData() -> String {
        skipLine()
        let start = position
        while position < bytes.count {
            let lineStart = position
            skipLine()
            var end = position
            while end > lineStart, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
            if bytes[lineStart..<end].elementsEqual([UInt8(ascii: "\\"), UInt8(ascii: ".")]) {
                return String(decoding: bytes[start..<lineStart], as: UTF8.self)
            }
        }
        return String(decoding: bytes[start...], as: UTF8.self)
    }

    private mutating func skipLine() {
        while position < bytes.count, bytes[position] != 0x0A { position += 1 }
        if position < bytes.count { position += 1 }
    }
}

/// Finds the end of one statement.
private struct StatementScan {
    let bytes: [UInt8]
    /// At the end: of the semicolon, or of the text.
    var position: Int
    var ignoresNesting: Bool
    var hidesSemicolon = false

    private var parentheses = 0
    private var bodies = 0
    /// The statement's first words outside parentheses, enough to know CREATE OR REPLACE FUNCTION and COPY.
    private var words: [String] = []
    private var previousWord = ""
    private var readsStandardInput = false

    init(bytes: [UInt8], position: Int, ignoresNesting: Bool) {
        self.bytes = bytes
        self.position = position
        self.ignoresNesting = ignoresNesting
    }

    var isCopyFromStandardInput: Bool { words.first == "copy" && readsStandardInput }

    mutating func run() {
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: ";"):
                if ignoresNesting || parentheses == 0 && bodies == 0 { return }
                hidesSemicolon = true
                position += 1
            case UInt8(ascii: "("):
                parentheses += 1
                position += 1
            case UInt8(ascii: ")"):
                parentheses = max(0, parentheses - 1)
                position += 1
            case UInt8(ascii: "'"), UInt8(ascii: "\""): skipQuoted(byte, backslashEscapes: false)
            case UInt8(ascii: "$"): skipDollarQuoted()
            default:
                if let end = SourceText.commentEnd(in: bytes, from: position) {
                    position = end
                } else if SourceText.isIdentifierStart(byte) {
                    word()
                } else {
                    position += 1
                }
            }
        }
    }

    private mutating func word() {
        let start = position
        while position < bytes.count, SourceText.isIdentifierPart(bytes[position]) { position += 1 }
        if position - start == 1, bytes[start] | 0x20 == UInt8(ascii: "e"), position < bytes.count,
            bytes[position] == UInt8(ascii: "'")
        {
            skipQuoted(UInt8(ascii: "'"), backslashEscapes: true)
            return
        }
        // No keyword that matters here is longer than PROCEDURE.
        guard parentheses == 0, position - start <= 9 else {
            previousWord = ""
            return
        }
        let word = String(decoding: bytes[start..<position], as: UTF8.self).lowercased()
        if words.count < 4 { words.append(word) }
        if previousWord == "from", word == "stdin" { readsStandardInput = true }
        previousWord = word
        trackBody(word)
    }

    /// `CREATE FUNCTION … BEGIN ATOMIC …; END` holds semicolons; CASE has an END of its own.
    private mutating func trackBody(_ word: String) {
        guard words.first == "create" else { return }
        let object = words.count > 3 && words[1] == "or" && words[2] == "replace" ? words[3] : words.dropFirst().first
        guard object == "function" || object == "procedure" else { return }
        switch word {
        case "begin": bodies += 1
        case "case": if bodies > 0 { bodies += 1 }
        case "end": bodies = max(0, bodies - 1)
        default: break
        }
    }

    /// A doubled quote reads as two strings in a row, which comes to the same.
    private mutating func skipQuoted(_ quote: UInt8, backslashEscapes: Bool) {
        position += 1
        while position < bytes.count, bytes[position] != quote {
            position += backslashEscapes && bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        position = min(position + 1, bytes.count)
        // Within E'…' the second half of a doubled quote goes on with the same rules.
        if backslashEscapes, position < bytes.count, bytes[position] == quote {
            skipQuoted(quote, backslashEscapes: true)
        }
    }

    private mutating func skipDollarQuoted() {
        var end = position + 1
        if end < bytes.count, SourceText.isIdentifierStart(bytes[end]) {
            while end < bytes.count, SourceText.isIdentifierPart(bytes[end]), bytes[end] != UInt8(ascii: "$") {
                end += 1
            }
        }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "$") else {
            position += 1
            return
        }
        let delimiter = bytes[position...end]
        var close = end + 1
        while close + delimiter.count <= bytes.count {
            if bytes[close] == UInt8(ascii: "$"), bytes[close..<(close + delimiter.count)].elementsEqual(delimiter) {
                position = close + delimiter.count
                return
            }
            close += 1
        }
        position = bytes.count
    }
}
