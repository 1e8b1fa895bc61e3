import PostgresTypes
import SQLite

extension Decimal {
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
        scalar("numeric_power(numeric,numeric)", "power(numeric,numeric)", "pow(numeric,numeric)") {
            .decimal(try $0.decimal(0).power($0.decimal(1)))
        }
        scalar("exp(numeric)") { .decimal(try $0.decimal(0).exponential()) }
        scalar("ln(numeric)") { .decimal(try $0.decimal(0).naturalLogarithm()) }
        scalar("log(numeric)", "log10(numeric)") { .decimal(try $0.decimal(0).logarithm(base: Decimal(10))) }
        scalar("log(numeric,numeric)") { .decimal(try $0.decimal(1).logarithm(base: $0.decimal(0))) }
        scalar("gcd(numeric,numeric)") { .decimal(try Self.greatestDivisor($0.decimal(0), $0.decimal(1))) }
        scalar("lcm(numeric,numeric)") { call in
            let (a, b) = (call.decimal(0), call.decimal(1))
            let scale = max(a.scale, b.scale)
            let divisor = try Self.greatestDivisor(a, b)
            guard divisor.isFinite else { return .decimal(.nan) }
            if divisor.isZero || a.isZero || b.isZero { return .decimal(Decimal.zero.rounded(toScale: scale)) }
            let multiple = try a.dividedToWhole(by: divisor).multiplied(by: b).magnitude
            return .decimal(multiple.rounded(toScale: scale))
        }
    }

    /// Euclid's; NaN where an argument is not finite.
    private static func greatestDivisor(_ first: Decimal, _ second: Decimal) throws -> Decimal {
        var (a, b) = (first.magnitude, second.magnitude)
        guard a.isFinite, b.isFinite else { return .nan }
        let scale = max(a.scale, b.scale)
        while !b.isZero { (a, b) = (b, try a.remainder(dividingBy: b)) }
        return a.rounded(toScale: scale)
    }
}
