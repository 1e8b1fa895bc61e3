/// What each template of a pattern takes from the input.
extension DateTimeScanner {
    mutating func read(
        _ field: DateTimePattern.Field, _ modifiers: DateTimePattern.Modifiers, at index: Int
    ) throws(PostgresError) {
        let name = field.name(modifiers)
        switch field {
        case .exactMode: break
        case .era:
            let found = try word(["bc", "ad", "b.c.", "a.d."], name)
            try set(.beforeChrist, found % 2 == 0 ? 1 : 0, name)
        case .meridiem:
            let found = try word(["am", "pm", "a.m.", "p.m."], name)
            try set(.afternoon, found % 2, name)
            has12HourClock = true
        case .hour12:
            try number(.hour, 2, name, index)
            has12HourClock = true
        case .hour24: try number(.hour, 2, name, index)
        case .minute: try number(.minute, 2, name, index)
        case .second: try number(.second, 2, name, index)
        case .secondOfDay: try number(.secondOfDay, name.utf8.count, name, index)
        case .millisecond: try fraction(.millisecond, 3, name, index)
        case .microsecond: try fraction(.microsecond, 6, name, index)
        case .fraction(let digits): try fraction(.microsecond, digits, name, index, of: 6)
        case .zoneName, .offset:
            throw PostgresError("0A000", "formatting field \"\(name)\" is only supported in to_char")
        case .zoneHour:
            if let byte = input[safe: position], byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == 0x20
            {
                zoneSign = byte == UInt8(ascii: "-") ? -1 : 1
                position += 1
            } else {
                // The sign may have been taken for a separator.
                zoneSign = skipped > 0 && input[position - 1] == UInt8(ascii: "-") ? -1 : 1
            }
            try number(.zoneHour, 2, name, index)
        case .zoneMinute:
            if zoneSign == 0 { zoneSign = 1 }
            try number(.zoneMinute, 2, name, index)
        case .monthName, .monthNameShort, .month, .romanMonth, .dayOfYear, .dayOfMonth, .weekday, .weekOfYear,
            .weekOfMonth, .year, .yearWithComma:
            try expectDates(byWeek: false)
            try readGregorian(field, name, index)
        case .isoDayOfYear, .isoWeekday, .isoWeek, .isoYear:
            try expectDates(byWeek: true)
            try readISO(field, name, index)
        case .dayName: try set(.weekday, try word(Self.days, name) + 1, name)
        case .dayNameShort: try set(.weekday, try word(Self.days.map { String($0.prefix(3)) }, name) + 1, name)
        case .quarter: _ = try integer(1, name, index)
        case .century: try number(.century, 2, name, index)
        case .julian: try number(.julian, 7, name, index)
        }
        if modifiers.ordinal != nil { position = min(position + 2, input.count) }
    }

    private mutating func readGregorian(
        _ field: DateTimePattern.Field, _ name: String, _ index: Int
    ) throws(PostgresError) {
        switch field {
        case .monthName: try set(.month, try word(Self.months, name) + 1, name)
        case .monthNameShort: try set(.month, try word(Self.months.map { String($0.prefix(3)) }, name) + 1, name)
        case .romanMonth:
            let numerals = ["xii", "xi", "x", "ix", "viii", "vii", "vi", "v", "iv", "iii", "ii", "i"]
            try set(.month, 12 - (try word(numerals, name)), name)
        case .month: try number(.month, 2, name, index)
        case .dayOfYear: try number(.dayOfYear, 3, name, index)
        case .dayOfMonth: try number(.day, 2, name, index)
        case .weekday: try number(.weekday, 1, name, index)
        case .weekOfYear: try number(.week, 2, name, index)
        case .weekOfMonth: try number(.weekOfMonth, 1, name, index)
        case .year(let digits): try year(digits, name, index)
        case .yearWithComma:
            let start = position
            while position < input.count, input[position].isDigit { position += 1 }
            let thousands = input[start..<position]
            var rest: ArraySlice<UInt8> = []
            if !thousands.isEmpty, input[safe: position] == UInt8(ascii: ",") {
                let from = position + 1
                var end = from
                while end < input.count, end < from + 3, input[end].isDigit { end += 1 }
                rest = input[from..<end]
                position = end
            }
            guard let high = Int(String(decoding: thousands, as: UTF8.self)), high < 1_000_000,
                let low = Int(String(decoding: rest, as: UTF8.self))
            else { throw PostgresError("22007", "invalid input string for \"Y,YYY\"") }
            try set(.year, high * 1000 + low, name)
            yearDigits = 4
        default: break
        }
    }

    private mutating func readISO(
        _ field: DateTimePattern.Field, _ name: String, _ index: Int
    ) throws(PostgresError) {
        switch field {
        case .isoDayOfYear: try number(.dayOfYear, 3, name, index)
        case .isoWeekday:
            let day = try integer(1, name, index).value + 1
            try set(.weekday, day > 7 ? 1 : day, name)
        case .isoWeek: try number(.week, 2, name, index)
        case .isoYear(let digits): try year(digits, name, index)
        default: break
        }
    }

    private mutating func year(_ digits: Int, _ name: String, _ index: Int) throws(PostgresError) {
        let (value, length) = try integer(digits, name, index)
        var year = value
        // A year of few digits is the one nearest to 2020.
        if digits < 4, length < 4 {
            year += value < 70 ? 2000 : value < 100 ? 1900 : value < 520 ? 2000 : value < 1000 ? 1000 : 0
        }
        try set(.year, year, name)
        yearDigits = digits
    }
}
