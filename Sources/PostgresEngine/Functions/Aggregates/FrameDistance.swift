import PostgresTypes
import SQLite

/// How far rows lie apart along a window's sort key: Postgres' `in_range` functions.
struct FrameDistance {
    let type: TypeID
    let offset: SQLValue
    let zone: TimeZoneRules

    /// Whether `value` is no more than (`less`) or no less than `base` and the offset, added or taken off.
    func holds(_ value: SQLValue, base: SQLValue, subtract: Bool, less: Bool) throws -> Bool {
        switch type {
        case .int2, .int4, .int8: try integers(value, base, subtract, less)
        case .float4, .float8: try floats(value, base, subtract, less)
        case .numeric: try decimals(value, base, subtract, less)
        case .date:
            try moments(
                Temporal.timestamp(ofDate: value.whole), Temporal.timestamp(ofDate: base.whole), subtract, less)
        case .timestamp, .timestamptz: try moments(value.whole, base.whole, subtract, less)
        case .time:
            try times(ZonedTime(time: value.whole, offset: 0), ZonedTime(time: base.whole, offset: 0), subtract, less)
        case .timetz:
            try times(
                ZonedTime(stored: value.stored.utf8), ZonedTime(stored: base.stored.utf8), subtract, less)
        case .interval: try intervals(Interval(stored: value.stored), Interval(stored: base.stored), subtract, less)
        default: throw PostgresError("XX000", "no distance along a sort key")
        }
    }

    private static let refused = PostgresError("22013", "invalid preceding or following size in window function")

    private func integers(_ value: SQLValue, _ base: SQLValue, _ subtract: Bool, _ less: Bool) throws -> Bool {
        let offset = offset.whole
        guard offset >= 0 else { throw Self.refused }
        let sum =
            subtract ? base.whole.subtractingReportingOverflow(offset) : base.whole.addingReportingOverflow(offset)
        if sum.overflow { return subtract ? !less : less }
        return less ? value.whole <= sum.partialValue : value.whole >= sum.partialValue
    }

    private func floats(_ value: SQLValue, _ base: SQLValue, _ subtract: Bool, _ less: Bool) throws -> Bool {
        guard let offset = offset.double, let value = value.double, let base = base.double else { return false }
        guard offset >= 0 else { throw Self.refused }
        if value.isNaN { return base.isNaN || !less }
        if base.isNaN { return less }
        if offset.isInfinite, base.isInfinite, subtract == (base > 0) { return true }
        let sum = subtract ? base - offset : base + offset
        return less ? value <= sum : value >= sum
    }

    private func decimals(_ value: SQLValue, _ base: SQLValue, _ subtract: Bool, _ less: Bool) throws -> Bool {
        let offset = Decimal(stored: offset.stored)
        guard !offset.isNaN, offset.signum >= 0 else { throw Self.refused }
        let (value, base) = (Decimal(stored: value.stored), Decimal(stored: base.stored))
        if value.isNaN { return base.isNaN || !less }
        if base.isNaN { return less }
        if offset.isInfinite, base.isInfinite, subtract == (base.signum > 0) { return true }
        let sum = subtract ? try base.subtracting(offset) : try base.adding(offset)
        return less ? value.compare(sum) <= 0 : value.compare(sum) >= 0
    }

    private func moments(_ value: Int64, _ base: Int64, _ subtract: Bool, _ less: Bool) throws -> Bool {
        let interval = try signed(subtract)
        let sum =
            type == .timestamptz
            ? try Temporal.add(interval, toTimestamptz: base, in: zone) : try Temporal.add(interval, toTimestamp: base)
        return less ? value <= sum : value >= sum
    }

    /// Months and days of the offset count for nothing, and a day does not end.
    private func times(_ value: ZonedTime, _ base: ZonedTime, _ subtract: Bool, _ less: Bool) throws -> Bool {
        let microseconds = Interval(stored: offset.stored).microseconds
        guard microseconds >= 0 else { throw Self.refused }
        var sum = base
        sum.time = subtract ? base.time &- microseconds : base.time &+ microseconds
        return less ? value.compare(sum) <= 0 : value.compare(sum) >= 0
    }

    private func intervals(_ value: Interval, _ base: Interval, _ subtract: Bool, _ less: Bool) throws -> Bool {
        let sum = try base.adding(signed(subtract))
        return less ? value.compare(sum) <= 0 : value.compare(sum) >= 0
    }

    private func signed(_ subtract: Bool) throws -> Interval {
        let interval = Interval(stored: offset.stored)
        guard interval.compare(Interval()) >= 0 else { throw Self.refused }
        return subtract ? try interval.negated() : interval
    }
}

extension SQLValue {
    fileprivate var whole: Int64 { if case .integer(let number) = self { number } else { 0 } }

    fileprivate var stored: String {
        switch self {
        case .text(let text): text
        case .integer(let number): String(number)
        default: ""
        }
    }
}
