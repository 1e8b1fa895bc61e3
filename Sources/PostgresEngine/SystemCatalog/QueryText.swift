import PostgresSyntax
import PostgresTypes

/// Queries as `pg_get_viewdef` prints them: a clause a line, keywords ending in one column.
struct QueryText {
    let expressions: ExpressionText

    /// - Parameter indentation: how far the lines behind the first stand in.
    func text(_ query: TypedQuery, indentation: Int = 0) -> String {
        var text = ""
        let margin = String(repeating: " ", count: indentation)
        if !query.commonTables.isEmpty {
            let tables = query.commonTables.map { table in
                "\(ObjectNames.quoted(table.name)) AS (\n\(margin)         "
                    + "\(self.text(table.query, indentation: indentation + 9))\n\(margin)        )"
            }
            text = " WITH \(query.isRecursive ? "RECURSIVE " : "")\(tables.joined(separator: ", "))\n\(margin) "
        }
        var inner = expressions
        switch query.body {
        case .select(let select):
            inner.scopes.append(scope(of: select))
            text += QueryText(expressions: inner).text(select, columns: query.columns, margin)
        case .values(let rows):
            inner.scopes.append(.init(ranges: [], isQualified: false, names: []))
            let shown = rows.map { row in
                "(" + row.map { inner.text($0, showsImplicit: true) }.joined(separator: ",") + ")"
            }
            text += "VALUES " + shown.joined(separator: ", ")
        case .setOperation(let kind, let all, let left, let right):
            let word = kind == .union ? "UNION" : kind == .intersect ? "INTERSECT" : "EXCEPT"
            text +=
                self.text(left, indentation: indentation) + "\n\(margin)\(word)\(all ? " ALL" : "")\n\(margin) "
                + self.text(right, indentation: indentation)
        }
        let ordering = QueryText(expressions: inner)
        if !query.order.isEmpty { text += "\n\(margin)  ORDER BY \(ordering.sorts(query.order))" }
        if let offset = query.offset { text += "\n\(margin) OFFSET \(inner.text(offset))" }
        if let count = query.countWithTies {
            text += "\n\(margin) FETCH FIRST (\(inner.text(count))) ROWS WITH TIES"
        } else if let limit = query.limit {
            text += "\n\(margin) LIMIT \(inner.text(limit))"
        }
        return text
    }

    func sorts(_ sorts: [TypedSort]) -> String {
        sorts.map { sort in
            var text = expressions.text(sort.value)
            if sort.isDescending { text += " DESC" }
            if sort.nullsFirst != sort.isDescending { text += sort.nullsFirst ? " NULLS FIRST" : " NULLS LAST" }
            return text
        }.joined(separator: ", ")
    }

    // MARK: SELECT

    /// Ranges with names that differ: the second `t` becomes `t_1`.
    private func scope(of select: TypedSelect) -> ExpressionText.Scope {
        var taken = Set(expressions.scopes.flatMap(\.names))
        var names: [String] = []
        for range in select.ranges {
            var name = range.name
            var number = 0
            while !name.isEmpty, taken.contains(name) {
                number += 1
                name = "\(range.name)_\(number)"
            }
            taken.insert(name)
            names.append(name)
        }
        return .init(ranges: select.ranges, isQualified: true, names: names)
    }

    private func text(_ select: TypedSelect, columns: [OutputColumn], _ margin: String) -> String {
        var text = "SELECT "
        switch select.distinct {
        case .all: text += "DISTINCT "
        case .on(let keys): text += "DISTINCT ON (\(keys.map { expressions.text($0) }.joined(separator: ", "))) "
        case nil: break
        }
        let targets = select.targets.enumerated().map { index, value in
            target(value, name: columns.indices.contains(index) ? columns[index].name : nil)
        }
        text += targets.joined(separator: ",\n\(margin)    ")
        if !select.from.isEmpty {
            text +=
                "\n\(margin)   FROM "
                + select.from.map { from($0, margin) }.joined(separator: ",\n\(margin)    ")
        }
        if let filter = select.filter { text += "\n\(margin)  WHERE \(expressions.text(filter))" }
        if !select.groupBy.isEmpty {
            text += "\n\(margin)  GROUP BY \(select.groupBy.map { expressions.text($0) }.joined(separator: ", "))"
        }
        if let having = select.having { text += "\n\(margin) HAVING \(expressions.text(having))" }
        return text
    }

    /// A column keeps its name without saying so.
    private func target(_ value: TypedExpression, name: String?) -> String {
        let text = expressions.text(value, showsImplicit: true)
        guard let name else { return text }
        if case .column(let reference) = value.node, reference.levelsUp == 0, let scope = expressions.scopes.last,
            scope.ranges[reference.range].columnName(reference.column) == name
        {
            return text
        }
        if name == "?column?" { return expressions.scopes.count > 1 ? text : "\(text) AS \"?column?\"" }
        return "\(text) AS \(ObjectNames.quoted(name))"
    }

    // MARK: FROM

    private func from(_ item: TypedFrom, _ margin: String) -> String {
        switch item {
        case .range(let index): return range(index, margin)
        case .join(let kind, let left, let right, let condition):
            let word =
                switch kind {
                case .inner: condition == nil ? "CROSS JOIN" : "JOIN"
                case .left: "LEFT JOIN"
                case .right: "RIGHT JOIN"
                case .full: "FULL JOIN"
                }
            let test = condition.map { " ON (\(expressions.text($0)))" } ?? ""
            return "(\(from(left, margin))\n\(margin)     \(word) \(from(right, margin))\(test))"
        }
    }

    private func range(_ index: Int, _ margin: String) -> String {
        guard let scope = expressions.scopes.last, scope.ranges.indices.contains(index) else { return "?" }
        let entry = scope.ranges[index]
        let alias = scope.names[index]
        switch entry.source {
        case .table(let id), .view(let id, _):
            guard let relation = expressions.catalog[id] else { return ObjectNames.quoted(alias) }
            let name = expressions.catalog.display(relation, searchPath: expressions.searchPath)
            return relation.name == alias ? name : "\(name) \(ObjectNames.quoted(alias))"
        case .subquery(let query, let isLateral):
            var outer = expressions
            if !isLateral { outer.scopes.removeLast() }
            let inner = QueryText(expressions: outer).text(query, indentation: margin.utf8.count + 12)
            return "\(isLateral ? "LATERAL " : "")( \(inner)) \(ObjectNames.quoted(alias))"
        case .commonTable(let name, _):
            return name == alias ? ObjectNames.quoted(name) : "\(ObjectNames.quoted(name)) \(ObjectNames.quoted(alias))"
        case .functions(let calls, let withOrdinality):
            let shown = calls.map { call in
                expressions.text(TypedExpression(.call(call), type: TypeReference(.unknown)))
            }
            let columns = entry.columns.map { ObjectNames.quoted($0.name) }.joined(separator: ", ")
            let list = shown.count == 1 ? shown[0] : "ROWS FROM(\(shown.joined(separator: ", ")))"
            return "\(list)\(withOrdinality ? " WITH ORDINALITY" : "") \(ObjectNames.quoted(alias))(\(columns))"
        // What no stored query reads.
        default: return ObjectNames.quoted(alias)
        }
    }
}
