import SQLite
private import World

/// `date`, `time`, `timetz`, `timestamp`, `timestamptz`.
enum TemporalCodec {
    static func decodeTimestamp(_ text: String, hasZone: Bool, modifier: Int32, context: ValueContext)
        throws(PostgresError) -> SQLValue
    {
        guard let iso = ISODateTime(text) else {
            throw .notSupported("the date/time text \"\(text)\"")
        }
        var value = iso.microseconds
        if hasZone { value -= Int64(iso.offset ?? 0) * Temporal.microsecondsPerSecond }
        return .integer(round(value, toDigits: modifier))
    }

    static func decodeDate(_ text: String, context: ValueContext) throws(PostgresError) -> SQLValue {
        guard let iso = ISODateTime(text) else { throw .notSupported("the date text \"\(text)\"") }
        return .integer(Int64(Temporal.split(iso.microseconds).days))
    }

    /// Rounds to `modifier` digits of a second, half away from zero.
    static func round(_ value: Int64, toDigits modifier: Int32) -> Int64 {
        guard (0..<6).contains(modifier), !Temporal.isInfinite(value) else { return value }
        var unit: Int64 = 1
        for _ in modifier..<6 { unit *= 10 }
        return value >= 0 ? (value + unit / 2) / unit * unit : -((unit / 2 - value) / unit * unit)
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
