extension Temporal {
    /// `to_char(timestamp, pattern)`; nil is NULL: for infinities and an empty pattern.
    package static func format(timestamp local: Int64, _ pattern: String) -> String? {
        if isInfinite(local) || pattern.isEmpty { return nil }
        return FormattedMoment(local: local, zone: (0, "")).text(DateTimePattern(pattern))
    }

    /// `to_char(timestamptz, pattern)`.
    package static func format(timestamptz moment: Int64, _ pattern: String, in zone: TimeZoneRules) -> String? {
        if isInfinite(moment) || pattern.isEmpty { return nil }
        let offset = zone.offset(atMicroseconds: moment)
        let abbreviation =
            zone.abbreviation(at: seconds(moment)) ?? text { append(offset: offset, isJSON: false, to: &$0) }
        return FormattedMoment(
            local: moment + Int64(offset) * microsecondsPerSecond, zone: (offset, abbreviation)
        ).text(DateTimePattern(pattern))
    }

    /// `to_char(interval, pattern)`.
    package static func format(_ interval: Interval, _ pattern: String) throws(PostgresError) -> String? {
        if pattern.isEmpty { return nil }
        let pattern = DateTimePattern(pattern)
        for case .field(let field, _) in pattern.elements {
            switch field {
            case .era, .dayName, .dayNameShort, .weekday, .isoWeekday, .isoDayOfYear, .isoWeek, .isoYear, .monthName,
                .monthNameShort, .zoneName, .zoneHour, .zoneMinute, .offset:
                throw PostgresError(
                    "22007", "invalid format specification for an interval value",
                    hint: "Intervals are not tied to specific calendar dates.")
            default: break
            }
        }
        return FormattedMoment(interval: interval).text(pattern)
    }
}

/// A moment or an interval in the parts that patterns ask for.
private struct FormattedMoment {
    private var year = 0
    private var month = 0
    private var day = 0
    private var hour = 0
    private var minute = 0
    private var second = 0
    private var microsecond = 0
    private var days = 0
    private var dayOfYear = 0
    private let zone: (offset: Int, name: String)?
    private let isInterval: Bool

    init(local: Int64, zone: (offset: Int, name: String)?) {
        self.zone = zone
        isInterval = false
        let (days, time) = Temporal.split(local)
        (year, month, day) = Temporal.civil(days)
        self.days = days
        dayOfYear = days - Temporal.days(year: year, month: 1, day: 1) + 1
        setTime(time)
    }

    init(interval: Interval) {
        zone = nil
        isInterval = true
        year = Int(interval.months / 12)
        month = Int(interval.months % 12)
        day = Int(interval.days)
        dayOfYear = year * 360 + month * 30 + day
        days = dayOfYear
        setTime(interval.microseconds)
    }

    private mutating func setTime(_ time: Int64) {
        hour = Int(time / 3_600_000_000)
        minute = Int(time / 60_000_000 % 60)
        second = Int(time / 1_000_000 % 60)
        microsecond = Int(time % 1_000_000)
    }

    func text(_ pattern: DateTimePattern) -> String {
        var result = ""
        for element in pattern.elements {
            switch element {
            case .literal(let scalar, _): result.unicodeScalars.append(scalar)
            case .field(let field, let modifiers): result += text(field, modifiers)
            }
        }
        return result
    }

    private func text(_ field: DateTimePattern.Field, _ modifiers: DateTimePattern.Modifiers) -> String {
        func number(_ value: Int, _ width: Int, signCounts: Bool = false) -> String {
            let digits = String(value.magnitude)
            let signWidth = value < 0 && signCounts ? 1 : 0
            let zeros = modifiers.isPlain ? 0 : max(0, width - digits.count - signWidth)
            let text = (value < 0 ? "-" : "") + String(repeating: "0", count: zeros) + digits
            guard let ordinal = modifiers.ordinal else { return text }
            return text + Self.ordinal(of: digits, ordinal)
        }
        func name(_ name: String, width: Int = 0) -> String {
            let text =
                switch modifiers.letters {
                case .upper: name.uppercased()
                case .lower: name
                case .capitalized: name.prefix(1).uppercased() + name.dropFirst()
                }
            let blanks = modifiers.isPlain || modifiers.isLocalized ? 0 : max(0, width - text.count)
            return text + String(repeating: " ", count: blanks)
        }
        /// Years before Christ are shown without a sign.
        let shownYear = isInterval || year > 0 ? year : 1 - year
        switch field {
        case .era(let dots):
            let name = year > 0 ? (dots ? "a.d." : "ad") : (dots ? "b.c." : "bc")
            return modifiers.letters == .lower ? name : name.uppercased()
        case .meridiem(let dots):
            let name = hour % 24 >= 12 ? (dots ? "p.m." : "pm") : (dots ? "a.m." : "am")
            return modifiers.letters == .lower ? name : name.uppercased()
        case .century:
            let century = isInterval ? year / 100 : year > 0 ? (year - 1) / 100 + 1 : year / 100 - 1
            return number(century, (-99...99).contains(century) ? 2 : 0)
        case .dayName: return name(DateTimeWord.dayNames[Temporal.weekday(days)], width: 9)
        case .dayNameShort: return name(String(DateTimeWord.dayNames[Temporal.weekday(days)].prefix(3)))
        case .dayOfYear: return number(dayOfYear, 3, signCounts: true)
        case .dayOfMonth: return number(day, 2, signCounts: true)
        case .weekday: return number(Temporal.weekday(days) + 1, 0)
        case .fraction(let width):
            var value = microsecond
            for _ in width..<6 { value /= 10 }
            return number(value, width)
        case .exactMode: return ""
        case .hour24: return number(hour, 2)
        case .hour12: return number(hour % 12 == 0 ? 12 : hour % 12, 2)
        case .isoDayOfYear: return number(days - Temporal.isoYearStart(Temporal.isoWeek(days).year) + 1, 3)
        case .isoWeekday: return number((Temporal.weekday(days) + 6) % 7 + 1, 0)
        case .isoWeek: return number(Temporal.isoWeek(days).week, 2)
        case .isoYear(let width):
            let year = Temporal.isoWeek(days).year
            return number(Self.last(width, of: year > 0 ? year : 1 - year), width)
        case .julian: return number(julianDay, 0)
        case .minute: return number(minute, 2)
        case .month: return number(month, 2)
        case .monthName: return name(DateTimeWord.monthNames[month - 1], width: 9)
        case .monthNameShort: return name(String(DateTimeWord.monthNames[month - 1].prefix(3)))
        case .millisecond: return number(microsecond / 1000, 3)
        case .offset:
            guard let zone else { return "" }
            let minutes = abs(zone.offset) / 60 % 60
            return (zone.offset < 0 ? "-" : "+") + Self.padded(abs(zone.offset) / 3600, modifiers.isPlain ? 0 : 2)
                + (minutes == 0 ? "" : ":" + Self.padded(minutes, 2))
        case .quarter: return month == 0 ? "" : number((month - 1) / 3 + 1, 0)
        case .romanMonth: return month == 0 ? "" : name(Self.romanMonths[month < 0 ? 12 + month : month - 1], width: 4)
        case .secondOfDay: return number(hour * 3600 + minute * 60 + second, 0)
        case .second: return number(second, 2)
        case .zoneHour:
            guard let zone else { return "" }
            return (zone.offset < 0 ? "-" : "+") + Self.padded(abs(zone.offset) / 3600, 2)
        case .zoneMinute: return zone.map { Self.padded(abs($0.offset) / 60 % 60, 2) } ?? ""
        case .zoneName:
            guard let zone else { return "" }
            return modifiers.letters == .lower ? zone.name.lowercased() : zone.name
        case .microsecond: return number(microsecond, 6)
        case .weekOfYear: return number((dayOfYear - 1) / 7 + 1, 2)
        case .weekOfMonth: return number((day - 1) / 7 + 1, 0)
        case .yearWithComma:
            let text = String(shownYear / 1000) + "," + printed(shownYear % 1000, width: 3)
            return text + (modifiers.ordinal.map { Self.ordinal(of: text, $0) } ?? "")
        case .year(let width): return number(Self.last(width, of: shownYear), width)
        }
    }

    private static func last(_ width: Int, of year: Int) -> Int {
        switch width {
        case 1: year % 10
        case 2: year % 100
        case 3: year % 1000
        default: year
        }
    }

    /// The day that the parts of an interval would make as a date, with months and days of 0.
    private var julianDay: Int {
        guard isInterval else { return days + 2_440_588 }
        let (y, m) = month > 2 ? (year + 4800, month + 1) : (year + 4799, month + 13)
        return y * 365 - 32_167 + y / 4 - y / 100 + y / 400 + 7834 * m / 256 + day
    }

    /// As C's `%0*d`: the width counts the sign too.
    private func printed(_ number: Int, width: Int) -> String {
        (number < 0 ? "-" : "") + Self.padded(abs(number), number < 0 ? width - 1 : width)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    static func ordinal(of digits: String, _ letters: DateTimePattern.Case) -> String {
        let suffix =
            switch (digits.dropLast().last, digits.last) {
            case ("1", _): "th"
            case (_, "1"): "st"
            case (_, "2"): "nd"
            case (_, "3"): "rd"
            default: "th"
            }
        return letters == .upper ? suffix.uppercased() : suffix
    }

    private static let romanMonths = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"]
}
