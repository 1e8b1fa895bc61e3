/// Reads dates and times by a pattern: `to_timestamp('05 Dec 2000', 'DD Mon YYYY')`.
struct DateTimeScanner {
    private let elements: [DateTimePattern.Element]
    private let input: [UInt8]
    private let text: String
    private var position = 0
    private var isExact = false
    /// Characters of the input that were passed over beyond those that the pattern names.
    private var skipped = 0
    private var values: [Slot: Int] = [:]
    private var usesISOWeeks: Bool?
    private var has12HourClock = false
    private var yearDigits = 0
    private var zoneSign = 0

    /// What templates set. A slot set to zero counts as not set.
    private enum Slot: Hashable {
        case hour, minute, second, secondOfDay, afternoon, beforeChrist, weekday, day, dayOfYear, month
        case millisecond, year, week, weekOfMonth, century, julian, microsecond, zoneHour, zoneMinute
    }

    init(_ text: String, pattern: String) {
        self.text = text
        input = Array(text.utf8)
        elements = DateTimePattern(pattern).elements
    }

    private subscript(slot: Slot) -> Int { values[slot] ?? 0 }

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

    private mutating func set(_ slot: Slot, _ value: Int, _ name: String) throws(PostgresError) {
        let old = self[slot]
        guard old == 0 || old == value else {
            throw PostgresError(
                "22007", "conflicting values for \"\(name)\" field in formatting string",
                detail: "This value contradicts a previous setting for the same field type.")
        }
        values[slot] = value
    }

    private mutating func expectDates(byWeek: Bool) throws(PostgresError) {
        if let usesISOWeeks, usesISOWeeks != byWeek {
            throw PostgresError(
                "22007", "invalid combination of date conventions",
                hint: "Do not mix Gregorian and ISO week date conventions in a formatting template.")
        }
        usesISOWeeks = byWeek
    }

    private mutating func read(
        _ field: DateTimePattern.Field, _ modifiers: DateTimePattern.Modifiers, at index: Int
    ) throws(PostgresError) {
        let name = field.name(modifiers)
        switch field {
        case .exactMode: break
        case .era:
            let found = try word(["bc", "ad", "b.c.", "a.d."], name)
            try set(.beforeChrist, found % 2 == 0 ? 1 : 0, name)
        case .meridiem:
            let found = try word(["am", "pm", "a.m.", "p.m."], name)
            try set(.afternoon, found % 2, name)
            has12HourClock = true
        case .hour12:
            try number(.hour, 2, name, index)
            has12HourClock = true
        case .hour24: try number(.hour, 2, name, index)
        case .minute: try number(.minute, 2, name, index)
        case .second: try number(.second, 2, name, index)
        case .secondOfDay: try number(.secondOfDay, name.utf8.count, name, index)
        case .millisecond: try fraction(.millisecond, 3, name, index)
        case .microsecond: try fraction(.microsecond, 6, name, index)
        case .fraction(let digits): try fraction(.microsecond, digits, name, index, of: 6)
        case .zoneName, .offset:
            throw PostgresError("0A000", "formatting field \"\(name)\" is only supported in to_char")
        case .zoneHour:
            if let byte = input[safe: position], byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == 0x20
            {
                zoneSign = byte == UInt8(ascii: "-") ? -1 : 1
                position += 1
            } else {
                // The sign may have been taken for a separator.
                zoneSign = skipped > 0 && input[position - 1] == UInt8(ascii: "-") ? -1 : 1
            }
            try number(.zoneHour, 2, name, index)
        case .zoneMinute:
            if zoneSign == 0 { zoneSign = 1 }
            try number(.zoneMinute, 2, name, index)
        case .monthName, .monthNameShort, .month, .romanMonth, .dayOfYear, .dayOfMonth, .weekday, .weekOfYear,
            .weekOfMonth, .year, .yearWithComma:
            try expectDates(byWeek: false)
            try readGregorian(field, name, index)
        case .isoDayOfYear, .isoWeekday, .isoWeek, .isoYear:
            try expectDates(byWeek: true)
            try readISO(field, name, index)
        case .dayName: try set(.weekday, try word(Self.days, name) + 1, name)
        case .dayNameShort: try set(.weekday, try word(Self.days.map { String($0.prefix(3)) }, name) + 1, name)
        case .quarter: _ = try integer(1, name, index)
        case .century: try number(.century, 2, name, index)
        case .julian: try number(.julian, 7, name, index)
        }
        if modifiers.ordinal != nil { position = min(position + 2, input.count) }
    }

    private mutating func readGregorian(
        _ field: DateTimePattern.Field, _ name: String, _ index: Int
    ) throws(PostgresError) {
        switch field {
        case .monthName: try set(.month, try word(Self.months, name) + 1, name)
        case .monthNameShort: try set(.month, try word(Self.months.map { String($0.prefix(3)) }, name) + 1, name)
        case .romanMonth:
            let numerals = ["xii", "xi", "x", "ix", "viii", "vii", "vi", "v", "iv", "iii", "ii", "i"]
            try set(.month, 12 - (try word(numerals, name)), name)
        case .month: try number(.month, 2, name, index)
        case .dayOfYear: try number(.dayOfYear, 3, name, index)
        case .dayOfMonth: try number(.day, 2, name, index)
        case .weekday: try number(.weekday, 1, name, index)
        case .weekOfYear: try number(.week, 2, name, index)
        case .weekOfMonth: try number(.weekOfMonth, 1, name, index)
        case .year(let digits): try year(digits, name, index)
        case .yearWithComma:
            let start = position
            while position < input.count, input[position].isDigit { position += 1 }
            let thousands = input[start..<position]
            var rest: ArraySlice<UInt8> = []
            if !thousands.isEmpty, input[safe: position] == UInt8(ascii: ",") {
                let from = position + 1
                var end = from
                while end < input.count, end < from + 3, input[end].isDigit { end += 1 }
                rest = input[from..<end]
                position = end
            }
            guard let high = Int(String(decoding: thousands, as: UTF8.self)), high < 1_000_000,
                let low = Int(String(decoding: rest, as: UTF8.self))
            else { throw PostgresError("22007", "invalid input string for \"Y,YYY\"") }
            try set(.year, high * 1000 + low, name)
            yearDigits = 4
        default: break
        }
    }

    private mutating func readISO(
        _ field: DateTimePattern.Field, _ name: String, _ index: Int
    ) throws(PostgresError) {
        switch field {
        case .isoDayOfYear: try number(.dayOfYear, 3, name, index)
        case .isoWeekday:
            let day = try integer(1, name, index).value + 1
            try set(.weekday, day > 7 ? 1 : day, name)
        case .isoWeek: try number(.week, 2, name, index)
        case .isoYear(let digits): try year(digits, name, index)
        default: break
        }
    }

    private mutating func year(_ digits: Int, _ name: String, _ index: Int) throws(PostgresError) {
        let (value, length) = try integer(digits, name, index)
        var year = value
        // A year of few digits is the one nearest to 2020.
        if digits < 4, length < 4 {
            year += value < 70 ? 2000 : value < 100 ? 1900 : value < 520 ? 2000 : value < 1000 ? 1000 : 0
        }
        try set(.year, year, name)
        yearDigits = digits
    }

    // MARK: Numbers and words

    private mutating func number(_ slot: Slot, _ length: Int, _ name: String, _ index: Int) throws(PostgresError) {
        try set(slot, try integer(length, name, index).value, name)
    }

    /// Digits behind a point: `5` is half a second however many digits the template has.
    private mutating func fraction(
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
    private mutating func integer(
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
    private mutating func word(_ words: [String], _ name: String) throws(PostgresError) -> Int {
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

    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]
    private static let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]

    // MARK: The date

    private var outOfRange: PostgresError { .dateTimeFieldOutOfRange(text) }

    /// The date and the time of day that the fields make, with the offset of a zone in seconds if one was read.
    func moment() throws(PostgresError) -> (days: Int, time: Int64, offset: Int?) {
        let time = try timeOfDay()
        let days = try date()
        guard zoneSign != 0 else { return (days, time, nil) }
        guard (0...15).contains(self[.zoneHour]), (0..<60).contains(self[.zoneMinute]) else { throw outOfRange }
        return (days, time, zoneSign * (self[.zoneHour] * 3600 + self[.zoneMinute] * 60))
    }

    private func timeOfDay() throws(PostgresError) -> Int64 {
        var (hour, minute, second) = (0, 0, 0)
        if self[.secondOfDay] != 0 {
            let all = self[.secondOfDay]
            (hour, minute, second) = (all / 3600, all % 3600 / 60, all % 60)
        }
        if self[.second] != 0 { second = self[.second] }
        if self[.minute] != 0 { minute = self[.minute] }
        if self[.hour] != 0 { hour = self[.hour] }
        if has12HourClock {
            guard (1...12).contains(hour) else {
                throw PostgresError(
                    "22007", "hour \"\(hour)\" is invalid for the 12-hour clock",
                    hint: "Use the 24-hour clock, or give an hour between 1 and 12.")
            }
            if self[.afternoon] != 0, hour < 12 { hour += 12 } else if self[.afternoon] == 0, hour == 12 { hour = 0 }
        }
        let fraction = self[.millisecond] * 1000 + self[.microsecond]
        guard (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second),
            (0..<1_000_000).contains(fraction)
        else { throw outOfRange }
        return Int64(hour * 3600 + minute * 60 + second) * 1_000_000 + Int64(fraction)
    }

    /// The year as astronomers count, where 0 is 1 BC; nil where none was read.
    private var year: Int? {
        let isBC = self[.beforeChrist] != 0
        let century = isBC ? -self[.century] : self[.century]
        if self[.year] != 0 {
            if self[.century] != 0, yearDigits <= 2 {
                let rest = self[.year] % 100
                if rest == 0 { return century * 100 + (century >= 0 ? 0 : 1) }
                return century >= 0 ? rest + (century - 1) * 100 : (century + 1) * 100 - rest + 1
            }
            let year = isBC ? -self[.year] : self[.year]
            return year < 0 ? year + 1 : year
        }
        guard self[.century] != 0 else { return nil }
        return century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1
    }

    private func date() throws(PostgresError) -> Int {
        var (year, month, day) = (self.year ?? 0, 1, 1)
        var isChecked = self.year != nil
        func take(_ days: Int) {
            (year, month, day) = Temporal.civil(days)
            isChecked = true
        }
        // Julian day 0 is 4714-11-24 BC.
        if self[.julian] != 0 { take(self[.julian] - 2_440_588) }
        var (dayOfYear, dayOfMonth) = (self[.dayOfYear], self[.day])
        if self[.week] != 0 {
            if usesISOWeeks == true {
                let weekday = self[.weekday] == 0 ? 2 : self[.weekday]
                let start = Temporal.isoYearStart(year) + (self[.week] - 1) * 7
                take(start + (weekday > 1 ? weekday - 2 : 6))
            } else {
                dayOfYear = (self[.week] - 1) * 7 + 1
            }
        }
        if self[.weekOfMonth] != 0 { dayOfMonth = (self[.weekOfMonth] - 1) * 7 + 1 }
        if dayOfMonth != 0 {
            day = dayOfMonth
            isChecked = true
        }
        if self[.month] != 0 {
            month = self[.month]
            isChecked = true
        }
        if dayOfYear != 0, month <= 1 || day <= 1 {
            if year == 0, self[.beforeChrist] == 0 {
                throw PostgresError("22007", "cannot calculate day of year without year information")
            }
            if usesISOWeeks == true {
                take(Temporal.isoYearStart(year) - 1 + dayOfYear)
            } else {
                let found = Temporal.civil(Temporal.days(year: year, month: 1, day: 1) + dayOfYear - 1)
                // A day beyond the year's last has no month of its own.
                guard found.year == year else { throw outOfRange }
                if month <= 1 { month = found.month }
                if day <= 1 { day = found.day }
                isChecked = true
            }
        }
        if isChecked {
            guard (1...12).contains(month), day >= 1, day <= Temporal.daysInMonth(year: year, month: month) else {
                throw outOfRange
            }
        }
        return Temporal.days(year: year, month: month, day: day)
    }
}

extension [UInt8] {
    fileprivate subscript(safe index: Int) -> UInt8? { indices.contains(index) ? self[index] : nil }
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
