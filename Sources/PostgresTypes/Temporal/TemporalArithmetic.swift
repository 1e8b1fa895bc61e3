import World

extension Temporal {
    // MARK: Adding intervals

    /// `timestamp + interval`: months first (a day beyond the month's end becomes its last day), then days, then time.
    package static func add(_ interval: Interval, toTimestamp value: Int64) throws(PostgresError) -> Int64 {
        if isInfinite(value) { return value }
        let sum = try addCalendar(interval, to: value).addingReportingOverflow(interval.microseconds)
        return try checkedTimestamp(sum)
    }

    /// `timestamptz + interval`: months and days are those of the zone's calendar, the time is elapsed time.
    package static func add(_ interval: Interval, toTimestamptz value: Int64, in zone: TimeZoneRules)
        throws(PostgresError) -> Int64
    {
        if isInfinite(value) { return value }
        var moment = value
        if interval.months != 0 || interval.days != 0 {
            moment = zone.moment(ofLocal: try addCalendar(interval, to: zone.local(at: value)))
        }
        return try checkedTimestamp(moment.addingReportingOverflow(interval.microseconds))
    }

    private static func addCalendar(_ interval: Interval, to local: Int64) throws(PostgresError) -> Int64 {
        var (days, time) = split(local)
        if interval.months != 0 {
            let date = civil(days)
            let months = date.year * 12 + date.month - 1 + Int(interval.months)
            let year = months >= 0 ? months / 12 : (months - 11) / 12
            let month = months - year * 12 + 1
            days = Self.days(year: year, month: month, day: min(date.day, daysInMonth(year: year, month: month)))
        }
        days += Int(interval.days)
        // Whole days first, so that a sum that is far out cannot wrap around.
        guard dateRange.contains(days) else { throw .dateTimeOutOfRange("timestamp") }
        let product = Int64(days).multipliedReportingOverflow(by: microsecondsPerDay)
        let sum = product.partialValue.addingReportingOverflow(time)
        time = sum.partialValue
        guard !product.overflow else { throw .dateTimeOutOfRange("timestamp") }
        return try checkedTimestamp(sum)
    }

    /// A moment that is one: `timestamp out of range` for what lies beyond the type.
    package static func checked(_ moment: Int64) throws(PostgresError) -> Int64 {
        try checkedTimestamp((moment, false))
    }

    private static func checkedTimestamp(_ sum: (partialValue: Int64, overflow: Bool)) throws(PostgresError) -> Int64 {
        guard !sum.overflow, timestampRange.contains(sum.partialValue) else {
            throw .dateTimeOutOfRange("timestamp")
        }
        return sum.partialValue
    }

    /// `time + interval`: around the clock; months and days play no part.
    package static func add(_ interval: Interval, toTime value: Int64) -> Int64 {
        split(value &+ interval.microseconds % microsecondsPerDay).time
    }

    /// `date + integer`.
    package static func add(days count: Int64, toDate value: Int64) throws(PostgresError) -> Int64 {
        if isInfinite(value) { return value }
        let sum = value.addingReportingOverflow(count)
        guard !sum.overflow, let days = Int(exactly: sum.partialValue), dateRange.contains(days) else {
            throw .dateTimeOutOfRange("date")
        }
        return sum.partialValue
    }

    /// Days since 1970 of a date; `year` is astronomical (0 is 1 BC).
    package static func days(year: Int, month: Int, day: Int) -> Int {
        CalendarTime.days(year: year, month: month, day: day)
    }

    // MARK: Differences

    /// `timestamp - timestamp`: days of 24 hours and the rest.
    package static func difference(_ left: Int64, _ right: Int64) throws(PostgresError) -> Interval {
        guard !isInfinite(left), !isInfinite(right) else {
            throw PostgresError("22008", "cannot subtract infinite timestamps")
        }
        let difference = left.subtractingReportingOverflow(right)
        guard !difference.overflow else { throw Interval.outOfRange }
        return try Interval(microseconds: difference.partialValue).hoursJustified()
    }

    /// `date - date` in days.
    package static func dateDifference(_ left: Int64, _ right: Int64) throws(PostgresError) -> Int64 {
        guard !isInfinite(left), !isInfinite(right) else {
            throw PostgresError("22008", "cannot subtract infinite dates")
        }
        return left - right
    }

    /// `age(left, right)` of local times: years, months, days and time as a calendar counts them.
    package static func age(_ left: Int64, _ right: Int64) throws(PostgresError) -> Interval {
        guard !isInfinite(left), !isInfinite(right) else { throw .dateTimeOutOfRange("timestamp") }
        let (a, b) = (split(left), split(right))
        let (from, to) = (civil(b.days), civil(a.days))
        let isNegative = left < right
        var months = (to.year - from.year) * 12 + to.month - from.month
        var days = to.day - from.day
        var time = a.time - b.time
        if isNegative { (months, days, time) = (-months, -days, -time) }
        if time < 0 {
            time += microsecondsPerDay
            days -= 1
        }
        while days < 0 {
            // The month that is borrowed from is the earlier date's.
            let start = isNegative ? to : from
            days += daysInMonth(year: start.year, month: start.month)
            months -= 1
        }
        let sign = isNegative ? -1 : 1
        return Interval(months: Int32(sign * months), days: Int32(sign * days), microseconds: Int64(sign) * time)
    }

    // MARK: Conversions

    /// `date::timestamp`.
    package static func timestamp(ofDate days: Int64) throws(PostgresError) -> Int64 {
        if isInfinite(days) { return days }
        let product = days.multipliedReportingOverflow(by: microsecondsPerDay)
        guard !product.overflow, timestampRange.contains(product.partialValue) else {
            throw PostgresError("22008", "date out of range for timestamp")
        }
        return product.partialValue
    }

    /// `date::timestamptz`: its midnight in the zone.
    package static func timestamptz(ofDate days: Int64, in zone: TimeZoneRules) throws(PostgresError) -> Int64 {
        try timestamptz(ofTimestamp: timestamp(ofDate: days), in: zone)
    }

    /// `timestamp::timestamptz`, and `timestamp AT TIME ZONE zone`.
    package static func timestamptz(ofTimestamp local: Int64, in zone: TimeZoneRules) throws(PostgresError) -> Int64 {
        if isInfinite(local) { return local }
        return try checkedTimestamp((zone.moment(ofLocal: local), false))
    }

    /// `timestamptz::timestamp`, and `timestamptz AT TIME ZONE zone`.
    package static func timestamp(ofTimestamptz moment: Int64, in zone: TimeZoneRules) throws(PostgresError) -> Int64 {
        if isInfinite(moment) { return moment }
        return try checkedTimestamp((zone.local(at: moment), false))
    }

    /// `timestamp::date`.
    package static func date(ofTimestamp local: Int64) -> Int64 {
        isInfinite(local) ? local : Int64(split(local).days)
    }

    /// `timestamptz::date`.
    package static func date(ofTimestamptz moment: Int64, in zone: TimeZoneRules) -> Int64 {
        isInfinite(moment) ? moment : Int64(split(zone.local(at: moment)).days)
    }

    /// `timestamp::time`; an infinity has none.
    package static func time(ofTimestamp local: Int64) -> Int64? { isInfinite(local) ? nil : split(local).time }

    // MARK: Zones by name

    /// The zone of `… AT TIME ZONE 'name'`: an abbreviation, a name, or a POSIX form.
    package static func zone(named name: String) throws(PostgresError) -> TimeZoneRules {
        switch ZoneAbbreviation(name.lowercased()) {
        case .fixed(let offset, _): return TimeZoneRules(offset: offset)
        case .zone(let full):
            if let zone = TimeZoneRules(named: full) { return zone }
        case nil:
            if let zone = TimeZoneRules(named: name) { return zone }
        }
        throw PostgresError("22023", "time zone \"\(name)\" not recognized")
    }

    // MARK: Making

    /// `make_date`; a negative year is before Christ.
    package static func makeDate(year: Int, month: Int, day: Int) throws(PostgresError) -> Int64 {
        let astronomical = year < 0 ? year + 1 : year
        guard year != 0, (1...12).contains(month), day >= 1,
            day <= daysInMonth(year: astronomical, month: month)
        else {
            throw PostgresError("22008", "date field value out of range: \(astronomical)-\(two(month))-\(two(day))")
        }
        let days = days(year: astronomical, month: month, day: day)
        guard dateRange.contains(days) else {
            throw PostgresError("22008", "date out of range: \(astronomical)-\(two(month))-\(two(day))")
        }
        return Int64(days)
    }

    /// `make_time`.
    package static func makeTime(hour: Int, minute: Int, second: Double) throws(PostgresError) -> Int64 {
        let microseconds = (second * 1e6).rounded(.toNearestOrEven)
        let isValid =
            (0...24).contains(hour) && (0...59).contains(minute) && second >= 0 && second <= 60 && microseconds.isFinite
        let time = isValid ? Int64(hour * 3600 + minute * 60) * microsecondsPerSecond + Int64(microseconds) : -1
        guard isValid, time <= microsecondsPerDay else {
            throw PostgresError(
                "22008",
                "time field value out of range: \(hour):\(two(minute)):\(printed(second, format: "%02g"))")
        }
        return time
    }

    /// `make_timestamp`: local microseconds since 1970.
    package static func makeTimestamp(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Double)
        throws(PostgresError) -> Int64
    {
        let date = try makeDate(year: year, month: month, day: day)
        let time = try makeTime(hour: hour, minute: minute, second: second)
        let product = date.multipliedReportingOverflow(by: microsecondsPerDay)
        guard !product.overflow else { throw .dateTimeOutOfRange("timestamp") }
        return try checkedTimestamp(product.partialValue.addingReportingOverflow(time))
    }

    /// `make_interval`.
    package static func makeInterval(
        years: Int32 = 0, months: Int32 = 0, weeks: Int32 = 0, days: Int32 = 0, hours: Int32 = 0, minutes: Int32 = 0,
        seconds: Double = 0
    ) throws(PostgresError) -> Interval {
        guard seconds.isFinite, abs(seconds) < 9e12,
            let months = Int32(exactly: Int64(years) * 12 + Int64(months)),
            let days = Int32(exactly: Int64(weeks) * 7 + Int64(days))
        else { throw Interval.outOfRange }
        let time =
            Int64(hours) * 3_600_000_000 + Int64(minutes) * 60_000_000
            + Int64((seconds * 1e6).rounded(.toNearestOrEven))
        return Interval(months: months, days: days, microseconds: time)
    }

    /// At least two digits, as `%02d`.
    private static func two(_ number: Int) -> String { (0...9).contains(number) ? "0\(number)" : String(number) }
}
