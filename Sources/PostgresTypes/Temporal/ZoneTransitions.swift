private import World

/// The changes of a zone's offset: a table of moments, and a rule for the time after it.
final class ZoneTransitions: Sendable {
    struct Kind: Hashable, Sendable {
        var offset: Int
        var abbreviation: String
    }

    /// A moment (seconds since 1970) at which the offset changes.
    struct Change {
        var at: Int64
        var before: Int
        var after: Int
    }

    private let moments: [Int64]
    /// What holds from the moment of the same index on.
    private let kinds: [Kind]
    /// What held before the first moment.
    private let first: Kind
    private let rule: PosixZone?
    /// The offset of a zone that never changes.
    let fixedOffset: Int?

    init(moments: [Int64], kinds: [Kind], first: Kind, rule: PosixZone?) {
        self.moments = moments
        self.kinds = kinds
        self.first = first
        self.rule = rule
        fixedOffset = moments.isEmpty && rule?.daylight == nil ? (rule?.standard ?? first).offset : nil
    }

    convenience init(fixed offset: Int) {
        self.init(moments: [], kinds: [], first: Kind(offset: offset, abbreviation: ""), rule: nil)
    }

    convenience init(rule: PosixZone) {
        self.init(moments: [], kinds: [], first: rule.standard, rule: rule)
    }

    func offset(at seconds: Int64) -> Int { fixedOffset ?? kind(at: seconds).offset }

    func abbreviation(at seconds: Int64) -> String? {
        let name = kind(at: seconds).abbreviation
        return name.isEmpty ? nil : name
    }

    private func kind(at seconds: Int64) -> Kind {
        if let rule, seconds >= moments.last ?? .min { return rule.kind(at: seconds) }
        let index = count(upTo: seconds)
        return index == 0 ? first : kinds[index - 1]
    }

    /// How many moments are not after `seconds`.
    private func count(upTo seconds: Int64) -> Int {
        var (low, high) = (0, moments.count)
        while low < high {
            let middle = (low + high) / 2
            if moments[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The first change of the offset after a moment.
    func firstChange(after seconds: Int64) -> Change? {
        var index = count(upTo: seconds)
        while index < moments.count {
            let before = index == 0 ? first : kinds[index - 1]
            if before != kinds[index] {
                return Change(at: moments[index], before: before.offset, after: kinds[index].offset)
            }
            index += 1
        }
        return rule?.firstChange(after: max(seconds, moments.last ?? .min))
    }
}

/// A zone as POSIX writes it, `CET-1CEST,M3.5.0,M10.5.0/3`: what a zone file says about the time after its table.
struct PosixZone: Sendable {
    /// A yearly change: on which day, and how many seconds after its midnight (local time).
    struct Change: Sendable {
        enum Day: Sendable {
            /// Weekday (0 is Sunday) of a week (5 is the last) of a month.
            case week(month: Int, week: Int, weekday: Int)
            /// 1 to 365, where February 29 is never counted.
            case julian(Int)
            /// 0 to 365, counted as they come.
            case ordinal(Int)
        }

        var day: Day
        var time: Int
    }

    let standard: ZoneTransitions.Kind
    private(set) var daylight: ZoneTransitions.Kind?
    private var start = Change(day: .week(month: 3, week: 2, weekday: 0), time: 7200)
    private var end = Change(day: .week(month: 11, week: 1, weekday: 0), time: 7200)

    init?(_ text: String) {
        var reader = PosixZoneReader(text)
        // Postgres lets the name be empty, so that `+05:30` is a zone.
        guard let name = reader.name(), let offset = reader.offset() else { return nil }
        standard = ZoneTransitions.Kind(offset: -offset, abbreviation: name)
        if reader.isAtEnd { return }
        guard let summerName = reader.name(), !summerName.isEmpty else { return nil }
        var summerOffset = standard.offset + 3600
        if !reader.isAtEnd, reader.peek != UInt8(ascii: ",") {
            guard let offset = reader.offset() else { return nil }
            summerOffset = -offset
        }
        daylight = ZoneTransitions.Kind(offset: summerOffset, abbreviation: summerName)
        if reader.isAtEnd { return }
        guard let start = reader.change(), let end = reader.change(), reader.isAtEnd else { return nil }
        self.start = start
        self.end = end
    }

    func kind(at seconds: Int64) -> ZoneTransitions.Kind {
        guard let daylight else { return standard }
        let (on, off) = changes(in: year(of: seconds))
        let isSummer = on < off ? (on <= seconds && seconds < off) : !(off <= seconds && seconds < on)
        return isSummer ? daylight : standard
    }

    func firstChange(after seconds: Int64) -> ZoneTransitions.Change? {
        guard let daylight, seconds > -100_000_000_000 else { return nil }
        for year in year(of: seconds)...(year(of: seconds) + 1) {
            let (on, off) = changes(in: year)
            let toSummer = ZoneTransitions.Change(at: on, before: standard.offset, after: daylight.offset)
            let toWinter = ZoneTransitions.Change(at: off, before: daylight.offset, after: standard.offset)
            let ordered = on < off ? [toSummer, toWinter] : [toWinter, toSummer]
            if let next = ordered.first(where: { $0.at > seconds }) { return next }
        }
        return nil
    }

    private func year(of seconds: Int64) -> Int {
        CalendarTime.civil(fromDays: Int((Double(seconds + Int64(standard.offset)) / 86_400).rounded(.down))).year
    }

    /// The moments of a year at which summer time begins and ends.
    private func changes(in year: Int) -> (on: Int64, off: Int64) {
        (
            Int64(seconds(of: start, in: year) - standard.offset),
            Int64(seconds(of: end, in: year) - (daylight ?? standard).offset)
        )
    }

    /// Local seconds since 1970 of a change.
    private func seconds(of change: Change, in year: Int) -> Int {
        let newYear = CalendarTime.days(year: year, month: 1, day: 1)
        let day: Int
        switch change.day {
        case .ordinal(let count): day = newYear + count
        case .julian(let count): day = newYear + count - 1 + (Temporal.isLeap(year) && count >= 60 ? 1 : 0)
        case .week(let month, let week, let weekday):
            let first = CalendarTime.days(year: year, month: month, day: 1)
            // 1970-01-01 was a Thursday.
            let firstWeekday = ((first + 4) % 7 + 7) % 7
            var candidate = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
            while candidate >= Temporal.daysInMonth(year: year, month: month) { candidate -= 7 }
            day = first + candidate
        }
        return day * 86_400 + change.time
    }
}

/// Takes a POSIX zone apart.
private struct PosixZoneReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }
    var isAtEnd: Bool { position == bytes.count }

    mutating func name() -> String? {
        let isQuoted = accept("<")
        let start = position
        if isQuoted {
            while let byte = peek, byte != UInt8(ascii: ">") { position += 1 }
            let name = String(decoding: bytes[start..<position], as: UTF8.self)
            return accept(">") ? name : nil
        }
        while let byte = peek, !byte.isDigit, byte != UInt8(ascii: ","), byte != UInt8(ascii: "-"),
            byte != UInt8(ascii: "+")
        {
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func offset() -> Int? {
        let isNegative = accept("-")
        if !isNegative { _ = accept("+") }
        guard let hours = number(upTo: 167) else { return nil }
        var seconds = hours * 3600
        if accept(":") {
            guard let minutes = number(upTo: 59) else { return nil }
            seconds += minutes * 60
            if accept(":") {
                guard let rest = number(upTo: 60) else { return nil }
                seconds += rest
            }
        }
        return isNegative ? -seconds : seconds
    }

    mutating func change() -> PosixZone.Change? {
        guard accept(",") else { return nil }
        let day: PosixZone.Change.Day
        if accept("M") {
            guard let month = number(upTo: 12), month > 0, accept("."), let week = number(upTo: 5), week > 0,
                accept("."), let weekday = number(upTo: 6)
            else { return nil }
            day = .week(month: month, week: week, weekday: weekday)
        } else if accept("J") {
            guard let count = number(upTo: 365), count > 0 else { return nil }
            day = .julian(count)
        } else {
            guard let count = number(upTo: 365) else { return nil }
            day = .ordinal(count)
        }
        var time = 7200
        if accept("/") {
            guard let value = offset() else { return nil }
            time = value
        }
        return PosixZone.Change(day: day, time: time)
    }

    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func number(upTo limit: Int) -> Int? {
        let start = position
        var value = 0
        while let byte = peek, byte.isDigit, value <= limit {
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
            position += 1
        }
        return position > start && value <= limit ? value : nil
    }
}
