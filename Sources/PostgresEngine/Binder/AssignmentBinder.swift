import PostgresSyntax
import PostgresTypes
import SQLite

extension Analysis {
    /// A value for a column: converted at assignment level, its length checked.
    func assign(_ value: TypedExpression, to type: TypeReference, column: String) throws(PostgresError)
        -> TypedExpression
    {
        guard let converted = try convert(value, to: type, .assignment) else {
            throw BindError.wrongColumnType(
                column, type: typeName(type.type), expression: typeName(value.type.type))
        }
        return converted
    }

    /// The target of a modification as range 0 of a new scope.
    func bindTarget(_ name: QualifiedName, alias: String?, _ verb: String, in scope: QueryScope)
        throws(PostgresError) -> (relation: Relation, table: Table)
    {
        let relation = try catalog.resolveRelation(name, searchPath: searchPath)
        if relation.id.oid < TypeID.firstUserOID {
            throw PostgresError.permissionDenied(relation.schema == "pg_catalog" ? "table" : "view", relation.name)
        }
        guard let table = relation.table else {
            switch relation.kind {
            case .view(let view) where view.isMaterialized:
                throw BindError.wrongObject("cannot change materialized view \"\(relation.name)\"")
            case .view: throw PostgresError.notSupported("\(verb) on view \"\(relation.name)\"")
            case .sequence: throw BindError.wrongObject("cannot change sequence \"\(relation.name)\"")
            default:
                throw PostgresError(
                    "42809", "cannot open relation \"\(relation.name)\"",
                    detail: "This operation is not supported for indexes.")
            }
        }
        let entry = RangeEntry(
            source: .table(relation.id), name: alias ?? relation.name, columns: relation.columns)
        let range = scope.addRange(entry, access: addAccess(relation.id, .select))
        scope.items = [scope.item(forRange: range, schema: alias == nil ? relation.schema : nil)]
        return (relation, table)
    }

    /// Reading nothing of its target, a modification needs no right to read it.
    /// - Returns: whether it does read it.
    func dropUnusedRead(of scope: QueryScope) -> Bool {
        guard let access = scope.accesses[0], accesses[access].columns.isEmpty else { return true }
        accesses.remove(at: access)
        return false
    }

    private func bindReturning(_ targets: [Target], in scope: QueryScope) throws(PostgresError) -> [TypedTarget] {
        scope.clause = .returning
        var bound = try bindTargets(targets, in: scope)
        for index in bound.indices {
            bound[index].value = try toTextIfUnknown(bound[index].value)
            bound[index].column.type = bound[index].value.type
        }
        return bound
    }

    // MARK: INSERT

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
        for row in rows {
            guard row.count == rows[0].count else {
                throw BindError.syntax("VALUES lists must all be the same length")
            }
            var values: [TypedExpression?] = []
            values.reserveCapacity(row.count)
            for expression in row {
                if case .defaultValue = expression.node {
                    values.append(nil)
                } else {
                    values.append(try bind(expression, in: scope))
                }
            }
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

    // MARK: ON CONFLICT

    private func bindOnConflict(
        _ clause: OnConflict, _ relation: Relation, _ table: Table, in scope: QueryScope
    ) throws(PostgresError) -> TypedOnConflict {
        if case .columns(let keys, let filter) = clause.target {
            scope.clause = .indexExpression
            _ = try bindAll(keys, in: scope)
            if let filter { _ = try toBoolean(bind(filter, in: scope), "WHERE") }
        }
        guard let assignments = clause.assignments else { return TypedOnConflict(arbiters: [], assignments: nil) }
        if clause.target == .any {
            throw BindError.syntax(
                "ON CONFLICT DO UPDATE requires inference specification or constraint name",
                hint: "For example, ON CONFLICT (column_name).")
        }
        let items = scope.items
        defer { scope.items = items }
        let excluded = scope.addRange(
            RangeEntry(source: .excluded(relation.id), name: "excluded", columns: relation.columns),
            access: scope.accesses[0])
        scope.items = items + [scope.item(forRange: excluded)]
        let bound = try bindAssignments(assignments, relation, table, in: scope)
        scope.clause = .filter
        let filter: TypedExpression? =
            if let filter = clause.filter { try toBoolean(bind(filter, in: scope), "WHERE") } else { nil }
        let access = addAccess(relation.id, .update)
        accesses[access].columns = Set(bound.map(\.column))
        return TypedOnConflict(arbiters: [], assignments: bound, filter: filter)
    }

    /// The unique constraints and indexes that a conflict target infers.
    private func arbiters(_ clause: OnConflict, _ relation: Relation, _ table: Table) throws(PostgresError) -> [String]
    {
        switch clause.target {
        case .any: return []
        case .constraint(let name):
            let isArbiter = table.constraints.contains { constraint in
                guard constraint.name == name else { return false }
                switch constraint.kind {
                case .primaryKey, .unique: return true
                case .exclusion: return clause.assignments == nil
                default: return false
                }
            }
            if isArbiter { return [name] }
            if let constraint = table.constraints.first(where: { $0.name == name }) {
                if case .exclusion = constraint.kind {
                    throw BindError.wrongObject("ON CONFLICT DO UPDATE not supported with exclusion constraints")
                }
                throw BindError.wrongObject("constraint in ON CONFLICT clause has no associated index")
            }
            throw PostgresError("42704", "constraint \"\(name)\" for table \"\(relation.name)\" does not exist")
        case .columns(let keys, let filter):
            let names = table.arbiters(keys: keys.map { $0.withoutQualifier(relation.name) }, filter: filter)
            if names.isEmpty {
                throw BindError.columnReference(
                    "there is no unique or exclusion constraint matching the ON CONFLICT specification")
            }
            return names
        }
    }

    // MARK: UPDATE and DELETE

    /// SET: all expressions first, then each is fitted to its column.
    func bindAssignments(
        _ assignments: [Assignment], _ relation: Relation, _ table: Table, in scope: QueryScope
    ) throws(PostgresError) -> [TypedAssignment] {
        scope.clause = .update
        var values: [TypedExpression?] = []
        for assignment in assignments {
            if let feature = assignment.unsupported { throw PostgresError.notSupported(feature) }
            if case .defaultValue = assignment.value.node {
                values.append(nil)
            } else {
                values.append(try bind(assignment.value, in: scope))
            }
        }
        var bound: [TypedAssignment] = []
        /// Where in `bound` a column stands whose parts are set.
        var partial: [Int: Int] = [:]
        for (assignment, value) in zip(assignments, values) {
            guard let position = table.position(of: assignment.column) else {
                throw BindError.undefinedColumn(assignment.column, ofRelation: relation.name)
            }
            let column = table.columns[position]
            guard let value else {
                try refuseDefault(forPart: assignment.part)
                bound.append(TypedAssignment(column: position, value: nil))
                continue
            }
            guard !assignment.part.isEmpty else {
                let whole = try assign(value, to: column.type, column: column.name)
                bound.append(TypedAssignment(column: position, value: whole))
                continue
            }
            // Parts of one column are set one after the other.
            let place = partial[position]
            let current =
                place.flatMap { bound[$0].value }
                ?? TypedExpression(.column(ColumnReference(range: 0, column: position)), type: column.type)
            let changed = try assign(value, toPart: assignment.part, of: current, column: column.name, in: scope)
            if let place {
                bound[place].value = changed
            } else {
                partial[position] = bound.count
                bound.append(TypedAssignment(column: position, value: changed))
            }
        }
        for (index, assignment) in bound.enumerated() {
            let column = table.columns[assignment.column]
            if bound[..<index].contains(where: { $0.column == assignment.column }) {
                throw BindError.syntax("multiple assignments to same column \"\(column.name)\"")
            }
            guard assignment.value != nil, column.generated != nil || column.identity == .always else { continue }
            throw PostgresError(
                "428C9", "column \"\(column.name)\" can only be updated to DEFAULT",
                detail: column.generated != nil
                    ? "Column \"\(column.name)\" is a generated column."
                    : "Column \"\(column.name)\" is an identity column defined as GENERATED ALWAYS.")
        }
        return bound
    }

    func bindUpdate(_ statement: UpdateStatement, under parent: QueryScope? = nil) throws(PostgresError) -> TypedUpdate
    {
        let scope = QueryScope(parent: parent)
        try bindInlinedCommonTables(statement.with, in: scope)
        let (relation, table) = try bindTarget(statement.table, alias: statement.alias, "UPDATE", in: scope)
        let (from, filter) = try bindModificationSource(statement.from, statement.filter, in: scope)
        let returning = try bindReturning(statement.returning, in: scope)
        let assignments = try bindAssignments(statement.assignments, relation, table, in: scope)
        let access = addAccess(relation.id, .update)
        accesses[access].columns = Set(assignments.map(\.column))
        let readsTarget = dropUnusedRead(of: scope)
        return TypedUpdate(
            table: relation.id, ranges: scope.ranges, from: from, assignments: assignments, filter: filter,
            returning: returning, readsTarget: readsTarget)
    }

    func bindDelete(_ statement: DeleteStatement, under parent: QueryScope? = nil) throws(PostgresError) -> TypedDelete
    {
        let scope = QueryScope(parent: parent)
        try bindInlinedCommonTables(statement.with, in: scope)
        let (relation, _) = try bindTarget(statement.table, alias: statement.alias, "DELETE", in: scope)
        let (from, filter) = try bindModificationSource(statement.using, statement.filter, in: scope)
        let returning = try bindReturning(statement.returning, in: scope)
        _ = addAccess(relation.id, .delete)
        let readsTarget = dropUnusedRead(of: scope)
        return TypedDelete(
            table: relation.id, ranges: scope.ranges, from: from, filter: filter, returning: returning,
            readsTarget: readsTarget)
    }

    /// FROM or USING, then WHERE. Subqueries in FROM do not see the target.
    private func bindModificationSource(_ items: [FromItem], _ filter: Expression?, in scope: QueryScope)
        throws(PostgresError) -> ([TypedFrom], TypedExpression?)
    {
        scope.items[0].isLateralOnly = true
        scope.items[0].isLateralAllowed = false
        let from = try bindFrom(items, in: scope)
        scope.items[0].isLateralOnly = false
        scope.items[0].isLateralAllowed = true
        scope.clause = .filter
        let bound: TypedExpression? =
            if let filter { try toBoolean(bind(filter, in: scope), "WHERE") } else { nil }
        return (from, bound)
    }
}

extension Table {
    /// The names of unique constraints and indexes over exactly these keys.
    fileprivate func arbiters(keys: [Expression], filter: Expression?) -> [String] {
        let wanted = Set(keys)
        var names: [String] = []
        for index in indexes where index.isUnique {
            guard Set(index.keys.map(\.value)) == wanted, index.filter == nil || index.filter == filter else {
                continue
            }
            names.append(index.constraint ?? index.name)
        }
        for constraint in constraints where !constraint.isDeferrable && !names.contains(constraint.name) {
            let columns: [String]
            switch constraint.kind {
            case .primaryKey(let names), .unique(let names, _): columns = names
            default: continue
            }
            if Set(columns.map { Expression(.column([$0])) }) == wanted { names.append(constraint.name) }
        }
        return names
    }
}

extension [Int] {
    /// The first of each.
    fileprivate func uniqued() -> [Int] {
        var seen: Set<Int> = []
        return filter { seen.insert($0).inserted }
    }
}

extension Expression {
    /// `t.a` of a conflict target is the index key `a`.
    fileprivate func withoutQualifier(_ table: String) -> Expression {
        if case .column(let names) = node, names.count > 1, let last = names.last { return Expression(.column([last])) }
        return self
    }
}
