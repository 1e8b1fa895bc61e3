import World

/// Reads dates and times the way PostgreSQL does: the fields come in nearly any order, and each is understood by its
/// looks and by what has been read before it. Dates are ISO or month-day-year (`DateStyle` "ISO, MDY").
struct DateTimeParser {
    /// The parts of a date or time that have been read.
    struct Parts: OptionSet {
        let rawValue: Int
        static let year = Parts(rawValue: 1)
        static let month = Parts(rawValue: 2)
        static let day = Parts(rawValue: 4)
        static let hour = Parts(rawValue: 8)
        static let minute = Parts(rawValue: 16)
        static let second = Parts(rawValue: 32)
        static let zone = Parts(rawValue: 64)
        static let daylight = Parts(rawValue: 128)
        static let dayOfYear = Parts(rawValue: 256)
        static let meridiem = Parts(rawValue: 512)
        static let era = Parts(rawValue: 1024)
        static let weekday = Parts(rawValue: 2048)
        static let date: Parts = [.year, .month, .day]
        static let time: Parts = [.hour, .minute, .second]
    }

    let context: ValueContext
    var result = ParsedDateTime()
    var parts: Parts = []
    /// What the number that follows means.
    var label: DateTimeWord.Unit?
    var hasTextMonth = false
    var isJulian = false
    var hasShortYear = false
    var isBC = false
    var meridiem: DateTimeWord?
    var dayOfYear = 0
    /// Zones whose offset depends on the date, which is known only at the end.
    var zone: TimeZoneRules?
    /// Whether `zone` was named by an abbreviation.
    var isAbbreviated = false

    init(context: ValueContext) { self.context = context }

    /// Reads a text that has to hold a date.
    static func parse(_ text: String, context: ValueContext) throws(DateTimeProblem) -> ParsedDateTime {
        var parser = DateTimeParser(context: context)
        try parser.readFields(try DateTimeField.split(text))
        try parser.validateDate()
        try parser.applyMeridiem()
        guard parser.result.meaning == .moment else { return parser.result }
        guard parser.parts.isSuperset(of: .date) else { throw .badFormat }
        try parser.applyZone()
        return parser.result
    }

    mutating func applyZone() throws(DateTimeProblem) {
        if let zone {
            if parts.contains(.daylight) { throw .badFormat }
            result.offset = offset(in: zone)
        } else if !parts.contains(.zone) {
            if parts.contains(.daylight) { throw .badFormat }
            result.offset = nil
        }
    }

    /// The offset of a zone at the local time that was read.
    func offset(in zone: TimeZoneRules) -> Int {
        let seconds = result.days * 86_400 + result.hour * 3600 + result.minute * 60 + result.second
        return zone.offset(atLocal: Int64(seconds))
    }

    private mutating func readFields(_ fields: [DateTimeField]) throws(DateTimeProblem) {
        for (index, field) in fields.enumerated() {
            let read: Parts?
            switch field.kind {
            case .date: read = try readDateField(field)
            case .time:
                if let label {
                    guard label == .time else { throw .badFormat }
                    self.label = nil
                }
                read = try readTime(field.bytes)
                try checkTime()
            case .zone:
                result.offset = try Self.zoneOffset(field.bytes)
                read = .zone
            case .number:
                if let label { read = try readLabelled(field.bytes, label) } else { read = try readNumber(field.bytes) }
            case .string, .special:
                read = try readWord(field, next: index + 1 < fields.count ? fields[index + 1].kind : nil)
            }
            guard let read else { continue }
            guard parts.isDisjoint(with: read) else { throw .badFormat }
            parts.formUnion(read)
        }
    }

    /// Hours up to 24:00:00, the last second of a minute may be the 60th.
    func checkTime() throws(DateTimeProblem) {
        guard (0...24).contains(result.hour), (0...59).contains(result.minute), (0...60).contains(result.second),
            result.time <= Temporal.microsecondsPerDay
        else { throw .fieldOverflow }
    }

    mutating func applyMeridiem() throws(DateTimeProblem) {
        guard let meridiem else { return }
        guard result.hour <= 12 else { throw .fieldOverflow }
        if meridiem == .am, result.hour == 12 { result.hour = 0 }
        if meridiem == .pm, result.hour != 12 { result.hour += 12 }
    }

    mutating func setTime(_ time: Int64) {
        let seconds = Int(time / Temporal.microsecondsPerSecond)
        result.hour = seconds / 3600
        result.minute = seconds / 60 % 60
        result.second = seconds % 60
        result.microsecond = Int(time % Temporal.microsecondsPerSecond)
    }

    // MARK: Times and zones

    /// `04:05`, `04:05:06.789`; `05:06.7` is minutes and seconds.
    mutating func readTime(_ bytes: [UInt8]) throws(DateTimeProblem) -> Parts {
        var pieces = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map(Array.init)
        guard (2...3).contains(pieces.count) else { throw .badFormat }
        var microsecond = 0
        if let last = pieces.last, let point = last.firstIndex(of: UInt8(ascii: ".")) {
            microsecond = try Self.fraction(Array(last[point...]))
            pieces[pieces.count - 1] = Array(last[..<point])
            if pieces.count == 2 { pieces.insert([UInt8(ascii: "0")], at: 0) }
        }
        var values = [0, 0, 0]
        for (index, piece) in pieces.enumerated() {
            guard !piece.contains(UInt8(ascii: ".")) else { throw .badFormat }
            // As C's `strtol`, which reads nothing as 0.
            guard piece.isEmpty || piece.allSatisfy(\.isDigit) else { throw .badFormat }
            guard let value = piece.isEmpty ? 0 : Int32(String(decoding: piece, as: UTF8.self)) else {
                throw .fieldOverflow
            }
            values[index] = Int(value)
        }
        result.hour = values[0]
        result.minute = values[1]
        result.second = values[2]
        result.microsecond = microsecond
        guard result.minute <= 59, result.second <= 60 else { throw .fieldOverflow }
        return .time
    }

    /// `.789` in microseconds, rounded.
    static func fraction(_ bytes: [UInt8]) throws(DateTimeProblem) -> Int {
        guard bytes.first == UInt8(ascii: "."), bytes.dropFirst().allSatisfy(\.isDigit) else { throw .badFormat }
        guard bytes.count > 1 else { return 0 }
        let value = Double("0" + String(decoding: bytes, as: UTF8.self)) ?? 0
        return Int((value * 1_000_000).rounded(.toNearestOrEven))
    }

    /// `+05:30`, `-8`, `+0530`, in seconds east of Greenwich.
    static func zoneOffset(_ bytes: [UInt8]) throws(DateTimeProblem) -> Int {
        guard let sign = bytes.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { throw .badFormat }
        var rest = bytes.dropFirst()
        func number() throws(DateTimeProblem) -> Int {
            let digits = rest.prefix(while: \.isDigit)
            rest = rest.dropFirst(digits.count)
            guard let value = digits.isEmpty ? 0 : Int32(String(decoding: digits, as: UTF8.self)) else {
                throw .zoneOverflow
            }
            return Int(value)
        }
        var values = [try number(), 0, 0]
        if rest.first == UInt8(ascii: ":") {
            for index in 1...2 where rest.first == UInt8(ascii: ":") {
                rest = rest.dropFirst()
                values[index] = try number()
            }
        } else if rest.isEmpty, bytes.count > 3 {
            // Run together: `+0530`.
            values = [values[0] / 100, values[0] % 100, 0]
        }
        guard values[0] <= 15, values[1] < 60, values[2] < 60 else { throw .zoneOverflow }
        guard rest.isEmpty else { throw .badFormat }
        let offset = values[0] * 3600 + values[1] * 60 + values[2]
        return sign == UInt8(ascii: "-") ? -offset : offset
    }

    // MARK: The end

    mutating func validateDate() throws(DateTimeProblem) {
        if parts.contains(.year), !isJulian {
            if isBC {
                guard result.year > 0 else { throw .fieldOverflow }
                result.year = 1 - result.year
            } else if hasShortYear {
                if result.year < 70 { result.year += 2000 } else if result.year < 100 { result.year += 1900 }
            } else if result.year <= 0 {
                throw .fieldOverflow
            }
        }
        if parts.contains(.dayOfYear) {
            let days = CalendarTime.days(year: result.year, month: 1, day: 1) + dayOfYear - 1
            (result.year, result.month, result.day) = CalendarTime.civil(fromDays: days)
        }
        if parts.contains(.month), !(1...12).contains(result.month) { throw .monthOrDayOverflow }
        if parts.contains(.day), !(1...31).contains(result.day) { throw .monthOrDayOverflow }
        if parts.isSuperset(of: .date),
            result.day > Temporal.daysInMonth(year: result.year, month: result.month)
        {
            throw .fieldOverflow
        }
    }
}
