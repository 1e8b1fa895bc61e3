package import SQLite

extension Temporal {
    /// `extract(field from value)` as `numeric`; nil is NULL (some fields of infinities). `value` is stored, `type` one of
    /// `date`, `time`, `timetz`, `timestamp`, `timestamptz`, `interval`. `date_part` is the same as `double precision`.
    package static func extract(
        _ field: String, from value: SQLValue, _ type: PostgresType, in zone: TimeZoneRules = .utc
    ) throws(PostgresError) -> Decimal? {
        guard let part = TemporalField(field) else { throw TemporalField.notRecognized(field, type) }
        let found: Extracted?
        switch (type, value) {
        case (.date, .integer(let days)):
            found = try extractDate(part, days)
        case (.time, .integer(let time)):
            found = part == .epoch ? .micros(time) : extractTime(part, time)
        case (.timetz, .text(let text)): found = extractZonedTime(part, ZonedTime(stored: text.utf8))
        case (.timestamp, .integer(let moment)):
            found = extractTimestamp(part, moment, local: moment, offset: nil)
        case (.timestamptz, .integer(let moment)):
            let offset = isInfinite(moment) ? 0 : zone.offset(atMicroseconds: moment)
            let local = isInfinite(moment) ? moment : moment + Int64(offset) * microsecondsPerSecond
            found = extractTimestamp(part, moment, local: local, offset: offset)
        case (.interval, .text(let text)): found = extractInterval(part, Interval(stored: text))
        default: throw .notSupported("extract from \(type.displayName())")
        }
        guard let found else { throw TemporalField.notSupported(field, type) }
        return found.decimal
    }

    /// A field's value, with the scale that it is shown with.
    private enum Extracted {
        case whole(Int)
        /// Microseconds, shown as seconds with six digits.
        case micros(Int64)
        /// Microseconds, shown as milliseconds with three.
        case millis(Int64)
        case infinite(isNegative: Bool)
        case exact(Decimal)
        case unknown

        var decimal: Decimal? {
            switch self {
            case .whole(let number): Decimal(number)
            case .micros(let number): Decimal(number, scale: 6)
            case .millis(let number): Decimal(number, scale: 3)
            case .infinite(let isNegative): isNegative ? .negativeInfinity : .infinity
            case .exact(let number): number
            case .unknown: nil
            }
        }
    }

    private static func extractDate(_ field: TemporalField, _ value: Int64) throws(PostgresError) -> Extracted? {
        if isInfinite(value) {
            switch field {
            case .day, .month, .quarter, .week, .dayOfWeek, .isoDayOfWeek, .dayOfYear: return .unknown
            case .year, .decade, .century, .millennium, .julian, .isoYear, .epoch:
                return .infinite(isNegative: value < 0)
            default: return nil
            }
        }
        switch field {
        case .epoch: return .whole(Int(value) * 86_400)
        case .julian: return .whole(Int(value) + 2_440_588)
        default: return extractCalendar(field, Int(value))
        }
    }

    private static func extractCalendar(_ field: TemporalField, _ days: Int) -> Extracted? {
        let date = civil(days)
        /// Periods of years that begin with a year 1; there is no period 0.
        func period(_ length: Int) -> Int {
            date.year > 0 ? (date.year + length - 1) / length : -((length - 1 - (date.year - 1)) / length)
        }
        /// There is no year 0: 1 BC is -1.
        func historic(_ year: Int) -> Int { year > 0 ? year : year - 1 }
        switch field {
        case .day: return .whole(date.day)
        case .month: return .whole(date.month)
        case .quarter: return .whole((date.month - 1) / 3 + 1)
        case .year: return .whole(historic(date.year))
        case .decade: return .whole(date.year >= 0 ? date.year / 10 : -((8 - (date.year - 1)) / 10))
        case .century: return .whole(period(100))
        case .millennium: return .whole(period(1000))
        case .week: return .whole(isoWeek(days).week)
        case .isoYear: return .whole(historic(isoWeek(days).year))
        case .dayOfWeek: return .whole(weekday(days))
        case .isoDayOfWeek: return .whole(weekday(days) == 0 ? 7 : weekday(days))
        case .dayOfYear: return .whole(days - Self.days(year: date.year, month: 1, day: 1) + 1)
        default: return nil
        }
    }

    private static func extractTime(_ field: TemporalField, _ time: Int64) -> Extracted? {
        switch field {
        case .microseconds: .whole(Int(time % 60_000_000))
        case .milliseconds: .millis(time % 60_000_000)
        case .second: .micros(time % 60_000_000)
        case .minute: .whole(Int(time / 60_000_000 % 60))
        case .hour: .whole(Int(time / 3_600_000_000))
        default: nil
        }
    }

    private static func extractZonedTime(_ field: TemporalField, _ value: ZonedTime) -> Extracted? {
        if field == .epoch { return .micros(value.time - Int64(value.offset) * microsecondsPerSecond) }
        return extractZone(field, value.offset) ?? extractTime(field, value.time)
    }

    private static func extractZone(_ field: TemporalField, _ offset: Int) -> Extracted? {
        switch field {
        case .zone: .whole(offset)
        case .zoneHour: .whole(offset / 3600)
        case .zoneMinute: .whole(offset / 60 % 60)
        default: nil
        }
    }

    private static func extractTimestamp(
        _ field: TemporalField, _ moment: Int64, local: Int64, offset: Int?
    ) -> Extracted? {
        if isInfinite(moment) {
            switch field {
            case .year, .decade, .century, .millennium, .julian, .isoYear, .epoch:
                return .infinite(isNegative: moment < 0)
            default: return .unknown
            }
        }
        if let offset, let zone = extractZone(field, offset) { return zone }
        let (days, time) = split(local)
        switch field {
        case .epoch: return .micros(moment)
        case .julian: return julian(days, time)
        default: return extractTime(field, time) ?? extractCalendar(field, days)
        }
    }

    /// Days with the part of the day that has passed, to as many digits as numeric division gives.
    private static func julian(_ days: Int, _ time: Int64) -> Extracted? {
        let dayLength = Decimal(microsecondsPerDay)
        do {
            return .exact(try Decimal(days + 2_440_588).adding(Decimal(time).divided(by: dayLength)))
        } catch {
            return nil
        }
    }

    private static func extractInterval(_ field: TemporalField, _ value: Interval) -> Extracted? {
        let years = Int(value.months / 12)
        switch field {
        case .microseconds: return .whole(Int(value.microseconds % 60_000_000))
        case .milliseconds: return .millis(value.microseconds % 60_000_000)
        case .second: return .micros(value.microseconds % 60_000_000)
        case .minute: return .whole(Int(value.microseconds / 60_000_000 % 60))
        case .hour: return .whole(Int(value.microseconds / 3_600_000_000))
        case .day: return .whole(Int(value.days))
        case .month: return .whole(Int(value.months % 12))
        case .quarter: return .whole(Int(value.months % 12 / 3) + 1)
        case .year: return .whole(years)
        case .decade: return .whole(years / 10)
        case .century: return .whole(years / 100)
        case .millennium: return .whole(years / 1000)
        case .epoch:
            // A year is 365.25 days here, and a month of the rest 30.
            let days = Decimal(
                Int64(years) * 36_525 + Int64(value.months % 12) * 3000 + Int64(value.days) * 100, scale: 2)
            do {
                let seconds = try days.multiplied(by: Decimal(86_400)).adding(Decimal(value.microseconds, scale: 6))
                return .exact(seconds.rounded(toScale: 6))
            } catch {
                return nil
            }
        default: return nil
        }
    }
}

extension Decimal {
    /// `number` divided by ten to the power of `scale`, and shown with that scale.
    package init(_ number: Int64, scale: Int) {
        let digits = Array(String(number.magnitude).utf8).map { $0 - UInt8(ascii: "0") }
        self.init(isNegative: number < 0, digits: digits, whole: digits.count - scale, scale: scale)
    }
}
