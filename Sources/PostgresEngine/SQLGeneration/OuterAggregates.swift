import PostgresTypes

extension TypedQuery {
    /// A grouped query whose subqueries hold aggregates over its own rows, made of two: one that groups and computes
    /// them, and around it one for everything else, which then has them as columns. Other queries stay as they are.
    func withoutOuterAggregates() throws(PostgresError) -> TypedQuery {
        guard case .select(let select) = body, select.isGrouped,
            select.grouped(order).contains(where: \.holdsOuterAggregate)
        else { return self }
        if select.groupingSets != nil { throw .notSupported("aggregates in subqueries with GROUPING SETS") }
        let inner = GroupedColumns(select)
        var rewriter = TypedRewriter()
        rewriter.computed = inner.replacement
        rewriter.column = {
            inner.column(TypedExpression(.column($0), type: select.ranges[$0.range].type(of: $0.column)))
        }
        rewriter.wholeRow = { range in
            inner.fail(.notSupported("a whole row beside aggregates in subqueries"))
            return .isFalse
        }
        func outside(_ value: TypedExpression) -> TypedExpression { rewriter.expression(value, role: "") }
        var outer = TypedSelect(
            distinct: select.distinct, targets: select.targets.map(outside), ranges: [], from: [.range(0)],
            filter: select.having.map(outside))
        if case .on(let keys) = select.distinct { outer.distinct = .on(keys.map(outside)) }
        let sorts = order.map { TypedSort(outside($0.value), isDescending: $0.isDescending, nullsFirst: $0.nullsFirst) }
        outer.ranges = [try inner.range()]
        return TypedQuery(
            commonTables: commonTables, isRecursive: isRecursive, body: .select(outer), columns: columns, order: sorts,
            limit: limit, offset: offset)
    }
}

extension TypedSelect {
    /// What is computed of groups.
    fileprivate func grouped(_ order: [TypedSort]) -> [TypedExpression] {
        var values = targets + order.map(\.value) + [having].compactMap { $0 }
        if case .on(let keys) = distinct { values += keys }
        return values
    }
}

extension TypedExpression {
    fileprivate var holdsOuterAggregate: Bool {
        !walk { node, depth in
            if case .aggregate(let aggregate) = node.node, depth > 0, aggregate.levelsUp == depth {
                .stop
            } else {
                .intoChildren
            }
        }
    }
}

extension RangeEntry {
    fileprivate func type(of column: Int) -> TypeReference {
        columns.indices.contains(column) ? columns[column].type : TypeReference(.int8)
    }
}

/// The columns of the query that groups: what the one around it asks for.
private final class GroupedColumns {
    private let select: TypedSelect
    private var values: [TypedExpression] = []
    private var failure: PostgresError?

    init(_ select: TypedSelect) { self.select = select }

    func fail(_ error: PostgresError) { failure = failure ?? error }

    /// The column that stands for a value of a group.
    func column(_ value: TypedExpression) -> TypedExpression {
        let position = values.firstIndex(of: value) ?? values.count
        if position == values.count { values.append(value) }
        return TypedExpression(.column(ColumnReference(range: 0, column: position)), type: value.type)
    }

    /// Keys and aggregates, those in subqueries too.
    func replacement(_ value: TypedExpression, _ depth: Int) -> TypedExpression? {
        switch value.node {
        case .aggregate(let aggregate) where aggregate.levelsUp == depth:
            column(TypedRewriter(shift: -depth).expression(value, role: ""))
        case .column: nil
        default: depth == 0 && select.groupBy.contains(value) ? column(value) : nil
        }
    }

    /// The grouping query as a range: one level further in than its select was.
    func range() throws(PostgresError) -> RangeEntry {
        if let failure { throw failure }
        let columns = values.enumerated().map { OutputColumn(name: "c\($0)", type: $1.type) }
        let grouping = TypedSelect(
            targets: values, ranges: select.ranges, from: select.from, filter: select.filter, groupBy: select.groupBy,
            isGrouped: true)
        let query = TypedRewriter(shift: 1).query(
            TypedQuery(body: .select(grouping), columns: columns), depth: 1, role: "")
        return RangeEntry(source: .subquery(query, isLateral: false), name: "", columns: columns)
    }
}
