extension Lowering {
    /// One item of FROM or USING; what the IR has no case for becomes `.unsupported` with its name.
    func fromItem(_ node: ParseNode) -> FromItem {
        do throws(UnsupportedSyntax) {
            guard let (tag, fields) = node.tagged else { throw UnsupportedSyntax("an empty FROM item") }
            switch tag {
            case "RangeVar": return try relation(fields)
            case "RangeSubselect":
                return .subquery(
                    try select(tagged: fields["subquery"]), alias: alias(fields["alias"]),
                    isLateral: fields.flag("lateral"))
            case "RangeFunction": return try functions(fields)
            case "JoinExpr": return try join(fields)
            case "RangeTableSample": return try sample(fields)
            case "RangeTableFunc":
                return .xmlTable(
                    try xmlTable(fields), alias: alias(fields["alias"]), isLateral: fields.flag("lateral"))
            default: throw UnsupportedSyntax(tag)
            }
        } catch {
            return .unsupported(error.feature)
        }
    }

    private func relation(_ fields: ParseNode) throws(UnsupportedSyntax) -> FromItem {
        try refuseOnly(fields)
        return .relation(try qualifiedName(fields), alias: alias(fields["alias"]), location: location(fields))
    }

    /// ONLY leaves out a table's children: not the same rows once inheritance or partitions are in play.
    func refuseOnly(_ range: ParseNode) throws(UnsupportedSyntax) {
        if !range.flag("inh") { throw UnsupportedSyntax("ONLY") }
    }

    func alias(_ fields: ParseNode?) -> Alias? {
        fields.map { Alias($0.text("aliasname") ?? "", columns: names($0.list("colnames"))) }
    }

    /// `FROM current_user` and kin: a query of the one value, whose column an alias of the table names too.
    private func sqlValue(_ fields: ParseNode) -> FromItem? {
        let functions = fields.list("functions")
        guard functions.count == 1, let node = listItems(functions[0]).first, node["SQLValueFunction"] != nil,
            case .sqlValue(let function) = expression(node).node, !fields.flag("ordinality")
        else { return nil }
        let alias = alias(fields["alias"]) ?? Alias(function.name)
        let target = Target(Expression(.sqlValue(function)), alias: alias.columns.first ?? alias.name)
        return .subquery(SelectStatement(.select(PlainSelect(targets: [target]))), alias: alias, isLateral: false)
    }

    /// `table TABLESAMPLE method (percentage) REPEATABLE (seed)`: the rows of the table that a function lets through.
    private func sample(_ fields: ParseNode) throws(UnsupportedSyntax) -> FromItem {
        let method = names(fields.list("method")).last ?? ""
        guard ["bernoulli", "system"].contains(method), let table = fields["relation"],
            case .relation(let name, let alias, let location) = fromItem(table)
        else { throw UnsupportedSyntax("TABLESAMPLE \(method)") }
        let given = fields.list("args")
        guard given.count == 1 else { throw UnsupportedSyntax("TABLESAMPLE \(method) with \(given.count) arguments") }
        // Every place in the statement has a sample of its own.
        let arguments =
            [
                Expression(.column([alias?.name ?? name.name, "ctid"])),
                Expression(.constant(.bool(method == "system"))), Expression(.constant(.number(String(location)))),
            ] + (given + [fields["repeatable"]].compactMap { $0 }).map(expression)
        let test = FunctionCall(
            name: ["pg_catalog", "emulator_sample"], arguments: arguments.map { FunctionCall.Argument($0) })
        let rows = PlainSelect(
            targets: [Target(Expression(.star(qualifier: [])))],
            from: [.relation(name, alias: alias, location: location)], filter: Expression(.call(test)))
        return .subquery(SelectStatement(.select(rows)), alias: alias ?? Alias(name.name), isLateral: false)
    }

    private func functions(_ fields: ParseNode) throws(UnsupportedSyntax) -> FromItem {
        if let value = sqlValue(fields) { return value }
        var calls: [FunctionCall] = []
        for node in fields.list("functions") {
            // Each is a list of the call and its own column definitions, `{}` where there are none.
            let parts = listItems(node)
            guard let call = parts.first?["FuncCall"] else {
                throw UnsupportedSyntax("\(parts.first?.tagged?.tag ?? "nothing") as a function in FROM")
            }
            if parts.count > 1, parts[1].tagged != nil { throw UnsupportedSyntax("column definitions in ROWS FROM") }
            calls.append(try functionCall(call))
        }
        var columns: [ColumnDefinition] = []
        for node in fields.list("coldeflist") { columns.append(try columnDefinition(node)) }
        return .functions(
            calls, alias: alias(fields["alias"]), withOrdinality: fields.flag("ordinality"),
            isLateral: fields.flag("lateral"), columns: columns)
    }

    private func xmlTable(_ fields: ParseNode) throws(UnsupportedSyntax) -> XMLTable {
        var namespaces: [XMLTable.Namespace] = []
        for node in fields.list("namespaces") {
            guard let target = node["ResTarget"] else { throw UnsupportedSyntax("an unknown XML namespace") }
            namespaces.append(.init(name: target.text("name"), uri: try operand(target, "val")))
        }
        var columns: [XMLTable.Column] = []
        for node in fields.list("columns") {
            guard let column = node["RangeTableFuncCol"] else { throw UnsupportedSyntax("an unknown XML column") }
            columns.append(
                .init(
                    name: column.text("colname") ?? "",
                    type: column.flag("for_ordinality") ? nil : column["typeName"].map(typeName),
                    path: column["colexpr"].map(expression), defaultValue: column["coldefexpr"].map(expression),
                    isNotNull: column.flag("is_not_null")))
        }
        return XMLTable(
            namespaces: namespaces, row: try operand(fields, "rowexpr"), document: try operand(fields, "docexpr"),
            columns: columns)
    }

    private func join(_ fields: ParseNode) throws(UnsupportedSyntax) -> FromItem {
        guard let left = fields["larg"], let right = fields["rarg"] else {
            throw UnsupportedSyntax("a join without two sides")
        }
        if fields["join_using_alias"] != nil { throw UnsupportedSyntax("JOIN … USING (…) AS alias") }
        let kind: JoinKind =
            switch fields.text("jointype") {
            case "JOIN_INNER": .inner
            case "JOIN_LEFT": .left
            case "JOIN_RIGHT": .right
            case "JOIN_FULL": .full
            case let other: throw UnsupportedSyntax(other ?? "JoinExpr")
            }
        let condition: JoinCondition =
            if fields.flag("isNatural") {
                .natural
            } else if let using = fields["usingClause"] {
                .using(names(using.items))
            } else if let qualification = fields["quals"] {
                .on(expression(qualification))
            } else {
                .cross
            }
        return .join(
            kind, left: fromItem(left), right: fromItem(right), condition: condition, alias: alias(fields["alias"]))
    }
}
