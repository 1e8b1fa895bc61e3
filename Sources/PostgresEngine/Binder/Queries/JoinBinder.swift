import PostgresSyntax
import PostgresTypes

extension Analysis {
    /// A join: its condition sees both sides only; USING and NATURAL merge columns.
    func bindJoin(
        _ kind: JoinKind, _ left: FromItem, _ right: FromItem, _ condition: JoinCondition, _ alias: Alias?,
        in scope: QueryScope
    ) throws(PostgresError) -> (TypedFrom, [NamespaceItem]) {
        let (leftFrom, leftItems) = try bindJoinSide(left, in: scope)
        // The right side may refer to the left one laterally, unless rows of the right survive alone.
        let outer = scope.items
        scope.items += leftItems.map {
            var item = $0
            item.isLateralOnly = true
            item.isLateralAllowed = kind == .inner || kind == .left
            return item
        }
        let (rightFrom, rightItems) = try bindJoinSide(right, in: scope)
        scope.items = outer
        try scope.checkConflicts(leftItems, rightItems)
        let (leftColumns, rightColumns) = (visibleColumns(leftItems), visibleColumns(rightItems))
        var items = leftItems + rightItems
        var bound: TypedExpression?
        var columns = leftColumns + rightColumns
        switch condition {
        case .cross: break
        case .on(let expression):
            let clause = scope.clause
            scope.items = items
            scope.clause = .joinCondition
            defer {
                scope.items = outer
                scope.clause = clause
            }
            bound = try toBoolean(bind(expression, in: scope), "JOIN/ON")
        case .using(let names):
            (bound, columns) = try merge(names, kind, leftColumns, rightColumns, in: scope)
        case .natural:
            let names = leftColumns.map(\.name).filter { name in rightColumns.contains { $0.name == name } }
            (bound, columns) = try merge(names, kind, leftColumns, rightColumns, in: scope)
        }
        let from = TypedFrom.join(kind, left: leftFrom, right: rightFrom, condition: bound)
        var join = NamespaceItem(name: alias?.name ?? "", columns: columns)
        if let alias {
            let names = try renamed(
                columns.map { OutputColumn(name: $0.name, type: $0.value.type) }, alias, table: alias.name)
            for index in join.columns.indices { join.columns[index].name = names[index].name }
            return (from, [join])
        }
        join.isQualifierVisible = false
        for index in items.indices { items[index].areColumnsVisible = false }
        return (from, items + [join])
    }

    private func bindJoinSide(_ item: FromItem, in scope: QueryScope) throws(PostgresError) -> (
        TypedFrom, [NamespaceItem]
    ) {
        let saved = scope.items
        defer { scope.items = saved }
        return try bindFromItem(item, in: scope)
    }

    private func visibleColumns(_ items: [NamespaceItem]) -> [ScopeColumn] {
        items.filter(\.areColumnsVisible).flatMap(\.columns)
    }

    /// USING: the condition, and the columns of the join: merged ones first.
    private func merge(
        _ names: [String], _ kind: JoinKind, _ left: [ScopeColumn], _ right: [ScopeColumn], in scope: QueryScope
    ) throws(PostgresError) -> (condition: TypedExpression?, columns: [ScopeColumn]) {
        var pairs: [(left: TypedExpression, right: TypedExpression)] = []
        var merged: [ScopeColumn] = []
        for (index, name) in names.enumerated() {
            if names[..<index].contains(name) {
                throw PostgresError("42701", "column name \"\(name)\" appears more than once in USING clause")
            }
            let leftValue = try common(name, left, "left", in: scope)
            let rightValue = try common(name, right, "right", in: scope)
            pairs.append((leftValue, rightValue))
            merged.append(ScopeColumn(name: name, value: try mergedValue(leftValue, rightValue, kind)))
        }
        var conditions: [TypedExpression] = []
        for pair in pairs {
            conditions.append(
                try toBoolean(operation(OperatorName("="), left: pair.left, right: pair.right), "JOIN/USING"))
        }
        let condition: TypedExpression? =
            conditions.count > 1
            ? TypedExpression(.and(conditions), type: TypeReference(.bool)) : conditions.first
        let rest = (left + right).filter { !names.contains($0.name) }
        return (condition, merged + rest)
    }

    private func common(_ name: String, _ columns: [ScopeColumn], _ side: String, in scope: QueryScope)
        throws(PostgresError) -> TypedExpression
    {
        let found = columns.filter { $0.name == name }
        if found.count > 1 {
            throw PostgresError("42702", "common column name \"\(name)\" appears more than once in \(side) table")
        }
        guard let column = found.first else {
            throw PostgresError(
                "42703", "column \"\(name)\" specified in USING clause does not exist in \(side) table")
        }
        markColumns(of: column.value, in: scope)
        return column.value
    }

    /// Which side a merged column shows: the one whose rows all survive; either of them in a full join.
    private func mergedValue(_ left: TypedExpression, _ right: TypedExpression, _ kind: JoinKind)
        throws(PostgresError) -> TypedExpression
    {
        let (values, type) = try unify([left, right], "JOIN/USING")
        func isColumn(_ value: TypedExpression) -> Bool { if case .column = value.node { true } else { false } }
        switch kind {
        case .inner: return isColumn(values[0]) || !isColumn(values[1]) ? values[0] : values[1]
        case .left: return values[0]
        case .right: return values[1]
        case .full: return TypedExpression(.coalesce(values), type: type)
        }
    }
}
