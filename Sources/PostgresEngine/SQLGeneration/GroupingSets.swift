import PostgresTypes
import SQLite

/// GROUPING SETS: the query once for each set, one after the other. What a set leaves out is NULL in its rows.
extension Generation {
    func groupedBySets(
        _ select: TypedSelect, _ sets: [[Int]], in query: TypedQuery
    ) throws(PostgresError) -> String {
        if case .on = select.distinct { throw .notSupported("DISTINCT ON with GROUPING SETS") }
        if select.targets.contains(where: \.mayReturnSet) {
            throw .notSupported("a set-returning function in a grouped query")
        }
        let values = select.targets + query.order.map(\.value)
        guard values.allSatisfy({ !$0.containsWindow }) else {
            throw .notSupported("window functions with GROUPING SETS")
        }
        var arms: [String] = []
        for set in sets {
            let from = try openRanges(select)
            var clauses = from.isEmpty ? "" : " FROM \(from)"
            if let filter = select.filter { clauses += " WHERE \(try self.filter(filter))" }
            var keys: [String] = []
            for position in set { keys.append(try groupingKey(select.groupBy[position])) }
            if !keys.isEmpty { clauses += " GROUP BY " + keys.joined(separator: ", ") }
            omittedKeys = select.groupBy.indices.filter { !set.contains($0) }.map { select.groupBy[$0] }
            defer { omittedKeys = [] }
            if let having = select.having {
                // SQLite wants to see that the empty set is an aggregate.
                clauses += " HAVING \(keys.isEmpty ? "count(*) >= 0 AND " : "")\(try expression(having))"
            }
            let columns = try texts(values) + ["count(*)"]
            arms.append("SELECT \(columnList(columns))\(clauses)")
        }
        let alias = newAlias("s")
        let columns = values.indices.map { "\(alias).c\($0)" }
        var targets = Array(columns.prefix(select.targets.count))
        if select.distinct != nil {
            for (index, target) in select.targets.enumerated() { targets[index] += try equalityCollation(target) }
        }
        scopes[scopes.count - 1].outputColumns = columns
        let order = try orderBy(
            query.order.enumerated().map { index, sort in
                TypedSort(
                    TypedExpression(.outputColumn(select.targets.count + index), type: sort.value.type),
                    isDescending: sort.isDescending, nullsFirst: sort.nullsFirst)
            })
        let rows = arms.joined(separator: " UNION ALL ")
        return "SELECT \(select.distinct == nil ? "" : "DISTINCT ")\(columnList(targets)) FROM (\(rows)) AS \(alias)"
            + order + (try limits(query))
    }

    /// NULL for a key that the set leaves out, the bits of GROUPING(…); nil for everything else.
    func omitted(_ expression: TypedExpression) throws(PostgresError) -> String? {
        switch expression.node {
        case .grouping(let keys):
            return "\(keys.reduce(0) { $0 << 1 | (omittedKeys.contains($1) ? 1 : 0) })"
        case .subquery(let subquery) where !subquery.query.isClosed:
            throw .notSupported("a correlated subquery in a query with GROUPING SETS")
        default: return omittedKeys.contains(expression) ? "NULL" : nil
        }
    }
}

extension TypedExpression {
    fileprivate var containsWindow: Bool {
        !walk { node, _ in
            if case .window = node.node { return .stop }
            return .intoChildren
        }
    }
}

extension TypedQuery {
    /// Whether it uses nothing of the query around it.
    fileprivate var isClosed: Bool {
        walk(depth: 1) { node, depth in
            switch node.node {
            case .column(let reference): reference.levelsUp >= depth ? .stop : .intoChildren
            case .wholeRow(let levelsUp, _): levelsUp >= depth ? .stop : .intoChildren
            default: .intoChildren
            }
        }
    }
}
