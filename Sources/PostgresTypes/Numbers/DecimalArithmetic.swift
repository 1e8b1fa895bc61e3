extension Decimal {
    package var negated: Decimal {
        var result = self
        if kind == .infinite || !groups.isEmpty { result.isNegative.toggle() }
        return result
    }

    package var magnitude: Decimal {
        var result = self
        result.isNegative = false
        return result
    }

    /// -1, 0 or 1 as `sign()` prints it; NaN for NaN.
    package var sign: Decimal { isNaN ? .nan : Decimal(Int64(signum)) }

    package func adding(_ other: Decimal) throws(PostgresError) -> Decimal {
        if kind != .finite || other.kind != .finite { return Self.addSpecial(self, other) }
        let scale = max(scale, other.scale)
        var result: Decimal
        if isNegative == other.isNegative {
            result = Self.addMagnitudes(self, other)
            result.isNegative = isNegative
        } else {
            let order = compareMagnitude(other)
            if order == 0 { return Decimal(scale: scale) }
            result = order > 0 ? Self.subtractMagnitudes(self, other) : Self.subtractMagnitudes(other, self)
            result.isNegative = order > 0 ? isNegative : other.isNegative
        }
        result.scale = scale
        result.normalize()
        return try result.checked()
    }

    package func subtracting(_ other: Decimal) throws(PostgresError) -> Decimal { try adding(other.negated) }

    private static func addSpecial(_ left: Decimal, _ right: Decimal) -> Decimal {
        if left.isNaN || right.isNaN { return .nan }
        if left.isInfinite && right.isInfinite && left.isNegative != right.isNegative { return .nan }
        return left.isInfinite ? left : right
    }

    /// Digit groups from power `high` down to `low`.
    private static func addMagnitudes(_ left: Decimal, _ right: Decimal) -> Decimal {
        if left.groups.isEmpty { return right }
        if right.groups.isEmpty { return left }
        let high = max(left.weight, right.weight) + 1
        let low = min(left.weight - left.groups.count, right.weight - right.groups.count) + 1
        var groups = [Int32](repeating: 0, count: high - low + 1)
        var carry: Int32 = 0
        for power in low...high {
            let sum = left.group(at: power) + right.group(at: power) + carry
            carry = sum >= base ? 1 : 0
            groups[high - power] = sum - carry * base
        }
        return Decimal(weight: high, groups: groups)
    }

    /// `left` must be the larger one.
    private static func subtractMagnitudes(_ left: Decimal, _ right: Decimal) -> Decimal {
        if right.groups.isEmpty { return left }
        let high = left.weight
        let low = min(left.weight - left.groups.count, right.weight - right.groups.count) + 1
        var groups = [Int32](repeating: 0, count: high - low + 1)
        var borrow: Int32 = 0
        for power in low...high {
            let difference = left.group(at: power) - right.group(at: power) - borrow
            borrow = difference < 0 ? 1 : 0
            groups[high - power] = difference + borrow * base
        }
        return Decimal(weight: high, groups: groups)
    }

    package func multiplied(by other: Decimal) throws(PostgresError) -> Decimal {
        if kind != .finite || other.kind != .finite {
            if isNaN || other.isNaN || isZero || other.isZero { return .nan }
            return isNegative == other.isNegative ? .infinity : .negativeInfinity
        }
        var result = product(other)
        if result.scale > Self.greatestScale { result = result.rounded(toScale: Self.greatestScale) }
        return try result.checked()
    }

    /// The exact product of finite numbers.
    func product(_ other: Decimal) -> Decimal {
        let scale = scale + other.scale
        guard !groups.isEmpty, !other.groups.isEmpty else { return Decimal(scale: scale) }
        var sums = [Int64](repeating: 0, count: groups.count + other.groups.count)
        // The least significant group first: what is carried out of a row then meets an untouched group.
        for i in groups.indices.reversed() {
            let a = groups[i]
            var carry: Int64 = 0
            for j in stride(from: other.groups.count - 1, through: 0, by: -1) {
                let sum = sums[i + j + 1] + Int64(a) * Int64(other.groups[j]) + carry
                carry = sum / Int64(Self.base)
                sums[i + j + 1] = sum % Int64(Self.base)
            }
            sums[i] = carry
        }
        var result = Decimal(
            isNegative: isNegative != other.isNegative, weight: weight + other.weight + 1, scale: scale,
            groups: sums.map(Int32.init))
        result.normalize()
        return result
    }

    // MARK: Division

    /// `self / other`, with the scale that Postgres chooses: at least 16 significant digits, and no fewer than
    /// either operand shows.
    package func divided(by other: Decimal) throws(PostgresError) -> Decimal {
        if let special = try divisionSpecial(other) { return special }
        return try quotient(other, scale: quotientScale(other), rounds: true).checked()
    }

    /// `div(self, other)`: the whole part of the quotient.
    package func dividedToWhole(by other: Decimal) throws(PostgresError) -> Decimal {
        if let special = try divisionSpecial(other) { return special }
        return try quotient(other, scale: 0, rounds: false).checked()
    }

    /// `self % other`: has the sign of `self`.
    package func remainder(dividingBy other: Decimal) throws(PostgresError) -> Decimal {
        if isNaN || other.isNaN { return .nan }
        if other.isZero { throw .divisionByZero }
        if isInfinite { return .nan }
        if other.isInfinite { return self }
        return try subtracting(quotient(other, scale: 0, rounds: false).product(other))
            .withScale(max(scale, other.scale))
    }

    private func withScale(_ scale: Int) -> Decimal {
        var result = self
        result.scale = scale
        return result
    }

    /// Quotients with NaN, infinities and zero; nil where there is arithmetic to do.
    private func divisionSpecial(_ other: Decimal) throws(PostgresError) -> Decimal? {
        if isNaN || other.isNaN { return .nan }
        if other.isZero { throw .divisionByZero }
        if isInfinite {
            if other.isInfinite { return .nan }
            return isNegative == other.isNegative ? .infinity : .negativeInfinity
        }
        return other.isInfinite ? .zero : nil
    }

    private func quotientScale(_ other: Decimal) -> Int {
        let first = (groups.first ?? 0, other.groups.first ?? 0)
        let quotientWeight = weight - other.weight - (first.0 <= first.1 ? 1 : 0)
        return min(max(Self.significantDigits - quotientWeight * 4, scale, other.scale, 0), Self.greatestDisplayScale)
    }

    /// The fewest digits of an inexact result, and the most after its point.
    static let significantDigits = 16
    static let greatestDisplayScale = 1000

    /// Long division to `scale` digits after the point; finite numbers, `other` not zero.
    func quotient(_ other: Decimal, scale: Int, rounds: Bool) -> Decimal {
        guard !groups.isEmpty else { return Decimal(scale: scale) }
        let topWeight = weight - other.weight
        // Groups of the quotient down to the last digit wanted, and one more to round by.
        let count = topWeight + 1 + (scale + 3) / 4 + 1
        guard count > 0 else { return Decimal(scale: scale) }
        // Scaled so that the divisor's first group is large: then an estimated digit is too large by two at most.
        let factor = Int64(Self.base) / (Int64(other.groups[0]) + 1)
        let divisorGroups = Array(
            Self.scaled(other.groups, by: factor, length: other.groups.count)[1...other.groups.count])
        var rest = Self.scaled(groups, by: factor, length: max(groups.count, count + divisorGroups.count))
        let base = Int64(Self.base)
        var quotientGroups = [Int32](repeating: 0, count: count)
        for position in 0..<count {
            let top = rest[position] * base + rest[position + 1]
            var estimate = min(top / divisorGroups[0], base - 1)
            if divisorGroups.count > 1 {
                let next = position + 2 < rest.count ? rest[position + 2] : 0
                while estimate * divisorGroups[1] > (top - estimate * divisorGroups[0]) * base + next { estimate -= 1 }
            }
            guard estimate > 0 else { continue }
            var borrow: Int64 = 0
            for index in stride(from: divisorGroups.count - 1, through: 0, by: -1) {
                let difference = rest[position + 1 + index] - estimate * divisorGroups[index] - borrow
                borrow = difference < 0 ? (-difference + base - 1) / base : 0
                rest[position + 1 + index] = difference + borrow * base
            }
            rest[position] -= borrow
            if rest[position] < 0 {
                estimate -= 1
                var carry: Int64 = 0
                for index in stride(from: divisorGroups.count - 1, through: 0, by: -1) {
                    let sum = rest[position + 1 + index] + divisorGroups[index] + carry
                    carry = sum / base
                    rest[position + 1 + index] = sum % base
                }
                rest[position] += carry
            }
            quotientGroups[position] = Int32(estimate)
        }
        var result = Decimal(
            isNegative: isNegative != other.isNegative, weight: topWeight, scale: scale + 8, groups: quotientGroups)
        result.normalize()
        return rounds ? result.rounded(toScale: scale) : result.truncated(toScale: scale)
    }

    /// `groups` times a small factor, with one group in front for the carry and zeros behind, `length` + 2 in all.
    private static func scaled(_ groups: [Int32], by factor: Int64, length: Int) -> [Int64] {
        var result = [Int64](repeating: 0, count: length + 2)
        var carry: Int64 = 0
        for index in stride(from: groups.count - 1, through: 0, by: -1) {
            let product = Int64(groups[index]) * factor + carry
            result[index + 1] = product % Int64(base)
            carry = product / Int64(base)
        }
        result[0] = carry
        return result
    }

    // MARK: Rounding to whole numbers

    package var ceiling: Decimal { wholeAway(fromZero: !isNegative) }
    package var floor: Decimal { wholeAway(fromZero: isNegative) }

    private func wholeAway(fromZero: Bool) -> Decimal {
        guard kind == .finite else { return self }
        let whole = truncated(toScale: 0)
        guard fromZero, whole != self else { return whole }
        var result = Self.addMagnitudes(whole.magnitude, .one)
        result.isNegative = isNegative
        result.normalize()
        return result
    }

    /// The fewest digits after the point that lose nothing: `min_scale()`.
    package var minimalScale: Int {
        guard kind == .finite, let last = groups.last else { return 0 }
        let powers = groups.count - 1 - weight
        guard powers > 0 else { return 0 }
        return powers * 4 - (last % 10 != 0 ? 0 : last % 100 != 0 ? 1 : last % 1000 != 0 ? 2 : 3)
    }
}
