package import SQLite

/// A range of an ordered type. Ranges of whole numbers and days are always kept as `[lower,upper)`.
package struct RangeValue: Hashable, Sendable {
    package struct Bound: Hashable, Sendable {
        /// nil: unbounded.
        package var value: SQLValue?
        package var isInclusive: Bool

        package init(_ value: SQLValue?, isInclusive: Bool) {
            self.value = value
            // What has no end cannot include it.
            self.isInclusive = isInclusive && value != nil
        }
    }

    package var lower: Bound
    package var upper: Bound
    package var isEmpty: Bool

    package static let empty = RangeValue(
        uncheckedLower: Bound(nil, isInclusive: false), upper: Bound(nil, isInclusive: false), isEmpty: true)

    private init(uncheckedLower lower: Bound, upper: Bound, isEmpty: Bool) {
        self.lower = lower
        self.upper = upper
        self.isEmpty = isEmpty
    }

    /// Checks the order of the bounds and brings the range into its canonical form.
    package init(lower: Bound, upper: Bound, kind: RangeKind) throws(PostgresError) {
        if let low = lower.value, let high = upper.value {
            let order = kind.compare(low, high)
            guard order <= 0 else {
                throw PostgresError("22000", "range lower bound must be less than or equal to range upper bound")
            }
            if order == 0, !lower.isInclusive || !upper.isInclusive {
                self = .empty
                return
            }
        }
        self.init(
            uncheckedLower: try Self.canonical(lower, isInclusiveWanted: true, kind),
            upper: try Self.canonical(upper, isInclusiveWanted: false, kind), isEmpty: false)
        if let low = self.lower.value, let high = self.upper.value, kind.compare(low, high) >= 0,
            !(self.lower.isInclusive && self.upper.isInclusive)
        {
            self = .empty
        }
    }

    /// The bound of a discrete type, one further where it includes what it shouldn't or leaves out what it should have.
    private static func canonical(_ bound: Bound, isInclusiveWanted: Bool, _ kind: RangeKind) throws(PostgresError)
        -> Bound
    {
        guard kind.isDiscrete, case .integer(let value) = bound.value, bound.isInclusive != isInclusiveWanted else {
            return bound
        }
        if kind == .daterange, Temporal.isInfinite(value) { return bound }
        let next = value.addingReportingOverflow(1)
        let isTooBig = kind == .int4range ? next.partialValue > Int64(Int32.max) : next.overflow
        if kind == .daterange, !Temporal.dateRange.contains(Int(next.partialValue)) {
            throw .dateTimeOutOfRange("date")
        }
        guard !isTooBig else { throw PostgresError("22003", "\(kind.element.displayName()) out of range") }
        return Bound(.integer(next.partialValue), isInclusive: isInclusiveWanted)
    }

    /// Empty before all others; then by the lower, then by the upper bound.
    package func compare(_ other: RangeValue, kind: RangeKind) -> Int {
        if isEmpty || other.isEmpty { return (isEmpty ? 0 : 1) - (other.isEmpty ? 0 : 1) }
        let lowers = Self.compare(lower, other.lower, isLower: true, kind)
        return lowers != 0 ? lowers : Self.compare(upper, other.upper, isLower: false, kind)
    }

    /// The order of two bounds on the same side.
    static func compare(_ left: Bound, _ right: Bound, isLower: Bool, _ kind: RangeKind) -> Int {
        guard let a = left.value else { return right.value == nil ? 0 : isLower ? -1 : 1 }
        guard let b = right.value else { return isLower ? 1 : -1 }
        let order = kind.compare(a, b)
        if order != 0 || left.isInclusive == right.isInclusive { return order }
        return left.isInclusive == isLower ? -1 : 1
    }
}
