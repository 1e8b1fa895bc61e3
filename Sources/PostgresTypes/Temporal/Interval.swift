/// `interval`: months, days and microseconds, which do not turn into each other until asked to.
package struct Interval: Hashable, Sendable {
    package var months: Int32
    package var days: Int32
    package var microseconds: Int64

    package init(months: Int32 = 0, days: Int32 = 0, microseconds: Int64 = 0) {
        self.months = months
        self.days = days
        self.microseconds = microseconds
    }

    static let outOfRange = PostgresError.dateTimeOutOfRange("interval")

    // MARK: Text

    /// Reads any form that `'…'::interval` takes.
    package init(parsing text: String, modifier: Int32 = -1) throws(PostgresError) {
        self = try TemporalCodec.parse("interval", text) { () throws(DateTimeProblem) in
            try IntervalParser.parse(text, modifier: IntervalModifier(modifier))
        }
        self = try limited(by: modifier)
    }

    /// Reads the stored form, which is the printed one.
    package init(stored text: String) {
        do { self = try IntervalParser.parse(text, modifier: IntervalModifier(-1)) } catch { self.init() }
    }

    /// `1 year 2 mons 3 days 04:05:06.7`. A sign is shown where it differs from the part before.
    package var text: String { PostgresTypes.text { write(to: &$0) } }

    private func write(to buffer: inout [UInt8]) {
        var isEmpty = true
        var wasNegative = false
        func append(_ value: Int32, _ unit: StaticString) {
            guard value != 0 else { return }
            if !isEmpty { buffer.append(UInt8(ascii: " ")) }
            if wasNegative, value > 0 { buffer.append(UInt8(ascii: "+")) }
            buffer.append(integer: Int64(value))
            buffer.append(UInt8(ascii: " "))
            buffer.append(ascii: unit)
            if value != 1 { buffer.append(UInt8(ascii: "s")) }
            wasNegative = value < 0
            isEmpty = false
        }
        append(months / 12, "year")
        append(months % 12, "mon")
        append(days, "day")
        guard isEmpty || microseconds != 0 else { return }
        if !isEmpty { buffer.append(UInt8(ascii: " ")) }
        if microseconds < 0 {
            buffer.append(UInt8(ascii: "-"))
        } else if wasNegative {
            buffer.append(UInt8(ascii: "+"))
        }
        let size = microseconds.magnitude
        let seconds = Int(size / 1_000_000)
        buffer.append(padded: seconds / 3600, width: 2)
        buffer.append(UInt8(ascii: ":"))
        buffer.append(padded: seconds / 60 % 60, width: 2)
        buffer.append(UInt8(ascii: ":"))
        buffer.append(padded: seconds % 60, width: 2)
        buffer.append(fraction: Int(size % 1_000_000))
    }

    // MARK: Order

    /// All of it in microseconds, a month as 30 days: what comparison and equality go by.
    private var span: (days: Int64, microseconds: Int64) {
        let (extra, rest) = Temporal.split(microseconds)
        return (Int64(months) * 30 + Int64(days) + Int64(extra), rest)
    }

    /// Below, equal to or above zero; `1 day` and `24:00:00` are equal.
    package func compare(_ other: Interval) -> Int {
        let (left, right) = (span, other.span)
        return left == right ? 0 : left < right ? -1 : 1
    }

    // MARK: Length

    /// What a column `interval(p)` or `interval day to hour` keeps.
    package func limited(by modifier: Int32) throws(PostgresError) -> Interval {
        let limits = IntervalModifier(modifier)
        var result = self
        if let fields = limits.fields {
            let hasTime = fields & (IntervalModifier.hour | IntervalModifier.minute | IntervalModifier.second) != 0
            if !hasTime { result.microseconds = 0 }
            if !hasTime, fields & IntervalModifier.day == 0 { result.days = 0 }
            if fields == IntervalModifier.year { result.months = months / 12 * 12 }
            let unit: Int64 =
                fields & IntervalModifier.second != 0
                ? 1 : fields & IntervalModifier.minute != 0 ? 60_000_000 : 3_600_000_000
            result.microseconds = result.microseconds / unit * unit
        }
        if let precision = limits.precision {
            result.microseconds = TemporalCodec.round(result.microseconds, toDigits: Int32(precision))
        }
        return result
    }
}

// MARK: Arithmetic

extension Interval {
    package func adding(_ other: Interval) throws(PostgresError) -> Interval {
        let months = months.addingReportingOverflow(other.months)
        let days = days.addingReportingOverflow(other.days)
        let time = microseconds.addingReportingOverflow(other.microseconds)
        guard !months.overflow, !days.overflow, !time.overflow else { throw Self.outOfRange }
        return Interval(months: months.partialValue, days: days.partialValue, microseconds: time.partialValue)
    }

    package func subtracting(_ other: Interval) throws(PostgresError) -> Interval {
        let months = months.subtractingReportingOverflow(other.months)
        let days = days.subtractingReportingOverflow(other.days)
        let time = microseconds.subtractingReportingOverflow(other.microseconds)
        guard !months.overflow, !days.overflow, !time.overflow else { throw Self.outOfRange }
        return Interval(months: months.partialValue, days: days.partialValue, microseconds: time.partialValue)
    }

    package func negated() throws(PostgresError) -> Interval { try Interval().subtracting(self) }

    /// Multiplies every part; what is left of months flows into days and from there into the time.
    package func multiplied(by factor: Double) throws(PostgresError) -> Interval {
        try scaled({ $0 * factor }, time: Double(microseconds) * factor)
    }

    package func divided(by factor: Double) throws(PostgresError) -> Interval {
        guard factor != 0 else { throw .divisionByZero }
        return try scaled({ $0 / factor }, time: Double(microseconds) / factor)
    }

    private func scaled(_ scale: (Double) -> Double, time: Double) throws(PostgresError) -> Interval {
        let scaledMonths = scale(Double(months))
        let scaledDays = scale(Double(days))
        guard let wholeMonths = Int32(exactly: scaledMonths.rounded(.towardZero)),
            let wholeDays = Int32(exactly: scaledDays.rounded(.towardZero))
        else { throw Self.outOfRange }
        // Rounded to the microsecond on the way, so that what should be whole is whole.
        func settled(_ value: Double) -> Double { (value * 1e6).rounded(.toNearestOrEven) / 1e6 }
        let monthDays = settled((scaledMonths - Double(wholeMonths)) * 30)
        var seconds = settled(
            (scaledDays - Double(wholeDays) + monthDays - monthDays.rounded(.towardZero)) * 86_400)
        var days = Int64(wholeDays)
        if abs(seconds) >= 86_400 {
            let extra = (seconds / 86_400).rounded(.towardZero)
            days += Int64(extra)
            seconds -= extra * 86_400
        }
        days += Int64(monthDays)
        let microseconds = (time + seconds * 1e6).rounded(.toNearestOrEven)
        guard let days = Int32(exactly: days), microseconds >= -0x1p63, microseconds < 0x1p63 else {
            throw Self.outOfRange
        }
        return Interval(months: wholeMonths, days: days, microseconds: Int64(microseconds))
    }

    // MARK: Justification

    /// Full days out of the time: `justify_hours`.
    package func hoursJustified() throws(PostgresError) -> Interval {
        let extra = microseconds / Temporal.microsecondsPerDay
        var days = Int64(days) + extra
        var time = microseconds - extra * Temporal.microsecondsPerDay
        if days > 0, time < 0 {
            time += Temporal.microsecondsPerDay
            days -= 1
        } else if days < 0, time > 0 {
            time -= Temporal.microsecondsPerDay
            days += 1
        }
        guard let days = Int32(exactly: days) else { throw Self.outOfRange }
        return Interval(months: months, days: days, microseconds: time)
    }

    /// Full months out of the days, 30 each: `justify_days`.
    package func daysJustified() throws(PostgresError) -> Interval {
        var months = Int64(months) + Int64(days / 30)
        var days = days % 30
        if months > 0, days < 0 {
            days += 30
            months -= 1
        } else if months < 0, days > 0 {
            days -= 30
            months += 1
        }
        guard let months = Int32(exactly: months) else { throw Self.outOfRange }
        return Interval(months: months, days: days, microseconds: microseconds)
    }

    /// Both, and all parts of one sign: `justify_interval`.
    package func justified() throws(PostgresError) -> Interval {
        let extra = microseconds / Temporal.microsecondsPerDay
        var time = microseconds - extra * Temporal.microsecondsPerDay
        var days = Int64(days) + extra
        var months = Int64(months) + days / 30
        days %= 30
        if months > 0, days < 0 || (days == 0 && time < 0) {
            days += 30
            months -= 1
        } else if months < 0, days > 0 || (days == 0 && time > 0) {
            days -= 30
            months += 1
        }
        if days > 0, time < 0 {
            time += Temporal.microsecondsPerDay
            days -= 1
        } else if days < 0, time > 0 {
            time -= Temporal.microsecondsPerDay
            days += 1
        }
        guard let months = Int32(exactly: months), let days = Int32(exactly: days) else { throw Self.outOfRange }
        return Interval(months: months, days: days, microseconds: time)
    }
}
