import PostgresSyntax
import PostgresTypes

extension Analysis {
    /// WITH: each query sees the ones before it; a recursive one its own columns, as its first arm gives them.
    func bindCommonTables(_ with: WithClause, in scope: QueryScope) throws(PostgresError) -> [TypedCommonTable] {
        try checkNames(with)
        if with.modifiesData {
            try bindSteps(with, in: scope)
            return []
        }
        var bound: [TypedCommonTable] = []
        for (index, table) in with.tables.enumerated() {
            guard case .select(let statement) = table.statement else {
                throw PostgresError.notSupported("a statement in WITH that is neither query nor modification")
            }
            let query: TypedQuery
            let cycle = try table.cycle.map { (cycle) throws(PostgresError) in try bindMarks(of: cycle, in: scope) }
            do throws(PostgresError) {
                query =
                    with.isRecursive
                    ? try bindRecursive(table, statement, cycle, in: scope) : try bindQuery(statement, parent: scope)
            } catch {
                throw Self.explained(error, later: with.tables[index...])
            }
            let columns = try commonColumns(query.columns, table)
            scope.commonTables.removeAll { $0.name == table.name }
            var typed = TypedCommonTable(name: table.name, columns: columns, query: query)
            try addSearchAndCycle(of: table, cycle, to: &typed)
            scope.commonTables.append(VisibleCommonTable(name: table.name, columns: typed.columns))
            bound.append(typed)
        }
        return bound
    }

    /// A relation that does not exist may be a query that is not in sight yet.
    private static func explained(_ error: PostgresError, later tables: ArraySlice<CommonTable>) -> PostgresError {
        guard error.code == "42P01", error.detail == nil,
            let table = tables.first(where: { error.message == BindError.undefinedRelation($0.name).message })
        else { return error }
        return PostgresError(
            error.code, error.message,
            detail: "There is a WITH item named \"\(table.name)\", but it cannot be referenced from this part of the "
                + "query.",
            hint: "Use WITH RECURSIVE, or re-order the WITH items to remove forward references.",
            position: error.position)
    }

    private func checkNames(_ with: WithClause) throws(PostgresError) {
        for (index, table) in with.tables.enumerated() {
            if with.tables[..<index].contains(where: { $0.name == table.name }) {
                throw PostgresError("42712", "WITH query name \"\(table.name)\" specified more than once")
            }
        }
    }

    /// A WITH that modifies data: its modifications become steps of the statement, run one after the other before it;
    /// each use of a query stands for a subquery.
    private func bindSteps(_ with: WithClause, in scope: QueryScope) throws(PostgresError) {
        guard scope.parent == nil else {
            throw BindError.notImplemented(
                "WITH clause containing a data-modifying statement must be at the top level")
        }
        for table in with.tables {
            let body: TypedStatement.Body
            switch table.statement {
            case .insert(let insert): body = .insert(try bindInsert(insert, under: scope))
            case .update(let update): body = .update(try bindUpdate(update, under: scope))
            case .delete(let delete): body = .delete(try bindDelete(delete, under: scope))
            default:
                let single = WithClause(isRecursive: with.isRecursive, tables: [table])
                try bindInlinedCommonTables(single, in: scope)
                continue
            }
            let columns = try commonColumns(body.outputColumns, table)
            var visible = VisibleCommonTable(name: table.name, columns: columns)
            if columns.isEmpty {
                visible.refusal = "WITH query \"\(table.name)\" does not have a RETURNING clause"
                visible.refusalCode = "0A000"
            }
            visible.inlined = .reading(RangeEntry(source: .step(steps.count), name: table.name, columns: columns))
            scope.commonTables.append(visible)
            steps.append(TypedStep(body))
        }
    }

    private func commonColumns(_ columns: [OutputColumn], _ table: CommonTable) throws(PostgresError) -> [OutputColumn]
    {
        if table.columns.count > columns.count {
            throw BindError.columnReference(
                "WITH query \"\(table.name)\" has \(columns.count) columns available but \(table.columns.count) columns specified"
            )
        }
        var columns = columns
        for (index, name) in table.columns.enumerated() { columns[index].name = name }
        return columns
    }

    private func bindRecursive(
        _ table: CommonTable, _ statement: SelectStatement, _ cycle: TypedCycle?, in scope: QueryScope
    ) throws(PostgresError) -> TypedQuery {
        guard case .setOperation(.union, let all, let left, let right) = statement.body, statement.with == nil else {
            scope.commonTables.append(
                VisibleCommonTable(
                    name: table.name, columns: [],
                    refusal:
                        "recursive query \"\(table.name)\" does not have the form non-recursive-term UNION [ALL] recursive-term"
                ))
            return try bindQuery(statement, parent: scope)
        }
        scope.commonTables.append(
            VisibleCommonTable(
                name: table.name, columns: [],
                refusal:
                    "recursive reference to query \"\(table.name)\" must not appear within its non-recursive term"))
        // The union is a level of its own, so the arms' parent is one further in than the clause.
        let union = QueryScope(parent: scope)
        let first = try bindQuery(left, parent: union, resolveUnknowns: false)
            .mapOutputs { (_, value) throws(PostgresError) in try self.toTextIfUnknown(value) }
        let columns = try commonColumns(first.columns, table)
        scope.commonTables.removeLast()
        let added = Self.addedColumns(table, cycle)
        scope.commonTables.append(VisibleCommonTable(name: table.name, columns: columns + added))
        let second = try bindQuery(right, parent: union, resolveUnknowns: false)
        let (body, overall) = try combine(.union, all: all, first, second)
        for (index, pair) in zip(first.columns, overall).enumerated() where pair.0.type != pair.1.type {
            let (own, all) = (
                catalog.typeName(pair.0.type, searchPath: searchPath),
                catalog.typeName(pair.1.type, searchPath: searchPath)
            )
            throw PostgresError(
                "42804",
                "recursive query \"\(table.name)\" column \(index + 1) has type \(own) in non-recursive term but type \(all) overall",
                hint: "Cast the output of the non-recursive term to the correct type.")
        }
        if !statement.order.isEmpty || statement.limit != nil || statement.offset != nil {
            throw PostgresError.notSupported("ORDER BY or LIMIT in a recursive query")
        }
        return TypedQuery(body: body, columns: overall)
    }

    /// The WITH of a modification: its uses become subqueries that carry the whole clause, because what a
    /// modification reads is run piece by piece.
    func bindInlinedCommonTables(_ with: WithClause?, in scope: QueryScope) throws(PostgresError) {
        guard let with else { return }
        if with.modifiesData {
            try checkNames(with)
            return try bindSteps(with, in: scope)
        }
        let inner = QueryScope(parent: scope)
        let tables = try bindCommonTables(with, in: inner)
        for table in tables {
            let entry = RangeEntry(
                source: .commonTable(name: table.name, levelsUp: 0), name: table.name, columns: table.columns)
            let query = TypedQuery.reading(entry, commonTables: tables, isRecursive: with.isRecursive)
            scope.commonTables.append(
                VisibleCommonTable(name: table.name, columns: table.columns, inlined: query))
        }
    }
}

extension WithClause {
    fileprivate var modifiesData: Bool {
        tables.contains { table in
            switch table.statement {
            case .insert, .update, .delete: true
            default: false
            }
        }
    }
}

extension TypedQuery {
    /// All columns of one range.
    static func reading(
        _ entry: RangeEntry, commonTables: [TypedCommonTable] = [], isRecursive: Bool = false
    ) -> TypedQuery {
        let targets = entry.columns.enumerated().map { position, column in
            TypedExpression(.column(ColumnReference(range: 0, column: position)), type: column.type)
        }
        return TypedQuery(
            commonTables: commonTables, isRecursive: isRecursive,
            body: .select(TypedSelect(targets: targets, ranges: [entry], from: [.range(0)])), columns: entry.columns)
    }
}
