/// Reads dates and times by a pattern: `to_timestamp('05 Dec 2000', 'DD Mon YYYY')`.
struct DateTimeScanner {
    private let elements: [DateTimePattern.Element]
    let input: [UInt8]
    let text: String
    var position = 0
    private var isExact = false
    /// Characters of the input that were passed over beyond those that the pattern names.
    var skipped = 0
    private var values: [Slot: Int] = [:]
    var usesISOWeeks: Bool?
    var has12HourClock = false
    var yearDigits = 0
    var zoneSign = 0

    /// What templates set. A slot set to zero counts as not set.
    enum Slot: Hashable {
        case hour, minute, second, secondOfDay, afternoon, beforeChrist, weekday, day, dayOfYear, month
        case millisecond, year, week, weekOfMonth, century, julian, microsecond, zoneHour, zoneMinute
    }

    init(_ text: String, pattern: String) {
        self.text = text
        input = Array(text.utf8)
        elements = DateTimePattern(pattern).elements
    }

    subscript(slot: Slot) -> Int { values[slot] ?? 0 }

    // MARK: Scanning

    mutating func scan() throws(PostgresError) {
        for index in elements.indices {
            guard position < input.count else { return }
            switch elements[index] {
            case .literal(let scalar, let isQuoted):
                if !isExact && index == 0 { skipBlanks() }
                passLiteral(scalar, isQuoted)
            case .field(let field, let modifiers):
                if !isExact { skipBlanks() }
                if field == .exactMode {
                    isExact = true
                    continue
                }
                try read(field, modifiers, at: index)
                if !isExact {
                    skipped = 0
                    skipBlanks()
                }
            }
        }
    }

    private mutating func skipBlanks() {
        while position < input.count, input[position].isBlank {
            position += 1
            skipped += 1
        }
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && !byte.isDigit && !byte.isLetter
    }

    /// A separator of the pattern stands for any one of the input, or for none; another character for any character.
    private mutating func passLiteral(_ scalar: Unicode.Scalar, _ isQuoted: Bool) {
        guard position < input.count else { return }
        let isSeparator =
            !isQuoted && scalar.isASCII
            && (UInt8(scalar.value).isBlank || Self.isSeparator(UInt8(scalar.value)))
        if isExact { return passCharacter() }
        if isSeparator {
            skipped -= 1
            if input[position].isBlank || Self.isSeparator(input[position]) {
                position += 1
                skipped += 1
            }
        } else if skipped > 0 {
            skipped -= 1
        } else {
            passCharacter()
        }
    }

    private mutating func passCharacter() {
        position += 1
        while position < input.count, input[position] & 0xC0 == 0x80 { position += 1 }
    }

    mutating func set(_ slot: Slot, _ value: Int, _ name: String) throws(PostgresError) {
        let old = self[slot]
        guard old == 0 || old == value else {
            throw PostgresError(
                "22007", "conflicting values for \"\(name)\" field in formatting string",
                detail: "This value contradicts a previous setting for the same field type.")
        }
        values[slot] = value
    }

    mutating func expectDates(byWeek: Bool) throws(PostgresError) {
        if let usesISOWeeks, usesISOWeeks != byWeek {
            throw PostgresError(
                "22007", "invalid combination of date conventions",
                hint: "Do not mix Gregorian and ISO week date conventions in a formatting template.")
        }
        usesISOWeeks = byWeek
    }

    // MARK: Numbers and words

    mutating func number(_ slot: Slot, _ length: Int, _ name: String, _ index: Int) throws(PostgresError) {
        try set(slot, try integer(length, name, index).value, name)
    }

    /// Digits behind a point: `5` is half a second however many digits the template has.
    mutating func fraction(
        _ slot: Slot, _ length: Int, _ name: String, _ index: Int, of full: Int? = nil
    ) throws(PostgresError) {
        var (value, digits) = try integer(length, name, index)
        while digits < full ?? length {
            value *= 10
            digits += 1
        }
        try set(slot, value, name)
    }

    /// A number of that many digits, or of any length where something else than a digit follows in the pattern.
    mutating func integer(
        _ length: Int, _ name: String, _ index: Int
    ) throws(PostgresError) -> (value: Int, length: Int) {
        while position < input.count, input[position].isBlank { position += 1 }
        let start = position
        let shown = String(decoding: input[start..<min(start + length, input.count)], as: UTF8.self)
        let isOpen = isFill(index) || isSeparated(behind: index)
        let hint = "If your source string is not fixed-width, try using the \"FM\" modifier."
        if !isOpen, input.count - start < length {
            throw PostgresError(
                "22007", "source string too short for \"\(name)\" formatting field",
                detail: "Field requires \(length) characters, but only \(input.count - start) remain.", hint: hint)
        }
        let limit = isOpen ? input.count : start + length
        var end = start
        if end < limit, input[end] == UInt8(ascii: "-") || input[end] == UInt8(ascii: "+") { end += 1 }
        let digits = end
        while end < limit, input[end].isDigit { end += 1 }
        guard end > digits else {
            throw PostgresError(
                "22007", "invalid value \"\(shown)\" for \"\(name)\"", detail: "Value must be an integer.")
        }
        if !isOpen, end < limit {
            throw PostgresError(
                "22007", "invalid value \"\(shown)\" for \"\(name)\"",
                detail: "Field requires \(length) characters, but only \(end - start) could be parsed.", hint: hint)
        }
        let literal = String(decoding: input[start..<end], as: UTF8.self)
        guard let value = Int32(literal) else {
            throw PostgresError(
                "22008", "value for \"\(name)\" in source string is out of range",
                detail: "Value must be in the range -2147483648 to 2147483647.")
        }
        position = end
        return (Int(value), end - start)
    }

    private func isFill(_ index: Int) -> Bool {
        if case .field(_, let modifiers) = elements[index] { modifiers.isPlain } else { false }
    }

    private func isSeparated(behind index: Int) -> Bool {
        if case .field(_, let modifiers) = elements[index], modifiers.ordinal != nil { return true }
        guard index + 1 < elements.count else { return true }
        switch elements[index + 1] {
        case .field(let field, _): return !field.isDigits
        case .literal(let scalar, _): return !("0"..."9").contains(scalar)
        }
    }

    /// The position of the word that the input goes on with.
    mutating func word(_ words: [String], _ name: String) throws(PostgresError) -> Int {
        // Of words that begin alike the longest counts.
        let order = words.indices.sorted { words[$0].utf8.count > words[$1].utf8.count }
        for index in order where input[position...].count >= words[index].utf8.count {
            let candidate = input[position..<(position + words[index].utf8.count)]
            if candidate.map(\.lowered).elementsEqual(words[index].utf8) {
                position += words[index].utf8.count
                return index
            }
        }
        let shown = input[position...].prefix { !$0.isBlank }
        throw PostgresError(
            "22007", "invalid value \"\(String(decoding: shown, as: UTF8.self))\" for \"\(name)\"",
            detail: "The given value did not match any of the allowed values for this field.")
    }

    static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]
    static let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]

}

extension [UInt8] {
    subscript(safe index: Int) -> UInt8? { indices.contains(index) ? self[index] : nil }
}

extension DateTimePattern.Field {
    /// Whether it is read digit by digit, so that a number before it has to know where it ends.
    var isDigits: Bool {
        switch self {
        case .era, .meridiem, .dayName, .dayNameShort, .exactMode, .monthName, .monthNameShort, .offset, .romanMonth,
            .zoneHour, .zoneName:
            false
        default: true
        }
    }

    /// The template as the pattern has it.
    func name(_ modifiers: DateTimePattern.Modifiers) -> String {
        let name = DateTimePattern.name(of: self)
        switch modifiers.letters {
        case .upper: return name
        case .lower: return name.lowercased()
        case .capitalized: return name.prefix(1) + name.dropFirst().lowercased()
        }
    }
}

extension Temporal {
    /// `to_timestamp(text, text)`: microseconds since 1970.
    package static func timestamp(
        _ text: String, pattern: String, in zone: TimeZoneRules
    ) throws(PostgresError) -> Int64 {
        var scanner = DateTimeScanner(text, pattern: pattern)
        try scanner.scan()
        let (days, time, offset) = try scanner.moment()
        let midnight = try timestamp(ofDate: Int64(days))
        let local = midnight + time
        if let offset { return local - Int64(offset) * 1_000_000 }
        return try timestamptz(ofTimestamp: local, in: zone)
    }

    /// `to_date(text, text)`: days since 1970.
    package static func date(_ text: String, pattern: String) throws(PostgresError) -> Int64 {
        var scanner = DateTimeScanner(text, pattern: pattern)
        try scanner.scan()
        let days = Int64(try scanner.moment().days)
        guard days >= -2_440_588, days <= 2_145_031_948 else {
            throw PostgresError("22008", "date out of range: \"\(text)\"")
        }
        return days
    }
}
