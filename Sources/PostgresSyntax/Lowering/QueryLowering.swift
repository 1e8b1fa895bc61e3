extension Lowering {
    /// A query in a tagged node. Only SELECT and VALUES can stand in an expression or FROM.
    func select(tagged node: ParseNode?) throws(UnsupportedSyntax) -> SelectStatement {
        guard let fields = node?["SelectStmt"] else {
            throw UnsupportedSyntax(node?.tagged?.tag ?? "an empty query")
        }
        return try select(fields)
    }

    func select(_ fields: ParseNode) throws(UnsupportedSyntax) -> SelectStatement {
        var count = limit(fields["limitCount"])
        if fields.text("limitOption") == "LIMIT_OPTION_WITH_TIES" {
            count = Expression(.withTies(try operand(fields, "limitCount")))
        }
        return SelectStatement(
            try selectBody(fields), with: try with(fields["withClause"]),
            order: try sortItems(fields.list("sortClause")), limit: count,
            offset: limit(fields["limitOffset"]), locking: fields.list("lockingClause").map(locking),
            lockedTables: fields.list("lockingClause").map(lockedTables))
    }

    private func selectBody(_ fields: ParseNode) throws(UnsupportedSyntax) -> SelectBody {
        switch fields.text("op") {
        case "SETOP_UNION": return try setOperation(.union, fields)
        case "SETOP_INTERSECT": return try setOperation(.intersect, fields)
        case "SETOP_EXCEPT": return try setOperation(.except, fields)
        default: break
        }
        let rows = fields.list("valuesLists")
        return rows.isEmpty ? .select(try plainSelect(fields)) : .values(rows.map { expressions(listItems($0)) })
    }

    private func setOperation(_ operation: SetOperator, _ fields: ParseNode) throws(UnsupportedSyntax) -> SelectBody {
        guard let left = fields["larg"], let right = fields["rarg"] else {
            throw UnsupportedSyntax("a set operation without two sides")
        }
        return .setOperation(
            operation, all: fields.flag("all"), left: try select(left), right: try select(right))
    }

    private func plainSelect(_ fields: ParseNode) throws(UnsupportedSyntax) -> PlainSelect {
        var select = PlainSelect(
            targets: targets(fields.list("targetList")), from: fields.list("fromClause").map(fromItem),
            filter: expression(optional: fields["whereClause"]))
        if fields["distinctClause"] != nil {
            // A plain DISTINCT is a list with one empty node.
            let keys = fields.list("distinctClause").filter { $0.tagged != nil }
            select.distinct = keys.isEmpty ? .all : .on(expressions(keys))
        }
        let groups = fields.list("groupClause")
        if fields["intoClause"] != nil { select.unsupported = "SELECT INTO" }
        if groups.contains(where: { $0["GroupingSet"] != nil }) {
            let sets = groupingSets(groups, isDistinct: fields.flag("groupDistinct"))
            select.groupBy = sets.joined().reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
            select.groupingSets = sets
        } else {
            select.groupBy = expressions(groups)
        }
        select.having = expression(optional: fields["havingClause"])
        for node in fields.list("windowClause") { select.windows.append(try window(node)) }
        return select
    }

    /// Items of GROUP BY side by side stand for every combination of their sets.
    private func groupingSets(_ nodes: [ParseNode], isDistinct: Bool) -> [[Expression]] {
        var sets: [[Expression]] = [[]]
        for node in nodes {
            let own = groupingSets(node)
            sets = sets.flatMap { set in
                own.map { added in set + added.filter { !set.contains($0) } }
            }
        }
        guard isDistinct else { return sets }
        var seen: Set<Set<Expression>> = []
        return sets.filter { seen.insert(Set($0)).inserted }
    }

    private func groupingSets(_ node: ParseNode) -> [[Expression]] {
        guard let fields = node["GroupingSet"] else { return [groupingItems(node)] }
        let content = fields.list("content")
        switch fields.text("kind") {
        case "GROUPING_SET_ROLLUP":
            let items = content.map(groupingItems)
            return (0...items.count).reversed().map { Array(items.prefix($0).joined()) }
        case "GROUPING_SET_CUBE":
            let items = content.map(groupingItems)
            return (0..<1 << items.count).map { mask in
                Array(
                    items.enumerated().filter { mask >> (items.count - 1 - $0.offset) & 1 == 0 }.map(\.element).joined()
                )
            }
        case "GROUPING_SET_SETS": return content.flatMap(groupingSets)
        default: return [content.flatMap(groupingItems)]
        }
    }

    /// `(a, b)` is two items that come and go together.
    private func groupingItems(_ node: ParseNode) -> [Expression] {
        let value = expression(node)
        if case .row(let items) = value.node { return items }
        return [value]
    }

    /// LIMIT ALL and LIMIT NULL set no limit.
    private func limit(_ node: ParseNode?) -> Expression? {
        guard let value = expression(optional: node), value.node != .constant(.null) else { return nil }
        return value
    }

    private func lockedTables(_ node: ParseNode) -> [String] {
        (node["LockingClause"] ?? node).list("lockedRels").map { table in
            (table["RangeVar"] ?? table).text("relname") ?? ""
        }
    }

    private func locking(_ node: ParseNode) -> String {
        let fields = node["LockingClause"] ?? node
        let strength =
            switch fields.text("strength") {
            case "LCS_FORKEYSHARE": "key share"
            case "LCS_FORSHARE": "share"
            case "LCS_FORNOKEYUPDATE": "no key update"
            default: "update"
            }
        switch fields.text("waitPolicy") {
        case "LockWaitSkip": return "for \(strength) skip locked"
        case "LockWaitError": return "for \(strength) nowait"
        default: return "for \(strength)"
        }
    }

    /// A SELECT list or RETURNING.
    func targets(_ nodes: [ParseNode]) -> [Target] {
        nodes.map { node in
            guard let fields = node["ResTarget"], let value = fields["val"] else { return Target(expression(node)) }
            return Target(expression(value), alias: fields.text("name"))
        }
    }

    func sortItems(_ nodes: [ParseNode]) throws(UnsupportedSyntax) -> [SortItem] {
        var items: [SortItem] = []
        for node in nodes {
            guard let fields = node["SortBy"] else { throw UnsupportedSyntax("an unknown ORDER BY item") }
            let direction = fields.text("sortby_dir")
            if direction == "SORTBY_USING" { throw UnsupportedSyntax("ORDER BY … USING") }
            items.append(
                SortItem(
                    try operand(fields, "node"), isDescending: direction == "SORTBY_DESC",
                    nullsFirst: nullsFirst(fields.text("sortby_nulls"))))
        }
        return items
    }

    func nullsFirst(_ word: String?) -> Bool? {
        switch word {
        case "SORTBY_NULLS_FIRST": true
        case "SORTBY_NULLS_LAST": false
        default: nil
        }
    }

    func with(_ clause: ParseNode?) throws(UnsupportedSyntax) -> WithClause? {
        guard let clause else { return nil }
        var tables: [CommonTable] = []
        for node in clause.list("ctes") {
            guard let fields = node["CommonTableExpr"], let query = fields["ctequery"] else {
                throw UnsupportedSyntax("an unknown WITH item")
            }
            var table = CommonTable(
                name: fields.text("ctename") ?? "", columns: names(fields.list("aliascolnames")),
                statement: statement(query))
            if let search = fields["search_clause"] {
                table.search = CommonTable.Search(
                    isBreadthFirst: search.flag("search_breadth_first"), columns: names(search.list("search_col_list")),
                    name: search.text("search_seq_column") ?? "")
            }
            if let cycle = fields["cycle_clause"] {
                guard let value = cycle["cycle_mark_value"], let otherwise = cycle["cycle_mark_default"] else {
                    throw UnsupportedSyntax("CYCLE in WITH without its marks")
                }
                table.cycle = CommonTable.Cycle(
                    columns: names(cycle.list("cycle_col_list")), mark: cycle.text("cycle_mark_column") ?? "",
                    value: expression(value), otherwise: expression(otherwise),
                    path: cycle.text("cycle_path_column") ?? "")
            }
            tables.append(table)
        }
        return WithClause(isRecursive: clause.flag("recursive"), tables: tables)
    }
}
