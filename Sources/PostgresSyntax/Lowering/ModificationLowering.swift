extension Lowering {
    func insert(_ fields: ParseNode) throws(UnsupportedSyntax) -> InsertStatement {
        let overriding: InsertStatement.Overriding? =
            switch fields.text("override") {
            case "OVERRIDING_USER_VALUE": .user
            case "OVERRIDING_SYSTEM_VALUE": .system
            default: nil
            }
        var columns: [String] = []
        for node in fields.list("cols") {
            guard let target = node["ResTarget"] else { throw UnsupportedSyntax("an unknown INSERT column") }
            if target["indirection"] != nil { throw UnsupportedSyntax("INSERT into a part of a column") }
            columns.append(target.text("name") ?? "")
        }
        let source = fields["selectStmt"]
        return InsertStatement(
            table: try qualifiedName(fields["relation"]), alias: fields["relation"]?["alias"]?.text("aliasname"),
            columns: columns, source: source == nil ? nil : try select(tagged: source),
            onConflict: try onConflict(fields["onConflictClause"]), returning: targets(fields.list("returningList")),
            with: try with(fields["withClause"]), overriding: overriding)
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

    private func assignments(_ nodes: [ParseNode]) throws(UnsupportedSyntax) -> [Assignment] {
        var assignments: [Assignment] = []
        for node in nodes {
            guard let fields = node["ResTarget"], let value = fields["val"] else {
                throw UnsupportedSyntax("an unknown assignment")
            }
            var assignment = Assignment(column: fields.text("name") ?? "", value: Expression(.defaultValue))
            if fields["indirection"] != nil { assignment.unsupported = "assigning a part of a column" }
            if let multiple = value["MultiAssignRef"] {
                assignRowPart(multiple, to: &assignment)
            } else {
                assignment.value = expression(value)
            }
            assignments.append(assignment)
        }
        return assignments
    }

    /// `(a, b) = (1, 2)` and `= ROW(1, 2)` mean one assignment each; a subquery yields its row once, and is refused.
    private func assignRowPart(_ reference: ParseNode, to assignment: inout Assignment) {
        let parts = reference["source"]?["RowExpr"]?.list("args") ?? []
        let number = reference.integer("colno") ?? 0
        if parts.indices.contains(number - 1), parts.count == reference.integer("ncolumns") {
            assignment.value = expression(parts[number - 1])
        } else {
            assignment.unsupported = "assigning several columns from a subquery"
            assignment.value = Expression(.unsupported("assigning several columns from a subquery"))
        }
    }
}
