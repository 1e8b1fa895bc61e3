/// Collects the parts of an interval; each addition checks its range.
struct IntervalSum {
    var years: Int64 = 0
    var months: Int64 = 0
    var days: Int64 = 0
    var microseconds: Int64 = 0

    mutating func add(months value: Int64, times factor: Int64 = 1) throws(DateTimeProblem) {
        months = try Self.sum(months, value, factor, limit: Int64(Int32.max))
    }

    mutating func add(days value: Int64, times factor: Int64 = 1) throws(DateTimeProblem) {
        days = try Self.sum(days, value, factor, limit: Int64(Int32.max))
    }

    mutating func add(microseconds value: Int64, times factor: Int64 = 1) throws(DateTimeProblem) {
        microseconds = try Self.sum(microseconds, value, factor, limit: .max)
    }

    private static func sum(_ old: Int64, _ value: Int64, _ factor: Int64, limit: Int64) throws(DateTimeProblem)
        -> Int64
    {
        let product = value.multipliedReportingOverflow(by: factor)
        let sum = old.addingReportingOverflow(product.partialValue)
        guard !product.overflow, !sum.overflow, sum.partialValue <= limit, sum.partialValue >= -limit - 1 else {
            throw .intervalOverflow
        }
        return sum.partialValue
    }

    /// A fraction of a unit of `scale` microseconds.
    mutating func add(fraction: Double, ofMicroseconds scale: Double) throws(DateTimeProblem) {
        guard fraction != 0 else { return }
        let value = fraction * scale
        var whole = value.rounded(.towardZero)
        let rest = value - whole
        if rest > 0.5 { whole += 1 } else if rest < -0.5 { whole -= 1 }
        try add(microseconds: Int64(whole))
    }

    /// A fraction of a unit of `scale` days.
    mutating func add(fraction: Double, ofDays scale: Double) throws(DateTimeProblem) {
        guard fraction != 0 else { return }
        let value = fraction * scale
        let whole = value.rounded(.towardZero)
        try add(days: Int64(whole))
        try add(fraction: value - whole, ofMicroseconds: Double(Temporal.microsecondsPerDay))
    }

    /// A fraction of `scale` years, in whole months.
    mutating func add(fraction: Double, ofYears scale: Double) throws(DateTimeProblem) {
        guard fraction != 0 else { return }
        try add(months: Int64((fraction * scale * 12).rounded(.toNearestOrEven)))
    }

    mutating func add(_ value: Int64, _ fraction: Double, _ unit: IntervalUnit) throws(DateTimeProblem) {
        switch unit {
        case .microsecond, .millisecond, .second, .minute, .hour:
            try add(microseconds: value, times: unit.microseconds)
            try add(fraction: fraction, ofMicroseconds: Double(unit.microseconds))
        case .day:
            try add(days: value)
            try add(fraction: fraction, ofMicroseconds: Double(Temporal.microsecondsPerDay))
        case .week:
            try add(days: value, times: 7)
            try add(fraction: fraction, ofDays: 7)
        case .month:
            try add(months: value)
            try add(fraction: fraction, ofDays: 30)
        case .year, .decade, .century, .millennium:
            years = try Self.sum(years, value, Int64(unit.years), limit: Int64(Int32.max))
            try add(fraction: fraction, ofYears: Double(unit.years))
        }
    }

    mutating func negate() throws(DateTimeProblem) {
        guard microseconds != .min, months != Int64(Int32.min), days != Int64(Int32.min) else {
            throw .intervalOverflow
        }
        years = -years
        months = -months
        days = -days
        microseconds = -microseconds
    }

    var interval: Interval {
        get throws(DateTimeProblem) {
            guard let months = Int32(exactly: years * 12 + months) else { throw .intervalTooLong }
            return Interval(months: months, days: Int32(days), microseconds: microseconds)
        }
    }
}

/// What a number of an interval counts, by the names that PostgreSQL takes for it.
enum IntervalUnit: Hashable {
    case microsecond, millisecond, second, minute, hour, day, week, month, year, decade, century, millennium

    /// Only ten letters count, as for every word of date and time input.
    init?(_ bytes: [UInt8]) {
        guard let unit = Self.words[String(decoding: bytes.prefix(10), as: UTF8.self)] else { return nil }
        self = unit
    }

    private static let words: [String: IntervalUnit] = {
        let names: [(IntervalUnit, String)] = [
            (.microsecond, "us usec usecs usecond useconds microsecon"),
            (.millisecond, "ms msec msecs msecond mseconds millisecon"),
            (.second, "s sec secs second seconds"), (.minute, "m min mins minute minutes"),
            (.hour, "h hr hrs hour hours"), (.day, "d day days"), (.week, "w week weeks"),
            (.month, "mon mons month months"), (.year, "y yr yrs year years"), (.decade, "dec decs decade decades"),
            (.century, "c cent century centuries"), (.millennium, "mil mils millennia millennium"),
        ]
        var words: [String: IntervalUnit] = [:]
        for (unit, list) in names {
            for name in list.split(separator: " ") { words[String(name)] = unit }
        }
        return words
    }()

    var microseconds: Int64 {
        switch self {
        case .microsecond: 1
        case .millisecond: 1000
        case .second: 1_000_000
        case .minute: 60_000_000
        case .hour: 3_600_000_000
        default: 0
        }
    }

    var years: Int {
        switch self {
        case .year: 1
        case .decade: 10
        case .century: 100
        case .millennium: 1000
        default: 0
        }
    }
}
