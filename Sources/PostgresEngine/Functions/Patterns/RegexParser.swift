import PostgresTypes

/// Reads a pattern into a tree.
struct RegexParser {
    private let scalars: Scalars
    private var position = 0
    private(set) var options: RegularExpression.Options
    private(set) var groupCount = 0

    init(_ pattern: String, _ options: RegularExpression.Options) {
        scalars = Array(pattern.unicodeScalars)
        self.options = options
    }

    mutating func parse() throws -> RegexNode {
        if options.isLiteral { return .sequence(scalars.map { .set(RegexSet($0)) }) }
        if starts(with: "***=") { return .sequence(scalars[4...].map { .set(RegexSet($0)) }) }
        if starts(with: "***:") { position = 4 }
        try embeddedOptions()
        let node = try choice(depth: 0)
        guard position == scalars.count else { throw Self.invalid("parentheses () not balanced") }
        return node
    }

    static func invalid(_ reason: String) -> PostgresError {
        PostgresError("2201B", "invalid regular expression: \(reason)")
    }

    // MARK: Reading

    private var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func peek(_ offset: Int) -> Unicode.Scalar? {
        position + offset < scalars.count ? scalars[position + offset] : nil
    }

    private func starts(with text: String) -> Bool { scalars[position...].starts(with: text.unicodeScalars) }

    private mutating func accept(_ scalar: Unicode.Scalar) -> Bool {
        guard current == scalar else { return false }
        position += 1
        return true
    }

    /// `(?i)` and kin at the very beginning.
    private mutating func embeddedOptions() throws {
        guard starts(with: "(?"), let letter = peek(2), ("a"..."z").contains(letter) else { return }
        position += 2
        while let letter = current, letter != ")" {
            try Self.apply(letter, to: &options)
            position += 1
        }
        guard accept(")") else { throw Self.invalid("invalid embedded option") }
    }

    static func apply(_ letter: Unicode.Scalar, to options: inout RegularExpression.Options) throws {
        switch letter {
        case "i": options.ignoresCase = true
        case "c": options.ignoresCase = false
        case "n", "m":
            options.newlineStopsAny = true
            options.anchorsAtLines = true
        case "s":
            options.newlineStopsAny = false
            options.anchorsAtLines = false
        case "p":
            options.newlineStopsAny = true
            options.anchorsAtLines = false
        case "w":
            options.newlineStopsAny = false
            options.anchorsAtLines = true
        case "x": options.isExpanded = true
        case "t": options.isExpanded = false
        case "q": options.isLiteral = true
        case "e": break
        case "b": throw PostgresError.notSupported("basic regular expressions")
        default:
            throw PostgresError("22023", "invalid regular expression option: \"\(letter)\"")
        }
    }

    private mutating func skipBlanks() {
        guard options.isExpanded else { return }
        while let scalar = current {
            if RegexSet.belongs(scalar, to: .space) {
                position += 1
            } else if scalar == "#" {
                while let scalar = current, scalar != "\n" {
                    _ = scalar
                    position += 1
                }
            } else {
                return
            }
        }
    }

    // MARK: Grammar

    private mutating func choice(depth: Int) throws -> RegexNode {
        guard depth < 200 else { throw Self.invalid("regular expression is too complex") }
        var branches = [try sequence(depth: depth)]
        while accept("|") { branches.append(try sequence(depth: depth)) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence(depth: Int) throws -> RegexNode {
        var parts: [RegexNode] = []
        while true {
            skipBlanks()
            guard let scalar = current, scalar != "|", scalar != ")" || depth == 0 else { break }
            if scalar == ")" && depth == 0 { throw Self.invalid("parentheses () not balanced") }
            parts.append(try quantified(try atom(depth: depth)))
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func quantified(_ atom: RegexNode) throws -> RegexNode {
        var node = atom
        skipBlanks()
        var low: Int
        var high: Int?
        switch current {
        case "*": (low, high) = (0, nil)
        case "+": (low, high) = (1, nil)
        case "?": (low, high) = (0, 1)
        case "{":
            guard let digit = peek(1), ("0"..."9").contains(digit) else { return node }
            position += 1
            low = try number()
            high = low
            if accept(",") { high = current == "}" ? nil : try number() }
            guard current == "}" else { throw Self.invalid("invalid repetition count(s)") }
            if let high, high < low { throw Self.invalid("invalid repetition count(s)") }
        default: return node
        }
        position += 1
        let greedy = !accept("?")
        if case .assertion = node { throw Self.invalid("quantifier operand invalid") }
        node = .repetition(node, low, high, greedy: greedy)
        if let next = current, next == "*" || next == "+" || next == "?" {
            throw Self.invalid("quantifier operand invalid")
        }
        return node
    }

    private mutating func number() throws -> Int {
        var value = 0
        var digits = 0
        while let digit = current, ("0"..."9").contains(digit) {
            value = value * 10 + Int(digit.value - 48)
            digits += 1
            position += 1
            guard value <= 255 else { throw Self.invalid("invalid repetition count(s)") }
        }
        guard digits > 0 else { throw Self.invalid("invalid repetition count(s)") }
        return value
    }

    private mutating func atom(depth: Int) throws -> RegexNode {
        let scalar = scalars[position]
        position += 1
        switch scalar {
        case "(": return try group(depth: depth)
        case "[":
            if starts(with: "[:<:]]") || starts(with: "[:>:]]") {
                let isStart = scalars[position + 2] == "<"
                position += 6
                return .assertion(isStart ? .wordStart : .wordEnd)
            }
            return .set(try bracket())
        case ".":
            var set = RegexSet()
            set.isAny = true
            set.excludesNewline = options.newlineStopsAny
            return .set(set)
        case "^": return .assertion(options.anchorsAtLines ? .start : .textStart)
        case "$": return .assertion(options.anchorsAtLines ? .end : .textEnd)
        case "*", "+", "?": throw Self.invalid("quantifier operand invalid")
        case "{":
            if let digit = current, ("0"..."9").contains(digit) { throw Self.invalid("quantifier operand invalid") }
            return .set(RegexSet(scalar))
        case "\\": return try escape()
        default: return .set(RegexSet(scalar))
        }
    }

    private mutating func group(depth: Int) throws -> RegexNode {
        var index: Int?
        var look: (ahead: Bool, negated: Bool)?
        if accept("?") {
            switch current {
            case ":": position += 1
            case "=":
                position += 1
                look = (true, false)
            case "!":
                position += 1
                look = (true, true)
            case "<" where peek(1) == "=" || peek(1) == "!":
                look = (false, peek(1) == "!")
                position += 2
            case "#":
                while let scalar = current, scalar != ")" {
                    _ = scalar
                    position += 1
                }
                guard accept(")") else { throw Self.invalid("parentheses () not balanced") }
                return .empty
            default: throw Self.invalid("quantifier operand invalid")
            }
        } else {
            groupCount += 1
            index = groupCount
        }
        let before = groupCount
        let inner = try choice(depth: depth + 1)
        guard accept(")") else { throw Self.invalid("parentheses () not balanced") }
        if let look {
            // Groups inside a lookaround take no part in the match.
            groupCount = before
            return .look(inner, ahead: look.ahead, negated: look.negated)
        }
        return .group(index, inner)
    }

    private mutating func escape() throws -> RegexNode {
        guard let scalar = current else { throw Self.invalid("invalid escape \\ sequence") }
        position += 1
        switch scalar {
        case "A": return .assertion(.textStart)
        case "Z": return .assertion(.textEnd)
        case "m": return .assertion(.wordStart)
        case "M": return .assertion(.wordEnd)
        case "y": return .assertion(.wordBoundary)
        case "Y": return .assertion(.notWordBoundary)
        case "1"..."9": throw PostgresError.notSupported("a back reference in a regular expression")
        default: break
        }
        if let named = Self.classEscape(scalar) {
            var set = RegexSet(named.0, negated: named.1)
            set.excludesNewline = named.1 && options.newlineStopsAny
            return .set(set)
        }
        return .set(RegexSet(try characterEscape(scalar)))
    }

    private static func classEscape(_ scalar: Unicode.Scalar) -> (RegexSet.CharacterClass, Bool)? {
        switch scalar {
        case "d": (.digit, false)
        case "s": (.space, false)
        case "w": (.word, false)
        case "D": (.digit, true)
        case "S": (.space, true)
        case "W": (.word, true)
        default: nil
        }
    }

    private mutating func characterEscape(_ scalar: Unicode.Scalar) throws -> Unicode.Scalar {
        switch scalar {
        case "a": return "\u{7}"
        case "b": return "\u{8}"
        case "B": return "\\"
        case "e": return "\u{1B}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{B}"
        case "0": return "\0"
        case "c":
            guard let letter = current else { throw Self.invalid("invalid escape \\ sequence") }
            position += 1
            return Unicode.Scalar(letter.value & 31) ?? "\0"
        case "x", "u", "U":
            let width = scalar == "x" ? 8 : scalar == "u" ? 4 : 8
            var value: UInt32 = 0
            var digits = 0
            while digits < width, let digit = current, let number = Hex.value(UInt8(truncatingIfNeeded: digit.value)),
                digit.isASCII
            {
                value = value &* 16 &+ UInt32(number)
                digits += 1
                position += 1
            }
            guard digits > 0, scalar == "x" || digits == width, let result = Unicode.Scalar(value) else {
                throw Self.invalid("invalid escape \\ sequence")
            }
            return result
        default:
            // A letter or digit that means nothing is an error; anything else stands for itself.
            if RegexSet.belongs(scalar, to: .alnum) { throw Self.invalid("invalid escape \\ sequence") }
            return scalar
        }
    }

    // MARK: Bracket expressions

    private mutating func bracket() throws -> RegexSet {
        var set = RegexSet()
        if accept("^") {
            set.isNegated = true
            set.excludesNewline = options.newlineStopsAny
        }
        var isFirst = true
        while true {
            guard let scalar = current else { throw Self.invalid("brackets [] not balanced") }
            if scalar == "]" && !isFirst {
                position += 1
                return set
            }
            isFirst = false
            if scalar == "[", let kind = peek(1), kind == ":" || kind == "." || kind == "=" {
                let name = try named(kind)
                if kind == ":" {
                    guard let characterClass = RegexSet.CharacterClass(rawValue: name) else {
                        throw Self.invalid("invalid character class")
                    }
                    set.classes.append((characterClass, false))
                    continue
                }
                guard name.unicodeScalars.count == 1 else { throw Self.invalid("invalid collating element") }
                try range(from: name.unicodeScalars.first!, into: &set)
                continue
            }
            position += 1
            if scalar == "\\" {
                guard let escaped = current else { throw Self.invalid("invalid escape \\ sequence") }
                position += 1
                if let named = Self.classEscape(escaped) {
                    set.classes.append(named)
                    continue
                }
                try range(from: try characterEscape(escaped), into: &set)
            } else {
                try range(from: scalar, into: &set)
            }
        }
    }

    /// `[:name:]`, `[.x.]` or `[=x=]`.
    private mutating func named(_ kind: Unicode.Scalar) throws -> String {
        position += 2
        var name = ""
        while let scalar = current {
            if scalar == kind && peek(1) == "]" {
                position += 2
                return name
            }
            name.unicodeScalars.append(scalar)
            position += 1
        }
        throw Self.invalid("brackets [] not balanced")
    }

    private mutating func range(from first: Unicode.Scalar, into set: inout RegexSet) throws {
        guard current == "-", let last = peek(1), last != "]" else {
            set.ranges.append(first.value...first.value)
            return
        }
        position += 2
        var end = last
        if last == "\\" {
            guard let escaped = current else { throw Self.invalid("invalid escape \\ sequence") }
            position += 1
            end = try characterEscape(escaped)
        } else if last == "[", current == "." {
            position -= 1
            end = try named(".").unicodeScalars.first ?? last
        }
        guard first <= end else { throw Self.invalid("invalid character range") }
        set.ranges.append(first.value...end.value)
    }
}
