import PostgresSyntax
import PostgresTypes
import SQLite

/// Queries as `pg_get_viewdef` prints them: a clause a line, keywords ending in one column.
struct QueryText {
    let expressions: ExpressionText
    /// Whether it is the query of a view, whose columns have names of their own.
    var isNamed = false

    /// - Parameters:
    ///   - areNamesVisible: whether anyone sees what the columns are called, as in FROM and unlike in an expression.
    ///   - names: of a side of a set operation, what the columns of the whole are called.
    ///   - isSide: whether the query's columns were converted to those of a set operation, which nobody wrote.
    func text(
        _ query: TypedQuery, areNamesVisible: Bool = true, names: [String]? = nil, isSide: Bool = false
    ) -> String {
        var inner = expressions
        var own: TypedSelect?
        switch query.body {
        case .select(let select):
            let scope = scope(of: select)
            inner.takenNames.formUnion(scope.names)
            inner.scopes.append(scope)
            own = select
        case .values, .setOperation: inner.scopes.append(.init(ranges: [], isQualified: false, names: []))
        }
        var text = with(query, names: inner.takenNames)
        let start = inner.indentation
        if own != nil || query.body.isValues { inner.indentation += 8 }
        let clauses = QueryText(expressions: inner)
        switch query.body {
        case .select(let select):
            text += clauses.text(
                select, names: names ?? query.columns.map(\.name), areNamesVisible, isSide: isSide)
        case .values(let rows):
            let shown = rows.map { row in "(" + row.map { inner.text($0) }.joined(separator: ",") + ")" }
            text += " VALUES " + shown.joined(separator: ", ")
        case .setOperation(let kind, let all, let left, let right):
            text += setOperation(
                kind, all, left, right, areNamesVisible, names: names ?? (isNamed ? query.columns.map(\.name) : nil))
            inner.indentation = start
        }
        let out = inner.indentation > start ? -8 : 0
        if !query.order.isEmpty { text += inner.lineStart(out, plus: 1) + " ORDER BY \(clauses.sorts(query.order))" }
        if let offset = query.offset { text += inner.lineStart(out) + " OFFSET \(inner.text(offset))" }
        if let count = query.countWithTies {
            text += inner.lineStart(out) + " FETCH FIRST (\(inner.text(count))) ROWS WITH TIES"
        } else if let limit = query.limit {
            text += inner.lineStart(out) + " LIMIT \(limit.isNullConstant ? "ALL" : inner.text(limit))"
        }
        return text
    }

    private func with(_ query: TypedQuery, names: Set<String>) -> String {
        guard !query.commonTables.isEmpty else { return "" }
        var inner = expressions
        inner.indentation += 8
        inner.takenNames = names
        let tables = query.commonTables.map { table in
            var name = ObjectNames.quoted(table.name)
            let own = table.columns.prefix(table.query.columns.count).map(\.name)
            if own != table.query.columns.map(\.name) { name += "(\(Self.list(own)))" }
            return "\(name) AS (" + inner.lineStart() + QueryText(expressions: inner).text(table.query)
                + inner.lineStart() + ")" + QueryText(expressions: inner).searchAndCycle(table, own)
        }
        return " WITH \(query.isRecursive ? "RECURSIVE " : "")\(tables.joined(separator: ", "))"
            + expressions.lineStart()
    }

    private func searchAndCycle(_ table: TypedCommonTable, _ names: [String]) -> String {
        var text = ""
        if let search = table.search {
            text += " SEARCH \(search.isBreadthFirst ? "BREADTH" : "DEPTH") FIRST BY "
            text += "\(Self.list(search.columns.map { names[$0] })) SET \(ObjectNames.quoted(search.name))"
        }
        if let cycle = table.cycle {
            text += " CYCLE \(Self.list(cycle.columns.map { names[$0] })) SET \(ObjectNames.quoted(cycle.mark))"
            let marks = [cycle.value, cycle.otherwise]
            if marks.map(\.node) != [.constant(.bool(true)), .constant(.bool(false))]
                || cycle.value.type.type != .bool
            {
                text += " TO \(expressions.text(marks[0])) DEFAULT \(expressions.text(marks[1]))"
            }
            text += " USING \(ObjectNames.quoted(cycle.path))"
        }
        return text
    }

    private static func list(_ names: [String]) -> String { names.map(ObjectNames.quoted).joined(separator: ", ") }

    private func setOperation(
        _ kind: SetOperator, _ all: Bool, _ left: TypedQuery, _ right: TypedQuery, _ areNamesVisible: Bool,
        names: [String]?
    ) -> String {
        /// A side, in parentheses where it has clauses that would end the whole.
        func side(_ query: TypedQuery, _ expressions: ExpressionText, _ areNamesVisible: Bool) -> String {
            let text = QueryText(expressions: expressions).text(
                query, areNamesVisible: areNamesVisible, names: names, isSide: true)
            if query.body.setOperation != nil { return text }
            let hasClauses =
                !query.commonTables.isEmpty || !query.order.isEmpty || query.limit != nil || query.offset != nil
            return hasClauses ? "(\(text))" : text
        }
        var further = expressions
        further.indentation += 8
        var text: String
        if let inner = left.body.setOperation, inner.kind != kind || inner.all != all {
            text = "(" + further.lineStart() + side(left, further, areNamesVisible) + further.lineStart(-8) + ") "
        } else {
            text = side(left, expressions, areNamesVisible) + expressions.lineStart()
        }
        text += kind == .union ? "UNION " : kind == .intersect ? "INTERSECT " : "EXCEPT "
        if all { text += "ALL " }
        guard right.body.setOperation != nil else {
            return text + expressions.lineStart() + side(right, expressions, false)
        }
        return text + "(" + further.lineStart() + side(right, further, false) + expressions.lineStart() + ")"
    }

    func sorts(_ sorts: [TypedSort]) -> String {
        sorts.map { sort in
            var text = key(sort.value)
            if sort.isDescending { text += " DESC" }
            if sort.nullsFirst != sort.isDescending { text += sort.nullsFirst ? " NULLS FIRST" : " NULLS LAST" }
            return text
        }.joined(separator: ", ")
    }

    /// What is grouped or sorted by: anything but a column in parentheses, so that it is not taken for something else.
    func key(_ value: TypedExpression) -> String {
        let text = expressions.text(value, showsImplicit: true)
        switch value.node {
        case .column, .outputColumn, .constant: return text
        case .call, .aggregate, .window: return "(\(text))"
        case .coercion(.function, _, _), .coercion(.length, _, true): return "(\(text))"
        default: return expressions.isPretty ? "(\(text))" : text
        }
    }

    // MARK: SELECT

    /// Ranges with names that differ: the second `t` becomes `t_1`.
    private func scope(of select: TypedSelect) -> ExpressionText.Scope {
        var taken = expressions.takenNames.union(expressions.scopes.flatMap(\.names))
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

    private func text(
        _ select: TypedSelect, names: [String], _ areNamesVisible: Bool, isSide: Bool
    ) -> String {
        var text = " SELECT "
        switch select.distinct {
        case .all: text += "DISTINCT "
        case .on(let keys): text += "DISTINCT ON (\(keys.map { key($0) }.joined(separator: ", "))) "
        case nil: break
        }
        let targets = select.targets.enumerated().map { index, value in
            target(
                isSide ? value.beforeConversion : value, name: names.indices.contains(index) ? names[index] : nil,
                areNamesVisible)
        }
        text += list(targets)
        if !select.from.isEmpty {
            text += expressions.lineStart(-8, plus: 2) + " FROM " + list(select.from.map { from($0) })
        }
        if let filter = select.filter {
            text += expressions.lineStart(-8, plus: 1) + " WHERE \(expressions.text(filter))"
        }
        if !select.groupBy.isEmpty || select.groupingSets != nil {
            text += expressions.lineStart(-8, plus: 1) + " GROUP BY \(grouping(select))"
        }
        if let having = select.having {
            text += expressions.lineStart(-8) + " HAVING \(expressions.text(having))"
        }
        return text
    }

    private func grouping(_ select: TypedSelect) -> String {
        guard let sets = select.groupingSets else { return select.groupBy.map { key($0) }.joined(separator: ", ") }
        let shown = sets.map { set in "(\(set.map { key(select.groupBy[$0]) }.joined(separator: ", ")))" }
        return "GROUPING SETS (\(shown.joined(separator: ", ")))"
    }

    /// Items on a line each; one that begins with a line of its own does so by itself.
    private func list(_ items: [String]) -> String {
        let first = items.first ?? ""
        return items.dropFirst().reduce(first) { text, item in
            item.hasPrefix(expressions.lineStart().prefix(2))
                ? text + "," + item
                : text + "," + expressions.lineStart(-8, plus: 4) + item
        }
    }

    /// A column keeps its name without saying so.
    private func target(_ value: TypedExpression, name: String?, _ areNamesVisible: Bool) -> String {
        var text = expressions.text(value, showsImplicit: true)
        if case .wholeRow = value.node { text += "::\(expressions.typeName(value.type))" }
        guard let name else { return text }
        if case .column(let reference) = value.node, reference.levelsUp < expressions.scopes.count {
            let scope = expressions.scopes[expressions.scopes.count - 1 - reference.levelsUp]
            if scope.ranges.indices.contains(reference.range),
                scope.ranges[reference.range].columnName(reference.column) == name
            {
                return text
            }
        }
        if name == "?column?", !areNamesVisible { return text }
        return "\(text) AS \(ObjectNames.quoted(name))"
    }

    // MARK: FROM

    private func from(_ item: TypedFrom, isRight: Bool = false) -> String {
        switch item {
        case .range(let index): return range(index)
        case .join(let kind, let left, let right, let condition):
            let word =
                switch kind {
                case .inner: condition == nil ? "CROSS JOIN" : "JOIN"
                case .left: "LEFT JOIN"
                case .right: "RIGHT JOIN"
                case .full: "FULL JOIN"
                }
            let isPretty = expressions.isPretty
            let test = condition.map { condition in
                let text = expressions.text(condition)
                return " ON \(isPretty ? text : "(\(text))")"
            }
            let text =
                from(left) + expressions.lineStart(-8, plus: 4) + " \(word) \(from(right, isRight: true))\(test ?? "")"
            return isPretty && !isRight ? text : "(\(text))"
        }
    }

    private func range(_ index: Int) -> String {
        guard let scope = expressions.scopes.last, scope.ranges.indices.contains(index) else { return "?" }
        let entry = scope.ranges[index]
        let alias = ObjectNames.quoted(scope.names[index])
        let columns = "(\(entry.columns.map { ObjectNames.quoted($0.name) }.joined(separator: ", ")))"
        switch entry.source {
        case .table(let id), .view(let id, _):
            guard let relation = expressions.catalog[id] else { return alias }
            let name = expressions.catalog.display(relation, searchPath: expressions.searchPath)
            if relation.columns.map(\.name) != entry.columns.map(\.name) { return "\(name) \(alias)\(columns)" }
            return relation.name == scope.names[index] ? name : "\(name) \(alias)"
        case .subquery(let query, let isLateral):
            var outer = expressions
            if !isLateral { outer.scopes.removeLast() }
            outer.takenNames.formUnion(scope.names)
            let isRenamed = query.body.isValues || query.columns.map(\.name) != entry.columns.map(\.name)
            return "\(isLateral ? "LATERAL " : "")(\(QueryText(expressions: outer).text(query))) "
                + alias + (isRenamed ? columns : "")
        case .commonTable(let name, _):
            return name == scope.names[index] ? alias : "\(ObjectNames.quoted(name)) \(alias)"
        case .functions(let calls, let withOrdinality):
            let shown = calls.map { call in
                expressions.text(TypedExpression(.call(call), type: TypeReference(.unknown)))
            }
            let isLateral = calls.contains { $0.arguments.contains(where: \.readsItsLevel) }
            let list = shown.count == 1 ? shown[0] : "ROWS FROM(\(shown.joined(separator: ", ")))"
            return (isLateral ? "LATERAL " : "") + list + (withOrdinality ? " WITH ORDINALITY" : "")
                + " \(alias)\(calls.contains(where: isDefined) ? definitions(entry.columns) : columns)"
        case .xmlTable(let table):
            return xmlTable(table, entry.columns) + (entry.name == "xmltable" ? "" : " \(alias)")
        // What no stored query reads.
        default: return alias
        }
    }

    /// Whether what the call returns is told by its column definition list alone.
    private func isDefined(_ call: FunctionCallNode) -> Bool {
        if let function = BuiltinCatalog.shared.function(call.function) {
            return function.result == .record && function.outputs.isEmpty
        }
        return expressions.catalog[call.function]?.returnsAnyRecord == true
    }

    private func definitions(_ columns: [OutputColumn]) -> String {
        let list = columns.map { "\(ObjectNames.quoted($0.name)) \(expressions.typeName($0.type))" }
        return "(\(list.joined(separator: ", ")))"
    }

    private func xmlTable(_ table: TypedXMLTable, _ outputs: [OutputColumn]) -> String {
        func text(_ value: TypedExpression) -> String { "(\(expressions.text(value)))" }
        var result = table.expressions.contains(where: \.readsItsLevel) ? "LATERAL XMLTABLE(" : "XMLTABLE("
        if !table.uris.isEmpty {
            let shown = zip(table.namespaceNames, table.uris).map { name, uri in
                let value = expressions.text(uri)
                return name.map { "\(value) AS \(ObjectNames.quoted($0))" } ?? "DEFAULT \(value)"
            }
            result += "XMLNAMESPACES (\(shown.joined(separator: ", "))), "
        }
        result += "\(text(table.row)) PASSING \(text(table.document)) COLUMNS "
        for (index, column) in table.columns.enumerated() {
            if index > 0 { result += ", " }
            result += ObjectNames.quoted(column.name)
            if column.isOrdinality {
                result += " FOR ORDINALITY"
                continue
            }
            result += " " + expressions.catalog.typeName(outputs[index].type, searchPath: expressions.searchPath)
            if let value = column.defaultValue { result += " DEFAULT \(text(value))" }
            if let path = column.path { result += " PATH \(text(path))" }
            if column.isNotNull { result += " NOT NULL" }
        }
        return result + ")"
    }
}

extension TypedQuery.Body {
    fileprivate var isValues: Bool { if case .values = self { true } else { false } }

    fileprivate var setOperation: (kind: SetOperator, all: Bool)? {
        if case .setOperation(let kind, let all, _, _) = self { (kind, all) } else { nil }
    }
}

extension TypedExpression {
    /// Without the conversion that nobody wrote.
    fileprivate var beforeConversion: TypedExpression {
        if case .coercion(_, let inner, false) = node, !inner.isConstant { inner.beforeConversion } else { self }
    }

    fileprivate var isNullConstant: Bool { if case .constant(.null) = node { true } else { false } }

    /// Whether it reads columns of the FROM that it stands in.
    fileprivate var readsItsLevel: Bool {
        !walk { value, depth in
            switch value.node {
            case .column(let reference) where reference.levelsUp == depth: .stop
            case .wholeRow(let levelsUp, _) where levelsUp == depth: .stop
            default: .intoChildren
            }
        }
    }
}
