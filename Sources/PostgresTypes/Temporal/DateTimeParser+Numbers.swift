import World

/// Dates, and numbers that stand for their parts.
extension DateTimeParser {
    mutating func readDateField(_ field: DateTimeField) throws(DateTimeProblem) -> Parts {
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
            return try readZoneName(field, orThrow: .unknownZone(field.text))
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
        case []:
            let isYear = bytes.count >= 3 || context.dateOrder == .ymd
            part = isYear ? .year : context.dateOrder == .dmy ? .day : .month
        case .year: part = .month
        case .month: part = hasTextMonth && (bytes.count >= 3 || context.dateOrder == .ymd) ? .year : .day
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

    mutating func readNumber(_ bytes: [UInt8]) throws(DateTimeProblem) -> Parts {
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
}
