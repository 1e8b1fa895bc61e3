/// Why a date or time cannot be read; which error that is depends on the type being read.
enum DateTimeProblem: Error {
    case badFormat
    case fieldOverflow
    /// A month or day out of its range: perhaps the order of the fields is another.
    case monthOrDayOverflow
    case intervalOverflow
    /// Every field is within its range, but not their sum.
    case intervalTooLong
    case zoneOverflow
    case unknownZone(String)

    func error(type: String, text: String) -> PostgresError {
        switch self {
        case .badFormat: .invalidDateTime(type, text)
        case .fieldOverflow: .dateTimeFieldOutOfRange(text)
        case .monthOrDayOverflow:
            .dateTimeFieldOutOfRange(text, hint: "Perhaps you need a different \"datestyle\" setting.")
        case .intervalOverflow: PostgresError("22015", "interval field value out of range: \"\(text)\"")
        case .intervalTooLong: Interval.outOfRange
        case .zoneOverflow: PostgresError("22009", "time zone displacement out of range: \"\(text)\"")
        case .unknownZone(let name): PostgresError("22023", "time zone \"\(name)\" not recognized")
        }
    }
}

/// One field of a date, time or interval text, by what it looks like.
struct DateTimeField {
    enum Kind { case number, string, date, time, zone, special }

    var kind: Kind
    /// In small letters.
    var bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }

    private static let mostFields = 25
    private static let mostBytes = 153

    /// Splits a text as PostgreSQL does before it knows what the fields mean.
    static func split(_ text: String) throws(DateTimeProblem) -> [DateTimeField] {
        var splitter = Splitter(bytes: Array(text.utf8))
        var fields: [DateTimeField] = []
        var size = 0
        while let field = try splitter.next() {
            fields.append(field)
            size += field.bytes.count + 1
            if fields.count > mostFields || size > mostBytes { throw .badFormat }
        }
        return fields
    }
}

/// Cuts a text into fields, byte by byte.
private struct Splitter {
    let bytes: [UInt8]
    var position = 0
    var field: [UInt8] = []

    init(bytes: [UInt8]) { self.bytes = bytes }

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func take() {
        field.append(bytes[position].lowered)
        position += 1
    }

    mutating func take(while condition: (UInt8) -> Bool) {
        while let byte = peek, condition(byte) { take() }
    }

    mutating func next() throws(DateTimeProblem) -> DateTimeField? {
        while let first = peek {
            if first.isBlank {
                position += 1
                continue
            }
            field = []
            let kind: DateTimeField.Kind
            if first.isDigit {
                kind = number()
            } else if first == UInt8(ascii: ".") {
                take()
                take(while: \.isDigit)
                kind = .number
            } else if first.isLetter {
                kind = word()
            } else if first == UInt8(ascii: "+") || first == UInt8(ascii: "-") {
                kind = try signed()
            } else if isPunctuation(first) {
                position += 1
                continue
            } else {
                throw .badFormat
            }
            return DateTimeField(kind: kind, bytes: field)
        }
        return nil
    }

    private mutating func number() -> DateTimeField.Kind {
        take(while: \.isDigit)
        switch peek {
        case UInt8(ascii: ":"):
            take(while: { $0.isDigit || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") })
            return .time
        case .some(let delimiter)
        where delimiter == UInt8(ascii: "-") || delimiter == UInt8(ascii: "/") || delimiter == UInt8(ascii: "."):
            take()
            if peek?.isDigit ?? false {
                var kind: DateTimeField.Kind = delimiter == UInt8(ascii: ".") ? .number : .date
                take(while: \.isDigit)
                // Only equal delimiters make a date of three fields.
                if peek == delimiter {
                    kind = .date
                    take(while: { $0.isDigit || $0 == delimiter })
                }
                return kind
            }
            take(while: { $0.isDigit || $0.isLetter || $0 == delimiter })
            return .date
        default: return .number
        }
    }

    private mutating func word() -> DateTimeField.Kind {
        take(while: \.isLetter)
        var isDate = false
        switch peek {
        case UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "."): isDate = true
        case .some(let byte) where byte == UInt8(ascii: "+") || byte.isDigit:
            // `jan1` is two fields, `est5edt` is the name of a zone.
            isDate = DateTimeWord(field) == nil
        default: break
        }
        guard isDate else { return .string }
        take(while: {
            $0.isDigit || $0.isLetter || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "/")
                || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":")
        })
        return .date
    }

    private mutating func signed() throws(DateTimeProblem) -> DateTimeField.Kind {
        take()
        while let byte = peek, byte.isBlank { position += 1 }
        guard let byte = peek else { throw .badFormat }
        if byte.isDigit {
            take(while: {
                $0.isDigit || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
            })
            return .zone
        }
        guard byte.isLetter else { throw .badFormat }
        take(while: \.isLetter)
        return .special
    }

    private func isPunctuation(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !byte.isDigit && !byte.isLetter
    }
}

/// A word of date and time input.
enum DateTimeWord: Hashable {
    case now, today, tomorrow, yesterday, epoch, infinity, negativeInfinity, allBalls
    case month(Int)
    case weekday(Int)
    case am, pm, ad, bc
    case ignored
    /// A label of the number that follows.
    case unit(Unit)
    case isoTime
    case daylight

    enum Unit: Hashable { case year, month, day, hour, minute, second, julian, time, dayOfWeek, dayOfYear, isoYear }

    /// Only ten letters count.
    init?(_ bytes: [UInt8]) {
        guard let word = Self.words[String(decoding: bytes.prefix(10), as: UTF8.self)] else { return nil }
        self = word
    }

    private static let words: [String: DateTimeWord] = {
        var words: [String: DateTimeWord] = [
            "now": .now, "today": .today, "tomorrow": .tomorrow, "yesterday": .yesterday, "epoch": .epoch,
            "infinity": .infinity, "-infinity": .negativeInfinity, "allballs": .allBalls,
            "am": .am, "pm": .pm,
            "ad": .ad, "bc": .bc, "at": .ignored, "on": .ignored, "t": .isoTime, "dst": .daylight,
            "d": .unit(.day), "h": .unit(.hour), "m": .unit(.month), "mm": .unit(.minute), "s": .unit(.second),
            "y": .unit(.year), "j": .unit(.julian), "jd": .unit(.julian), "julian": .unit(.julian),
            "dow": .unit(.dayOfWeek), "isodow": .unit(.dayOfWeek), "doy": .unit(.dayOfYear),
            "isoyear": .unit(.isoYear), "sept": .month(9),
            "weds": .weekday(3), "tues": .weekday(2), "thur": .weekday(4), "thurs": .weekday(4),
        ]
        for (index, name) in monthNames.enumerated() {
            words[name] = .month(index + 1)
            words[String(name.prefix(3))] = .month(index + 1)
        }
        for (index, name) in dayNames.enumerated() {
            words[name] = .weekday(index)
            words[String(name.prefix(3))] = .weekday(index)
        }
        return words
    }()

    static let monthNames = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]
    static let dayNames = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
}
