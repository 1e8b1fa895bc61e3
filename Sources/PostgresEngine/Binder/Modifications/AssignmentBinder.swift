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

    func bindReturning(_ targets: [Target], in scope: QueryScope) throws(PostgresError) -> [TypedTarget] {
        scope.clause = .returning
        var bound = try bindTargets(targets, in: scope)
        for index in bound.indices {
            bound[index].value = try toTextIfUnknown(bound[index].value)
            bound[index].column.type = bound[index].value.type
        }
        return bound
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
