import PostgresSyntax
import PostgresTypes

extension Analysis {
    func bindMerge(_ statement: MergeStatement) throws(PostgresError) -> TypedMerge {
        let scope = QueryScope(parent: nil)
        try bindInlinedCommonTables(statement.with, in: scope)
        let (relation, table) = try bindTarget(statement.table, alias: statement.alias, "MERGE", in: scope)
        var isFinal = [true: false, false: false]
        for clause in statement.clauses {
            if isFinal[clause.isMatched] == true {
                throw BindError.syntax("unreachable WHEN clause specified after unconditional WHEN clause")
            }
            if clause.condition == nil { isFinal[clause.isMatched] = true }
        }
        let target = scope.items
        // The source does not see the target.
        scope.items = []
        let (source, items) = try bindFromItem(statement.source, in: scope)
        if let name = items.first(where: { $0.isQualifierVisible && $0.name == target[0].name })?.name {
            throw PostgresError(
                "42712", "name \"\(name)\" specified more than once",
                detail: "The name is used both as MERGE target table and data source.")
        }
        scope.items = target + items
        scope.clause = .joinCondition
        let condition = try toBoolean(bind(statement.condition, in: scope), "JOIN/ON")
        var clauses: [TypedMerge.Clause] = []
        for clause in statement.clauses {
            // Where no row matched, there is none of the target to look at.
            scope.items = clause.isMatched ? target + items : items
            scope.clause = .filter
            let condition: TypedExpression? =
                if let condition = clause.condition { try toBoolean(bind(condition, in: scope), "WHEN") } else { nil }
            clauses.append(
                TypedMerge.Clause(
                    isMatched: clause.isMatched, condition: condition,
                    action: try bind(clause.action, relation, table, in: scope)))
        }
        _ = dropUnusedRead(of: scope)
        return TypedMerge(
            table: relation.id, ranges: scope.ranges, source: source, condition: condition, clauses: clauses)
    }

    private func bind(
        _ action: MergeStatement.Clause.Action, _ relation: Relation, _ table: Table, in scope: QueryScope
    ) throws(PostgresError) -> TypedMerge.Clause.Action {
        switch action {
        case .nothing: return .nothing
        case .delete:
            _ = addAccess(relation.id, .delete)
            return .delete
        case .update(let assignments):
            let bound = try bindAssignments(assignments, relation, table, in: scope)
            let access = addAccess(relation.id, .update)
            accesses[access].columns = Set(bound.map(\.column))
            return .update(bound)
        case .insert(let names, let values, let overriding):
            var columns = try positions(names, relation, table)
            var bound: [TypedExpression?] = []
            if let values {
                if values.count > columns.count {
                    throw BindError.syntax("INSERT has more expressions than target columns")
                }
                if values.count < columns.count, !names.isEmpty {
                    throw BindError.syntax("INSERT has more target columns than expressions")
                }
                columns = Array(columns.prefix(values.count))
                scope.clause = .insertValues
                for (expression, position) in zip(values, columns) {
                    if case .defaultValue = expression.node {
                        bound.append(nil)
                    } else {
                        let column = table.columns[position]
                        bound.append(
                            try assign(bind(expression, in: scope), to: column.type, column: column.name))
                    }
                }
            } else {
                columns = []
            }
            try checkGenerated(.rows([bound]), columns, overriding, table)
            let access = addAccess(relation.id, .insert)
            accesses[access].columns = Set(columns)
            return .insert(columns: columns, values: bound, overriding)
        }
    }
}
