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

/// Reads intervals in Postgres' verbose form, SQL's (`1-2 3 4:05:06`) and ISO 8601's (`P1Y2M3DT4H5M6S`).
struct IntervalParser {
    static func parse(_ text: String, modifier: IntervalModifier) throws(DateTimeProblem) -> Interval {
        do {
            return try IntervalParser(fields: DateTimeField.split(text), modifier: modifier).interval()
        } catch {
            guard case .badFormat = error else { throw error }
        }
        var reader = ISOInterval(text)
        return try reader.interval()
    }

    /// What has been given already. A second is one part whole, with its fraction also the smaller units.
    private struct Given: OptionSet {
        let rawValue: Int
        static let time: Given = [.hour, .minute, .allSeconds]
        static let hour = Given(rawValue: 1)
        static let minute = Given(rawValue: 2)
        static let second = Given(rawValue: 4)
        static let millisecond = Given(rawValue: 8)
        static let microsecond = Given(rawValue: 16)
        static let allSeconds: Given = [.second, .millisecond, .microsecond]

        static func unit(_ unit: IntervalUnit, hasFraction: Bool) -> Given {
            switch unit {
            case .microsecond: .microsecond
            case .millisecond: .millisecond
            case .second: hasFraction ? .allSeconds : .second
            case .minute: .minute
            case .hour: .hour
            case .day: Given(rawValue: 32)
            case .week: Given(rawValue: 64)
            case .month: Given(rawValue: 128)
            case .year: Given(rawValue: 256)
            case .decade: Given(rawValue: 512)
            case .century: Given(rawValue: 1024)
            case .millennium: Given(rawValue: 2048)
            }
        }
    }

    private let fields: [DateTimeField]
    private let modifier: IntervalModifier
    private var sum = IntervalSum()
    private var given: Given = []

    private init(fields: [DateTimeField], modifier: IntervalModifier) {
        self.fields = fields
        self.modifier = modifier
    }

    /// Fields are read from the last to the first, so that a unit is known before its number.
    private consuming func interval() throws(DateTimeProblem) -> Interval {
        var unit: IntervalUnit?
        var isAgo = false
        for field in fields.reversed() {
            switch field.kind {
            case .time:
                try readTime(field.bytes, isNegative: false)
                unit = .day
            case .zone where field.bytes.contains(UInt8(ascii: ":")):
                // What is no time is tried as a number, which it cannot be with its colons.
                do {
                    try readTime(Array(field.bytes.dropFirst()), isNegative: field.bytes[0] == UInt8(ascii: "-"))
                } catch {
                    throw .badFormat
                }
                unit = .day
            case .zone, .date, .number:
                let used = try readNumber(field.bytes, unit: unit ?? lastUnit)
                unit = used == .hour ? .day : used
            case .string, .special:
                if let named = IntervalUnit(field.bytes) {
                    unit = named
                } else if matches(field.bytes, "ago") {
                    isAgo = true
                } else if DateTimeWord(field.bytes) != .ignored {
                    throw .badFormat
                }
            }
        }
        guard !given.isEmpty else { throw .badFormat }
        if isAgo { try sum.negate() }
        return try sum.interval
    }

    /// The unit of a last number without one: the smallest field that the type keeps.
    private var lastUnit: IntervalUnit {
        guard let fields = modifier.fields else { return .second }
        if fields & IntervalModifier.second != 0 { return .second }
        if fields & IntervalModifier.minute != 0 { return .minute }
        if fields & IntervalModifier.hour != 0 { return .hour }
        if fields & IntervalModifier.day != 0 { return .day }
        return fields & IntervalModifier.month != 0 ? .month : .year
    }

    private mutating func give(_ new: Given) throws(DateTimeProblem) {
        guard given.isDisjoint(with: new) else { throw .badFormat }
        given.formUnion(new)
    }

    /// `04:05:06.7`, or minutes and seconds where the type keeps only those or a fraction says so.
    private mutating func readTime(_ bytes: [UInt8], isNegative: Bool) throws(DateTimeProblem) {
        var pieces = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map(Array.init)
        guard (2...3).contains(pieces.count) else { throw .badFormat }
        var fraction = 0
        if let last = pieces.last, let point = last.firstIndex(of: UInt8(ascii: ".")) {
            fraction = try DateTimeParser.fraction(Array(last[point...]))
            pieces[pieces.count - 1] = Array(last[..<point])
            if pieces.count == 2 { pieces.insert([], at: 0) }
        }
        if pieces.count == 2, modifier.fields == IntervalModifier.minute | IntervalModifier.second {
            pieces.insert([], at: 0)
        }
        var values: [Int64] = [0, 0, 0]
        for (index, piece) in pieces.enumerated() {
            guard piece.allSatisfy(\.isDigit) else { throw .badFormat }
            guard let value = piece.isEmpty ? 0 : Int64(String(decoding: piece, as: UTF8.self)),
                index == 0 || value <= Int32.max
            else { throw .fieldOverflowInInterval }
            values[index] = value
        }
        guard values[1] <= 59, values[2] <= 60 else { throw .fieldOverflowInInterval }
        var time = IntervalSum()
        try time.add(microseconds: values[0], times: IntervalUnit.hour.microseconds)
        try time.add(microseconds: values[1], times: IntervalUnit.minute.microseconds)
        try time.add(microseconds: values[2], times: IntervalUnit.second.microseconds)
        try time.add(microseconds: Int64(fraction))
        try sum.add(microseconds: time.microseconds, times: isNegative ? -1 : 1)
        try give(.time)
    }

    /// Reads a number with its unit and says which unit it was: SQL's `1-2` is years and months.
    private mutating func readNumber(_ bytes: [UInt8], unit: IntervalUnit) throws(DateTimeProblem) -> IntervalUnit {
        let isNegative = bytes[0] == UInt8(ascii: "-")
        var rest = isNegative || bytes[0] == UInt8(ascii: "+") ? bytes.dropFirst() : bytes[...]
        let digits = rest.prefix(while: \.isDigit)
        rest = rest.dropFirst(digits.count)
        var value: Int64 = 0
        if !digits.isEmpty {
            guard let number = Int64((isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self)) else {
                throw .fieldOverflowInInterval
            }
            value = number
        }
        if rest.first == UInt8(ascii: "-") {
            let months = rest.dropFirst()
            guard months.allSatisfy(\.isDigit) else { throw .badFormat }
            guard let extra = months.isEmpty ? 0 : Int64(String(decoding: months, as: UTF8.self)), extra < 12 else {
                throw .fieldOverflowInInterval
            }
            try sum.add(months: value, times: 12)
            try sum.add(months: isNegative ? -extra : extra)
            try give(.unit(.month, hasFraction: false))
            return .month
        }
        var fraction = 0.0
        if !rest.isEmpty {
            guard rest.first == UInt8(ascii: "."), rest.dropFirst().allSatisfy(\.isDigit) else { throw .badFormat }
            if rest.count > 1 { fraction = Double("0" + String(decoding: rest, as: UTF8.self)) ?? 0 }
            if isNegative { fraction = -fraction }
        }
        try sum.add(value, fraction, unit)
        try give(.unit(unit, hasFraction: fraction != 0))
        return unit
    }
}

extension DateTimeProblem {
    /// In intervals, any field out of its range is reported as the interval's.
    static var fieldOverflowInInterval: DateTimeProblem { .intervalOverflow }
}

/// ISO 8601 intervals, with designators (`P1Y2M`) or alternative (`P0001-02-03T04:05:06`).
private struct ISOInterval {
    private let bytes: [UInt8]
    private var position = 0
    private var sum = IntervalSum()

    init(_ text: String) { bytes = Array(text.utf8) }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func interval() throws(DateTimeProblem) -> Interval {
        guard bytes.count >= 2, bytes[0] == UInt8(ascii: "P") else { throw .badFormat }
        position = 1
        var isDate = true
        var hasField = false
        while let first = peek {
            if first == UInt8(ascii: "T") {
                isDate = false
                hasField = false
                position += 1
                continue
            }
            let start = position
            let (value, fraction) = try number()
            let width = bytes[start..<position].prefix(while: { $0 != UInt8(ascii: ".") }).count(where: \.isDigit)
            let unit = peek
            let isDone = isDate ? unit == nil || unit == UInt8(ascii: "T") : unit == nil
            if isDone, !hasField, width == (isDate ? 8 : 6) {
                try addBasic(value, fraction, isDate: isDate)
                continue
            }
            switch (unit, isDate) {
            case (UInt8(ascii: "Y"), true): try sum.add(value, fraction, .year)
            case (UInt8(ascii: "M"), true): try sum.add(value, fraction, .month)
            case (UInt8(ascii: "W"), true): try sum.add(value, fraction, .week)
            case (UInt8(ascii: "D"), true): try sum.add(value, fraction, .day)
            case (UInt8(ascii: "H"), false): try sum.add(value, fraction, .hour)
            case (UInt8(ascii: "M"), false): try sum.add(value, fraction, .minute)
            case (UInt8(ascii: "S"), false): try sum.add(value, fraction, .second)
            case (UInt8(ascii: "-"), true), (UInt8(ascii: "T"), true), (nil, true):
                guard !hasField else { throw .badFormat }
                try sum.add(value, fraction, .year)
                try addExtended(separator: UInt8(ascii: "-"), units: [.month, .day], end: UInt8(ascii: "T"))
                continue
            case (UInt8(ascii: ":"), false), (nil, false):
                guard !hasField else { throw .badFormat }
                try sum.add(value, fraction, .hour)
                try addExtended(separator: UInt8(ascii: ":"), units: [.minute, .second], end: nil)
                continue
            default: throw .badFormat
            }
            position += 1
            hasField = true
        }
        return try sum.interval
    }

    /// `YYYYMMDD` or `hhmmss`.
    private mutating func addBasic(_ value: Int64, _ fraction: Double, isDate: Bool) throws(DateTimeProblem) {
        try sum.add(value / 10_000, 0, isDate ? .year : .hour)
        try sum.add(value / 100 % 100, 0, isDate ? .month : .minute)
        try sum.add(value % 100, fraction, isDate ? .day : .second)
    }

    private mutating func addExtended(separator: UInt8, units: [IntervalUnit], end: UInt8?) throws(DateTimeProblem) {
        for unit in units {
            guard let next = peek, next != end else { return }
            guard next == separator else { throw .badFormat }
            position += 1
            let (value, fraction) = try number()
            try sum.add(value, fraction, unit)
        }
        guard peek == nil || peek == end else { throw .badFormat }
    }

    /// A decimal number, perhaps negative, as its whole part and its fraction.
    private mutating func number() throws(DateTimeProblem) -> (Int64, Double) {
        let start = position
        if peek == UInt8(ascii: "-") { position += 1 }
        while let byte = peek, byte.isDigit || byte == UInt8(ascii: ".") { position += 1 }
        // A trailing exponent would be read by C; nobody writes one.
        guard position > start, let value = Double(Self.completed(bytes[start..<position])) else { throw .badFormat }
        guard abs(value) < 0x1p62 else { throw .intervalOverflow }
        let whole = value.rounded(.towardZero)
        return (Int64(whole), value - whole)
    }

    /// `.5` and `5.`, which Swift does not read.
    private static func completed(_ bytes: ArraySlice<UInt8>) -> String {
        var text = String(decoding: bytes, as: UTF8.self)
        if text.hasSuffix(".") { text += "0" }
        if text.hasPrefix(".") { text = "0" + text }
        if text.hasPrefix("-.") { text = "-0" + text.dropFirst() }
        return text
    }
}
