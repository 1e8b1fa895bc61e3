/// PostgreSQL's `isSimpleNode`: what pretty printing writes without parentheses.
extension TypedExpression {
    func isSimple(in parent: TypedExpression) -> Bool {
        switch node {
        case .constant, .parameter, .column, .wholeRow, .session, .outputColumn, .call, .element, .slice, .nullIf,
            .coalesce, .extremum, .array, .row, .aggregate, .window, .grouping, .caseWhen:
            return true
        case .field: if case .field = parent.node { return false } else { return true }
        case .coercion(let step, let inner, _):
            // Conversions by a function are calls.
            if case .function = step { return true }
            if case .length = step { return true }
            return inner.isSimple(in: self)
        case .operation:
            if case .operation = parent.node { return bindsTighter(than: parent) }
            return parent.enclosesItsParts(isTest: true)
        case .subquery, .isNull, .isTruth: return parent.enclosesItsParts(isTest: true)
        case .isDistinct(_, _, _, let negated):
            return parent.enclosesItsParts(isTest: !negated)
        case .and, .not:
            switch parent.node {
            case .and, .or: return true
            default: return parent.enclosesItsParts(isTest: false)
            }
        case .or: if case .or = parent.node { return true } else { return parent.enclosesItsParts(isTest: false) }
        default: return false
        }
    }

    /// Whether what is inside stands between delimiters, or, for tests, binds tighter anyway.
    private func enclosesItsParts(isTest: Bool) -> Bool {
        switch node {
        case .and, .or, .not: isTest
        case .call, .element, .slice, .array, .row, .coalesce, .extremum, .nullIf, .aggregate, .window, .grouping,
            .caseWhen:
            true
        default: false
        }
    }

    private var arithmetic: (symbol: String, isHigh: Bool)? {
        guard case .operation(let node, .some, _) = node, node.symbol.utf8.count == 1,
            "+-*/%".contains(node.symbol)
        else { return nil }
        return (node.symbol, "*/%".contains(node.symbol))
    }

    private func bindsTighter(than parent: TypedExpression) -> Bool {
        guard let own = arithmetic, let outer = parent.arithmetic, case .operation(_, let left, _) = parent.node else {
            return false
        }
        if own.isHigh != outer.isHigh { return own.isHigh }
        return left == self
    }
}
