import World

extension DateTimeParser {
    /// Reads a text that holds a time of day, perhaps with a zone: `time` and `timetz`. A date is allowed where a
    /// zone needs it to say its offset, and otherwise plays no part.
    static func parseTime(_ text: String, context: ValueContext) throws(DateTimeProblem) -> ParsedDateTime {
        var parser = DateTimeParser(context: context)
        try parser.readTimeFields(try DateTimeField.split(text))
        try parser.validateDate()
        try parser.applyMeridiem()
        try parser.checkTime()
        guard parser.parts.isSuperset(of: .time) else { throw .badFormat }
        try parser.applyTimeZone()
        return parser.result
    }

    private mutating func applyTimeZone() throws(DateTimeProblem) {
        let hasDate = parts.isSuperset(of: .date)
        if let zone {
            if parts.contains(.daylight) { throw .badFormat }
            if let fixed = zone.transitions.fixedOffset {
                result.offset = fixed
                return
            }
            // Only with a date is it known which of a zone's offsets is meant; an abbreviation takes today's.
            guard hasDate || isAbbreviated else { throw .badFormat }
            if !hasDate { setToday() }
            result.offset = offset(in: zone)
        } else if !parts.contains(.zone) {
            if parts.contains(.daylight) { throw .badFormat }
            if !hasDate { setToday() }
            result.offset = offset(in: context.timeZone)
        }
    }

    private mutating func setToday() {
        let today = Temporal.split(context.timeZone.local(at: context.now.microseconds)).days
        (result.year, result.month, result.day) = Temporal.civil(today)
    }

    private mutating func readTimeFields(_ fields: [DateTimeField]) throws(DateTimeProblem) {
        for (index, field) in fields.enumerated() {
            let read: Parts?
            switch field.kind {
            case .date:
                let isDate = index == 0 && fields.count >= 2 && (fields.last?.kind == .date || fields[1].kind == .time)
                read = isDate ? try readDate(field.bytes) : try readTimeWithZone(field)
            case .time:
                label = nil
                read = try readTime(field.bytes)
            case .zone:
                result.offset = try Self.zoneOffset(field.bytes)
                read = .zone
            case .number:
                let mayBeDate = index == 0 && fields.count >= 2 && fields.last?.kind == .date
                read = try readTimeNumber(field.bytes, mayBeDate: mayBeDate)
            case .string, .special:
                read = try readTimeWord(field, next: index + 1 < fields.count ? fields[index + 1].kind : nil)
            }
            guard let read else { continue }
            guard parts.isDisjoint(with: read) else { throw .badFormat }
            parts.formUnion(read)
        }
    }

    /// `040506-08`, or the name of a zone.
    private mutating func readTimeWithZone(_ field: DateTimeField) throws(DateTimeProblem) -> Parts {
        guard field.bytes[0].isDigit else { return try readZoneName(field, orThrow: .unknownZone(field.text)) }
        guard !parts.isSuperset(of: .time), let dash = field.bytes.firstIndex(of: UInt8(ascii: "-")) else {
            throw .badFormat
        }
        label = nil
        result.offset = try Self.zoneOffset(Array(field.bytes[dash...]))
        return try readRunTogether(Array(field.bytes[..<dash]), known: .date).union(.zone)
    }

    private mutating func readTimeNumber(_ bytes: [UInt8], mayBeDate: Bool) throws(DateTimeProblem) -> Parts {
        if let label { return try readLabelled(bytes, label) }
        if let point = bytes.firstIndex(of: UInt8(ascii: ".")) {
            if mayBeDate { return try readDate(bytes) }
            guard point > 2 else { throw .badFormat }
            return try readRunTogether(bytes, known: .date)
        }
        if bytes.count > 4 { return try readRunTogether(bytes, known: .date) }
        return try readSingle(bytes, known: parts.union(.date))
    }

    private mutating func readTimeWord(_ field: DateTimeField, next: DateTimeField.Kind?)
        throws(DateTimeProblem) -> Parts?
    {
        if let read = try readZoneAbbreviation(field) { return read }
        guard let word = DateTimeWord(field.bytes) else { return try readZoneName(field, orThrow: .badFormat) }
        switch word {
        case .ignored: return nil
        case .now:
            setTime(Temporal.split(context.timeZone.local(at: context.now.microseconds)).time)
            return .time
        case .allBalls:
            setTime(0)
            result.offset = 0
            return [.time, .zone]
        case .am, .pm:
            meridiem = word
            return .meridiem
        case .ad, .bc:
            isBC = word == .bc
            return .era
        case .daylight:
            result.offset = (result.offset ?? 0) + 3600
            return .daylight
        case .unit(let unit):
            label = unit
            return []
        case .isoTime:
            guard next == .number || next == .time || next == .date else { throw .badFormat }
            label = .time
            return []
        default: throw .badFormat
        }
    }
}
