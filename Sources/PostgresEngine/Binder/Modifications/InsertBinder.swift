import PostgresSyntax
import PostgresTypes
import SQLite

/// INSERT: its rows or query, fitted to the columns.
extension Analysis {
    /// - Parameter parent: the statement in whose WITH it stands.
    func bindInsert(_ statement: InsertStatement, under parent: QueryScope? = nil) throws(PostgresError) -> TypedInsert
    {
        let scope = QueryScope(parent: parent)
        // Its own WITH is in reach of the source and of subqueries in RETURNING.
        try bindInlinedCommonTables(statement.with, in: scope)
        let (relation, table) = try bindTarget(statement.table, alias: statement.alias, "INSERT", in: scope)
        let targetItems = scope.items
        scope.items = []
        var columns = try positions(statement.columns, parts: statement.parts, relation, table)
        let source: TypedInsert.Source
        switch statement.source {
        case nil: source = .defaults
        case let select?:
            if case .values(let rows) = select.body, select.with == nil, select.order.isEmpty, select.limit == nil,
                select.offset == nil
            {
                source = try bindRows(rows, &columns, statement, table, in: scope)
            } else {
                source = try bindSource(select, &columns, statement, table, in: scope)
            }
        }
        if case .defaults = source { columns = [] }
        if !statement.parts.isEmpty { columns = columns.uniqued() }
        try checkGenerated(source, columns, statement.overriding, table)
        let access = addAccess(relation.id, .insert)
        accesses[access].columns = Set(columns)
        scope.items = targetItems
        var onConflict: TypedOnConflict? =
            if let clause = statement.onConflict { try bindOnConflict(clause, relation, table, in: scope) } else { nil }
        let returning = try bindReturning(statement.returning, in: scope)
        // Postgres looks for the arbiters when it plans: every other error comes first.
        if let clause = statement.onConflict { onConflict?.arbiters = try arbiters(clause, relation, table) }
        let readsTarget = dropUnusedRead(of: scope)
        return TypedInsert(
            table: relation.id, columns: columns, source: source, onConflict: onConflict, returning: returning,
            overriding: statement.overriding, readsTarget: readsTarget)
    }

    /// The columns of these names, once for each name. Several may name parts of one column.
    func positions(_ names: [String], parts: [[PartStep]] = [], _ relation: Relation, _ table: Table)
        throws(PostgresError) -> [Int]
    {
        if names.isEmpty { return Array(table.columns.indices) }
        var positions: [Int] = []
        var whole: Set<Int> = []
        for (index, name) in names.enumerated() {
            guard let position = table.position(of: name) else {
                throw BindError.undefinedColumn(name, ofRelation: relation.name)
            }
            let isWhole = parts.isEmpty || parts[index].isEmpty
            if whole.contains(position) || isWhole && positions.contains(position) {
                throw PostgresError("42701", "column \"\(name)\" specified more than once")
            }
            if isWhole { whole.insert(position) }
            positions.append(position)
        }
        return positions
    }

    private func checkCount(_ count: Int, _ columns: inout [Int], _ statement: InsertStatement) throws(PostgresError) {
        if count > columns.count { throw BindError.syntax("INSERT has more expressions than target columns") }
        if count == columns.count { return }
        // Without a column list the first columns are meant.
        if !statement.columns.isEmpty { throw BindError.syntax("INSERT has more target columns than expressions") }
        columns = Array(columns.prefix(count))
    }

    private func bindRows(
        _ rows: [[Expression]], _ columns: inout [Int], _ statement: InsertStatement, _ table: Table,
        in scope: QueryScope
    ) throws(PostgresError) -> TypedInsert.Source {
        scope.clause = rows.count == 1 ? .insertValues : .values
        var bound: [[TypedExpression?]] = []
        bound.reserveCapacity(rows.count)
        var targets: [InsertTarget] = []
        var width: Int?
        for row in rows {
            var values: [TypedExpression?] = []
            values.reserveCapacity(row.count)
            for expression in row {
                switch expression.node {
                case .defaultValue: values.append(nil)
                case .star, .allFields: values += try bindList([expression], in: scope)
                default: values.append(try bind(expression, in: scope))
                }
            }
            guard values.count == width ?? values.count else {
                throw BindError.syntax("VALUES lists must all be the same length")
            }
            width = values.count
            try checkCount(values.count, &columns, statement)
            if targets.count != columns.count { targets = insertTargets(columns, of: table) }
            bound.append(try fit(values, to: targets, parts: statement.parts, in: scope))
        }
        return .rows(bound)
    }

    /// What of a column a value for it has to fit.
    private struct InsertTarget {
        var position: Int
        var name: String
        var type: TypeReference
    }

    private func insertTargets(_ columns: [Int], of table: Table) -> [InsertTarget] {
        columns.map { InsertTarget(position: $0, name: table.columns[$0].name, type: table.columns[$0].type) }
    }

    /// Values for the columns of a row, nil standing for DEFAULT; those for parts of one column become its one value.
    private func fit(
        _ values: [TypedExpression?], to targets: [InsertTarget], parts: [[PartStep]], in scope: QueryScope
    ) throws(PostgresError) -> [TypedExpression?] {
        var fitted: [TypedExpression?] = []
        fitted.reserveCapacity(values.count)
        /// Where in `fitted` a column stands whose parts are set.
        var places: [Int: Int] = [:]
        for (index, value) in values.enumerated() {
            let column = targets[index]
            let part = parts.isEmpty ? [] : parts[index]
            guard let value else {
                try refuseDefault(forPart: part)
                fitted.append(nil)
                continue
            }
            guard !part.isEmpty else {
                fitted.append(try assign(value, to: column.type, column: column.name))
                continue
            }
            let place = places[column.position]
            let current = place.flatMap { fitted[$0] } ?? TypedExpression(.constant(.null), type: column.type)
            let whole = try assign(value, toPart: part, of: current, column: column.name, in: scope)
            if let place {
                fitted[place] = whole
            } else {
                places[column.position] = fitted.count
                fitted.append(whole)
            }
        }
        return fitted
    }

    private func bindSource(
        _ select: SelectStatement, _ columns: inout [Int], _ statement: InsertStatement, _ table: Table,
        in scope: QueryScope
    ) throws(PostgresError) -> TypedInsert.Source {
        let query = try bindQuery(select, parent: scope, resolveUnknowns: false)
        try checkCount(query.columns.count, &columns, statement)
        let targets = columns.map { table.columns[$0] }
        let parts = statement.parts
        // Untyped literals of the output take the column's type; the rest is converted around the query.
        let typed = try query.mapOutputs { (index, value) throws(PostgresError) in
            guard value.type.type == .unknown, parts.isEmpty || parts[index].isEmpty else { return value }
            return try self.assign(value, to: targets[index].type, column: targets[index].name)
        }
        let outputs = typed.columns.enumerated().map { index, column in
            TypedExpression(.column(ColumnReference(range: 0, column: index)), type: column.type)
        }
        let values = try fit(outputs, to: insertTargets(columns, of: table), parts: parts, in: scope).compactMap { $0 }
        if parts.isEmpty, zip(values, typed.columns).allSatisfy({ $0.type == $1.type }) { return .query(typed) }
        let entry = RangeEntry(source: .subquery(typed, isLateral: false), name: "*SELECT*", columns: typed.columns)
        let names = columns.uniqued().map { table.columns[$0].name }
        return .query(
            TypedQuery(
                body: .select(TypedSelect(targets: values, ranges: [entry], from: [.range(0)])),
                columns: zip(names, values).map { OutputColumn(name: $0, type: $1.type) }))
    }

    /// Generated columns and GENERATED ALWAYS identities take no values of ours.
    func checkGenerated(
        _ source: TypedInsert.Source, _ columns: [Int], _ overriding: InsertStatement.Overriding?, _ table: Table
    ) throws(PostgresError) {
        for (index, position) in columns.enumerated() {
            let column = table.columns[position]
            let isIdentity = column.identity == .always && overriding == nil
            guard column.generated != nil || isIdentity else { continue }
            if case .rows(let rows) = source, rows.allSatisfy({ $0[index] == nil }) { continue }
            throw PostgresError(
                "428C9", "cannot insert a non-DEFAULT value into column \"\(column.name)\"",
                detail: isIdentity
                    ? "Column \"\(column.name)\" is an identity column defined as GENERATED ALWAYS."
                    : "Column \"\(column.name)\" is a generated column.",
                hint: isIdentity ? "Use OVERRIDING SYSTEM VALUE to override." : nil)
        }
    }
}

extension [Int] {
    /// The first of each.
    fileprivate func uniqued() -> [Int] {
        var seen: Set<Int> = []
        return filter { seen.insert($0).inserted }
    }
}
