package import SQLite

/// A set of values as the fewest ranges: in order, none empty, none touching the next. `{[1,3),[5,7)}`.
package struct MultirangeValue: Hashable, Sendable {
    package private(set) var ranges: [RangeValue]

    /// Brings the ranges in order and joins those that touch.
    package init(_ ranges: [RangeValue], kind: RangeKind) throws(PostgresError) {
        self.ranges = []
        for range in ranges.filter({ !$0.isEmpty }).sorted(by: { $0.compare($1, kind: kind) < 0 }) {
            if let last = self.ranges.last, last.overlaps(range, kind: kind) || last.isAdjacent(to: range, kind: kind) {
                self.ranges[self.ranges.count - 1] = try last.union(range, kind: kind, fillsGap: false)
            } else {
                self.ranges.append(range)
            }
        }
    }

    private static let empty = MultirangeValue()

    private init() { ranges = [] }

    // MARK: Text

    package init(parsing text: String, kind: RangeKind, context: ValueContext) throws(PostgresError) {
        var ranges: [RangeValue] = []
        for literal in try MultirangeReader.ranges(in: text) {
            ranges.append(try RangeValue(parsing: literal, kind: kind, context: context))
        }
        try self.init(ranges, kind: kind)
    }

    /// Reads a stored value.
    package init(stored text: String, kind: RangeKind) {
        do { self = try MultirangeValue(parsing: text, kind: kind, context: .storage) } catch { self = Self.empty }
    }

    package func stored(kind: RangeKind) -> SQLValue { .text(text(kind: kind, context: .storage)) }

    package func text(kind: RangeKind, context: ValueContext) -> String {
        "{" + ranges.map { $0.text(kind: kind, context: context) }.joined(separator: ",") + "}"
    }

    // MARK: Two of them

    /// From the lowest bound to the highest.
    package func span(kind: RangeKind) throws(PostgresError) -> RangeValue {
        guard let first = ranges.first, let last = ranges.last else { return .empty }
        return try first.union(last, kind: kind, fillsGap: true)
    }

    /// Range by range, then by how many there are.
    package func compare(_ other: MultirangeValue, kind: RangeKind) -> Int {
        for (a, b) in zip(ranges, other.ranges) {
            let order = a.compare(b, kind: kind)
            if order != 0 { return order }
        }
        return ranges.count - other.ranges.count
    }

    package func contains(_ other: MultirangeValue, kind: RangeKind) -> Bool {
        other.ranges.allSatisfy { part in ranges.contains { $0.contains(part, kind: kind) } }
    }

    package func contains(_ element: SQLValue, kind: RangeKind) -> Bool {
        ranges.contains { $0.contains(element, kind: kind) }
    }

    package func overlaps(_ other: MultirangeValue, kind: RangeKind) -> Bool {
        ranges.contains { range in other.ranges.contains { $0.overlaps(range, kind: kind) } }
    }

    /// `<<`, `&<`, `&>` and `-|-` look at the ends only; of nothing they are false.
    package func isBefore(_ other: MultirangeValue, kind: RangeKind) -> Bool {
        guard let last = ranges.last, let first = other.ranges.first else { return false }
        return last.isBefore(first, kind: kind)
    }

    package func endsWithin(_ other: MultirangeValue, kind: RangeKind) -> Bool {
        guard let last = ranges.last, let otherLast = other.ranges.last else { return false }
        return last.endsWithin(otherLast, kind: kind)
    }

    package func startsWithin(_ other: MultirangeValue, kind: RangeKind) -> Bool {
        guard let first = ranges.first, let otherFirst = other.ranges.first else { return false }
        return first.startsWithin(otherFirst, kind: kind)
    }

    package func isAdjacent(to other: MultirangeValue, kind: RangeKind) -> Bool {
        guard let first = ranges.first, let last = ranges.last, let otherFirst = other.ranges.first,
            let otherLast = other.ranges.last
        else { return false }
        return last.isBefore(otherFirst, kind: kind) && last.isAdjacent(to: otherFirst, kind: kind)
            || otherLast.isBefore(first, kind: kind) && otherLast.isAdjacent(to: first, kind: kind)
    }

    package func union(_ other: MultirangeValue, kind: RangeKind) throws(PostgresError) -> MultirangeValue {
        try MultirangeValue(ranges + other.ranges, kind: kind)
    }

    package func intersection(_ other: MultirangeValue, kind: RangeKind) throws(PostgresError) -> MultirangeValue {
        var parts: [RangeValue] = []
        for range in ranges {
            for part in other.ranges { parts.append(try range.intersection(part, kind: kind)) }
        }
        return try MultirangeValue(parts, kind: kind)
    }

    package func difference(_ other: MultirangeValue, kind: RangeKind) throws(PostgresError) -> MultirangeValue {
        var parts = ranges
        for hole in other.ranges {
            var left: [RangeValue] = []
            for part in parts {
                guard part.overlaps(hole, kind: kind) else {
                    left.append(part)
                    continue
                }
                left += [try part.before(hole, kind: kind), try part.after(hole, kind: kind)]
            }
            parts = left
        }
        return try MultirangeValue(parts, kind: kind)
    }
}

/// Cuts `{[1,3),"…"}` into the literals of its ranges.
private enum MultirangeReader {
    static func ranges(in text: String) throws(PostgresError) -> [String] {
        func malformed(_ detail: String) -> PostgresError {
            PostgresError("22P02", "malformed multirange literal: \"\(text)\"", detail: detail)
        }
        let bytes = Array(text.utf8)
        var position = 0
        func skipBlanks() { while position < bytes.count, bytes[position].isBlank { position += 1 } }
        func take(_ byte: UInt8) -> Bool {
            skipBlanks()
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        }
        let end = UInt8(ascii: "}")
        guard take(UInt8(ascii: "{")) else { throw malformed("Missing left brace.") }
        var literals: [String] = []
        var isDone = take(end)
        while !isDone {
            skipBlanks()
            guard position < bytes.count else { throw malformed("Unexpected end of input.") }
            let start = position
            if matches(bytes[position...].prefix(5), "empty") {
                position += 5
            } else {
                guard bytes[position] == UInt8(ascii: "[") || bytes[position] == UInt8(ascii: "(") else {
                    throw malformed("Expected range start.")
                }
                var isQuoted = false
                scan: while true {
                    position += 1
                    guard position < bytes.count else { throw malformed("Unexpected end of input.") }
                    switch bytes[position] {
                    case UInt8(ascii: "\\"): position += 1
                    case UInt8(ascii: "\""): isQuoted.toggle()
                    case UInt8(ascii: "]"), UInt8(ascii: ")"): if !isQuoted { break scan }
                    default: continue
                    }
                }
                position += 1
            }
            literals.append(String(decoding: bytes[start..<position], as: UTF8.self))
            if take(UInt8(ascii: ",")) { continue }
            guard take(end) else {
                throw malformed(
                    position < bytes.count ? "Expected comma or end of multirange." : "Unexpected end of input.")
            }
            isDone = true
        }
        skipBlanks()
        guard position == bytes.count else { throw malformed("Junk after closing right brace.") }
        return literals
    }
}
