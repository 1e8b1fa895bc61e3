/// Reads numbers by a pattern: `to_number('12,454.8-', '99G999D9S')`.
struct NumberScanner {
    private let pattern: NumberPattern
    private let input: [UInt8]
    private var position = 0
    private var sign: UInt8?
    private var digits: [UInt8] = []
    private var hasPoint = false
    private var digitsBehindPoint = 0
    private var hasDigits = false

    private init(_ text: String, _ pattern: NumberPattern) {
        self.pattern = pattern
        input = Array(text.utf8)
    }

    /// nil for an empty pattern, whose answer is NULL.
    static func number(_ text: String, pattern: String) throws(PostgresError) -> Decimal? {
        if pattern.isEmpty { return nil }
        let parsed = try NumberPattern(pattern)
        if parsed.roman != nil { throw PostgresError("0A000", "\"RN\" not supported for input") }
        if parsed.isExponential { throw PostgresError("0A000", "\"EEEE\" not supported for input") }
        var scanner = NumberScanner(text, parsed)
        scanner.scan()
        let sign = scanner.sign.map { String(UnicodeScalar($0)) } ?? " "
        var literal = sign + String(decoding: scanner.digits, as: UTF8.self)
        if literal.hasSuffix(".") { literal.removeLast() }
        // The scale is that of the digits read, not of the pattern: `to_number('12.3', '99.99')` is 12.3.
        let scale = scanner.digitsBehindPoint
        let precision = parsed.digitsBefore + scale + parsed.shift
        var number = try Decimal(parsing: literal)
        if precision > 0 { number = try number.limited(by: Int32(precision << 16 | scale) + 4) }
        guard parsed.shift > 0 else { return number }
        // As PostgreSQL: times ten to the power of minus the shift, with the digits that `power` gives.
        let power = try Decimal(parsing: "10").power(Decimal(parsing: "-\(parsed.shift)"))
        return try number.multiplied(by: power)
    }

    private var byte: UInt8? { position < input.count ? input[position] : nil }

    private mutating func scan() {
        for field in pattern.fields {
            guard let byte else { return }
            switch field {
            case .nine, .zero, .point:
                digit(mayHaveSign: field != .point)
                position += 1
            case .comma: if byte == UInt8(ascii: ",") { position += 1 }
            case .minus:
                if byte == UInt8(ascii: "-") { take(byte) } else { passOver(1) }
            case .plus:
                if byte == UInt8(ascii: "+") { take(byte) } else { passOver(1) }
            case .sign:
                if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") { take(byte) } else { passOver(1) }
            case .currency: passOver(1)
            case .ordinal: passOver(2)
            case .anchoredSign, .angleBrackets, .roman, .shift, .exponent: break
            case .literal, .blank:
                position += 1
                while let byte = self.byte, byte & 0xC0 == 0x80 { position += 1 }
            }
        }
    }

    private mutating func take(_ byte: UInt8) {
        sign = byte
        position += 1
    }

    /// Skips characters that say nothing about the number.
    private mutating func passOver(_ count: Int) {
        for _ in 0..<count {
            guard let byte, !"0123456789.,+-".utf8.contains(byte) else { return }
            position += 1
            while let byte = self.byte, byte & 0xC0 == 0x80 { position += 1 }
        }
    }

    private mutating func digit(mayHaveSign: Bool) {
        if byte == UInt8(ascii: " ") { position += 1 }
        guard let first = byte else { return }
        if sign == nil, mayHaveSign, !hasDigits {
            if first == UInt8(ascii: "-") || pattern.hasBrackets && first == UInt8(ascii: "<") {
                take(UInt8(ascii: "-"))
            } else if first == UInt8(ascii: "+"), pattern.sign != .after {
                take(first)
            }
        }
        guard let byte else { return }
        var wasRead = false
        if byte.isDigit {
            if hasPoint {
                if digitsBehindPoint == pattern.digitsAfter { return }
                digitsBehindPoint += 1
            }
            digits.append(byte)
            hasDigits = true
            wasRead = true
        } else if pattern.hasPoint, !hasPoint, byte == UInt8(ascii: ".") {
            digits.append(byte)
            hasPoint = true
            wasRead = true
        }
        // The sign may stand behind the last digit.
        guard sign == nil, hasDigits else { return }
        let isSign = { (byte: UInt8) in byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }
        if pattern.sign != .none {
            if wasRead, position + 1 < input.count, isSign(input[position + 1]) {
                sign = input[position + 1]
                position += 1
            }
        } else if !wasRead, !pattern.hasPlus, !pattern.hasMinus, isSign(byte) {
            sign = byte
        }
    }
}

extension Decimal {
    /// `to_number(text, text)`.
    package static func parse(_ text: String, pattern: String) throws(PostgresError) -> Decimal? {
        try NumberScanner.number(text, pattern: pattern)
    }
}
