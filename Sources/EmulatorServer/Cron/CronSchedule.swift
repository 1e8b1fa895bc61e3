import World

/// When a job of `cron.job` runs, as pg_cron reads it: five fields in UTC, a name such as `@daily`, or every so many
/// seconds.
enum CronSchedule: Hashable {
    case minutes(CronFields)
    case seconds(Int64)

    /// nil for what is no schedule.
    init?(_ text: String) {
        let words = text.lowercased().split(whereSeparator: \.isWhitespace).map(String.init)
        if words.count == 2, words[1] == "second" || words[1] == "seconds" {
            guard let count = Int64(words[0]), (1...59).contains(count) else { return nil }
            self = .seconds(count)
            return
        }
        let fields = words.count == 1 ? Self.names[words[0]]?.split(separator: " ").map(String.init) ?? [] : words
        guard let fields = CronFields(fields) else { return nil }
        self = .minutes(fields)
    }

    private static let names = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    /// Whether it falls between two moments, the second one included. However often it does, a job then runs once.
    func isDue(after last: Timestamp, until now: Timestamp) -> Bool {
        let second: Int64 = 1_000_000
        switch self {
        case .seconds(let count):
            let length = count * second
            return now.microseconds / length > last.microseconds / length
        case .minutes(let fields):
            let length = 60 * second
            // A clock that has jumped for years is looked at for the last one.
            let first = max(last.microseconds / length + 1, now.microseconds / length - 527_040)
            guard first <= now.microseconds / length else { return false }
            return (first...now.microseconds / length).contains {
                fields.match(CalendarTime(Timestamp(microseconds: $0 * length)))
            }
        }
    }
}

/// Minute, hour, day of the month, month, day of the week: the values that each field names, as bits.
struct CronFields: Hashable {
    private var minutes: UInt64
    private var hours: UInt64
    private var days: UInt64
    private var months: UInt64
    private var weekdays: UInt64
    /// `$`: the last day of the month.
    private var isLastDay = false
    /// With both days given either is enough.
    private var hasBothDays: Bool

    init?(_ fields: [String]) {
        guard fields.count == 5,
            let minutes = Self.bits(fields[0], 0...59), let hours = Self.bits(fields[1], 0...23),
            let days = fields[2] == "$" ? 0 : Self.bits(fields[2], 1...31),
            let months = Self.bits(fields[3], 1...12, names: Self.monthNames, first: 1),
            let weekdays = Self.bits(fields[4], 0...7, names: Self.weekdayNames, first: 0)
        else { return nil }
        (self.minutes, self.hours, self.days, self.months) = (minutes, hours, days, months)
        // Sunday has two numbers.
        self.weekdays = weekdays | (weekdays >> 7 & 1)
        isLastDay = fields[2] == "$"
        hasBothDays = fields[2].first != "*" && fields[4].first != "*"
    }

    private static let monthNames = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// `*`, `5`, `1-5`, `*/15`, `1-30/2` and lists of them.
    private static func bits(
        _ field: String, _ range: ClosedRange<Int>, names: [String] = [], first: Int = 0
    ) -> UInt64? {
        func number(_ text: Substring) -> Int? {
            let value = names.firstIndex(of: String(text)).map { $0 + first } ?? Int(text)
            return value.flatMap { range.contains($0) ? $0 : nil }
        }
        var bits: UInt64 = 0
        for item in field.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", omittingEmptySubsequences: false)
            guard let body = parts.first, parts.count <= 2, let step = parts.count == 2 ? Int(parts[1]) : 1, step > 0
            else { return nil }
            var span = range
            if body != "*" {
                let ends = body.split(separator: "-", omittingEmptySubsequences: false)
                guard let low = ends.first.flatMap(number), ends.count <= 2,
                    let high = ends.count == 2 ? number(ends[1]) : parts.count == 2 ? range.upperBound : low,
                    low <= high
                else { return nil }
                span = low...high
            }
            for value in stride(from: span.lowerBound, through: span.upperBound, by: step) {
                bits |= 1 << UInt64(value)
            }
        }
        return bits
    }

    func match(_ time: CalendarTime) -> Bool {
        func has(_ bits: UInt64, _ value: Int) -> Bool { bits >> UInt64(value) & 1 == 1 }
        guard has(minutes, time.minute), has(hours, time.hour), has(months, time.month) else { return false }
        let number = CalendarTime.days(year: time.year, month: time.month, day: time.day)
        let isLast = CalendarTime.civil(fromDays: number + 1).day == 1
        let isDay = isLastDay ? isLast : has(days, time.day)
        // The first day of 1970 was a Thursday.
        let isWeekday = has(weekdays, ((number % 7 + 7) % 7 + 4) % 7)
        return hasBothDays ? isDay || isWeekday : isDay && isWeekday
    }
}
