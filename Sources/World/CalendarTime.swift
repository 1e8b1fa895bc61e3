/// A moment taken apart in the proleptic Gregorian calendar, UTC.
///
/// The arithmetic is the well-known days-from-civil algorithm, so that no part of the emulator needs Foundation's
/// calendars (and its megabytes) for a date.
package struct CalendarTime: Hashable, Sendable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    package var microsecond: Int

    package init(_ timestamp: Timestamp) {
        let dayLength: Int64 = 86_400_000_000
        var days = timestamp.microseconds / dayLength
        var rest = timestamp.microseconds % dayLength
        if rest < 0 {
            rest += dayLength
            days -= 1
        }
        (year, month, day) = Self.civil(fromDays: Int(days))
        microsecond = Int(rest % 1_000_000)
        let seconds = Int(rest / 1_000_000)
        hour = seconds / 3600
        minute = seconds / 60 % 60
        second = seconds % 60
    }

    /// Days since 1970-01-01 of a calendar date.
    package static func days(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The calendar date of a day number (days since 1970-01-01).
    package static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let mp = (5 * dayOfYear + 2) / 153
        let month = mp < 10 ? mp + 3 : mp - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * mp + 2) / 5 + 1)
    }
}

extension Timestamp: CustomStringConvertible {
    /// ISO 8601 in UTC with six digits of fraction: `2026-01-31T09:30:00.000000+00:00`, the form of Altan's records.
    package var description: String {
        let t = CalendarTime(self)
        return "\(pad(t.year, 4))-\(pad(t.month, 2))-\(pad(t.day, 2))T\(pad(t.hour, 2)):\(pad(t.minute, 2)):"
            + "\(pad(t.second, 2)).\(pad(t.microsecond, 6))+00:00"
    }
}

/// `number` in decimal, filled with zeros on the left up to `width` digits.
private func pad(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
