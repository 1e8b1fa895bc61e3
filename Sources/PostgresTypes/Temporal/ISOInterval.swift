/// ISO 8601 intervals, with designators (`P1Y2M`) or alternative (`P0001-02-03T04:05:06`).
struct ISOInterval {
    private let bytes: [UInt8]
    private var position = 0
    private var sum = IntervalSum()

    init(_ text: String) { bytes = Array(text.utf8) }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func interval() throws(DateTimeProblem) -> Interval {
        guard bytes.count >= 2, bytes[0] == UInt8(ascii: "P") else { throw .badFormat }
        position = 1
        var isDate = true
        var hasField = false
        while let first = peek {
            if first == UInt8(ascii: "T") {
                isDate = false
                hasField = false
                position += 1
                continue
            }
            let start = position
            let (value, fraction) = try number()
            let width = bytes[start..<position].prefix(while: { $0 != UInt8(ascii: ".") }).count(where: \.isDigit)
            let unit = peek
            let isDone = isDate ? unit == nil || unit == UInt8(ascii: "T") : unit == nil
            if isDone, !hasField, width == (isDate ? 8 : 6) {
                try addBasic(value, fraction, isDate: isDate)
                continue
            }
            switch (unit, isDate) {
            case (UInt8(ascii: "Y"), true): try sum.add(value, fraction, .year)
            case (UInt8(ascii: "M"), true): try sum.add(value, fraction, .month)
            case (UInt8(ascii: "W"), true): try sum.add(value, fraction, .week)
            case (UInt8(ascii: "D"), true): try sum.add(value, fraction, .day)
            case (UInt8(ascii: "H"), false): try sum.add(value, fraction, .hour)
            case (UInt8(ascii: "M"), false): try sum.add(value, fraction, .minute)
            case (UInt8(ascii: "S"), false): try sum.add(value, fraction, .second)
            case (UInt8(ascii: "-"), true), (UInt8(ascii: "T"), true), (nil, true):
                guard !hasField else { throw .badFormat }
                try sum.add(value, fraction, .year)
                try addExtended(separator: UInt8(ascii: "-"), units: [.month, .day], end: UInt8(ascii: "T"))
                continue
            case (UInt8(ascii: ":"), false), (nil, false):
                guard !hasField else { throw .badFormat }
                try sum.add(value, fraction, .hour)
                try addExtended(separator: UInt8(ascii: ":"), units: [.minute, .second], end: nil)
                continue
            default: throw .badFormat
            }
            position += 1
            hasField = true
        }
        return try sum.interval
    }

    /// `YYYYMMDD` or `hhmmss`.
    private mutating func addBasic(_ value: Int64, _ fraction: Double, isDate: Bool) throws(DateTimeProblem) {
        try sum.add(value / 10_000, 0, isDate ? .year : .hour)
        try sum.add(value / 100 % 100, 0, isDate ? .month : .minute)
        try sum.add(value % 100, fraction, isDate ? .day : .second)
    }

    private mutating func addExtended(separator: UInt8, units: [IntervalUnit], end: UInt8?) throws(DateTimeProblem) {
        for unit in units {
            guard let next = peek, next != end else { return }
            guard next == separator else { throw .badFormat }
            position += 1
            let (value, fraction) = try number()
            try sum.add(value, fraction, unit)
        }
        guard peek == nil || peek == end else { throw .badFormat }
    }

    /// A decimal number, perhaps negative, as its whole part and its fraction.
    private mutating func number() throws(DateTimeProblem) -> (Int64, Double) {
        let start = position
        if peek == UInt8(ascii: "-") { position += 1 }
        while let byte = peek, byte.isDigit || byte == UInt8(ascii: ".") { position += 1 }
        // A trailing exponent would be read by C; nobody writes one.
        guard position > start, let value = Double(Self.completed(bytes[start..<position])) else { throw .badFormat }
        guard abs(value) < 0x1p62 else { throw .intervalOverflow }
        let whole = value.rounded(.towardZero)
        return (Int64(whole), value - whole)
    }

    /// `.5` and `5.`, which Swift does not read.
    private static func completed(_ bytes: ArraySlice<UInt8>) -> String {
        var text = String(decoding: bytes, as: UTF8.self)
        if text.hasSuffix(".") { text += "0" }
        if text.hasPrefix(".") { text = "0" + text }
        if text.hasPrefix("-.") { text = "-0" + text.dropFirst() }
        return text
    }
}
