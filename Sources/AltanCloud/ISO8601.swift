package import World

extension Timestamp {
    /// Reads `2026-01-31T09:30:00`, with or without a fraction of the second, a `Z` or an offset (`+01:00`); a blank
    /// may stand for the `T`, and a date alone is its midnight. Without an offset it is UTC.
    package init?(iso8601 text: String) {
        var rest = Substring(text)
        func number(_ digits: Int) -> Int? {
            let head = rest.prefix(digits)
            guard head.utf8.count == digits, head.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
            rest = rest.dropFirst(digits)
            return Int(head)
        }
        func skip(_ characters: String) -> Bool {
            guard let first = rest.first, characters.contains(first) else { return false }
            rest.removeFirst()
            return true
        }
        guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var microseconds = Int64(CalendarTime.days(year: year, month: month, day: day)) * 86_400_000_000
        if skip("Tt ") {
            guard let hour = number(2), skip(":"), let minute = number(2), hour < 24, minute < 60 else { return nil }
            microseconds += Int64(hour * 3600 + minute * 60) * 1_000_000
            if skip(":") {
                guard let second = number(2), second < 61 else { return nil }
                microseconds += Int64(second) * 1_000_000
            }
            if skip(".,") {
                let fraction = rest.prefix { $0.isASCII && $0.isNumber }
                guard !fraction.isEmpty, let value = Int64((fraction + "000000").prefix(6)) else { return nil }
                rest = rest.dropFirst(fraction.count)
                microseconds += value
            }
            if !skip("Zz"), let sign = rest.first, sign == "+" || sign == "-" {
                rest.removeFirst()
                guard let hours = number(2) else { return nil }
                _ = skip(":")
                let minutes = rest.isEmpty ? 0 : number(2)
                guard let minutes else { return nil }
                microseconds -= Int64(hours * 60 + minutes) * 60_000_000 * (sign == "+" ? 1 : -1)
            }
        }
        guard rest.isEmpty else { return nil }
        self.init(microseconds: microseconds)
    }
}
