private import Glibc

/// Whole powers, with as many digits as PostgreSQL shows.
extension Decimal {
    /// `power(self, exponent)` for a whole exponent.
    package func power(_ exponent: Int) throws(PostgresError) -> Decimal {
        guard isFinite else { return try power(Decimal(exponent)) }
        let scale = min(max(Self.significantDigits, scale), Self.greatestDisplayScale)
        switch exponent {
        case 0: return Decimal.one.rounded(toScale: scale)
        case 1: return rounded(toScale: scale)
        case 2: return try product(self).rounded(toScale: scale).checked()
        default: break
        }
        if isZero {
            if exponent < 0 { throw PostgresError("2201F", "zero raised to a negative power is undefined") }
            return Decimal(scale: scale)
        }
        if exponent == -1 { return try Decimal.one.quotient(self, scale: scale, rounds: true).checked() }
        let digits = Double(exponent) * decimalLogarithm
        guard digits <= 3 * 32_767 * 4 else { throw .numericOverflow }
        if digits + 1 < Double(-scale) { return Decimal(scale: scale) }
        // Enough digits that the errors of the multiplications stay beyond those shown.
        let significant = 1 + scale + Int(digits) + Int(log(abs(Double(exponent)))) + 8
        var mask = exponent.magnitude
        var square = self
        var result = mask & 1 == 1 ? self : .one
        mask >>= 1
        while mask > 0 {
            let squareScale = max(0, min(significant - 2 * square.weight * 4, 2 * square.scale))
            square = square.product(square).rounded(toScale: squareScale)
            if mask & 1 == 1 {
                let resultScale = max(
                    0, min(significant - (square.weight + result.weight) * 4, square.scale + result.scale))
                result = square.product(result).rounded(toScale: resultScale)
            }
            if square.weight > Self.greatestWeight || result.weight > Self.greatestWeight {
                if exponent > 0 { throw .numericOverflow }
                return Decimal(scale: scale)
            }
            mask >>= 1
        }
        let value =
            exponent < 0
            ? Decimal.one.quotient(result, scale: scale, rounds: true) : result.rounded(toScale: scale)
        return try value.checked()
    }

    /// The decimal logarithm of the magnitude, as exactly as a double has it.
    var decimalLogarithm: Double {
        var mantissa = 0.0
        var power = weight * 4
        for (index, group) in groups.prefix(4).enumerated() {
            mantissa = mantissa * Double(Self.base) + Double(group)
            if index > 0 { power -= 4 }
        }
        return log10(mantissa) + Double(power)
    }
}
