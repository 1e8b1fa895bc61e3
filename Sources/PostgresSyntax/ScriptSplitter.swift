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

    /// How many bytes are read.
    var consumed: Int { position }

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
        let scan = StatementScan(bytes: bytes, from: start, ignoresNesting: ignoresNestingAt == start)
        let terminator = scan.end < bytes.count ? 1 : 0
        var piece = piece(.statement, start, scan.end, terminator: terminator)
        piece.hidesSemicolon = scan.hidesSemicolon
        position = scan.end + terminator
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
            if end - lineStart == 2, bytes[lineStart] == UInt8(ascii: "\\"), bytes[lineStart + 1] == UInt8(ascii: ".") {
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
