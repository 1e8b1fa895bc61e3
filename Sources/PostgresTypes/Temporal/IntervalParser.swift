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
