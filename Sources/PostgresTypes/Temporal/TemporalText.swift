import World

/// Values of the date and time types as they are stored, and their text.
///
/// `timestamp` and `timestamptz`: microseconds since 1970-01-01 (UTC); `date`: days since then; `time`: microseconds
/// since midnight, up to 24:00. The two infinities are the ends of Int64.
package enum Temporal {
    package static let infinity = Int64.max
    package static let negativeInfinity = Int64.min
    package static let microsecondsPerDay: Int64 = 86_400_000_000
    package static let microsecondsPerSecond: Int64 = 1_000_000

    package static func isInfinite(_ value: Int64) -> Bool { value == infinity || value == negativeInfinity }

    /// Whole days before a moment, and the microseconds since that midnight.
    package static func split(_ microseconds: Int64) -> (days: Int, time: Int64) {
        var days = microseconds / microsecondsPerDay
        var time = microseconds % microsecondsPerDay
        if time < 0 {
            days -= 1
            time += microsecondsPerDay
        }
        return (Int(days), time)
    }

    /// Days that Postgres' date can hold: 4714-11-24 BC (Julian day 0) up to 5874898-06-02.
    static let dateRange = -2_440_588...2_145_042_905
    /// Moments that are kept: from Julian day 0, as in Postgres, up to the year 294247 (Postgres: 294276), where
    /// microseconds since 1970 end.
    static let timestampRange = (-210_866_803_200_000_000 as Int64)...(Int64.max - 1)

    // MARK: Writing

    private static func append(infinity value: Int64, to buffer: inout [UInt8]) {
        buffer.append(contentsOf: (value < 0 ? "-infinity" : "infinity").utf8)
    }

    /// `2024-01-31`, with ` BC` for the years before 1.
    static func append(date days: Int64, to buffer: inout [UInt8]) {
        guard !isInfinite(days) else { return append(infinity: days, to: &buffer) }
        if append(civil: Int(days), to: &buffer) { buffer.append(ascii: " BC") }
    }

    /// Appends year, month and day; true if the year is before Christ, which the caller must say at its end.
    private static func append(civil days: Int, to buffer: inout [UInt8]) -> Bool {
        let date = CalendarTime.civil(fromDays: days)
        let isBC = date.year <= 0
        buffer.append(padded: isBC ? 1 - date.year : date.year, width: 4)
        buffer.append(UInt8(ascii: "-"))
        buffer.append(padded: date.month, width: 2)
        buffer.append(UInt8(ascii: "-"))
        buffer.append(padded: date.day, width: 2)
        return isBC
    }

    /// `04:05:06.7`.
    static func append(time: Int64, to buffer: inout [UInt8]) {
        let seconds = Int(time / microsecondsPerSecond)
        buffer.append(padded: seconds / 3600, width: 2)
        buffer.append(UInt8(ascii: ":"))
        buffer.append(padded: seconds / 60 % 60, width: 2)
        buffer.append(UInt8(ascii: ":"))
        buffer.append(padded: seconds % 60, width: 2)
        buffer.append(fraction: Int(time % microsecondsPerSecond))
    }

    /// An offset in seconds east of Greenwich: `+00`, `+05:30`; in JSON always with minutes.
    static func append(offset: Int, isJSON: Bool, to buffer: inout [UInt8]) {
        buffer.append(UInt8(ascii: offset < 0 ? "-" : "+"))
        let size = abs(offset)
        buffer.append(padded: size / 3600, width: 2)
        guard isJSON || size % 3600 != 0 else { return }
        buffer.append(UInt8(ascii: ":"))
        buffer.append(padded: size / 60 % 60, width: 2)
        guard size % 60 != 0 else { return }
        buffer.append(UInt8(ascii: ":"))
        buffer.append(padded: size % 60, width: 2)
    }

    /// `2024-01-31 04:05:06.7`; in JSON with a `T` in the middle.
    static func append(timestamp value: Int64, isJSON: Bool, to buffer: inout [UInt8]) {
        guard !isInfinite(value) else { return append(infinity: value, to: &buffer) }
        if append(moment: value, isJSON: isJSON, to: &buffer) { buffer.append(ascii: " BC") }
    }

    /// As `append(timestamp:)`, in the zone's local time with its offset behind it.
    static func append(timestamptz value: Int64, isJSON: Bool, in zone: TimeZoneRules, to buffer: inout [UInt8]) {
        guard !isInfinite(value) else { return append(infinity: value, to: &buffer) }
        let offset = zone.offset(atMicroseconds: value)
        let isBC = append(
            moment: value + Int64(offset) * microsecondsPerSecond, isJSON: isJSON, to: &buffer)
        append(offset: offset, isJSON: isJSON, to: &buffer)
        if isBC { buffer.append(ascii: " BC") }
    }

    private static func append(moment value: Int64, isJSON: Bool, to buffer: inout [UInt8]) -> Bool {
        let (days, time) = split(value)
        let isBC = append(civil: days, to: &buffer)
        buffer.append(UInt8(ascii: isJSON ? "T" : " "))
        append(time: time, to: &buffer)
        return isBC
    }
}
