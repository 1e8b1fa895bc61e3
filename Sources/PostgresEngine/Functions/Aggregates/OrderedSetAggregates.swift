private import Glibc
import PostgresTypes
import SQLite

/// Aggregates with WITHIN GROUP: they are fed their direct argument with every value, values in order.
extension FunctionTable {
    mutating func addOrderedSets() {
        aggregate("percentile_cont(float8,float8)") { _, _ in Percentile(isContinuous: true) }
        aggregate("percentile_cont(_float8,float8)") { _, _ in Percentile(isContinuous: true, isList: true) }
        aggregate("percentile_disc(float8,anyelement)") { _, _ in Percentile(isContinuous: false) }
        aggregate("percentile_disc(_float8,anyelement)") { _, _ in Percentile(isContinuous: false, isList: true) }
        aggregate("mode(anyelement)") { _, _ in MostFrequent() }
    }
}

/// `percentile_cont` and `percentile_disc`, with one fraction or a list of them.
private final class Percentile: Accumulator {
    private let isContinuous: Bool
    private let isList: Bool
    private var fraction = SQLValue.null
    private var values: [SQLValue] = []

    init(isContinuous: Bool, isList: Bool = false) {
        self.isContinuous = isContinuous
        self.isList = isList
    }

    func add(_ row: [SQLValue]) {
        fraction = row[0]
        if !row[1].isNull { values.append(row[1]) }
    }

    func value() throws -> SQLValue {
        guard !values.isEmpty else { return .null }
        guard isList, case .text(let text) = fraction else { return try at(fraction) }
        var fractions = ArrayValue(stored: text, element: .float8)
        for index in fractions.elements.indices { fractions.elements[index] = try at(fractions.elements[index]) }
        return fractions.stored
    }

    private func at(_ fraction: SQLValue) throws -> SQLValue {
        guard let share = fraction.double else { return .null }
        guard share >= 0, share <= 1 else {
            let shown = PostgresType.float8.encode(.float(share), context: .unset)
            throw PostgresError("22003", "percentile value \(shown) is not between 0 and 1")
        }
        if !isContinuous { return values[max(Int(ceil(share * Double(values.count))), 1) - 1] }
        let place = share * Double(values.count - 1)
        let (low, high) = (Int(floor(place)), Int(ceil(place)))
        guard let first = values[low].double, let second = values[high].double else { return .null }
        return .float(low == high ? first : first + (second - first) * (place - Double(low)))
    }
}

/// `mode`: of values that are as frequent, the first in order.
private final class MostFrequent: Accumulator {
    private var values: [SQLValue] = []
    func add(_ row: [SQLValue]) { if !row[0].isNull { values.append(row[0]) } }

    func value() -> SQLValue {
        var best: (value: SQLValue, count: Int) = (.null, 0)
        var current: (value: SQLValue, count: Int) = (.null, 0)
        for value in values {
            current = value == current.value ? (value, current.count + 1) : (value, 1)
            if current.count > best.count { best = current }
        }
        return best.value
    }
}
