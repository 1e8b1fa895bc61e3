extension Decimal {
    /// `to_char(numeric, pattern)`, and of the integer types.
    package func formatted(_ pattern: String) throws(PostgresError) -> String {
        guard !pattern.isEmpty else { return "" }
        var pattern = try NumberPattern(pattern)
        if case .roman(let isLower) = pattern.roman { return try roman(pattern, isLower: isLower) }
        if pattern.isExponential { return exponential(pattern) }
        var value = self
        if pattern.hasShift {
            value = try multiplied(by: Decimal(10).power(pattern.shift))
            pattern.digitsBefore += pattern.shift
        }
        try Self.checkOrdinal(isNaN, pattern)
        return NumberWriter(pattern, value.rounded(toScale: pattern.digitsAfter).description).text()
    }

    private static func checkOrdinal(_ isNaN: Bool, _ pattern: NumberPattern) throws(PostgresError) {
        guard isNaN else { return }
        for case .ordinal in pattern.fields { throw PostgresError("22P02", "\"NaN\" is not a number") }
    }

    /// `to_char(double precision, pattern)`: digits that a double doesn't have are not shown. `real` has fewer.
    package static func formatted(_ number: Double, _ pattern: String, isSingle: Bool = false)
        throws(PostgresError) -> String
    {
        guard !pattern.isEmpty else { return "" }
        var parsed = try NumberPattern(pattern)
        let value = isSingle ? Decimal(single: number) : Decimal(number)
        if parsed.roman != nil { return try Decimal(number.rounded(.toNearestOrEven)).formatted(pattern) }
        if parsed.isExponential || parsed.hasShift { return try value.formatted(pattern) }
        try checkOrdinal(number.isNaN, parsed)
        guard number.isFinite else { return NumberWriter(parsed, value.description).text() }
        let mostDigits = isSingle ? 6 : 15
        let whole = printed(abs(number), format: "%.0f").utf8.count
        parsed.digitsAfter = max(0, min(parsed.digitsAfter, mostDigits - whole))
        return NumberWriter(parsed, printed(number, format: "%.\(parsed.digitsAfter)f")).text()
    }

    private func roman(_ pattern: NumberPattern, isLower: Bool) throws(PostgresError) -> String {
        let number = try integer(.int4)
        var text = ""
        if (1...3999).contains(number) {
            var rest = number
            for (value, digits) in Self.romanDigits {
                while rest >= value {
                    text += digits
                    rest -= value
                }
            }
        } else {
            text = String(repeating: "#", count: 15)
        }
        if isLower { text = text.lowercased() }
        return pattern.isPlain ? text : String(repeating: " ", count: max(0, 15 - text.utf8.count)) + text
    }

    private static let romanDigits: [(Int64, String)] = [
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
        (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ]

    /// `1.23e+05`, with a blank where a sign would stand.
    private func exponential(_ pattern: NumberPattern) -> String {
        guard isFinite else {
            let places = pattern.digitsBefore + pattern.digitsAfter + 6
            var text = Array(String(repeating: "#", count: places))
            text[0] = " "
            if pattern.digitsBefore + 1 < text.count { text[pattern.digitsBefore + 1] = "." }
            return String(text)
        }
        var exponent = 0
        if let first = groups.first {
            exponent = weight * 4 + (first >= 1000 ? 3 : first >= 100 ? 2 : first >= 10 ? 1 : 0)
        }
        // Postgres 15 shows 10.00e+01 where rounding makes one digit more.
        let mantissa = magnitude.shifted(by: -exponent).rounded(toScale: pattern.digitsAfter).description
        let power = String(abs(exponent))
        return (isNegative ? "-" : " ") + mantissa + "e" + (exponent < 0 ? "-" : "+") + (power.count < 2 ? "0" : "")
            + power
    }

    /// The number times a power of ten, exactly.
    private func shifted(by power: Int) -> Decimal {
        let digits = description.utf8.filter(\.isDigit).map { $0 - UInt8(ascii: "0") }
        return Decimal(
            isNegative: isNegative, digits: digits, whole: digits.count - scale + power, scale: max(0, scale - power))
    }
}

/// Writes a number's digits into the places of a pattern.
private struct NumberWriter {
    private var pattern: NumberPattern
    private let isNegative: Bool
    /// The digits with their point, without a sign.
    private let digits: [UInt8]
    private var next = 0
    /// The place that is being written, counted from the first digit of the pattern.
    private var place = 0
    /// Places in front of the number.
    private let emptyPlaces: Int
    private let places: Int
    private var isSignWritten: Bool
    private var isInNumber = false
    /// `FM`: the last digit behind the point that is shown.
    private var lastRelevant: Int?
    private var output: [UInt8] = []

    init(_ pattern: NumberPattern, _ number: String) {
        var pattern = pattern
        isNegative = number.utf8.first == UInt8(ascii: "-")
        var digits = Array(number.utf8.drop { $0 == UInt8(ascii: "-") })
        let whole = digits.firstIndex(of: UInt8(ascii: ".")) ?? digits.count
        emptyPlaces = max(0, pattern.digitsBefore - whole)
        if whole > pattern.digitsBefore {
            // Too large for its places.
            digits = Array(repeating: UInt8(ascii: "#"), count: pattern.digitsBefore + pattern.digitsAfter + 1)
            digits[pattern.digitsBefore] = UInt8(ascii: ".")
        }
        self.digits = digits
        if pattern.hasPlus || pattern.hasMinus {
            isSignWritten = !(pattern.hasPlus && !pattern.hasMinus)
        } else {
            if !isNegative, pattern.hasBrackets, pattern.isPlain { pattern.dropBrackets() }
            isSignWritten = !isNegative && pattern.isPlain && pattern.sign == .none
        }
        self.pattern = pattern
        var places = pattern.digitsBefore + pattern.digitsAfter - 1
        if !isSignWritten, emptyPlaces == 0 { places += 1 }
        self.places = places
        if pattern.isPlain, pattern.hasPoint { lastRelevant = findLastRelevant() }
    }

    /// The last digit behind the point that isn't a trailing zero, or the point; zeros of the pattern stay.
    private func findLastRelevant() -> Int? {
        guard let point = digits.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        var last = digits[point...].lastIndex { $0 != UInt8(ascii: "0") && $0 != UInt8(ascii: ".") } ?? point
        if pattern.lastZero > emptyPlaces {
            last = max(last, min(digits.count - 1, pattern.lastZero - emptyPlaces))
        }
        return last
    }

    consuming func text() -> String {
        for field in pattern.fields {
            switch field {
            case .nine, .zero, .point: writePlace(field)
            case .comma:
                if isInNumber {
                    output.append(UInt8(ascii: ","))
                } else if !pattern.isPlain {
                    output.append(UInt8(ascii: " "))
                }
            case .currency: output.append(UInt8(ascii: " "))
            case .minus: writeSign(isNegative ? "-" : nil)
            case .plus: writeSign(isNegative ? nil : "+")
            case .sign: output.append(UInt8(ascii: isNegative ? "-" : "+"))
            case .ordinal(let isLower):
                if digits.first != UInt8(ascii: "#"), !isNegative, !pattern.hasPoint {
                    output.append(contentsOf: ordinal(isLower: isLower).utf8)
                }
            case .literal(let scalar): output.append(contentsOf: Array(String(Character(scalar)).utf8))
            default: break
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private mutating func writeSign(_ sign: Unicode.Scalar?) {
        if let sign {
            output.append(UInt8(ascii: sign))
        } else if !pattern.isPlain {
            output.append(UInt8(ascii: " "))
        }
    }

    private func ordinal(isLower: Bool) -> String {
        let suffix =
            switch (digits.dropLast().last, digits.last) {
            case (UInt8(ascii: "1"), _): "th"
            case (_, UInt8(ascii: "1")): "st"
            case (_, UInt8(ascii: "2")): "nd"
            case (_, UInt8(ascii: "3")): "rd"
            default: "th"
            }
        return isLower ? suffix : suffix.uppercased()
    }

    private var isPointLast: Bool { lastRelevant.map { digits[$0] == UInt8(ascii: ".") } ?? false }

    /// A lone zero before the point, which `9.9` shows as a blank.
    private var isBlankZero: Bool {
        pattern.firstZero == nil && next == 0 && digits.first == UInt8(ascii: "0") && pattern.digitsAfter != 0
    }

    private mutating func writePlace(_ field: NumberPattern.Field) {
        isInNumber = false
        writeLeadingSign()
        if place < emptyPlaces, place < pattern.firstZero ?? .max {
            if !pattern.isPlain { output.append(UInt8(ascii: " ")) }
        } else if place < emptyPlaces {
            output.append(UInt8(ascii: "0"))
            isInNumber = true
        } else {
            writeDigit(field)
        }
        writeTrailingSign()
        place += 1
    }

    private mutating func writeLeadingSign() {
        guard !isSignWritten, place >= emptyPlaces || pattern.firstZero == place, !isBlankZero || isPointLast else {
            return
        }
        if pattern.sign != .none {
            guard pattern.sign == .before else { return }
            output.append(UInt8(ascii: isNegative ? "-" : "+"))
        } else if pattern.hasBrackets {
            output.append(UInt8(ascii: isNegative ? "<" : " "))
        } else if isNegative {
            output.append(UInt8(ascii: "-"))
        } else if !pattern.isPlain {
            output.append(UInt8(ascii: " "))
        }
        isSignWritten = true
    }

    private mutating func writeDigit(_ field: NumberPattern.Field) {
        guard next < digits.count else { return }
        let digit = digits[next]
        if digit == UInt8(ascii: ".") {
            if !isPointLast || pattern.isPlain { output.append(digit) }
        } else if let lastRelevant, next > lastRelevant, field != .zero {
            // Trailing zeros are left out.
        } else if isBlankZero {
            if !pattern.isPlain {
                output.append(UInt8(ascii: " "))
            } else if isPointLast {
                output.append(UInt8(ascii: "0"))
            }
        } else {
            output.append(digit)
            isInNumber = true
        }
        next += 1
    }

    private mutating func writeTrailingSign() {
        var end = places + (emptyPlaces > 0 ? 1 : 0) + (pattern.hasPoint ? 1 : 0)
        if let lastRelevant, lastRelevant == next { end = place }
        guard place + 1 == end else { return }
        if isSignWritten, pattern.hasBrackets {
            output.append(UInt8(ascii: isNegative ? ">" : " "))
        } else if pattern.sign == .after {
            output.append(UInt8(ascii: isNegative ? "-" : "+"))
        }
    }
}
