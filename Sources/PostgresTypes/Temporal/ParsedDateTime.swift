import World

/// What a text says about a date and a time, before its type decides what to make of it.
struct ParsedDateTime {
    enum Meaning { case moment, epoch, infinity, negativeInfinity }

    var meaning = Meaning.moment
    var year = 0
    var month = 0
    var day = 0
    var hour = 0
    var minute = 0
    var second = 0
    var microsecond = 0
    /// Seconds east of Greenwich; nil if the text names no zone.
    var offset: Int?

    /// Days since 1970.
    var days: Int { CalendarTime.days(year: year, month: month, day: day) }

    /// Microseconds since midnight.
    var time: Int64 {
        Int64(hour * 3600 + minute * 60 + second) * Temporal.microsecondsPerSecond + Int64(microsecond)
    }

    /// Local microseconds since 1970; nil beyond what they can count.
    var microseconds: Int64? {
        let (product, tooBig) = Int64(days).multipliedReportingOverflow(by: Temporal.microsecondsPerDay)
        let (sum, overflow) = product.addingReportingOverflow(time)
        return tooBig || overflow ? nil : sum
    }
}
