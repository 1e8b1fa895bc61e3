import PostgresSyntax
import PostgresTypes

/// Views, policies and expressions follow what is renamed, as they do in Postgres, which keeps them by OID.
extension CatalogEditor {
    /// - Parameter before: the catalog before the change.
    mutating func follow(_ change: NameChange, before: CatalogSnapshot) throws(PostgresError) {
        for relation in catalog.orderedRelations {
            if let view = relation.view, change.isUsed(in: view.uses) {
                var changed = relation
                changed.kind = .view(followed(change, view, before))
                update(changed)
            }
            guard let table = relation.table else { continue }
            for policy in table.policies where change.isUsed(in: policy.uses) {
                let followed = self.followed(change, policy, of: relation, before)
                try updateTable(relation.id) { $0.policies.insert(followed) }
            }
            if change.relation.map({ $0.id == relation.id }) ?? true, let old = before[relation.id] {
                try updateTable(relation.id) { $0.follow(change, of: old, before) }
            }
        }
        guard case .type = change else { return }
        for var routine in catalog.orderedRoutines where routine.parameters.contains(where: { $0.defaultValue != nil })
        {
            for index in routine.parameters.indices {
                routine.parameters[index].defaultValue = routine.parameters[index].defaultValue?
                    .renamingType(change.followed)
            }
            update(routine)
        }
    }

    private func followed(_ change: NameChange, _ view: View, _ before: CatalogSnapshot) -> View {
        let plain = NameFollower(change, catalog: before, path: view.searchPath)
        var changed = view
        changed.query = plain.query(view.query)
        let bound = try? Binder(catalog: catalog, searchPath: view.searchPath, context: context)
            .bindQuery(changed.query)
        if !plain.isClear || bound?.query.columns.map(\.type) != view.columns.map(\.type) {
            changed.query = NameFollower(change, catalog: before, path: view.searchPath, keepsNames: true)
                .query(view.query)
        }
        if case .column(let relation, let old, let new) = change, changed.uses[relation.id]?.remove(old) != nil {
            changed.uses[relation.id]?.insert(new)
        }
        return changed
    }

    private func followed(
        _ change: NameChange, _ policy: Policy, of table: Relation, _ before: CatalogSnapshot
    ) -> Policy {
        guard let old = before[table.id] else { return policy }
        var changed = policy
        let expressions = ColumnExpressions(catalog: catalog, context: context)
        for path in [\Policy.using, \Policy.check] {
            guard let expression = policy[keyPath: path] else { continue }
            for keepsNames in [false, true] {
                let follower = NameFollower(change, catalog: before, path: expression.path, keepsNames: keepsNames)
                changed[keyPath: path]?.value = follower.expression(expression.value, over: old)
                guard follower.isClear, let written = changed[keyPath: path],
                    let bound = try? expressions.bindPolicy(written, over: table.id)
                else { continue }
                changed[keyPath: path]?.uses = bound.uses(of: table, catalog)
                break
            }
        }
        return changed
    }
}

extension NameChange {
    /// Whether something with these uses may mention it. Of functions nobody takes notes.
    fileprivate func isUsed(in uses: [RelationID: Set<String>]) -> Bool {
        switch self {
        case .relation(let relation, _): uses[relation.id] != nil
        case .column(let relation, let old, _): uses[relation.id]?.contains(old) == true
        case .routine, .type: true
        }
    }
}

extension Table {
    /// The table's own expressions. Of its columns' names what renames them takes care.
    fileprivate mutating func follow(_ change: NameChange, of table: Relation, _ before: CatalogSnapshot) {
        if case .column(_, let old, let new) = change { return renameInTriggers(old, to: new) }
        func followed(_ expression: Expression) -> Expression {
            NameFollower(change, catalog: before, path: []).expression(expression, over: table)
        }
        for index in columns.indices {
            columns[index].defaultValue = columns[index].defaultValue.map(followed)
            columns[index].generated = columns[index].generated.map(followed)
        }
        for index in constraints.indices {
            if case .check(let condition) = constraints[index].kind {
                constraints[index].kind = .check(followed(condition))
            }
        }
        for index in indexes.indices {
            indexes[index].filter = indexes[index].filter.map(followed)
            for key in indexes[index].keys.indices {
                indexes[index].keys[key].value = followed(indexes[index].keys[key].value)
            }
        }
        for index in triggers.indices {
            triggers[index].definition.condition = triggers[index].definition.condition.map(followed)
        }
    }

    /// UPDATE OF and what WHEN says of NEW and OLD.
    private mutating func renameInTriggers(_ old: String, to new: String) {
        for index in triggers.indices {
            triggers[index].definition.columns = triggers[index].definition.columns.map { $0 == old ? new : $0 }
            triggers[index].definition.condition = triggers[index].definition.condition?.renamingColumn(old, to: new)
        }
    }
}
