/// A field of a date, time or interval, as `extract`, `date_part` and `date_trunc` name it.
enum TemporalField: Hashable {
    case microseconds, milliseconds, second, minute, hour, day, week, month, quarter, year, decade, century, millennium
    case epoch, julian, isoYear, dayOfWeek, isoDayOfWeek, dayOfYear, zone, zoneHour, zoneMinute

    /// Any case; abbreviations as in interval input.
    init?(_ name: String) {
        let word = Array(name.lowercased().utf8)
        if let special = Self.special[String(decoding: word.prefix(10), as: UTF8.self)] {
            self = special
            return
        }
        guard let unit = IntervalUnit(word) else { return nil }
        self =
            switch unit {
            case .microsecond: .microseconds
            case .millisecond: .milliseconds
            case .second: .second
            case .minute: .minute
            case .hour: .hour
            case .day: .day
            case .week: .week
            case .month: .month
            case .year: .year
            case .decade: .decade
            case .century: .century
            case .millennium: .millennium
            }
    }

    private static let special: [String: TemporalField] = [
        "epoch": .epoch, "julian": .julian, "j": .julian, "jd": .julian, "isoyear": .isoYear, "dow": .dayOfWeek,
        "isodow": .isoDayOfWeek, "doy": .dayOfYear, "timezone": .zone, "timezone_h": .zoneHour,
        "timezone_m": .zoneMinute, "qtr": .quarter, "quarter": .quarter,
    ]

    static func notRecognized(_ name: String, _ type: PostgresType) -> PostgresError {
        PostgresError("22023", "unit \"\(name.lowercased())\" not recognized for type \(type.displayName())")
    }

    static func notSupported(_ name: String, _ type: PostgresType) -> PostgresError {
        PostgresError("0A000", "unit \"\(name.lowercased())\" not supported for type \(type.displayName())")
    }
}

extension Temporal {
    // MARK: Weeks

    /// 0 for Sunday.
    package static func weekday(_ days: Int) -> Int { ((days + 4) % 7 + 7) % 7 }

    /// The week of ISO 8601 and the year that it belongs to.
    package static func isoWeek(_ days: Int) -> (year: Int, week: Int) {
        // The Thursday of a week decides its year.
        let thursday = days - (weekday(days) + 6) % 7 + 3
        let year = civil(thursday).year
        return (year, (thursday - Self.days(year: year, month: 1, day: 1)) / 7 + 1)
    }

    /// The Monday of the first week of an ISO year.
    static func isoYearStart(_ year: Int) -> Int {
        let fourth = days(year: year, month: 1, day: 4)
        return fourth - (weekday(fourth) + 6) % 7
    }

    // MARK: date_trunc

    /// `date_trunc(unit, timestamp)`.
    package static func truncate(_ value: Int64, to unit: String) throws(PostgresError) -> Int64 {
        try checked(truncate(value, to: unit, type: .timestamp))
    }

    /// `date_trunc(unit, timestamptz, zone)`: the beginning of the unit on that zone's clocks.
    package static func truncate(_ value: Int64, to unit: String, in zone: TimeZoneRules) throws(PostgresError) -> Int64
    {
        let local = isInfinite(value) ? value : zone.local(at: value)
        let result = try truncate(local, to: unit, type: .timestamptz)
        if isInfinite(value) { return value }
        // Within an hour the offset stays what it is, even where clocks are set back.
        switch TemporalField(unit) {
        case .microseconds, .milliseconds, .second, .minute, .hour: return value - (local - result)
        default: return try checked(zone.moment(ofLocal: checked(result)))
        }
    }

    private static func truncate(_ value: Int64, to unit: String, type: PostgresType) throws(PostgresError) -> Int64 {
        guard let field = TemporalField(unit) else { throw TemporalField.notRecognized(unit, type) }
        if isInfinite(value) { return value }
        let (days, time) = split(value)
        let date = civil(days)
        func start(_ days: Int) -> Int64 { Int64(days) * microsecondsPerDay }
        func start(ofYear year: Int) -> Int64 { start(Self.days(year: year, month: 1, day: 1)) }
        /// The first year of a period of years that begins, like centuries, with a year 1.
        func first(_ length: Int) -> Int {
            date.year > 0
                ? (date.year - 1) / length * length + 1 : -((length - 1 - (date.year - 1)) / length) * length + 1
        }
        switch field {
        case .microseconds: return value
        case .milliseconds: return start(days) + time / 1000 * 1000
        case .second: return start(days) + time / 1_000_000 * 1_000_000
        case .minute: return start(days) + time / 60_000_000 * 60_000_000
        case .hour: return start(days) + time / 3_600_000_000 * 3_600_000_000
        case .day: return start(days)
        case .week: return start(days - (weekday(days) + 6) % 7)
        case .month: return start(Self.days(year: date.year, month: date.month, day: 1))
        case .quarter: return start(Self.days(year: date.year, month: (date.month - 1) / 3 * 3 + 1, day: 1))
        case .year: return start(ofYear: date.year)
        case .decade: return start(ofYear: date.year > 0 ? date.year / 10 * 10 : -((8 - (date.year - 1)) / 10) * 10)
        case .century: return start(ofYear: first(100))
        case .millennium: return start(ofYear: first(1000))
        case .zone, .zoneHour, .zoneMinute: throw TemporalField.notSupported(unit, type)
        // Known to `extract` only.
        default: throw TemporalField.notRecognized(unit, type)
        }
    }

    /// `date_trunc(unit, interval)`.
    package static func truncate(_ value: Interval, to unit: String) throws(PostgresError) -> Interval {
        guard let field = TemporalField(unit) else { throw TemporalField.notRecognized(unit, .interval) }
        func keeping(months length: Int32) -> Interval { Interval(months: value.months / length * length) }
        func keeping(time length: Int64) -> Interval {
            Interval(months: value.months, days: value.days, microseconds: value.microseconds / length * length)
        }
        switch field {
        case .microseconds: return value
        case .milliseconds: return keeping(time: 1000)
        case .second: return keeping(time: 1_000_000)
        case .minute: return keeping(time: 60_000_000)
        case .hour: return keeping(time: 3_600_000_000)
        case .day: return Interval(months: value.months, days: value.days)
        case .month: return keeping(months: 1)
        case .quarter: return keeping(months: 3)
        case .year: return keeping(months: 12)
        case .decade: return keeping(months: 120)
        case .century: return keeping(months: 1200)
        case .millennium: return keeping(months: 12_000)
        case .week:
            throw PostgresError(
                "0A000", "unit \"\(unit.lowercased())\" not supported for type interval",
                detail: "Months usually have fractional weeks.")
        case .zone, .zoneHour, .zoneMinute: throw TemporalField.notSupported(unit, .interval)
        default: throw TemporalField.notRecognized(unit, .interval)
        }
    }
}
