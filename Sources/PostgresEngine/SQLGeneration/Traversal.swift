import PostgresTypes

/// Walks over bound trees: what an expression consists of, and whether it looks outside.
extension TypedExpression {
    /// The expressions directly inside, without those of subqueries.
    var children: [TypedExpression] {
        switch node {
        case .constant, .parameter, .column, .wholeRow, .session, .outputColumn: []
        case .call(let call): call.arguments
        case .operation(_, let left, let right): (left.map { [$0] } ?? []) + [right]
        case .anyAll(_, let left, let array, _): [left, array]
        case .inList(_, let left, let items, _): [left] + items
        case .and(let items), .or(let items), .coalesce(let items), .extremum(let items, _), .array(let items),
            .row(let items):
            items
        case .not(let value), .isNull(let value, _), .isTruth(let value, _, _), .field(let value, _),
            .coercion(_, let value, _), .collate(let value, _):
            [value]
        case .isDistinct(_, let left, let right, _), .nullIf(_, let left, let right): [left, right]
        case .caseWhen(let branches, let otherwise):
            branches.flatMap { [$0.condition, $0.result] } + [otherwise]
        case .rowComparison(_, _, let left, let right): left + right
        case .subquery(let subquery):
            switch subquery.kind {
            case .any(_, let left), .all(_, let left): left
            case .scalar, .exists, .array: []
            }
        case .element(let base, let subscripts): [base] + subscripts
        case .slice(let base, let lower, let upper): [base] + [lower, upper].compactMap { $0 }
        case .aggregate(let aggregate): aggregate.children
        case .window(let window): window.call.children + window.partition + window.order.map(\.value)
        }
    }

    /// Whether it uses a column of the query `level` levels outside the one it stands in.
    func refers(toLevel level: Int) -> Bool {
        switch node {
        case .column(let reference): return reference.levelsUp == level
        case .wholeRow(let levelsUp, _): return levelsUp == level
        case .subquery(let subquery) where subquery.query.refers(toLevel: level + 1): return true
        default: return children.contains { $0.refers(toLevel: level) }
        }
    }

    /// Whether a set-returning function occurs in it.
    var mayReturnSet: Bool {
        if case .call(let call) = node {
            if call.function.oid >= TypeID.firstUserOID { return true }
            if FunctionShape.builtin(call.function)?.isSet == true { return true }
        }
        return children.contains(where: \.mayReturnSet)
    }
}

extension AggregateNode {
    var children: [TypedExpression] { arguments + order.map(\.value) + (filter.map { [$0] } ?? []) }
}

extension TypedQuery {
    /// As for expressions; the query itself counts as one level.
    func refers(toLevel level: Int) -> Bool {
        let own = order.map(\.value) + [limit, offset].compactMap { $0 }
        if own.contains(where: { $0.refers(toLevel: level) }) { return true }
        if commonTables.contains(where: { $0.query.refers(toLevel: level + 1) }) { return true }
        switch body {
        case .values(let rows): return rows.contains { $0.contains { $0.refers(toLevel: level) } }
        case .setOperation(_, _, let left, let right):
            return left.refers(toLevel: level + 1) || right.refers(toLevel: level + 1)
        case .select(let select): return select.refers(toLevel: level)
        }
    }

    /// Whether it, standing in FROM, uses columns of the ranges beside it.
    var refersToSiblings: Bool { refers(toLevel: 1) }
}

extension TypedSelect {
    func refers(toLevel level: Int) -> Bool {
        var own = targets + groupBy + [filter, having].compactMap { $0 }
        if case .on(let keys) = distinct { own += keys }
        if own.contains(where: { $0.refers(toLevel: level) }) { return true }
        if from.contains(where: { $0.refers(toLevel: level) }) { return true }
        return ranges.contains { range in
            switch range.source {
            case .table, .excluded, .commonTable: false
            case .view(_, let query), .subquery(let query, _): query.refers(toLevel: level + 1)
            case .functions(let calls, _): calls.contains { $0.arguments.contains { $0.refers(toLevel: level) } }
            }
        }
    }
}

extension TypedFrom {
    func refers(toLevel level: Int) -> Bool {
        switch self {
        case .range: false
        case .join(_, let left, let right, let condition):
            left.refers(toLevel: level) || right.refers(toLevel: level) || condition?.refers(toLevel: level) == true
        }
    }
}
