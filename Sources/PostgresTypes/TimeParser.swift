import World

extension DateTimeParser {
    /// Reads a text that holds a time of day, perhaps with a zone: `time` and `timetz`. A date is allowed where a
    /// zone needs it to say its offset, and otherwise plays no part.
    static func parseTime(_ text: String, hasZone: Bool, context: ValueContext) throws(DateTimeProblem)
        -> ParsedDateTime
    {
        let fields = try DateTimeField.split(text)
        var parser = DateTimeParser(context: context)
        try parser.readTimeFields(fields, hasZone: hasZone)
        guard parser.result.meaning == .moment else { throw .badFormat }
        try parser.validateDate()
        try parser.applyMeridiem()
        try parser.checkTime()
        guard parser.parts.isSuperset(of: .time) else { throw .badFormat }
        let hasDate = parser.parts.isSuperset(of: .date)
        if let zone = parser.zone {
            // Only with a date is it known which of a zone's offsets is meant.
            guard hasDate || zone.transitions.fixedOffset != nil else { throw .badFormat }
            parser.result.offset = hasDate ? parser.offset(in: zone) : zone.transitions.fixedOffset
        } else if !parser.parts.contains(.zone), hasZone {
            if !hasDate {
                let today = Temporal.split(context.timeZone.local(at: context.now.microseconds)).days
                (parser.result.year, parser.result.month, parser.result.day) = Temporal.civil(today)
            }
            parser.result.offset = parser.offset(in: context.timeZone)
        }
        return parser.result
    }

    private mutating func readTimeFields(_ fields: [DateTimeField], hasZone: Bool) throws(DateTimeProblem) {
        for (index, field) in fields.enumerated() {
            let read: Parts?
            switch field.kind {
            case .date: read = try readDateInTime(field, isFirst: index == 0, count: fields.count, hasZone: hasZone)
            case .time:
                label = nil
                read = try readTime(field.bytes)
            case .zone:
                guard hasZone || index > 0 else { throw .badFormat }
                result.offset = try Self.zoneOffset(field.bytes)
                read = .zone
            case .number: read = try readTimeNumber(field.bytes)
            case .string, .special: read = try readTimeWord(field, isLast: index == fields.count - 1)
            }
            guard let read else { continue }
            guard parts.isDisjoint(with: read) else { throw .badFormat }
            parts.formUnion(read)
        }
    }

    private mutating func readDateInTime(
        _ field: DateTimeField, isFirst: Bool, count: Int, hasZone: Bool
    ) throws(DateTimeProblem) -> Parts {
        // `2024-01-31` before a time.
        if isFirst, count >= 2, field.bytes[0].isDigit,
            !field.bytes.allSatisfy({ $0.isDigit || $0 == 0x2D }) || count > 1
        {
            return try readDate(field.bytes)
        }
        if field.bytes[0].isDigit {
            // A time run together with its zone: `040506-08`.
            guard !parts.isSuperset(of: .time), let dash = field.bytes.firstIndex(of: UInt8(ascii: "-")) else {
                throw .badFormat
            }
            label = nil
            result.offset = try Self.zoneOffset(Array(field.bytes[dash...]))
            return try readRunTogether(Array(field.bytes[..<dash]), known: .date).union(.zone)
        }
        guard let zone = TimeZoneRules(named: field.text) else { throw .unknownZone(field.text) }
        self.zone = zone
        return .zone
    }

    private mutating func readTimeNumber(_ bytes: [UInt8]) throws(DateTimeProblem) -> Parts {
        if let label {
            self.label = nil
            guard label == .time else { throw .badFormat }
            let read = try readRunTogether(bytes, known: .date)
            guard read == .time else { throw .badFormat }
            return read
        }
        if let point = bytes.firstIndex(of: UInt8(ascii: ".")), point <= 2 { throw .badFormat }
        if bytes.count < 4 { throw .badFormat }
        return try readRunTogether(bytes, known: .date)
    }

    private mutating func readTimeWord(_ field: DateTimeField, isLast: Bool) throws(DateTimeProblem) -> Parts? {
        if let read = try readZoneAbbreviation(field) { return read }
        guard let word = DateTimeWord(field.bytes) else {
            guard let zone = TimeZoneRules(named: field.text) else { throw .badFormat }
            self.zone = zone
            return .zone
        }
        switch word {
        case .ignored: return nil
        case .now:
            let local = context.timeZone.local(at: context.now.microseconds)
            let split = Temporal.split(local)
            (result.year, result.month, result.day) = Temporal.civil(split.days)
            setTime(split.time)
            result.offset = context.timeZone.offset(atMicroseconds: context.now.microseconds)
            return [.time, .zone]
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
        case .isoTime:
            guard !isLast else { throw .badFormat }
            label = .time
            return []
        default: throw .badFormat
        }
    }
}
