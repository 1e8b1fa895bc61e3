import PostgresSyntax
import PostgresTypes

/// ON CONFLICT: its action, and the unique constraints that it infers.
extension Analysis {
    func bindOnConflict(
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
    func arbiters(_ clause: OnConflict, _ relation: Relation, _ table: Table) throws(PostgresError) -> [String] {
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
            if isArbiter { return catalog.enforcing([name], of: relation) }
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
            return catalog.enforcing(names, of: relation)
        }
    }
}

extension CatalogSnapshot {
    /// The indexes that do the work of a table's: of a partition those above that they are parts of or equal to.
    fileprivate func enforcing(_ names: [String], of relation: Relation) -> [String] {
        guard relation.table?.partitionOf != nil else { return names }
        return names.map { name in
            var found = relation.indexes.first { $0.name == name }
            while let above = found?.parent.flatMap({ self.index($0)?.1 }) { found = above }
            guard let found else { return name }
            return covering(found, of: relation)?.name ?? found.name
        }
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

extension Expression {
    /// `t.a` of a conflict target is the index key `a`.
    fileprivate func withoutQualifier(_ table: String) -> Expression {
        if case .column(let names) = node, names.count > 1, let last = names.last { return Expression(.column([last])) }
        return self
    }
}
