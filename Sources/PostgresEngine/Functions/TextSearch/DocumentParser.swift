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
    private enum Start {
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
    private var start = Start.anything
    /// The URL has been told whole; now its host ends before the path.
    private var wantsHost = false
    /// Between `<script>` or `<style>` and its end.
    private var isIgnoring = false
    /// Addresses inside of addresses.
    private var depth = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    private init(_ scalars: Scalars, depth: Int) {
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

    private func isLetterOrMark(_ index: Int) -> Bool { isLetter(index) || isMark(index) }
    private func isHostCharacter(_ index: Int) -> Bool { isASCIILetter(index) || isDigit(index) }
    private func isFileStart(_ index: Int) -> Bool { isHostCharacter(index) || isAt(index, "_") }

    // MARK: The first character decides

    private mutating func anything(_ i: Int) -> Match {
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

    // MARK: Words

    private mutating func asciiWord(_ start: Int) -> Match {
        var i = start
        while isASCIILetter(i) { i += 1 }
        if isAt(i, "."), let found = host(i + 1) ?? (isFileStart(i + 1) ? file(i + 2) : nil) { return found }
        if isAt(i, "-"), let found = hostBehindHyphen(i + 1) ?? compound(i, .asciiHyphenWord) { return found }
        if isAt(i, "_"), let found = hostBehindHyphen(i + 1) { return found }
        if isAt(i, "@"), let found = email(i + 1) { return found }
        if isAt(i, ":"), isAt(i + 1, "/"), isAt(i + 2, "/") { return Match(kind: .protocolHead, end: i + 3) }
        if isAt(i, "/"), let found = path(i + 1) { return found }
        if isDigit(i) { return hostLabel(i + 1) ?? wordWithDigits(i + 1) }
        if isLetterOrMark(i) { return word(i + 1) }
        return Match(kind: .asciiWord, end: i)
    }

    private func word(_ start: Int) -> Match {
        var i = start
        while isLetterOrMark(i) { i += 1 }
        if isDigit(i) {
            var copy = self
            return copy.wordWithDigits(i + 1)
        }
        if isAt(i, "-"), let found = compound(i, .hyphenWord) { return found }
        return Match(kind: .word, end: i)
    }

    private mutating func wordWithDigits(_ start: Int) -> Match {
        var i = start
        while isWordCharacter(i) || isMark(i) { i += 1 }
        if isAt(i, "@"), let found = email(i + 1) { return found }
        if isAt(i, "/"), let found = path(i + 1) { return found }
        if isAt(i, "."), isFileStart(i + 1) { return file(i + 2) }
        if isAt(i, "-"), let found = compound(i, .numHyphenWord) { return found }
        return Match(kind: .numWord, end: i)
    }

    /// A compound word from the hyphen at `hyphen` on, nil when none follows. Its kind is that of its oddest part.
    private func compound(_ hyphen: Int, _ first: TokenKind) -> Match? {
        var kind = first
        var i = hyphen
        while isAt(i, "-") {
            var next = i + 1
            if kind == .asciiHyphenWord && isASCIILetter(next) {
                next += 1
            } else if isLetter(next) {
                next += 1
                if kind == .asciiHyphenWord { kind = .hyphenWord }
            } else if isDigit(next) {
                while isDigit(next) { next += 1 }
                // Digits alone are no part of a word.
                guard isLetterOrMark(next) else { break }
                next += 1
                kind = .numHyphenWord
            } else {
                break
            }
            i = next
            while true {
                if kind == .asciiHyphenWord && isASCIILetter(i) {
                } else if isLetterOrMark(i) {
                    if kind == .asciiHyphenWord { kind = .hyphenWord }
                } else if isDigit(i) {
                    kind = .numHyphenWord
                } else {
                    break
                }
                i += 1
            }
        }
        return i == hyphen ? nil : Match(kind: kind, end: i, again: true)
    }

    /// A part of a compound that was told whole, nil behind its end.
    private mutating func compoundPart(_ i: Int) -> Match? {
        var end = i
        var kind = TokenKind.asciiHyphenPart
        if isAt(i, "-") {
            guard isWordCharacter(i + 1) || isMark(i + 1) else {
                start = .anything
                return nil
            }
            return Match(kind: .blank, end: i + 1)
        }
        if isDigit(i) {
            while isDigit(end) { end += 1 }
            guard isLetterOrMark(end) else {
                start = .anything
                return nil
            }
            kind = .numHyphenPart
        } else if !isLetter(i) {
            start = .anything
            return nil
        }
        while true {
            if isASCIILetter(end) {
            } else if isLetterOrMark(end) {
                if kind == .asciiHyphenPart { kind = .hyphenPart }
            } else if isDigit(end) {
                kind = .numHyphenPart
            } else {
                break
            }
            end += 1
        }
        return Match(kind: kind, end: end)
    }

    // MARK: Numbers

    private mutating func unsignedInteger(_ start: Int) -> Match {
        var i = start
        while isDigit(i) { i += 1 }
        if isAt(i, "."), let found = host(i + 1) ?? (isDigit(i + 1) ? decimal(i + 2, isSigned: false, from: i) : nil) {
            return found
        }
        if let found = exponent(i) { return found }
        if isAt(i, "-") || isAt(i, "_"), let found = hostBehindHyphen(i + 1) { return found }
        if isAt(i, "@"), let found = email(i + 1) { return found }
        if isASCIILetter(i), let found = hostLabel(i + 1) { return found }
        if isLetterOrMark(i) { return wordWithDigits(i + 1) }
        if isAt(i, "/"), let found = path(i + 1) { return found }
        return Match(kind: .unsignedInteger, end: i)
    }

    private func signedInteger(_ start: Int, from sign: Int) -> Match {
        var i = start
        while isDigit(i) { i += 1 }
        if isAt(i, "."), isDigit(i + 1) { return decimal(i + 2, isSigned: true, from: sign) }
        return exponent(i) ?? Match(kind: .signedInteger, end: i)
    }

    private func decimal(_ start: Int, isSigned: Bool, from sign: Int) -> Match {
        var i = start
        while isDigit(i) { i += 1 }
        if isAt(i, "."), isDigit(i + 1) {
            // A version has no sign: the sign stands for itself.
            return isSigned ? Match(kind: .blank, end: sign + 1) : version(i + 2)
        }
        return exponent(i) ?? Match(kind: .float, end: i)
    }

    private func version(_ start: Int) -> Match {
        var i = start
        while isDigit(i) || isAt(i, ".") && isDigit(i + 1) { i += 1 }
        return Match(kind: .version, end: i)
    }

    private func exponent(_ i: Int) -> Match? {
        guard isAt(i, "e") || isAt(i, "E") else { return nil }
        var end = isAt(i + 1, "+") || isAt(i + 1, "-") ? i + 2 : i + 1
        guard isDigit(end) else { return nil }
        while isDigit(end) { end += 1 }
        return Match(kind: .scientific, end: end)
    }

    private func isSignBeforeVersion(_ i: Int) -> Bool {
        guard isAt(i, "-") || isAt(i, "+"), isDigit(i + 1) else { return false }
        return signedInteger(i + 2, from: i).kind == .blank
    }

    // MARK: Hosts, addresses

    private enum HostPlace { case domainStart, secondLetter, domain, label, behindHyphen }

    /// A host name's part behind a point.
    private mutating func host(_ i: Int) -> Match? { hostName(i, .domainStart) }
    private mutating func hostBehindHyphen(_ i: Int) -> Match? { hostName(i, .behindHyphen) }
    private mutating func hostLabel(_ i: Int) -> Match? { hostName(i, .label) }

    /// Follows a host name to its end. It must end in a domain of two letters or more; `longest` is the last place where
    /// it did, for what follows may turn out not to belong to it.
    private mutating func hostName(_ start: Int, _ place: HostPlace) -> Match? {
        var i = start
        var place = place
        var longest: Match?
        while true {
            switch place {
            case .domainStart:
                guard isHostCharacter(i) else { return longest }
                place = isDigit(i) ? .label : .secondLetter
                i += 1
            case .behindHyphen:
                guard isHostCharacter(i) else { return longest }
                place = .label
                i += 1
            case .label, .secondLetter:
                if isHostCharacter(i) {
                    if place == .secondLetter { place = isDigit(i) ? .label : .domain }
                } else if isAt(i, ".") {
                    place = .domainStart
                } else if isAt(i, "-") || isAt(i, "_") {
                    place = .behindHyphen
                } else {
                    return (isAt(i, "@") ? email(i + 1) : nil) ?? longest
                }
                i += 1
            case .domain:
                while isASCIILetter(i) { i += 1 }
                if isDigit(i) {
                    place = .label
                    i += 1
                    continue
                }
                if isAt(i, ":"), isDigit(i + 1) {
                    i += 2
                    while isDigit(i) { i += 1 }
                } else if isAt(i, ".") || isAt(i, "-") || isAt(i, "_") {
                    longest = Match(kind: .host, end: i)
                    place = isAt(i, ".") ? .domainStart : .behindHyphen
                    i += 1
                    continue
                } else if isAt(i, "@"), let found = email(i + 1) {
                    return found
                }
                if !wantsHost, isAt(i, "/"), isURLCharacter(i + 1) {
                    return Match(kind: .url, end: urlPath(i + 1).end, again: true)
                }
                return Match(kind: .host, end: i)
            }
        }
    }

    private mutating func email(_ i: Int) -> Match? {
        if wantsHost {
            wantsHost = false
            return nil
        }
        guard depth < 100 else { return nil }
        var inner = DocumentParser(scalars, depth: depth + 1)
        guard i < scalars.count else { return nil }
        let host = inner.anything(i)
        return host.kind == .host ? Match(kind: .email, end: host.end) : nil
    }

    private func urlPath(_ start: Int) -> Match {
        var i = start
        while isURLCharacter(i) { i += 1 }
        return Match(kind: .urlPath, end: i)
    }

    /// What may stand in a URL: printable ASCII, save for a few.
    private func isURLCharacter(_ index: Int) -> Bool {
        guard let scalar = scalar(index) else { return false }
        return (0x21...0x7E).contains(scalar.value) && !"\"<>\\^`{|}".unicodeScalars.contains(scalar)
    }

    // MARK: Files

    private func file(_ start: Int) -> Match {
        var i = start
        while true {
            if isFileStart(i) || isAt(i, "-") {
                i += 1
            } else if isAt(i, "."), isFileStart(i + 1) {
                i += 2
            } else if isAt(i, "/"), let next = afterSlash(i + 1) {
                guard case .inFile(let position) = next else {
                    if case .done(let match) = next { return match }
                    break
                }
                i = position
            } else {
                break
            }
        }
        return Match(kind: .file, end: i)
    }

    private enum PathStep {
        case inFile(Int)
        case done(Match)
    }

    private func path(_ i: Int) -> Match? {
        switch afterSlash(i) {
        case .inFile(let position): file(position)
        case .done(let match): match
        case nil: nil
        }
    }

    private func parentPath(_ i: Int) -> Match? {
        if i >= scalars.count || isSpace(i) { return Match(kind: .file, end: i) }
        guard isAt(i, "/") else { return nil }
        return path(i + 1) ?? Match(kind: .file, end: i)
    }

    /// What a slash begins. `..` may end a path; what was found up to one is kept in `longest`.
    private func afterSlash(_ start: Int) -> PathStep? {
        var i = start
        var longest: PathStep?
        while true {
            if isFileStart(i) { return .inFile(i + 1) }
            if isAt(i, "~") {
                if isFileStart(i + 1) { return .inFile(i + 2) }
                guard isAt(i + 1, "/") else { return longest }
                i += 2
            } else if isAt(i, ".") {
                if isFileStart(i + 1) { return .inFile(i + 2) }
                if isAt(i + 1, "/") {
                    i += 2
                } else if isAt(i + 1, ".") {
                    if i + 2 >= scalars.count || isSpace(i + 2) { return .done(Match(kind: .file, end: i + 2)) }
                    guard isAt(i + 2, "/") else { return longest }
                    longest = .done(Match(kind: .file, end: i + 2))
                    i += 3
                } else {
                    return longest
                }
            } else {
                return longest
            }
        }
    }

    mutating func setIgnoring(_ value: Bool) { isIgnoring = value }
}
