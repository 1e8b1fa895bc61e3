extension TextSearchQuery {
    /// The query without its stop words. Around one that goes, the words of a phrase keep the distance they had.
    package var withoutStops: TextSearchQuery { TextSearchQuery(root?.cleaned().node) }
}

/// What is left of a node, and the places that its parent has to count in for what went: on its left, on its right.
private struct Cleaned {
    var node: TextSearchQuery.Node?
    var left = 0
    var right = 0
}

extension TextSearchQuery.Node {
    fileprivate func cleaned() -> Cleaned {
        switch self {
        case .operand: return Cleaned(node: self)
        case .stop: return Cleaned()
        case .not(let inner):
            var result = inner.cleaned()
            result.node = result.node.map { .not($0) }
            return result
        case .and(let left, let right):
            return Self.joined(left.cleaned(), right.cleaned()) { .and($0, $1) }
        case .or(let left, let right):
            return Self.joined(left.cleaned(), right.cleaned()) { .or($0, $1) }
        case .phrase(let left, let right, let distance):
            let (a, b) = (left.cleaned(), right.cleaned())
            switch (a.node, b.node) {
            case (nil, nil):
                let gap = a.left + distance + b.left
                return Cleaned(left: gap, right: gap)
            case (nil, let rest?): return Cleaned(node: rest, left: a.left + distance + b.left, right: b.right)
            case (let rest?, nil): return Cleaned(node: rest, left: a.left, right: a.right + distance + b.right)
            case (let first?, let second?):
                let gap = distance + a.right + b.left
                return Cleaned(node: .phrase(first, second, distance: gap), left: a.left, right: b.right)
            }
        }
    }

    /// Outside of phrases distances mean nothing: only a side that stays passes its own on.
    private static func joined(_ left: Cleaned, _ right: Cleaned, _ make: (Self, Self) -> Self) -> Cleaned {
        switch (left.node, right.node) {
        case (nil, nil):
            let gap = max(left.left, right.left)
            return Cleaned(left: gap, right: gap)
        case (nil, _?): return right
        case (_?, nil): return left
        case (let first?, let second?): return Cleaned(node: make(first, second))
        }
    }
}
