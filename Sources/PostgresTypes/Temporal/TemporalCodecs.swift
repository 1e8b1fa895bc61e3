import SQLite
private import World

/// `date`, `time`, `timetz`, `timestamp`, `timestamptz`.
enum TemporalCodec {
    static func decodeTimestamp(_ text: String, hasZone: Bool, modifier: Int32, context: ValueContext)
        throws(PostgresError) -> SQLValue
    {
        let type = hasZone ? "timestamp with time zone" : "timestamp"
        if let iso = ISODateTime(text) {
            let value = hasZone ? moment(iso.microseconds, offset: iso.offset, context) : iso.microseconds
            return .integer(round(moment: value, toDigits: modifier))
        }
        let parsed = try parse(type, text) { () throws(DateTimeProblem) in
            try DateTimeParser.parse(text, context: context)
        }
        switch parsed.meaning {
        case .epoch: return .integer(0)
        case .infinity: return .integer(Temporal.infinity)
        case .negativeInfinity: return .integer(Temporal.negativeInfinity)
        case .moment: break
        }
        guard let local = parsed.microseconds else { throw .dateTimeOutOfRange("timestamp", text) }
        let value = hasZone ? moment(local, offset: parsed.offset, context) : local
        guard Temporal.timestampRange.contains(value) else { throw .dateTimeOutOfRange("timestamp", text) }
        return .integer(round(moment: value, toDigits: modifier))
    }

    private static func moment(_ local: Int64, offset: Int?, _ context: ValueContext) -> Int64 {
        guard let offset else { return context.timeZone.moment(ofLocal: local) }
        return local - Int64(offset) * Temporal.microsecondsPerSecond
    }

    static func decodeDate(_ text: String, context: ValueContext) throws(PostgresError) -> SQLValue {
        if let iso = ISODateTime(text) { return .integer(Int64(Temporal.split(iso.microseconds).days)) }
        let parsed = try parse("date", text) { () throws(DateTimeProblem) in
            try DateTimeParser.parse(text, context: context)
        }
        switch parsed.meaning {
        case .epoch: return .integer(0)
        case .infinity: return .integer(Temporal.infinity)
        case .negativeInfinity: return .integer(Temporal.negativeInfinity)
        case .moment: break
        }
        guard Temporal.dateRange.contains(parsed.days) else { throw .dateTimeOutOfRange("date", text) }
        return .integer(Int64(parsed.days))
    }

    static func decodeTime(_ text: String, modifier: Int32, context: ValueContext) throws(PostgresError) -> SQLValue {
        let parsed = try parse("time", text) { () throws(DateTimeProblem) in
            try DateTimeParser.parseTime(text, context: context)
        }
        return .integer(round(parsed.time, toDigits: modifier))
    }

    /// Stored as it is printed: `04:05:06.7+05:30`.
    static func decodeTimeWithZone(_ text: String, modifier: Int32, context: ValueContext)
        throws(PostgresError) -> SQLValue
    {
        let parsed = try parse("time with time zone", text) { () throws(DateTimeProblem) in
            try DateTimeParser.parseTime(text, context: context)
        }
        return .text(
            ZonedTime(time: round(parsed.time, toDigits: modifier), offset: parsed.offset ?? 0).description)
    }

    static func parse<Result>(_ type: String, _ text: String, _ body: () throws(DateTimeProblem) -> Result)
        throws(PostgresError) -> Result
    {
        do { return try body() } catch { throw error.error(type: type, text: text) }
    }

    /// Rounds to `modifier` digits of a second, half away from zero.
    static func round(_ value: Int64, toDigits modifier: Int32) -> Int64 {
        guard (0..<6).contains(modifier), !Temporal.isInfinite(value) else { return value }
        var unit: Int64 = 1
        for _ in modifier..<6 { unit *= 10 }
        return value >= 0 ? (value + unit / 2) / unit * unit : -((unit / 2 - value) / unit * unit)
    }

    /// The same for moments, where "away from zero" means away from the year 2000, from which Postgres counts.
    static func round(moment value: Int64, toDigits modifier: Int32) -> Int64 {
        guard (0..<6).contains(modifier), !Temporal.isInfinite(value) else { return value }
        let year2000: Int64 = 946_684_800_000_000
        return round(value - year2000, toDigits: modifier) + year2000
    }
}

/// A `time with time zone`: microseconds since midnight and seconds east of Greenwich.
package struct ZonedTime: Hashable, Sendable, CustomStringConvertible {
    package var time: Int64
    package var offset: Int

    package init(time: Int64, offset: Int) {
        self.time = time
        self.offset = offset
    }

    /// Reads the stored form.
    package init(stored bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        let sign = bytes.lastIndex { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") } ?? bytes.count
        var parser = DateTimeParser(context: ValueContext(now: .init(microseconds: 0)))
        do {
            _ = try parser.readTime(Array(bytes[..<sign]))
            self.init(time: parser.result.time, offset: try DateTimeParser.zoneOffset(Array(bytes[sign...])))
        } catch {
            self.init(time: 0, offset: 0)
        }
    }

    package var description: String {
        text {
            Temporal.append(time: time, to: &$0)
            Temporal.append(offset: offset, isJSON: false, to: &$0)
        }
    }

    /// By the moment, then the more western one later.
    package func compare(_ other: ZonedTime) -> Int {
        let moments = (
            time - Int64(offset) * Temporal.microsecondsPerSecond,
            other.time - Int64(other.offset) * Temporal.microsecondsPerSecond
        )
        if moments.0 != moments.1 { return moments.0 < moments.1 ? -1 : 1 }
        return other.offset - offset
    }
}

/// The plain ISO form that programs write, `2024-01-31[T ]04:05:06.7+05:30`, read without the general parser.
struct ISODateTime {
    /// Local time since 1970.
    var microseconds: Int64
    /// Seconds east of Greenwich, where the text says so.
    var offset: Int?

    /// nil for every other form, which may still be a valid one.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        var position = 0
        func number(_ width: Int) -> Int? {
            guard position + width <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[position..<(position + width)] {
                guard byte.isDigit else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            position += width
            return value
        }
        func accept(_ character: Unicode.Scalar) -> Bool {
            guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }
        guard let year = number(4), accept("-"), let month = number(2), accept("-"), let day = number(2),
            year > 0, (1...12).contains(month), day >= 1, day <= Temporal.daysInMonth(year: year, month: month)
        else { return nil }
        let midnight = Int64(CalendarTime.days(year: year, month: month, day: day)) * Temporal.microsecondsPerDay
        microseconds = midnight
        guard position < bytes.count else { return }
        guard accept("T") || accept(" "), let hour = number(2), accept(":"), let minute = number(2), hour < 24,
            minute < 60
        else { return nil }
        var second = 0
        var fraction = 0
        if accept(":") {
            guard let value = number(2), value < 60 else { return nil }
            second = value
            if accept(".") {
                let start = position
                while position < bytes.count, position - start < 6, bytes[position].isDigit { position += 1 }
                let width = position - start
                guard width > 0, position == bytes.count || !bytes[position].isDigit else { return nil }
                position = start
                fraction = number(width) ?? 0
                for _ in width..<6 { fraction *= 10 }
            }
        }
        microseconds =
            midnight + Int64(hour * 3600 + minute * 60 + second) * Temporal.microsecondsPerSecond + Int64(fraction)
        guard position < bytes.count else { return }
        if accept("Z") {
            offset = 0
        } else {
            let isWest = bytes[position] == UInt8(ascii: "-")
            guard isWest || bytes[position] == UInt8(ascii: "+") else { return nil }
            position += 1
            guard let hours = number(2), hours < 15 else { return nil }
            var minutes = 0
            if position < bytes.count {
                _ = accept(":")
                guard let value = number(2), value < 60 else { return nil }
                minutes = value
            }
            offset = (hours * 3600 + minutes * 60) * (isWest ? -1 : 1)
        }
        guard position == bytes.count else { return nil }
    }
}

extension Temporal {
    /// The calendar date of a day number.
    package static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) { CalendarTime.civil(fromDays: days) }

    /// The length of a month; `year` is astronomical (0 is 1 BC).
    package static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: isLeap(year) ? 29 : 28
        default: 31
        }
    }

    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
}
