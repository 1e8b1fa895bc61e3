package import SQLite

/// One subscript of a slice: `[lower:upper]`, nil where the array's own bound is meant.
package struct SliceBounds: Hashable, Sendable {
    package var lower: Int?
    package var upper: Int?

    package init(lower: Int?, upper: Int?) {
        self.lower = lower
        self.upper = upper
    }
}

/// Reading and assigning parts of an array by subscripts, with Postgres' rules about what is out of range.
extension ArrayValue {
    private static let mostElements = 134_217_727

    /// `[1:3][0:1]`: the bounds of every dimension.
    package var boundsText: String {
        zip(lowerBounds, dimensions).map { lower, length in "[\(lower):\(lower + length - 1)]" }.joined()
    }

    /// The place in `elements` of the element at these subscripts; nil when there is none.
    private func position(of subscripts: [Int]) -> Int? {
        guard subscripts.count == dimensions.count else { return nil }
        var position = 0
        for (index, length) in dimensions.enumerated() {
            let offset = subscripts[index] - lowerBounds[index]
            guard (0..<length).contains(offset) else { return nil }
            position = position * length + offset
        }
        return position
    }

    /// The element at these subscripts: null where there is none, or fewer subscripts than dimensions.
    package func element(at subscripts: [Int]) -> SQLValue {
        if elements.isEmpty { return .null }
        return position(of: subscripts).map { elements[$0] } ?? .null
    }

    /// The part within these bounds, cut to those of the array; its own lower bounds are 1.
    package func slice(_ bounds: [SliceBounds]) -> ArrayValue {
        guard !elements.isEmpty, bounds.count <= dimensions.count else { return ArrayValue([]) }
        var spans: [Range<Int>] = []
        for (index, length) in dimensions.enumerated() {
            let wanted = index < bounds.count ? bounds[index] : SliceBounds(lower: nil, upper: nil)
            let lower = max(wanted.lower.map { $0 - lowerBounds[index] } ?? 0, 0)
            let upper = min(wanted.upper.map { $0 - lowerBounds[index] } ?? length - 1, length - 1)
            guard lower <= upper else { return ArrayValue([]) }
            spans.append(lower..<upper + 1)
        }
        return ArrayValue(positions(within: spans).map { elements[$0] }, dimensions: spans.map(\.count))
    }

    /// The places in `elements` inside a box of offsets, in row-major order.
    private func positions(within spans: [Range<Int>]) -> [Int] {
        spans.enumerated().reduce([0]) { positions, span in
            positions.flatMap { start in span.element.map { start * dimensions[span.offset] + $0 } }
        }
    }

    private static func subscriptError(_ message: String, detail: String? = nil) -> PostgresError {
        PostgresError("2202E", message, detail: detail)
    }

    private static let tooBig = PostgresError("54000", "array size exceeds the maximum allowed (\(mostElements))")

    /// `a[i] = value`: a one-dimensional array grows to reach the subscript, NULLs filling the gap; an empty one
    /// starts there.
    package mutating func assign(_ value: SQLValue, at subscripts: [Int]) throws(PostgresError) {
        if elements.isEmpty {
            self = ArrayValue([value], dimensions: subscripts.map { _ in 1 }, lowerBounds: subscripts)
            return
        }
        guard subscripts.count == dimensions.count else {
            throw Self.subscriptError("wrong number of array subscripts")
        }
        if subscripts.count == 1 { try grow(toReach: subscripts[0]...subscripts[0]) }
        guard let position = position(of: subscripts) else { throw Self.subscriptError("array subscript out of range") }
        elements[position] = value
    }

    /// `a[i:j] = source`: elements of the source in their order, those beyond the slice left out.
    package mutating func assign(_ source: ArrayValue, to bounds: [SliceBounds]) throws(PostgresError) {
        if elements.isEmpty { return try fill(from: source, bounds) }
        guard dimensions.count >= bounds.count else { throw Self.subscriptError("wrong number of array subscripts") }
        var spans: [ClosedRange<Int>] = []
        for (index, length) in dimensions.enumerated() {
            let own = lowerBounds[index]...lowerBounds[index] + length - 1
            let wanted = index < bounds.count ? bounds[index] : SliceBounds(lower: nil, upper: nil)
            let (lower, upper) = (wanted.lower ?? own.lowerBound, wanted.upper ?? own.upperBound)
            guard lower <= upper else { throw Self.subscriptError("upper bound cannot be less than lower bound") }
            if dimensions.count > 1, lower < own.lowerBound || upper > own.upperBound {
                throw Self.subscriptError("array subscript out of range")
            }
            spans.append(lower...upper)
        }
        if dimensions.count == 1 { try grow(toReach: spans[0]) }
        let offsets = zip(spans, lowerBounds).map { span, own in span.lowerBound - own..<span.upperBound - own + 1 }
        let positions = positions(within: offsets)
        guard source.elements.count >= positions.count else { throw Self.subscriptError("source array too small") }
        for (position, element) in zip(positions, source.elements) { elements[position] = element }
    }

    /// A slice assigned to an empty array is the whole of the new one.
    private mutating func fill(from source: ArrayValue, _ bounds: [SliceBounds]) throws(PostgresError) {
        var lengths: [Int] = []
        for item in bounds {
            guard let lower = item.lower, let upper = item.upper else {
                throw Self.subscriptError(
                    "array slice subscript must provide both boundaries",
                    detail: "When assigning to a slice of an empty array value, slice boundaries must be fully "
                        + "specified.")
            }
            guard upper >= lower - 1 else { throw Self.tooBig }
            lengths.append(upper - lower + 1)
        }
        let count = lengths.reduce(1, *)
        guard source.elements.count >= count else { throw Self.subscriptError("source array too small") }
        self = ArrayValue(
            Array(source.elements.prefix(count)), dimensions: lengths, lowerBounds: bounds.map { $0.lower ?? 1 })
    }

    /// Makes a one-dimensional array long enough for the subscripts.
    private mutating func grow(toReach span: ClosedRange<Int>) throws(PostgresError) {
        let before = max(0, lowerBounds[0] - span.lowerBound)
        let after = max(0, span.upperBound - (lowerBounds[0] + dimensions[0] - 1))
        let count = before + dimensions[0] + after
        guard count <= Self.mostElements else { throw Self.tooBig }
        if before + after > 0, count > 5_000_000 { throw .notSupported("an array of over 5,000,000 elements") }
        elements = [SQLValue](repeating: .null, count: before) + elements + [SQLValue](repeating: .null, count: after)
        dimensions[0] += before + after
        lowerBounds[0] -= before
    }
}
