import PostgresTypes
import SQLite

extension Decimal {
    /// The power of 10000 of the first digit group.
    private var groupWeight: Int {
        let digits = magnitude.description.split(separator: ".", omittingEmptySubsequences: false)
        if digits[0] != "0" { return (digits[0].count - 1) / 4 }
        guard digits.count > 1, let first = digits[1].firstIndex(where: { $0 != "0" }) else { return 0 }
        let position = digits[1].distance(from: digits[1].startIndex, to: first) + 1
        return -((position + 3) / 4)
    }

    /// `sqrt(numeric)`: at least 16 significant digits, and as many after the point as the argument has.
    func squareRoot() throws(PostgresError) -> Decimal {
        if isNaN { return .nan }
        guard signum >= 0 else { throw PostgresError("2201F", "cannot take square root of a negative number") }
        if !isFinite { return self }
        let weight = groupWeight
        let digits = weight >= 0 ? weight * 2 + 1 : 1 - (1 - weight * 4) / 2
        return try squareRoot(scale: min(1000, max(16 - digits, scale, 0)))
    }

    /// The square root rounded to a scale: by whole numbers, so that every digit is right.
    func squareRoot(scale: Int) throws(PostgresError) -> Decimal {
        if isZero { return Decimal.zero.rounded(toScale: scale) }
        // One digit more than asked for decides the rounding.
        let shift = scale + 1
        let number = try multiplied(by: Decimal.powerOfTen(2 * shift)).truncated(toScale: 0)
        var guess = try Decimal.powerOfTen((number.description.count + 1) / 2)
        while true {
            let next = try guess.adding(number.dividedToWhole(by: guess)).dividedToWhole(by: Decimal(2))
            if next >= guess { break }
            guess = next
        }
        return try guess.multiplied(by: Decimal(parsing: "1e-\(shift)")).rounded(toScale: scale)
    }

    static func powerOfTen(_ exponent: Int) throws(PostgresError) -> Decimal { try Decimal(parsing: "1e\(exponent)") }
}

extension FunctionTable {
    mutating func addNumericRoots() {
        scalar("sqrt(numeric)") { .decimal(try $0.decimal(0).squareRoot()) }
        scalar("numeric_power(numeric,numeric)", "power(numeric,numeric)", "pow(numeric,numeric)") { call in
            let (base, exponent) = (call.decimal(0), call.decimal(1))
            guard exponent.isFinite, exponent == exponent.truncated(toScale: 0),
                let count = Int(exactly: try exponent.integer())
            else { throw PostgresError.notSupported("numeric power with an exponent that is no integer") }
            if base.isZero && count < 0 {
                throw PostgresError("2201F", "zero raised to a negative power is undefined")
            }
            return .decimal(try base.power(count))
        }
        scalar("gcd(numeric,numeric)") { call in
            var (a, b) = (call.decimal(0).magnitude, call.decimal(1).magnitude)
            let scale = max(a.scale, b.scale)
            while !b.isZero { (a, b) = (b, try a.remainder(dividingBy: b)) }
            return .decimal(a.rounded(toScale: scale))
        }
    }
}
