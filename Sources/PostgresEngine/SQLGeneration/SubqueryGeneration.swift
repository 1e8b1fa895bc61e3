import PostgresTypes
import SQLite

/// Subqueries in expressions.
extension Generation {
    func subquery(_ subquery: TypedSubquery) throws(PostgresError) -> String {
        let text = try query(subquery.query)
        switch subquery.kind {
        case .exists: return "(EXISTS (\(text)))"
        case .scalar:
            if subquery.query.hasOneRowAtMost(catalog) { return "(\(text))" }
            // SQLite would take the first of several rows; Postgres refuses them.
            let alias = newAlias("s")
            return "(SELECT \"single row\"(\(alias).c0) FROM (\(text)) AS \(alias))"
        case .array:
            let alias = newAlias("s")
            let type = subquery.query.columns[0].type
            if case .array = postgresType(type.type) {
                let array = typed("array of arrays", ["\(alias).c0"], [type], type)
                return "(SELECT coalesce(\(array), '[]') FROM (\(text)) AS \(alias))"
            }
            return "(SELECT \"array of rows\"(\(alias).c0) FROM (\(text)) AS \(alias))"
        case .any(let nodes, let left): return try quantified(nodes, left, subquery.query, text, isAll: false)
        case .all(let nodes, let left): return try quantified(nodes, left, subquery.query, text, isAll: true)
        }
    }

    private func quantified(
        _ nodes: [OperatorNode], _ left: [TypedExpression], _ query: TypedQuery, _ text: String, isAll: Bool
    ) throws(PostgresError) -> String {
        var isPlain = true
        for node in nodes {
            guard case .comparison(let comparison, nil, nil) = try implementation(of: node.function).1 else {
                isPlain = false
                continue
            }
            if comparison != (isAll ? .notEqual : .equal) { isPlain = false }
        }
        if isPlain && (left.count == 1 || !isAll) {
            var items: [String] = []
            for value in left { items.append(try expression(value) + equalityCollation(value)) }
            let side = items.count == 1 ? items[0] : "(\(items.joined(separator: ", ")))"
            return "(\(side) \(isAll ? "NOT IN" : "IN") (\(text)))"
        }
        // Compare with every row, and let an aggregate fold the three truth values.
        let alias = newAlias("s")
        let columns = query.columns.indices.map { "\(alias).c\($0)" }
        let test = try withOutputColumns(columns) { () throws(PostgresError) -> String in
            var parts: [String] = []
            for (index, node) in nodes.enumerated() {
                let item = TypedExpression(.outputColumn(index), type: query.columns[index].type)
                parts.append(try call(node.function, [left[index], item], type: TypeReference(.bool)))
            }
            let isNotEqual = nodes.first?.symbol == "<>"
            return "(" + parts.joined(separator: isNotEqual ? " OR " : " AND ") + ")"
        }
        return "(SELECT \"bool \(isAll ? "all" : "any")\"(\(test)) FROM (\(text)) AS \(alias))"
    }
}

extension TypedQuery {
    /// Whether it can be seen that it never has two rows.
    func hasOneRowAtMost(_ catalog: CatalogSnapshot) -> Bool {
        if case .constant(.integer(let count)) = limit?.node, count <= 1 { return true }
        switch body {
        case .values(let rows): return rows.count <= 1
        case .setOperation: return false
        case .select(let select):
            if select.ranges.isEmpty { return select.targets.count == 1 && !select.targets[0].mayReturnSet }
            if select.isGrouped && select.groupBy.isEmpty { return true }
            return select.findsOneRowByKey(catalog)
        }
    }
}

extension TypedSelect {
    /// One table, with each column of its primary key fixed by an equality.
    fileprivate func findsOneRowByKey(_ catalog: CatalogSnapshot) -> Bool {
        guard ranges.count == 1, case .table(let id) = ranges[0].source, let table = catalog[id]?.table,
            let filter, !targets.contains(where: \.mayReturnSet)
        else { return false }
        let key = table.primaryKey
        guard !key.isEmpty else { return false }
        var conditions = [filter]
        if case .and(let items) = filter.node { conditions = items }
        var fixed: Set<Int> = []
        for condition in conditions {
            guard case .operation(let node, let left?, let right) = condition.node, node.symbol == "=" else { continue }
            for (side, other) in [(left, right), (right, left)] {
                guard case .column(let reference) = side.node, reference.levelsUp == 0 else { continue }
                if !other.refers(toLevel: 0) { fixed.insert(reference.column) }
            }
        }
        return key.allSatisfy(fixed.contains)
    }
}
