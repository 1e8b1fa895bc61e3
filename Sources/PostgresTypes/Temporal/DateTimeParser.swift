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

    // MARK: Dates

    private mutating func readDateField(_ field: DateTimeField) throws(DateTimeProblem) -> Parts {
        if label == .julian {
            // `J2451187-05`: a Julian day with a zone behind it.
            let digits = field.bytes.prefix(while: \.isDigit)
            guard let day = Int32(String(decoding: digits, as: UTF8.self)) else { throw .fieldOverflow }
            setJulian(Int(day))
            result.offset = try Self.zoneOffset(Array(field.bytes[digits.count...]))
            label = nil
            return [.date, .time, .zone]
        }
        guard parts.isSuperset(of: .date) || label != nil else { return try readDate(field.bytes) }
        guard field.bytes[0].isDigit || label != nil else {
            // The name of a zone: `America/New_York`.
            guard let zone = TimeZoneRules(named: field.text) else { throw .unknownZone(field.text) }
            self.zone = zone
            return .zone
        }
        // A time run together with its zone: `040506-08`.
        if let label, label != .time { throw .badFormat }
        label = nil
        guard !parts.isSuperset(of: .time), let dash = field.bytes.firstIndex(of: UInt8(ascii: "-")) else {
            throw .badFormat
        }
        result.offset = try Self.zoneOffset(Array(field.bytes[dash...]))
        return try readRunTogether(Array(field.bytes[..<dash]), known: parts).union(.zone)
    }

    mutating func setJulian(_ day: Int) {
        (result.year, result.month, result.day) = CalendarTime.civil(fromDays: day - 2_440_588)
        isJulian = true
    }

    /// `2024-01-31`, `31-jan-2024`, `1/31/2024`.
    mutating func readDate(_ bytes: [UInt8]) throws(DateTimeProblem) -> Parts {
        var pieces: [[UInt8]] = []
        var position = 0
        while position < bytes.count {
            while position < bytes.count, !bytes[position].isDigit, !bytes[position].isLetter { position += 1 }
            guard position < bytes.count else { throw .badFormat }
            let start = position
            if bytes[position].isDigit {
                while position < bytes.count, bytes[position].isDigit { position += 1 }
            } else {
                while position < bytes.count, bytes[position].isLetter { position += 1 }
            }
            pieces.append(Array(bytes[start..<position]))
            // Whatever separates fields is dropped, one character of it.
            if position < bytes.count { position += 1 }
        }
        var known = parts
        var read: Parts = []
        hasTextMonth = false
        // Names of months first: they leave no doubt.
        for piece in pieces where piece[0].isLetter {
            switch DateTimeWord(piece) {
            case .ignored: continue
            case .month(let number):
                guard !known.contains(.month) else { throw .badFormat }
                result.month = number
                hasTextMonth = true
                known.insert(.month)
                read.insert(.month)
            default: throw .badFormat
            }
        }
        for piece in pieces where piece[0].isDigit {
            let part = try readSingle(piece, known: known)
            guard known.isDisjoint(with: part) else { throw .badFormat }
            known.formUnion(part)
            read.formUnion(part)
        }
        guard known.subtracting([.dayOfYear, .zone]) == .date else { throw .badFormat }
        return read
    }

    /// One number, understood by what is still missing.
    mutating func readSingle(_ bytes: [UInt8], known: Parts) throws(DateTimeProblem) -> Parts {
        let digits = bytes.prefix(while: \.isDigit)
        guard !digits.isEmpty else { throw .badFormat }
        guard let value = Int32(String(decoding: digits, as: UTF8.self)).map(Int.init) else { throw .fieldOverflow }
        if digits.count < bytes.count {
            guard bytes[digits.count] == UInt8(ascii: ".") else { throw .badFormat }
            if digits.count > 2 { return try readRunTogether(bytes, known: known.union(.date)) }
            result.microsecond = try Self.fraction(Array(bytes[digits.count...]))
        }
        let dateParts = known.intersection(.date)
        if bytes.count == 3, dateParts == .year, (1...366).contains(value) {
            dayOfYear = value
            return [.dayOfYear, .month, .day]
        }
        let part: Parts
        switch dateParts {
        case []: part = bytes.count >= 3 ? .year : .month
        case .year: part = .month
        case .month: part = hasTextMonth && bytes.count >= 3 ? .year : .day
        case [.year, .month]:
            if hasTextMonth, bytes.count >= 3, hasShortYear {
                // What was taken for the year was the day.
                result.day = result.year
                result.year = value
                hasShortYear = false
                return .day
            }
            part = .day
        case .day: part = .month
        case [.month, .day]: part = .year
        case .date: return try readRunTogether(bytes, known: known)
        default: throw .badFormat
        }
        switch part {
        case .year:
            result.year = value
            hasShortYear = bytes.count <= 2
        case .month: result.month = value
        default: result.day = value
        }
        return part
    }

    /// Digits without separators: `20240131`, `040506.789`, `0405`.
    mutating func readRunTogether(_ bytes: [UInt8], known: Parts) throws(DateTimeProblem) -> Parts {
        var digits = bytes
        func number(_ range: Range<Int>) throws(DateTimeProblem) -> Int {
            guard let value = Int32(String(decoding: digits[range], as: UTF8.self)) else { throw .badFormat }
            return Int(value)
        }
        if let point = bytes.firstIndex(of: UInt8(ascii: ".")) {
            result.microsecond = try Self.fraction(Array(bytes[point...]))
            digits = Array(bytes[..<point])
        } else if !known.isSuperset(of: .date), digits.count >= 6 {
            result.day = try number((digits.count - 2)..<digits.count)
            result.month = try number((digits.count - 4)..<(digits.count - 2))
            result.year = try number(0..<(digits.count - 4))
            if digits.count == 6 { hasShortYear = true }
            return .date
        }
        guard !known.isSuperset(of: .time), digits.count == 6 || digits.count == 4 else { throw .badFormat }
        result.hour = try number(0..<2)
        result.minute = try number(2..<4)
        result.second = digits.count == 6 ? try number(4..<6) : 0
        return .time
    }

    private mutating func readNumber(_ bytes: [UInt8]) throws(DateTimeProblem) -> Parts {
        let point = bytes.firstIndex(of: UInt8(ascii: "."))
        if point != nil, !parts.isSuperset(of: .date) { return try readDate(bytes) }
        if let point, point > 2 { return try readRunTogether(bytes, known: parts) }
        if point == nil || point == 0, bytes.count >= 6, !parts.isSuperset(of: .date) || !parts.isSuperset(of: .time) {
            return try readRunTogether(bytes, known: parts)
        }
        return try readSingle(bytes, known: parts)
    }

    /// A number behind its label: `y2024`, `J2451187`, `T040506`.
    mutating func readLabelled(_ bytes: [UInt8], _ unit: DateTimeWord.Unit) throws(DateTimeProblem) -> Parts {
        label = nil
        let digits = bytes.prefix(while: \.isDigit)
        let value: Int
        if digits.isEmpty {
            value = 0
        } else {
            guard let number = Int32(String(decoding: digits, as: UTF8.self)) else { throw .fieldOverflow }
            value = Int(number)
        }
        let rest = Array(bytes[digits.count...])
        guard rest.isEmpty || unit == .julian || unit == .time || unit == .second else { throw .badFormat }
        switch unit {
        case .year:
            result.year = value
            return .year
        case .month:
            // Behind a month and an hour, `m` means minutes.
            if parts.isSuperset(of: [.month, .hour]) {
                result.minute = value
                return .minute
            }
            result.month = value
            return .month
        case .day:
            result.day = value
            return .day
        case .hour:
            result.hour = value
            return .hour
        case .minute:
            result.minute = value
            return .minute
        case .second:
            result.second = value
            if !rest.isEmpty { result.microsecond = try Self.fraction(rest) }
            return .second
        case .julian:
            setJulian(value)
            guard !rest.isEmpty else { return .date }
            let fraction = Double("0" + String(decoding: rest, as: UTF8.self)) ?? 0
            setTime(Int64(fraction * Double(Temporal.microsecondsPerDay)))
            return [.date, .time]
        case .time:
            let read = try readRunTogether(bytes, known: parts.union(.date))
            guard read == .time else { throw .badFormat }
            return read
        default: throw .badFormat
        }
    }

    mutating func setTime(_ time: Int64) {
        let seconds = Int(time / Temporal.microsecondsPerSecond)
        result.hour = seconds / 3600
        result.minute = seconds / 60 % 60
        result.second = seconds % 60
        result.microsecond = Int(time % Temporal.microsecondsPerSecond)
    }

    // MARK: Words

    private mutating func readWord(_ field: DateTimeField, next: DateTimeField.Kind?) throws(DateTimeProblem) -> Parts?
    {
        if let read = try readZoneAbbreviation(field) { return read }
        guard let word = DateTimeWord(field.bytes) else {
            guard let zone = TimeZoneRules(named: field.text) else { throw .badFormat }
            self.zone = zone
            return .zone
        }
        switch word {
        case .ignored: return nil
        case .now:
            setDate(daysFromToday: 0)
            setTime(Temporal.split(context.timeZone.local(at: context.now.microseconds)).time)
            result.offset = context.timeZone.offset(atMicroseconds: context.now.microseconds)
            return [.date, .time, .zone]
        case .today, .tomorrow, .yesterday:
            setDate(daysFromToday: word == .today ? 0 : word == .tomorrow ? 1 : -1)
            return .date
        case .allBalls:
            setTime(0)
            result.offset = 0
            return [.time, .zone]
        case .epoch, .infinity, .negativeInfinity:
            result.meaning = word == .epoch ? .epoch : word == .infinity ? .infinity : .negativeInfinity
            return []
        case .month(let number): return readMonth(number)
        case .daylight:
            result.offset = (result.offset ?? 0) + 3600
            return .daylight
        case .am, .pm:
            meridiem = word
            return .meridiem
        case .ad, .bc:
            isBC = word == .bc
            return .era
        case .weekday: return .weekday
        case .unit(let unit):
            label = unit
            return []
        case .isoTime:
            guard parts.isSuperset(of: .date), next == .number || next == .time || next == .date else {
                throw .badFormat
            }
            label = .time
            return []
        }
    }

    mutating func readZoneAbbreviation(_ field: DateTimeField) throws(DateTimeProblem) -> Parts? {
        switch ZoneAbbreviation(field.text) {
        case .fixed(let offset, let isDaylight):
            result.offset = offset
            return isDaylight ? [.zone, .daylight] : .zone
        case .zone(let name):
            guard let rules = TimeZoneRules(named: name) else { throw .unknownZone(name) }
            zone = rules
            isAbbreviated = true
            return .zone
        case nil: return nil
        }
    }

    private mutating func readMonth(_ number: Int) -> Parts {
        defer {
            hasTextMonth = true
            result.month = number
        }
        // A number that was taken for the month was the day.
        if parts.contains(.month), !hasTextMonth, !parts.contains(.day), (1...31).contains(result.month) {
            result.day = result.month
            return .day
        }
        return .month
    }

    private mutating func setDate(daysFromToday days: Int) {
        let today = Temporal.split(context.timeZone.local(at: context.now.microseconds)).days
        (result.year, result.month, result.day) = CalendarTime.civil(fromDays: today + days)
        // Today's year is no abbreviation and no year before Christ.
        isJulian = true
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
