/// What the fields that were read make together.
extension DateTimeScanner {
    private var outOfRange: PostgresError { .dateTimeFieldOutOfRange(text) }

    /// The date and the time of day that the fields make, with the offset of a zone in seconds if one was read.
    func moment() throws(PostgresError) -> (days: Int, time: Int64, offset: Int?) {
        let time = try timeOfDay()
        let days = try date()
        guard zoneSign != 0 else { return (days, time, nil) }
        guard (0...15).contains(self[.zoneHour]), (0..<60).contains(self[.zoneMinute]) else { throw outOfRange }
        return (days, time, zoneSign * (self[.zoneHour] * 3600 + self[.zoneMinute] * 60))
    }

    private func timeOfDay() throws(PostgresError) -> Int64 {
        var (hour, minute, second) = (0, 0, 0)
        if self[.secondOfDay] != 0 {
            let all = self[.secondOfDay]
            (hour, minute, second) = (all / 3600, all % 3600 / 60, all % 60)
        }
        if self[.second] != 0 { second = self[.second] }
        if self[.minute] != 0 { minute = self[.minute] }
        if self[.hour] != 0 { hour = self[.hour] }
        if has12HourClock {
            guard (1...12).contains(hour) else {
                throw PostgresError(
                    "22007", "hour \"\(hour)\" is invalid for the 12-hour clock",
                    hint: "Use the 24-hour clock, or give an hour between 1 and 12.")
            }
            if self[.afternoon] != 0, hour < 12 { hour += 12 } else if self[.afternoon] == 0, hour == 12 { hour = 0 }
        }
        let fraction = self[.millisecond] * 1000 + self[.microsecond]
        guard (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second),
            (0..<1_000_000).contains(fraction)
        else { throw outOfRange }
        return Int64(hour * 3600 + minute * 60 + second) * 1_000_000 + Int64(fraction)
    }

    /// The year as astronomers count, where 0 is 1 BC; nil where none was read.
    private var year: Int? {
        let isBC = self[.beforeChrist] != 0
        let century = isBC ? -self[.century] : self[.century]
        if self[.year] != 0 {
            if self[.century] != 0, yearDigits <= 2 {
                let rest = self[.year] % 100
                if rest == 0 { return century * 100 + (century >= 0 ? 0 : 1) }
                return century >= 0 ? rest + (century - 1) * 100 : (century + 1) * 100 - rest + 1
            }
            let year = isBC ? -self[.year] : self[.year]
            return year < 0 ? year + 1 : year
        }
        guard self[.century] != 0 else { return nil }
        return century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1
    }

    private func date() throws(PostgresError) -> Int {
        var (year, month, day) = (self.year ?? 0, 1, 1)
        var isChecked = self.year != nil
        func take(_ days: Int) {
            (year, month, day) = Temporal.civil(days)
            isChecked = true
        }
        // Julian day 0 is 4714-11-24 BC.
        if self[.julian] != 0 { take(self[.julian] - 2_440_588) }
        var (dayOfYear, dayOfMonth) = (self[.dayOfYear], self[.day])
        if self[.week] != 0 {
            if usesISOWeeks == true {
                let weekday = self[.weekday] == 0 ? 2 : self[.weekday]
                let start = Temporal.isoYearStart(year) + (self[.week] - 1) * 7
                take(start + (weekday > 1 ? weekday - 2 : 6))
            } else {
                dayOfYear = (self[.week] - 1) * 7 + 1
            }
        }
        if self[.weekOfMonth] != 0 { dayOfMonth = (self[.weekOfMonth] - 1) * 7 + 1 }
        if dayOfMonth != 0 {
            day = dayOfMonth
            isChecked = true
        }
        if self[.month] != 0 {
            month = self[.month]
            isChecked = true
        }
        if dayOfYear != 0, month <= 1 || day <= 1 {
            if year == 0, self[.beforeChrist] == 0 {
                throw PostgresError("22007", "cannot calculate day of year without year information")
            }
            if usesISOWeeks == true {
                take(Temporal.isoYearStart(year) - 1 + dayOfYear)
            } else {
                let found = Temporal.civil(Temporal.days(year: year, month: 1, day: 1) + dayOfYear - 1)
                // A day beyond the year's last has no month of its own.
                guard found.year == year else { throw outOfRange }
                if month <= 1 { month = found.month }
                if day <= 1 { day = found.day }
                isChecked = true
            }
        }
        if isChecked {
            guard (1...12).contains(month), day >= 1, day <= Temporal.daysInMonth(year: year, month: month) else {
                throw outOfRange
            }
        }
        return Temporal.days(year: year, month: month, day: day)
    }
}
