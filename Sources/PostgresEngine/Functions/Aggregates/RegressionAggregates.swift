import PostgresTypes
import SQLite

/// Aggregates of pairs: correlation, covariance and linear regression. Their first argument is Y, their second X.
extension FunctionTable {
    mutating func addRegressions() {
        let finals: [(String, @Sendable (PairStatistics) -> Double?)] = [
            ("covar_pop", { $0.sumXY / $0.count }),
            ("covar_samp", { $0.count < 2 ? nil : $0.sumXY / ($0.count - 1) }),
            ("corr", { $0.sumXX == 0 || $0.sumYY == 0 ? nil : $0.sumXY / ($0.sumXX * $0.sumYY).squareRoot() }),
            ("regr_avgx", { $0.sumX / $0.count }),
            ("regr_avgy", { $0.sumY / $0.count }),
            ("regr_sxx", { $0.sumXX }),
            ("regr_syy", { $0.sumYY }),
            ("regr_sxy", { $0.sumXY }),
            ("regr_slope", { $0.sumXX == 0 ? nil : $0.sumXY / $0.sumXX }),
            ("regr_intercept", { $0.sumXX == 0 ? nil : ($0.sumY - $0.sumX * $0.sumXY / $0.sumXX) / $0.count }),
            (
                "regr_r2",
                { $0.sumXX == 0 ? nil : $0.sumYY == 0 ? 1 : $0.sumXY * $0.sumXY / ($0.sumXX * $0.sumYY) }
            ),
        ]
        for (name, final) in finals {
            aggregate("\(name)(float8,float8)") { _, _ in PairAccumulator(final) }
        }
        aggregate("regr_count(float8,float8)") { _, _ in PairCount() }
    }
}

/// What Youngs and Cramer's method keeps of the pairs seen: Postgres' own, so that the last digits agree.
private struct PairStatistics {
    var count = 0.0
    var sumX = 0.0
    var sumY = 0.0
    /// Sums of squared and multiplied differences from the means.
    var sumXX = 0.0
    var sumYY = 0.0
    var sumXY = 0.0

    mutating func add(x: Double, y: Double) throws {
        let before = self
        count += 1
        sumX += x
        sumY += y
        guard before.count > 0 else {
            if !x.isFinite { (sumXX, sumXY) = (.nan, .nan) }
            if !y.isFinite { (sumYY, sumXY) = (.nan, .nan) }
            return
        }
        let (offsetX, offsetY) = (x * count - sumX, y * count - sumY)
        let scale = 1 / (count * before.count)
        sumXX += offsetX * offsetX * scale
        sumYY += offsetY * offsetY * scale
        sumXY += offsetX * offsetY * scale
        guard [sumX, sumXX, sumY, sumYY, sumXY].contains(where: \.isInfinite) else { return }
        let hadX = before.sumX.isInfinite || x.isInfinite
        let hadY = before.sumY.isInfinite || y.isInfinite
        if (sumX.isInfinite || sumXX.isInfinite) && !hadX || (sumY.isInfinite || sumYY.isInfinite) && !hadY
            || sumXY.isInfinite && !hadX && !hadY
        {
            throw PostgresError.floatOverflow
        }
        if sumXX.isInfinite { sumXX = .nan }
        if sumYY.isInfinite { sumYY = .nan }
        if sumXY.isInfinite { sumXY = .nan }
    }
}

/// Keeps the statistics of pairs, out of which `final` makes the result; NULL where it makes none.
private final class PairAccumulator: Accumulator {
    private var statistics = PairStatistics()
    private let final: (PairStatistics) -> Double?

    init(_ final: @escaping (PairStatistics) -> Double?) { self.final = final }

    func add(_ values: [SQLValue]) throws {
        guard let y = values[0].double, let x = values[1].double else { return }
        try statistics.add(x: x, y: y)
    }

    func value() -> SQLValue {
        if statistics.count == 0 { return .null }
        return final(statistics).map { .float($0) } ?? .null
    }
}

/// `regr_count`: pairs without a NULL.
private final class PairCount: Accumulator {
    private var count: Int64 = 0
    func add(_ values: [SQLValue]) { if !values[0].isNull, !values[1].isNull { count += 1 } }
    func value() -> SQLValue { .integer(count) }
}
