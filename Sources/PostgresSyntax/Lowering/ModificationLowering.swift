extension Lowering {
    func insert(_ fields: ParseNode) throws(UnsupportedSyntax) -> InsertStatement {
        var columns: [String] = []
        var parts: [[PartStep]] = []
        for node in fields.list("cols") {
            guard let target = node["ResTarget"] else { throw UnsupportedSyntax("an unknown INSERT column") }
            columns.append(target.text("name") ?? "")
            parts.append(try partSteps(target.list("indirection")))
        }
        if parts.allSatisfy(\.isEmpty) { parts = [] }
        let source = fields["selectStmt"]
        return InsertStatement(
            table: try qualifiedName(fields["relation"]), alias: fields["relation"]?["alias"]?.text("aliasname"),
            columns: columns, parts: parts, source: source == nil ? nil : try select(tagged: source),
            onConflict: try onConflict(fields["onConflictClause"]), returning: targets(fields.list("returningList")),
            with: try with(fields["withClause"]), overriding: overriding(fields.text("override")))
    }

    func overriding(_ word: String?) -> InsertStatement.Overriding? {
        switch word {
        case "OVERRIDING_USER_VALUE": .user
        case "OVERRIDING_SYSTEM_VALUE": .system
        default: nil
        }
    }

    private func onConflict(_ clause: ParseNode?) throws(UnsupportedSyntax) -> OnConflict? {
        guard let clause else { return nil }
        var conflict = OnConflict(target: try conflictTarget(clause["infer"]), assignments: nil)
        if clause.text("action") == "ONCONFLICT_UPDATE" {
            conflict.assignments = try assignments(clause.list("targetList"))
            conflict.filter = expression(optional: clause["whereClause"])
        }
        return conflict
    }

    private func conflictTarget(_ infer: ParseNode?) throws(UnsupportedSyntax) -> OnConflict.ConflictTarget {
        guard let infer else { return .any }
        if let name = infer.text("conname") { return .constraint(name) }
        var columns: [Expression] = []
        for node in infer.list("indexElems") {
            guard let element = node["IndexElem"] else { throw UnsupportedSyntax("an unknown ON CONFLICT item") }
            if element["opclass"] != nil { throw UnsupportedSyntax("an operator class in ON CONFLICT") }
            columns.append(try indexValue(element))
        }
        return .columns(columns, filter: expression(optional: infer["whereClause"]))
    }

    /// The column or expression of an `IndexElem`, with its collation.
    func indexValue(_ element: ParseNode) throws(UnsupportedSyntax) -> Expression {
        let value =
            if let name = element.text("name") { Expression(.column([name])) } else { try operand(element, "expr") }
        let collation = names(element.list("collation"))
        return collation.isEmpty ? value : Expression(.collate(value, collation), location: value.location)
    }

    func update(_ fields: ParseNode) throws(UnsupportedSyntax) -> UpdateStatement {
        let (table, alias) = try target(fields)
        return UpdateStatement(
            table: table, alias: alias, assignments: try assignments(fields.list("targetList")),
            from: fields.list("fromClause").map(fromItem), filter: expression(optional: fields["whereClause"]),
            returning: targets(fields.list("returningList")), with: try with(fields["withClause"]))
    }

    func delete(_ fields: ParseNode) throws(UnsupportedSyntax) -> DeleteStatement {
        let (table, alias) = try target(fields)
        return DeleteStatement(
            table: table, alias: alias, using: fields.list("usingClause").map(fromItem),
            filter: expression(optional: fields["whereClause"]), returning: targets(fields.list("returningList")),
            with: try with(fields["withClause"]))
    }

    private func target(_ fields: ParseNode) throws(UnsupportedSyntax) -> (QualifiedName, alias: String?) {
        guard let relation = fields["relation"] else { throw UnsupportedSyntax("a statement without a table") }
        try refuseOnly(relation)
        return (try qualifiedName(relation), relation["alias"]?.text("aliasname"))
    }

    func assignments(_ nodes: [ParseNode]) throws(UnsupportedSyntax) -> [Assignment] {
        var assignments: [Assignment] = []
        for node in nodes {
            guard let fields = node["ResTarget"], let value = fields["val"] else {
                throw UnsupportedSyntax("an unknown assignment")
            }
            var assignment = Assignment(column: fields.text("name") ?? "", value: Expression(.defaultValue))
            assignment.part = try partSteps(fields.list("indirection"))
            if let multiple = value["MultiAssignRef"] {
                try assignRowPart(multiple, to: &assignment)
            } else {
                assignment.value = expression(value)
            }
            assignments.append(assignment)
        }
        return assignments
    }

    /// What follows a column's name in a target: subscripts in a row are one step.
    private func partSteps(_ nodes: [ParseNode]) throws(UnsupportedSyntax) -> [PartStep] {
        var steps: [PartStep] = []
        for node in nodes {
            guard let (tag, step) = node.tagged else { throw UnsupportedSyntax("an empty indirection") }
            switch tag {
            case "A_Indices":
                if case .subscripts(let before)? = steps.last {
                    steps[steps.count - 1] = .subscripts(before + [subscriptItem(step)])
                } else {
                    steps.append(.subscripts([subscriptItem(step)]))
                }
            case "String": steps.append(.field(step.text("sval") ?? ""))
            default: throw UnsupportedSyntax("row expansion via \"*\" in a target")
            }
        }
        return steps
    }

    /// `(a, b) = (1, 2)` and `= ROW(1, 2)` mean one assignment each, and so does a subquery with one value each.
    private func assignRowPart(_ reference: ParseNode, to assignment: inout Assignment) throws(UnsupportedSyntax) {
        let number = (reference.integer("colno") ?? 0) - 1
        let count = reference.integer("ncolumns")
        let parts = reference["source"]?["RowExpr"]?.list("args") ?? []
        if parts.indices.contains(number), parts.count == count {
            assignment.value = expression(parts[number])
            return
        }
        if let query = reference["source"]?["SubLink"]?["subselect"], case let statement = try select(tagged: query),
            let count, statement.mayReturn(columns: count)
        {
            let part = statement.onlyColumn(number) ?? statement.column(number, of: count)
            assignment.value = Expression(.subquery(.scalar, part))
            return
        }
        assignment.unsupported = "assigning several columns from such a subquery"
        assignment.value = Expression(.unsupported("assigning several columns from such a subquery"))
    }
}

extension SelectStatement {
    /// Whether its columns are so many, as far as they can be counted before stars are.
    fileprivate func mayReturn(columns count: Int) -> Bool {
        guard case .select(let select) = body else { return true }
        let hasStar = select.targets.contains { target in
            if case .star = target.value.node { true } else { false }
        }
        return hasStar || select.targets.count == count
    }

    /// The query with one of its output columns; nil where the others may decide which rows there are: by being
    /// aggregates, or by what they sort or group.
    fileprivate func onlyColumn(_ number: Int) -> SelectStatement? {
        guard case .select(var select) = body, select.distinct == nil, select.groupBy.isEmpty, select.having == nil,
            select.targets.indices.contains(number)
        else { return nil }
        guard select.targets.allSatisfy({ $0.value.isPlain }) else { return nil }
        // A position in ORDER BY means an output column.
        for key in order {
            if case .constant = key.value.node { return nil }
        }
        select.targets = [select.targets[number]]
        return SelectStatement(.select(select), with: with, order: order, limit: limit, offset: offset)
    }

    /// One column of what the query returns.
    fileprivate func column(_ number: Int, of count: Int) -> SelectStatement {
        let names = (1...count).map { "column\($0)" }
        let rows = FromItem.subquery(self, alias: Alias("assigned", columns: names), isLateral: false)
        let target = Target(Expression(.column([names[number]])))
        return SelectStatement(.select(PlainSelect(targets: [target], from: [rows])))
    }
}

extension Expression {
    /// A column or a constant, cast or not.
    fileprivate var isPlain: Bool {
        switch node {
        case .column, .constant, .parameter: true
        case .cast(let value, _): value.isPlain
        default: false
        }
    }
}
