package import SQLite

/// What the operators and functions of ranges say about two of them.
extension RangeValue {
    /// Below zero when a lower bound comes before an upper one, zero when both are the same value, in both ranges.
    private static func compare(lower: Bound, upper: Bound, _ kind: RangeKind) -> Int {
        guard let low = lower.value, let high = upper.value else { return -1 }
        let order = kind.compare(low, high)
        if order != 0 { return order }
        return lower.isInclusive && upper.isInclusive ? 0 : 1
    }

    /// `&&`
    package func overlaps(_ other: RangeValue, kind: RangeKind) -> Bool {
        guard !isEmpty, !other.isEmpty else { return false }
        return Self.compare(lower: lower, upper: other.upper, kind) <= 0
            && Self.compare(lower: other.lower, upper: upper, kind) <= 0
    }

    /// `@>`
    package func contains(_ other: RangeValue, kind: RangeKind) -> Bool {
        if other.isEmpty { return true }
        if isEmpty { return false }
        return Self.compare(lower, other.lower, isLower: true, kind) <= 0
            && Self.compare(upper, other.upper, isLower: false, kind) >= 0
    }

    package func contains(_ element: SQLValue, kind: RangeKind) -> Bool {
        guard !isEmpty else { return false }
        let bound = Bound(element, isInclusive: true)
        return Self.compare(lower: lower, upper: bound, kind) <= 0
            && Self.compare(lower: bound, upper: upper, kind) <= 0
    }

    /// `<<`: it ends before the other starts.
    package func isBefore(_ other: RangeValue, kind: RangeKind) -> Bool {
        !isEmpty && !other.isEmpty && Self.compare(lower: other.lower, upper: upper, kind) > 0
    }

    /// `-|-`: one starts where the other ends, and they share nothing.
    package func isAdjacent(to other: RangeValue, kind: RangeKind) -> Bool {
        guard !isEmpty, !other.isEmpty else { return false }
        func meet(_ upper: Bound, _ lower: Bound) -> Bool {
            guard let high = upper.value, let low = lower.value else { return false }
            return kind.compare(high, low) == 0 && upper.isInclusive != lower.isInclusive
        }
        return meet(upper, other.lower) || meet(other.upper, lower)
    }

    /// `&<`: it does not reach beyond the other's end.
    package func endsWithin(_ other: RangeValue, kind: RangeKind) -> Bool {
        !isEmpty && !other.isEmpty && Self.compare(upper, other.upper, isLower: false, kind) <= 0
    }

    /// `&>`: it does not start before the other.
    package func startsWithin(_ other: RangeValue, kind: RangeKind) -> Bool {
        !isEmpty && !other.isEmpty && Self.compare(lower, other.lower, isLower: true, kind) >= 0
    }

    /// `*`
    package func intersection(_ other: RangeValue, kind: RangeKind) throws(PostgresError) -> RangeValue {
        guard overlaps(other, kind: kind) else { return .empty }
        return try RangeValue(
            lower: Self.compare(lower, other.lower, isLower: true, kind) >= 0 ? lower : other.lower,
            upper: Self.compare(upper, other.upper, isLower: false, kind) <= 0 ? upper : other.upper, kind: kind)
    }

    /// `+`, which wants the two to touch, and `range_merge`, which fills what lies between them.
    package func union(_ other: RangeValue, kind: RangeKind, fillsGap: Bool) throws(PostgresError) -> RangeValue {
        if isEmpty { return other }
        if other.isEmpty { return self }
        guard fillsGap || overlaps(other, kind: kind) || isAdjacent(to: other, kind: kind) else {
            throw PostgresError("22000", "result of range union would not be contiguous")
        }
        return try RangeValue(
            lower: Self.compare(lower, other.lower, isLower: true, kind) <= 0 ? lower : other.lower,
            upper: Self.compare(upper, other.upper, isLower: false, kind) >= 0 ? upper : other.upper, kind: kind)
    }

    /// `-`
    package func difference(_ other: RangeValue, kind: RangeKind) throws(PostgresError) -> RangeValue {
        guard overlaps(other, kind: kind) else { return self }
        let startsBefore = Self.compare(lower, other.lower, isLower: true, kind) < 0
        let endsAfter = Self.compare(upper, other.upper, isLower: false, kind) > 0
        switch (startsBefore, endsAfter) {
        case (true, true): throw PostgresError("22000", "result of range difference would not be contiguous")
        case (false, false): return .empty
        case (true, false): return try before(other, kind: kind)
        case (false, true): return try after(other, kind: kind)
        }
    }

    /// What lies before an overlapping range.
    func before(_ other: RangeValue, kind: RangeKind) throws(PostgresError) -> RangeValue {
        guard Self.compare(lower, other.lower, isLower: true, kind) < 0 else { return .empty }
        let end = Bound(other.lower.value, isInclusive: !other.lower.isInclusive)
        return try RangeValue(lower: lower, upper: end, kind: kind)
    }

    /// What lies after an overlapping range.
    func after(_ other: RangeValue, kind: RangeKind) throws(PostgresError) -> RangeValue {
        guard Self.compare(upper, other.upper, isLower: false, kind) > 0 else { return .empty }
        let start = Bound(other.upper.value, isInclusive: !other.upper.isInclusive)
        return try RangeValue(lower: start, upper: upper, kind: kind)
    }
}
