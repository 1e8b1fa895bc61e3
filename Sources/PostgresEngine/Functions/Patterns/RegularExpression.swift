import PostgresTypes

/// A regular expression in Postgres' advanced (ARE) syntax.
///
/// Matching never backtracks: the text is read once with all possible states side by side, so that no pattern can take
/// exponential time. Back references are refused. Of the matches that start first the longest is taken, or the
/// shortest where the expression's first quantifier is a non-greedy one, as Postgres has it.
final class RegularExpression {
    struct Options {
        var ignoresCase = false
        /// `.` and `[^…]` leave newlines alone.
        var newlineStopsAny = false
        /// `^` and `$` match at every line.
        var anchorsAtLines = false
        var isExpanded = false
        var isLiteral = false
    }

    /// Where a match and its groups stand, in code points; nil for a group that took no part.
    struct Match {
        var range: Range<Int>
        var groups: [Range<Int>?]
    }

    let groupCount: Int
    private let program: RegexProgram

    init(_ pattern: String, options: Options = Options()) throws {
        var parser = RegexParser(pattern, options)
        let node = try parser.parse()
        groupCount = parser.groupCount
        program = RegexProgram(node, options: parser.options, groupCount: groupCount, prefersShort: node.prefersShort)
    }

    /// Whether it matches anywhere.
    func matches(_ text: Scalars) -> Bool { RegexMachine(program, text).firstEnd(from: 0, anyEnd: true) != nil }

    /// The first match at or after `start`.
    func firstMatch(in text: Scalars, from start: Int = 0) -> Match? {
        let machine = RegexMachine(program, text)
        guard let range = machine.firstEnd(from: start, anyEnd: false) else { return nil }
        guard groupCount > 0 else { return Match(range: range, groups: []) }
        return Match(range: range, groups: machine.groups(in: range))
    }

    /// Matches one after the other; after an empty one the search goes on a character further.
    func allMatches(in text: Scalars, from start: Int = 0, limit: Int = .max) -> [Match] {
        var result: [Match] = []
        var position = start
        while position <= text.count, result.count < limit, let match = firstMatch(in: text, from: position) {
            result.append(match)
            position = match.range.isEmpty ? match.range.upperBound + 1 : match.range.upperBound
        }
        return result
    }
}

/// The parsed expression.
indirect enum RegexNode {
    case empty
    case set(RegexSet)
    case sequence([RegexNode])
    case choice([RegexNode])
    case group(Int?, RegexNode)
    case repetition(RegexNode, Int, Int?, greedy: Bool)
    case assertion(RegexAssertion)
    case look(RegexNode, ahead: Bool, negated: Bool)

    /// Whether the expression as a whole prefers its shortest match: decided by its first quantified part.
    var prefersShort: Bool { preference == false }

    /// true: longest, false: shortest, nil: no quantifier says.
    private var preference: Bool? {
        switch self {
        case .empty, .set, .assertion, .look: nil
        // An alternation always prefers the longest.
        case .choice: true
        case .group(_, let inner): inner.preference
        case .repetition(let inner, let low, let high, let greedy):
            // An exact count has no say; what it repeats has.
            low == high ? inner.preference : greedy
        case .sequence(let parts): parts.lazy.compactMap(\.preference).first
        }
    }
}

/// What holds at a place between two characters.
enum RegexAssertion {
    case start, end, textStart, textEnd, wordStart, wordEnd, wordBoundary, notWordBoundary
}

/// A set of characters.
struct RegexSet {
    enum CharacterClass: String {
        case alpha, digit, alnum, upper, lower, space, punct, blank, cntrl, graph, print, xdigit, word
    }

    var ranges: [ClosedRange<UInt32>] = []
    var classes: [(CharacterClass, negated: Bool)] = []
    var isNegated = false
    /// `.`: everything.
    var isAny = false
    /// A negated set or `.` that leaves newlines alone.
    var excludesNewline = false

    init() {}

    init(_ scalar: Unicode.Scalar) { ranges = [scalar.value...scalar.value] }

    init(_ name: CharacterClass, negated: Bool) { classes = [(name, negated)] }

    func contains(_ scalar: Unicode.Scalar, ignoringCase: Bool) -> Bool {
        if excludesNewline && scalar == "\n" { return false }
        if isAny { return true }
        var found = has(scalar)
        if !found && ignoringCase {
            for other in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
                if let only = other.unicodeScalars.first, only != scalar, has(only) { found = true }
            }
        }
        return found != isNegated
    }

    private func has(_ scalar: Unicode.Scalar) -> Bool {
        for range in ranges where range.contains(scalar.value) { return true }
        for (name, negated) in classes where Self.belongs(scalar, to: name) != negated { return true }
        return false
    }

    static func belongs(_ scalar: Unicode.Scalar, to name: CharacterClass) -> Bool {
        let value = scalar.value
        if value < 0x80 {
            let isUpper = (65...90).contains(value)
            let isLower = (97...122).contains(value)
            let isDigit = (48...57).contains(value)
            switch name {
            case .alpha: return isUpper || isLower
            case .digit: return isDigit
            case .alnum: return isUpper || isLower || isDigit
            case .word: return isUpper || isLower || isDigit || value == 95
            case .upper: return isUpper
            case .lower: return isLower
            case .space: return value == 32 || (9...13).contains(value)
            case .blank: return value == 32 || value == 9
            case .cntrl: return value < 32 || value == 127
            case .graph: return value > 32 && value < 127
            case .print: return value >= 32 && value < 127
            case .punct: return value > 32 && value < 127 && !(isUpper || isLower || isDigit)
            case .xdigit: return isDigit || (65...70).contains(value) || (97...102).contains(value)
            }
        }
        let properties = scalar.properties
        switch name {
        case .alpha: return properties.isAlphabetic
        case .digit: return properties.numericType == .decimal
        case .alnum, .word: return properties.isAlphabetic || properties.numericType == .decimal
        case .upper: return properties.isUppercase
        case .lower: return properties.isLowercase
        case .space: return properties.isWhitespace
        case .blank: return properties.isWhitespace && properties.generalCategory == .spaceSeparator
        case .cntrl: return properties.generalCategory == .control
        case .graph: return !properties.isWhitespace && properties.generalCategory != .control
        case .print: return properties.generalCategory != .control
        case .punct:
            switch properties.generalCategory {
            case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
                .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol:
                return true
            default: return false
            }
        case .xdigit: return false
        }
    }
}
