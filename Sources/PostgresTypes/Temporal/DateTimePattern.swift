/// A pattern of `to_char`, `to_timestamp` and `to_date`, taken apart.
struct DateTimePattern {
    /// What a template such as `YYYY` stands for.
    enum Field: Hashable {
        case era(dots: Bool)
        case meridiem(dots: Bool)
        case century, dayName, dayNameShort, dayOfYear, dayOfMonth, weekday
        case fraction(Int)
        case exactMode, hour24, hour12, isoDayOfYear, isoWeekday, isoWeek
        case isoYear(Int)
        case julian, minute, month, monthName, monthNameShort, millisecond, offset
        case quarter, romanMonth, secondOfDay, second, zoneHour, zoneMinute, zoneName, microsecond
        case weekOfYear, weekOfMonth, yearWithComma
        case year(Int)
    }

    enum Case { case upper, capitalized, lower }

    enum Element: Hashable {
        case field(Field, Modifiers)
        /// A character of the pattern itself.
        case literal(Unicode.Scalar, isQuoted: Bool)
    }

    struct Modifiers: Hashable {
        var letters = Case.upper
        /// `FM`: no padding.
        var isPlain = false
        /// `TM`: localized; in the C locale only without padding.
        var isLocalized = false
        /// `th` or `TH` behind a number.
        var ordinal: Case?
    }

    private(set) var elements: [Element] = []

    init(_ pattern: String) {
        var rest = pattern.unicodeScalars[...]
        var modifiers = Modifiers()
        while let first = rest.first {
            if Self.accept("FM", in: &rest) || Self.accept("fm", in: &rest) {
                modifiers.isPlain = true
                continue
            }
            if Self.accept("TM", in: &rest) || Self.accept("tm", in: &rest) {
                modifiers.isLocalized = true
                continue
            }
            if let (field, letters) = Self.field(&rest) {
                modifiers.letters = letters
                if Self.accept("TH", in: &rest) {
                    modifiers.ordinal = .upper
                } else if Self.accept("th", in: &rest) {
                    modifiers.ordinal = .lower
                } else if !Self.accept("SP", in: &rest) {
                    // Numbers in words are accepted and never written.
                    _ = Self.accept("sp", in: &rest)
                }
                elements.append(.field(field, modifiers))
                modifiers = Modifiers()
                continue
            }
            modifiers = Modifiers()
            rest = rest.dropFirst()
            switch first {
            case "\"": readQuoted(&rest)
            case "\\" where rest.first == "\"":
                elements.append(.literal("\"", isQuoted: true))
                rest = rest.dropFirst()
            default: elements.append(.literal(first, isQuoted: false))
            }
        }
    }

    /// Text in double quotes is taken as it is; a backslash keeps the character behind it.
    private mutating func readQuoted(_ rest: inout Substring.UnicodeScalarView) {
        while let scalar = rest.popFirst() {
            if scalar == "\"" { return }
            if scalar == "\\", let next = rest.popFirst() {
                elements.append(.literal(next, isQuoted: true))
            } else {
                elements.append(.literal(scalar, isQuoted: true))
            }
        }
    }

    private static func accept(_ word: String, in rest: inout Substring.UnicodeScalarView) -> Bool {
        guard rest.starts(with: word.unicodeScalars) else { return false }
        rest = rest.dropFirst(word.unicodeScalars.count)
        return true
    }

    /// The longest template that the rest begins with. Templates are written in capitals or in small letters; only
    /// names also with a capital in front.
    private static func field(_ rest: inout Substring.UnicodeScalarView) -> (Field, Case)? {
        for (word, field) in templates {
            if accept(word, in: &rest) { return (field, .upper) }
            if accept(word.lowercased(), in: &rest) { return (field, .lower) }
            switch field {
            case .dayName, .dayNameShort, .monthName, .monthNameShort:
                if accept(word.prefix(1) + word.dropFirst().lowercased(), in: &rest) { return (field, .capitalized) }
            default: break
            }
        }
        return nil
    }

    static func name(of field: Field) -> String { templates.first { $0.1 == field }?.0 ?? "" }

    /// Longer ones before those that they begin with.
    private static let templates: [(String, Field)] = [
        ("A.D.", .era(dots: true)), ("A.M.", .meridiem(dots: true)), ("AD", .era(dots: false)),
        ("AM", .meridiem(dots: false)), ("B.C.", .era(dots: true)), ("BC", .era(dots: false)), ("CC", .century),
        ("DAY", .dayName), ("DDD", .dayOfYear), ("DD", .dayOfMonth), ("DY", .dayNameShort), ("D", .weekday),
        ("FF1", .fraction(1)), ("FF2", .fraction(2)), ("FF3", .fraction(3)), ("FF4", .fraction(4)),
        ("FF5", .fraction(5)), ("FF6", .fraction(6)), ("FX", .exactMode), ("HH24", .hour24), ("HH12", .hour12),
        ("HH", .hour12), ("IDDD", .isoDayOfYear), ("ID", .isoWeekday), ("IW", .isoWeek), ("IYYY", .isoYear(4)),
        ("IYY", .isoYear(3)), ("IY", .isoYear(2)), ("I", .isoYear(1)), ("J", .julian), ("MI", .minute), ("MM", .month),
        ("MONTH", .monthName), ("MON", .monthNameShort), ("MS", .millisecond), ("OF", .offset),
        ("P.M.", .meridiem(dots: true)), ("PM", .meridiem(dots: false)), ("Q", .quarter), ("RM", .romanMonth),
        ("SSSSS", .secondOfDay), ("SSSS", .secondOfDay), ("SS", .second), ("TZH", .zoneHour), ("TZM", .zoneMinute),
        ("TZ", .zoneName), ("US", .microsecond), ("WW", .weekOfYear), ("W", .weekOfMonth), ("Y,YYY", .yearWithComma),
        ("YYYY", .year(4)), ("YYY", .year(3)), ("YY", .year(2)), ("Y", .year(1)),
    ]
}
