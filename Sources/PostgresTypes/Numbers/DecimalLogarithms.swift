private import Glibc

/// Roots, exponentials and logarithms. Each first chooses the scale that PostgreSQL shows (at least 16 significant
/// digits), then computes with some digits more and rounds.
extension Decimal {
    /// Exponents beyond which a result cannot be held, whatever its sign.
    private static let greatestExponent = 6000.0
    private static let decimalOfE = 0.434294481903252

    private static func displayScale(_ wanted: Int, _ scales: Int...) -> Int {
        min(max(wanted, scales.max() ?? 0, 0), greatestDisplayScale)
    }

    // MARK: Square root

    package func squareRoot() throws(PostgresError) -> Decimal {
        if isNaN { return self }
        if signum < 0 { throw PostgresError("2201F", "cannot take square root of a negative number") }
        if isInfinite { return self }
        let halfWeight = (weight + 1) * 4 / 2 - 1
        let scale = Self.displayScale(Self.significantDigits - halfWeight, scale)
        guard !groups.isEmpty else { return Decimal(scale: scale) }
        // Newton's iteration from what a double knows, on a number brought near 1.
        let shift = weight / 2
        var near = self
        near.weight -= shift * 2
        near.scale = near.groups.count * 4
        let working = scale + shift * 4 + 12
        let half = Decimal(5, scale: 1)
        var root = Decimal(near.double.squareRoot())
        var digits = 14
        repeat {
            root = Self.addExact(root, near.quotient(root, scale: max(working, 12), rounds: true))
                .product(half).rounded(toScale: max(working, 12))
            digits *= 2
        } while digits < working + 24
        root.weight += root.groups.isEmpty ? 0 : shift
        return root.rounded(toScale: scale)
    }

    // MARK: Exponential

    package func exponential() throws(PostgresError) -> Decimal {
        if kind != .finite { return isNegative ? .zero : self }
        let digits = max(-2000, min(2000, double * Self.decimalOfE))
        return try exponential(scale: Self.displayScale(Self.significantDigits - Int(digits), scale))
    }

    /// e to this power, with `scale` digits after the point.
    private func exponential(scale: Int) throws(PostgresError) -> Decimal {
        let size = double
        guard abs(size) < Self.greatestExponent else {
            if size > 0 { throw .numericOverflow }
            return Decimal(scale: scale)
        }
        let digits = Int((abs(size) * Self.decimalOfE).rounded(.up))
        if isNegative {
            // The reciprocal of the positive power, of which as many digits are needed as will be shown.
            let inverse = magnitude.raw(exponentialToDigits: max(0, scale - digits) + 8, before: digits)
            return Decimal.one.quotient(inverse, scale: scale, rounds: true)
        }
        return try raw(exponentialToDigits: scale + 4, before: digits).rounded(toScale: scale).checked()
    }

    /// e to this power (not negative), by the series of a small part of it and repeated squaring. `before` is the
    /// number of digits before the point.
    private func raw(exponentialToDigits scale: Int, before: Int) -> Decimal {
        var halvings = 0
        var size = double
        while size > 0.01 {
            size /= 2
            halvings += 1
        }
        let working = scale + before + halvings / 3 + 12
        var part = self
        for _ in 0..<halvings { part = part.product(Decimal(5, scale: 1)) }
        part = part.rounded(toScale: working + 4)
        var sum = Decimal.one
        var term = Decimal.one
        var index = 1
        while true {
            term = term.product(part).quotient(Decimal(index), scale: working, rounds: true)
            if term.isZero { break }
            sum = Self.addExact(sum, term)
            index += 1
        }
        for _ in 0..<halvings { sum = sum.product(sum).rounded(toScale: working) }
        return sum
    }

    /// The sum of finite numbers whose size is known to be harmless.
    private static func addExact(_ left: Decimal, _ right: Decimal) -> Decimal {
        do { return try left.adding(right) } catch { return .nan }
    }

    // MARK: Logarithms

    package func naturalLogarithm() throws(PostgresError) -> Decimal {
        if isNaN { return self }
        try checkLogarithm()
        if isInfinite { return self }
        return raw(logarithmScale: Self.displayScale(Self.significantDigits - logarithmDigits, scale))
    }

    package func logarithm(base: Decimal) throws(PostgresError) -> Decimal {
        if isNaN || base.isNaN { return .nan }
        try base.checkLogarithm()
        try checkLogarithm()
        if base.isInfinite { return isInfinite ? .nan : .zero }
        if isInfinite { return self }
        let digits = (logarithmDigits, base.logarithmDigits)
        let result = digits.0 - digits.1
        let scale = Self.displayScale(Self.significantDigits - result, scale, base.scale)
        let lower = base.raw(logarithmScale: max(0, scale + result - digits.1 + 8))
        if lower.isZero { throw .divisionByZero }
        return raw(logarithmScale: max(0, scale + result - digits.0 + 8)).quotient(lower, scale: scale, rounds: true)
    }

    private func checkLogarithm() throws(PostgresError) {
        if isZero { throw PostgresError("2201E", "cannot take logarithm of zero") }
        if signum < 0 { throw PostgresError("2201E", "cannot take logarithm of a negative number") }
    }

    /// The power of ten of the natural logarithm's first digit, roughly.
    private var logarithmDigits: Int {
        if self >= Decimal(9, scale: 1), self <= Decimal(11, scale: 1) {
            // Near 1 the logarithm is what is above 1.
            let excess = Self.addExact(self, Decimal(-1))
            guard let first = excess.groups.first else { return 0 }
            return excess.weight * 4 + Int(log10(Double(first)))
        }
        var digits = Double(groups[0])
        var power = weight * 4
        if groups.count > 1 {
            digits = digits * Double(Self.base) + Double(groups[1])
            power -= 4
        }
        return Int(log10(abs(log(digits) + Double(power) * 2.302585092994046)))
    }

    /// The natural logarithm of a positive number with `scale` digits after the point.
    private func raw(logarithmScale scale: Int) -> Decimal {
        let working = scale + 12
        var near = self
        near.weight = 0
        near.scale = near.groups.count * 4
        var result = near.logarithmNearOne(scale: working)
        if weight != 0 {
            let group = Decimal(Int(Self.base)).logarithmNearOne(scale: working + 6)
            result = Self.addExact(result, group.product(Decimal(weight)))
        }
        return result.rounded(toScale: scale)
    }

    /// Halley's iteration on e^y = x: each step trebles the digits that a double knows.
    private func logarithmNearOne(scale: Int) -> Decimal {
        let one = Self.addExact(self, Decimal(-1))
        if one.isZero { return Decimal(scale: scale) }
        var estimate = Decimal(log1p(one.double)).rounded(toScale: scale)
        var digits = 13
        repeat {
            let power = estimate.powerOfE(scale: scale)
            let difference = Self.addExact(self, power.negated)
            let step = difference.product(Decimal(2)).quotient(Self.addExact(self, power), scale: scale, rounds: true)
            estimate = Self.addExact(estimate, step)
            digits *= 3
        } while digits < scale + 8
        return estimate
    }

    /// e to a small power of either sign.
    private func powerOfE(scale: Int) -> Decimal {
        let power = magnitude.raw(exponentialToDigits: scale + 4, before: 5)
        return isNegative ? Decimal.one.quotient(power, scale: scale + 4, rounds: true) : power
    }

    // MARK: Powers

    /// `power(self, exponent)`.
    package func power(_ exponent: Decimal) throws(PostgresError) -> Decimal {
        if let special = try powerSpecial(exponent) { return special }
        if signum == 0, exponent.signum < 0 {
            throw PostgresError("2201F", "zero raised to a negative power is undefined")
        }
        let isWhole = exponent.truncated(toScale: 0) == exponent
        if isNegative, !isWhole {
            throw PostgresError(
                "2201F", "a negative number raised to a non-integer power yields a complex result")
        }
        if isWhole, let whole = exponent.wholeNumber, Int32(exactly: whole) != nil { return try power(Int(whole)) }
        if isZero { return Decimal(scale: Self.significantDigits) }
        let base = magnitude
        let digits = base.logarithmDigits
        let rough = base.raw(logarithmScale: max(0, 8 - digits)).product(exponent).double
        guard abs(rough) <= 2000 * 3.01 else {
            if rough > 0 { throw .numericOverflow }
            return Decimal(scale: Self.greatestDisplayScale)
        }
        let weight = Int(rough * Self.decimalOfE)
        let scale = Self.displayScale(Self.significantDigits - weight, self.scale, exponent.scale)
        let logarithm = base.raw(logarithmScale: max(0, scale + weight - digits + 8))
        let result = try logarithm.product(exponent).exponential(scale: scale)
        return isNegative && exponent.isOdd ? result.negated : result
    }

    private var isOdd: Bool { group(at: 0) % 2 != 0 }

    /// Powers with NaN and the infinities; nil where there is arithmetic to do.
    private func powerSpecial(_ exponent: Decimal) throws(PostgresError) -> Decimal? {
        if isFinite, exponent.isFinite { return nil }
        if exponent.isZero || self == .one { return .one }
        if isNaN || exponent.isNaN { return .nan }
        if exponent.isInfinite {
            if isZero {
                if exponent.isNegative {
                    throw PostgresError("2201F", "zero raised to a negative power is undefined")
                }
                return .zero
            }
            let order = magnitude.compare(.one)
            if order == 0 { return .one }
            return (order > 0) == exponent.isNegative ? .zero : .infinity
        }
        // Only the base is infinite.
        let isWhole = exponent.truncated(toScale: 0) == exponent
        if isNegative, !isWhole {
            throw PostgresError(
                "2201F", "a negative number raised to a non-integer power yields a complex result")
        }
        if exponent.signum < 0 { return .zero }
        return isNegative && exponent.isOdd ? .negativeInfinity : .infinity
    }
}
