extension Lowering {
    func merge(_ fields: ParseNode) throws(UnsupportedSyntax) -> MergeStatement {
        guard let relation = fields["relation"], let source = fields["sourceRelation"] else {
            throw UnsupportedSyntax("MERGE without a source")
        }
        var clauses: [MergeStatement.Clause] = []
        for node in fields.list("mergeWhenClauses") {
            guard let clause = node["MergeWhenClause"] else { throw UnsupportedSyntax("an unknown MERGE clause") }
            clauses.append(
                .init(
                    isMatched: clause.flag("matched"), condition: expression(optional: clause["condition"]),
                    action: try action(clause)))
        }
        return MergeStatement(
            table: try qualifiedName(relation), alias: relation["alias"]?.text("aliasname"), source: fromItem(source),
            condition: try operand(fields, "joinCondition"), clauses: clauses, with: try with(fields["withClause"]))
    }

    private func action(_ clause: ParseNode) throws(UnsupportedSyntax) -> MergeStatement.Clause.Action {
        switch clause.text("commandType") {
        case "CMD_UPDATE": return .update(try assignments(clause.list("targetList")))
        case "CMD_DELETE": return .delete
        case "CMD_NOTHING": return .nothing
        case "CMD_INSERT":
            var columns: [String] = []
            for node in clause.list("targetList") {
                guard let target = node["ResTarget"], target["indirection"] == nil else {
                    throw UnsupportedSyntax("INSERT into a part of a column")
                }
                columns.append(target.text("name") ?? "")
            }
            let values = clause.list("values")
            return .insert(
                columns: columns, values: values.isEmpty ? nil : expressions(values),
                overriding(clause.text("override")))
        case let other: throw UnsupportedSyntax("MERGE … THEN \(other ?? "nothing")")
        }
    }
}
