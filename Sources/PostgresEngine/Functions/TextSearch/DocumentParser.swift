/// Takes a text apart as PostgreSQL's `default` text search parser does: words, numbers, addresses, paths, tags.
///
/// A token is the longest form that fits where the last one ended. Compounds (`foo-bar`, `example.com/x`) come whole
/// first and are then read once more in their parts.
struct DocumentParser {
    struct Token: Equatable {
        var kind: TokenKind
        var range: Range<Int>
    }

    /// How the next token begins.
    enum Start {
        case anything
        /// Inside a compound word.
        case part
        /// Behind a host that belongs to a URL.
        case path
        /// Behind a sign that turned out not to belong to a number.
        case number
    }

    /// A token found, and how to go on. `again`: from this token's own start.
    struct Match {
        var kind: TokenKind
        var end: Int
        var again = false
    }

    let scalars: Scalars
    private(set) var position = 0
    var start = Start.anything
    /// The URL has been told whole; now its host ends before the path.
    var wantsHost = false
    /// Between `<script>` or `<style>` and its end.
    private var isIgnoring = false
    /// Addresses inside of addresses.
    var depth = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    init(_ scalars: Scalars, depth: Int) {
        self.scalars = scalars
        self.depth = depth
        wantsHost = true
    }

    mutating func next() -> Token? {
        guard position < scalars.count else { return nil }
        let first = position
        let match: Match
        switch start {
        case .path: match = urlPath(position)
        case .number: match = unsignedInteger(position)
        case .part:
            if let part = compoundPart(position) { return token(part, first) }
            match = anything(position)
        case .anything: match = anything(position)
        }
        start = .anything
        if match.kind == .host && wantsHost && match.end < scalars.count {
            wantsHost = false
            start = .path
        } else if match.again {
            switch match.kind {
            case .url: wantsHost = true
            default: start = .part
            }
            return Token(kind: match.kind, range: first..<match.end)
        } else if match.kind == .blank && match.end == first + 1 && isSignBeforeVersion(first) {
            start = .number
        }
        return token(match, first)
    }

    private mutating func token(_ match: Match, _ first: Int) -> Token {
        position = match.end
        return Token(kind: match.kind, range: first..<match.end)
    }

    // MARK: Characters

    func scalar(_ index: Int) -> Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }
    func isAt(_ index: Int, _ scalar: Unicode.Scalar) -> Bool { self.scalar(index) == scalar }

    func isASCIILetter(_ index: Int) -> Bool {
        guard let value = scalar(index)?.value else { return false }
        return (65...90).contains(value) || (97...122).contains(value)
    }

    func isDigit(_ index: Int) -> Bool {
        guard let value = scalar(index)?.value else { return false }
        return (48...57).contains(value)
    }

    func isLetter(_ index: Int) -> Bool {
        guard let scalar = scalar(index) else { return false }
        return RegexSet.belongs(scalar, to: .alpha) && !isDigit(index)
    }

    func isWordCharacter(_ index: Int) -> Bool { isLetter(index) || isDigit(index) }

    /// Characters without a width of their own: accents that follow their letter.
    func isMark(_ index: Int) -> Bool {
        guard let scalar = scalar(index), scalar.value >= 0x300 else { return false }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .spacingMark, .format: return true
        default: return false
        }
    }

    func isSpace(_ index: Int) -> Bool {
        guard let scalar = scalar(index) else { return false }
        return scalar.value < 128
            ? scalar == " " || (9...13).contains(scalar.value) : RegexSet.belongs(scalar, to: .space)
    }

    func isLetterOrMark(_ index: Int) -> Bool { isLetter(index) || isMark(index) }
    func isHostCharacter(_ index: Int) -> Bool { isASCIILetter(index) || isDigit(index) }
    func isFileStart(_ index: Int) -> Bool { isHostCharacter(index) || isAt(index, "_") }

    // MARK: The first character decides

    mutating func anything(_ i: Int) -> Match {
        if isAt(i, "<"), let tag = tag(i + 1, from: i) { return tag }
        if isIgnoring { return blank(i + 1) }
        if isASCIILetter(i) { return asciiWord(i + 1) }
        if isLetter(i) { return word(i + 1) }
        if isDigit(i) { return unsignedInteger(i + 1) }
        let found: Match?
        switch scalars[i] {
        case "-", "+": found = isDigit(i + 1) ? signedInteger(i + 2, from: i) : nil
        case "&": found = entity(i + 1)
        case "~": found = isFileStart(i + 1) ? file(i + 2) : isAt(i + 1, "/") ? path(i + 2) : nil
        case "/": found = path(i + 1)
        case ".": found = isAt(i + 1, ".") ? parentPath(i + 2) : isAt(i + 1, "/") ? path(i + 2) : nil
        default: found = nil
        }
        return found ?? blank(i + 1)
    }

    private func blank(_ start: Int) -> Match {
        var i = start
        while i < scalars.count, !isAt(i, "<") {
            if !isIgnoring {
                if "-+&/".unicodeScalars.contains(scalars[i]) || isWordCharacter(i) { break }
            }
            i += 1
        }
        return Match(kind: .blank, end: i)
    }

    mutating func setIgnoring(_ value: Bool) { isIgnoring = value }
}
