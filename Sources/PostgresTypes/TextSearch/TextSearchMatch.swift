extension TextSearchQuery {
    /// `vector @@ query`.
    package func matches(_ vector: TextSearchVector) -> Bool {
        root?.matches { operand, needsPlaces in operand.find(in: vector, needsPlaces: needsPlaces) } ?? false
    }
}

/// Where a part of a query is found.
package enum TextSearchFinding {
    case nowhere
    case places(TextSearchPlaces)
    /// Somewhere, but the document does not say where.
    case somewhere
}

/// Where a phrase, or a part of one, occurs in a document.
package struct TextSearchPlaces {
    /// Where its last word stands, in order.
    package var places: [Int]
    /// Everywhere but there.
    package var isNegated = false
    /// From its first word to its last.
    var width = 0

    package init(places: [Int], isNegated: Bool = false, width: Int = 0) {
        self.places = places
        self.isNegated = isNegated
        self.width = width
    }
}

extension TextSearchQuery.Operand {
    func find(in vector: TextSearchVector, needsPlaces: Bool) -> TextSearchFinding {
        var places: [Int] = []
        var isUnplaced = false
        for entry in vector.entries(for: lexeme, isPrefix: isPrefix) {
            if entry.positions.isEmpty {
                // Without places there is no weight to look at, and every one is taken for right.
                if !needsPlaces { return .places(TextSearchPlaces(places: [])) }
                isUnplaced = true
                continue
            }
            let fitting = weights == 0 ? entry.positions : entry.positions.filter { weights & (1 << $0.weight) != 0 }
            if !fitting.isEmpty && !needsPlaces { return .places(TextSearchPlaces(places: [])) }
            places += fitting.map(\.place)
        }
        if isUnplaced { return .somewhere }
        if places.isEmpty { return .nowhere }
        if isPrefix { places = Set(places).sorted() }
        return .places(TextSearchPlaces(places: places))
    }
}

extension TextSearchQuery.Node {
    package typealias Find = (TextSearchQuery.Operand, _ needsPlaces: Bool) -> TextSearchFinding

    package func matches(_ find: Find) -> Bool {
        switch self {
        case .stop: return false
        case .operand(let operand): if case .nowhere = find(operand, false) { return false } else { return true }
        case .not(let inner): return !inner.matches(find)
        case .and(let left, let right): return left.matches(find) && right.matches(find)
        case .or(let left, let right): return left.matches(find) || right.matches(find)
        case .phrase:
            // A phrase in a document without places is no match.
            if case .places = locate(find) { return true } else { return false }
        }
    }

    /// Which of two lists' places go into a third.
    private struct Kept: OptionSet {
        let rawValue: Int
        static let both = Kept(rawValue: 1)
        static let left = Kept(rawValue: 2)
        static let right = Kept(rawValue: 4)
        static let any: Kept = [.both, .left, .right]
    }

    /// Where a part of a phrase is found.
    private func locate(_ find: Find) -> TextSearchFinding {
        switch self {
        case .stop: return .nowhere
        case .operand(let operand): return find(operand, true)
        case .not(let inner):
            switch inner.locate(find) {
            case .nowhere: return .places(TextSearchPlaces(places: [], isNegated: true))
            case .somewhere: return .somewhere
            case .places(var found):
                if found.places.isEmpty { return found.isNegated ? .nowhere : .somewhere }
                found.isNegated.toggle()
                return .places(found)
            }
        case .and(let left, let right): return Self.located(left, right, distance: nil, find)
        case .phrase(let left, let right, let distance): return Self.located(left, right, distance: distance, find)
        case .or(let left, let right): return Self.either(left.locate(find), right.locate(find))
        }
    }

    /// Both, the right one `distance` behind the left; nil: ending at one place.
    private static func located(_ left: Self, _ right: Self, distance: Int?, _ find: Find) -> TextSearchFinding {
        let first = left.locate(find)
        if case .nowhere = first { return .nowhere }
        let second = right.locate(find)
        if case .nowhere = second { return .nowhere }
        guard case .places(let a) = first, case .places(let b) = second else { return .somewhere }
        let shiftA: Int
        let shiftB: Int
        let width: Int
        if let distance {
            (shiftA, shiftB, width) = (distance + b.width, 0, distance + a.width + b.width)
        } else {
            width = max(a.width, b.width)
            (shiftA, shiftB) = (width - a.width, width - b.width)
        }
        switch (a.isNegated, b.isNegated) {
        case (true, true):
            return .places(
                TextSearchPlaces(places: merge(a, shiftA, b, shiftB, .any), isNegated: true, width: width))
        case (true, false): return found(merge(a, shiftA, b, shiftB, .right), width)
        case (false, true): return found(merge(a, shiftA, b, shiftB, .left), width)
        case (false, false): return found(merge(a, shiftA, b, shiftB, .both), width)
        }
    }

    private static func either(_ first: TextSearchFinding, _ second: TextSearchFinding) -> TextSearchFinding {
        if case .nowhere = first, case .nowhere = second { return .nowhere }
        if case .somewhere = first { return .somewhere }
        if case .somewhere = second { return .somewhere }
        func places(_ finding: TextSearchFinding) -> TextSearchPlaces {
            if case .places(let found) = finding { found } else { TextSearchPlaces(places: []) }
        }
        let (a, b) = (places(first), places(second))
        let width = max(a.width, b.width)
        let (shiftA, shiftB) = (width - a.width, width - b.width)
        let kept: Kept =
            switch (a.isNegated, b.isNegated) {
            case (true, true): .both
            case (true, false): .left
            case (false, true): .right
            case (false, false): .any
            }
        let places = merge(a, shiftA, b, shiftB, kept)
        guard a.isNegated || b.isNegated else { return found(places, width) }
        return .places(TextSearchPlaces(places: places, isNegated: true, width: width))
    }

    private static func found(_ places: [Int], _ width: Int) -> TextSearchFinding {
        places.isEmpty ? .nowhere : .places(TextSearchPlaces(places: places, width: width))
    }

    private static func merge(
        _ a: TextSearchPlaces, _ shiftA: Int, _ b: TextSearchPlaces, _ shiftB: Int, _ kept: Kept
    ) -> [Int] {
        var result: [Int] = []
        var (i, j) = (0, 0)
        while i < a.places.count || j < b.places.count {
            let left = i < a.places.count ? a.places[i] + shiftA : .max
            let right = j < b.places.count ? b.places[j] + shiftB : .max
            if left < right {
                if kept.contains(.left) { result.append(left) }
                i += 1
            } else if left == right {
                if kept.contains(.both) { result.append(left) }
                (i, j) = (i + 1, j + 1)
            } else {
                if kept.contains(.right) { result.append(right) }
                j += 1
            }
        }
        return result
    }
}
