import PostgresSyntax

extension TypedExpression {
    /// What a visitor wants after it has seen a node.
    enum Walk { case intoChildren, pastChildren, stop }

    /// Visits the nodes of a tree, outermost first, into subqueries too. `depth` counts the query levels that a node
    /// is below the tree's own. Returns false when the visitor stopped.
    @discardableResult
    func walk(depth: Int = 0, _ visit: (TypedExpression, Int) -> Walk) -> Bool {
        switch visit(self, depth) {
        case .stop: return false
        case .pastChildren: return true
        case .intoChildren: break
        }
        for child in operands where !child.walk(depth: depth, visit) { return false }
        if case .subquery(let subquery) = node { return subquery.query.walk(depth: depth + 1, visit) }
        return true
    }

    var isConstant: Bool { if case .constant = node { true } else { false } }

    /// The direct operands, without what is inside a subquery.
    var operands: [TypedExpression] {
        switch node {
        case .constant, .parameter, .column, .wholeRow, .session, .outputColumn: []
        case .call(let call): call.arguments
        case .operation(_, let left, let right): (left.map { [$0] } ?? []) + [right]
        case .anyAll(_, let left, let array, _): [left, array]
        case .inList(_, let value, let items, _): [value] + items
        case .and(let values), .or(let values), .coalesce(let values), .extremum(let values, _), .array(let values),
            .row(let values), .grouping(let values):
            values
        case .not(let value), .isNull(let value, _), .isTruth(let value, _, _), .field(let value, _),
            .coercion(_, let value, _), .collate(let value, _), .withTies(let value):
            [value]
        case .isDistinct(_, let left, let right, _), .nullIf(_, let left, let right): [left, right]
        case .caseWhen(let branches, let otherwise): branches.flatMap { [$0.condition, $0.result] } + [otherwise]
        case .rowComparison(_, _, let left, let right): left + right
        case .subquery(let subquery):
            switch subquery.kind {
            case .any(_, let left), .all(_, let left): left
            default: []
            }
        case .element(let value, let indexes): [value] + indexes
        case .slice(let value, let bounds): [value] + bounds.flatMap(\.operands)
        case .withPart(let container, let part, let value): [container] + part.operands + [value]
        case .aggregate(let aggregate): aggregate.operands
        case .window(let window):
            window.call.operands + window.partition + window.order.map(\.value) + (window.frame?.offsets ?? [])
        }
    }
}

extension AggregateNode {
    /// Everything it computes with: arguments, order, filter.
    var operands: [TypedExpression] { arguments + order.map(\.value) + (filter.map { [$0] } ?? []) }
}

extension TypedQuery {
    /// Visits every expression of the query; its own level is `depth`.
    func walk(depth: Int, _ visit: (TypedExpression, Int) -> TypedExpression.Walk) -> Bool {
        for table in commonTables where !table.query.walk(depth: depth + 1, visit) { return false }
        var own: [TypedExpression] = order.map(\.value) + [limit, offset].compactMap { $0 }
        switch body {
        case .values(let rows): own += rows.joined()
        case .setOperation(_, _, let left, let right):
            guard left.walk(depth: depth + 1, visit), right.walk(depth: depth + 1, visit) else { return false }
        case .select(let select):
            own += select.targets + select.groupBy + [select.filter, select.having].compactMap { $0 }
            if case .on(let keys) = select.distinct { own += keys }
            for item in select.from { own += item.conditions }
            for range in select.ranges {
                switch range.source {
                case .subquery(let query, _):
                    if !query.walk(depth: depth + 1, visit) { return false }
                case .functions(let calls, _): own += calls.flatMap(\.arguments)
                case .xmlTable(let table): own += table.expressions
                case .table, .view, .commonTable, .excluded, .step: break
                }
            }
        }
        for expression in own where !expression.walk(depth: depth, visit) { return false }
        return true
    }
}

extension TypedFrom {
    /// The conditions of all joins below.
    var conditions: [TypedExpression] {
        switch self {
        case .range: []
        case .join(_, let left, let right, let condition):
            left.conditions + right.conditions + (condition.map { [$0] } ?? [])
        }
    }
}

extension TypedExpression {
    /// What a name of an outer level stands for, seen from `levels` further in.
    func shifted(by levels: Int) -> TypedExpression {
        if levels == 0 { return self }
        var result = self
        switch node {
        case .column(var reference):
            reference.levelsUp += levels
            result.node = .column(reference)
        case .wholeRow(let levelsUp, let range): result.node = .wholeRow(levelsUp: levelsUp + levels, range: range)
        case .coalesce(let values): result.node = .coalesce(values.map { $0.shifted(by: levels) })
        case .row(let values): result.node = .row(values.map { $0.shifted(by: levels) })
        case .coercion(let step, let value, let isExplicit):
            result.node = .coercion(step, value.shifted(by: levels), isExplicit: isExplicit)
        default: break
        }
        return result
    }
}
