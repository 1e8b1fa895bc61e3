import PostgresSyntax
import PostgresTypes

/// CREATE, ALTER and DROP POLICY, and what else touches policies.
extension CatalogEditor {
    mutating func createPolicy(_ definition: CreatePolicy) throws(PostgresError) {
        if definition.check != nil, [.select, .delete].contains(definition.command) {
            throw .syntax("WITH CHECK cannot be applied to SELECT or DELETE")
        }
        if definition.using != nil, definition.command == .insert {
            throw .syntax("only WITH CHECK expression allowed for INSERT")
        }
        let roles = try policyRoles(definition.roles)
        let relation = try policyTable(definition.table)
        let name = ObjectNames.clip(definition.name)
        var policy = Policy(name: name, command: definition.command, isPermissive: definition.isPermissive)
        policy.roles = roles
        policy.using = definition.using.map { PolicyExpression($0, path: searchPath) }
        policy.check = definition.check.map { PolicyExpression($0, path: searchPath) }
        try bind(&policy, over: relation)
        guard relation.table?.policies.contains(where: { $0.name == name }) != true else {
            throw .duplicatePolicy(name, of: relation.name)
        }
        policy.oid = newOID()
        try updateTable(relation.id) { $0.policies.insert(policy) }
    }

    mutating func alterPolicy(_ change: AlterPolicy) throws(PostgresError) {
        let roles = try change.roles.map { (names) throws(PostgresError) in try policyRoles(names) }
        let relation = try policyTable(change.table)
        var changed = Policy(name: change.name, command: .all, isPermissive: true)
        changed.using = change.using.map { PolicyExpression($0, path: searchPath) }
        changed.check = change.check.map { PolicyExpression($0, path: searchPath) }
        try bind(&changed, over: relation)
        guard var policy = relation.table?.policies.first(where: { $0.name == change.name }) else {
            throw .undefinedPolicy(change.name, of: relation.name)
        }
        if change.check != nil, [.select, .delete].contains(policy.command) {
            throw .syntax("only USING expression allowed for SELECT, DELETE")
        }
        if change.using != nil, policy.command == .insert {
            throw .syntax("only WITH CHECK expression allowed for INSERT")
        }
        if let roles { policy.roles = roles }
        policy.using = changed.using ?? policy.using
        policy.check = changed.check ?? policy.check
        try updateTable(relation.id) { $0.policies.insert(policy) }
    }

    mutating func renamePolicy(_ change: Rename) throws(PostgresError) {
        guard case .name(let name) = change.change, let old = change.ownName else {
            throw .notSupported("ALTER POLICY")
        }
        let relation = try policyTable(change.name)
        let new = ObjectNames.clip(name)
        guard let policies = relation.table?.policies else { return }
        guard !policies.contains(where: { $0.name == new }) else { throw .duplicatePolicy(new, of: relation.name) }
        guard var policy = policies.first(where: { $0.name == old }) else {
            throw .undefinedPolicy(old, of: relation.name)
        }
        policy.name = new
        try updateTable(relation.id) { table in
            table.policies.removeAll { $0.name == old }
            table.policies.insert(policy)
        }
    }

    /// The table of a policy, which only its owner may put one on.
    private func policyTable(_ name: QualifiedName) throws(PostgresError) -> Relation {
        let relation = try existing(name)
        try checkOwner(of: relation)
        guard relation.table != nil else { throw .wrongKind(relation.name, "a table") }
        return relation
    }

    private mutating func policyRoles(_ names: [String]) throws(PostgresError) -> [String] {
        if names.contains("public") {
            if names.count > 1 { warn("ignoring specified roles other than PUBLIC") }
            return ["public"]
        }
        return try names.map { (name) throws(PostgresError) in
            let role = policyRole(name)
            guard catalog.roles[role] != nil else { throw .undefinedRole(role) }
            return role
        }
    }

    /// `current_user` and `session_user` mean who says so.
    private func policyRole(_ name: String) -> String {
        switch name {
        case "current_user", "current_role": session.role
        case "session_user": session.sessionUser
        default: name
        }
    }

    /// Checks the expressions of a policy, and notes what they use.
    private func bind(_ policy: inout Policy, over relation: Relation) throws(PostgresError) {
        let expressions = ColumnExpressions(catalog: catalog, context: context)
        for path in [\Policy.using, \Policy.check] {
            guard let expression = policy[keyPath: path] else { continue }
            let bound: Binder.BoundPolicy
            do throws(PostgresError) {
                bound = try expressions.bindPolicy(expression, over: relation.id)
            } catch {
                // What was accepted once stays, as with every definition that is read again.
                guard validates else { continue }
                throw error
            }
            policy[keyPath: path]?.uses = bound.uses(of: relation, catalog)
        }
    }
}

extension Binder.BoundPolicy {
    /// The relations that a policy over `relation` reads, with the columns of each.
    func uses(of relation: Relation, _ catalog: CatalogSnapshot) -> [RelationID: Set<String>] {
        var uses: [RelationID: Set<String>] = [relation.id: Set(ownColumns.map { relation.columns[$0].name })]
        for access in accesses where access.checkedAs == nil {
            let all = catalog[access.relation]?.columns.map(\.name) ?? []
            uses[access.relation, default: []].formUnion(
                access.columns.compactMap { all.indices.contains($0) ? all[$0] : nil })
        }
        return uses
    }
}

extension [Policy] {
    /// Puts a policy in its place by name, which is where Postgres looks at it, instead of the one of that name.
    mutating func insert(_ policy: Policy) {
        removeAll { $0.name == policy.name }
        let place = firstIndex { policy.name.utf8.lexicographicallyPrecedes($0.name.utf8) } ?? endIndex
        insert(policy, at: place)
    }
}

extension PostgresError {
    static func undefinedPolicy(_ policy: String, of table: String) -> PostgresError {
        PostgresError("42704", "policy \"\(policy)\" for table \"\(table)\" does not exist")
    }

    fileprivate static func duplicatePolicy(_ policy: String, of table: String) -> PostgresError {
        PostgresError("42710", "policy \"\(policy)\" for table \"\(table)\" already exists")
    }
}
