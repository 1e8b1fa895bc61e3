import World

/// Names of months, days and zones, and words for moments: `now`, `tomorrow`, `infinity`.
extension DateTimeParser {
    mutating func readWord(_ field: DateTimeField, next: DateTimeField.Kind?) throws(DateTimeProblem) -> Parts? {
        if let read = try readZoneAbbreviation(field) { return read }
        guard let word = DateTimeWord(field.bytes) else { return try readZoneName(field, orThrow: .badFormat) }
        switch word {
        case .ignored: return nil
        case .now:
            setDate(daysFromToday: 0)
            setTime(Temporal.split(context.timeZone.local(at: context.now.microseconds)).time)
            result.offset = context.timeZone.offset(atMicroseconds: context.now.microseconds)
            return [.date, .time, .zone]
        case .today, .tomorrow, .yesterday:
            setDate(daysFromToday: word == .today ? 0 : word == .tomorrow ? 1 : -1)
            return .date
        case .allBalls:
            setTime(0)
            result.offset = 0
            return [.time, .zone]
        case .epoch, .infinity, .negativeInfinity:
            result.meaning = word == .epoch ? .epoch : word == .infinity ? .infinity : .negativeInfinity
            return []
        case .month(let number): return readMonth(number)
        case .daylight:
            result.offset = (result.offset ?? 0) + 3600
            return .daylight
        case .am, .pm:
            meridiem = word
            return .meridiem
        case .ad, .bc:
            isBC = word == .bc
            return .era
        case .weekday: return .weekday
        case .unit(let unit):
            label = unit
            return []
        case .isoTime:
            guard parts.isSuperset(of: .date), next == .number || next == .time || next == .date else {
                throw .badFormat
            }
            label = .time
            return []
        }
    }

    /// The name of a zone: `America/New_York`.
    /// - Throws: `problem` for a name that no zone has.
    mutating func readZoneName(
        _ field: DateTimeField, orThrow problem: DateTimeProblem
    ) throws(DateTimeProblem) -> Parts {
        guard let rules = TimeZoneRules(named: field.text) else { throw problem }
        zone = rules
        return .zone
    }

    /// `EST`, which names an offset or a zone; nil for another word.
    mutating func readZoneAbbreviation(_ field: DateTimeField) throws(DateTimeProblem) -> Parts? {
        switch ZoneAbbreviation(field.text) {
        case .fixed(let offset, let isDaylight):
            result.offset = offset
            return isDaylight ? [.zone, .daylight] : .zone
        case .zone(let name):
            guard let rules = TimeZoneRules(named: name) else { throw .unknownZone(name) }
            zone = rules
            isAbbreviated = true
            return .zone
        case nil: return nil
        }
    }

    private mutating func readMonth(_ number: Int) -> Parts {
        defer {
            hasTextMonth = true
            result.month = number
        }
        // A number that was taken for the month was the day.
        if parts.contains(.month), !hasTextMonth, !parts.contains(.day), (1...31).contains(result.month) {
            result.day = result.month
            return .day
        }
        return .month
    }

    private mutating func setDate(daysFromToday days: Int) {
        let today = Temporal.split(context.timeZone.local(at: context.now.microseconds)).days
        (result.year, result.month, result.day) = CalendarTime.civil(fromDays: today + days)
        // Today's year is no abbreviation and no year before Christ.
        isJulian = true
    }
}
