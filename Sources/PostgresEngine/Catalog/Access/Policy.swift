package import PostgresSyntax

/// A row security policy of a table: which of its rows some roles may read or write.
package struct Policy: Hashable, Sendable {
    package var name: String
    package var command: CreatePolicy.Command
    /// Permissive policies widen what is let through, restrictive ones narrow it.
    package var isPermissive: Bool
    /// Roles it is for; `public` for all.
    package var roles: [String] = ["public"]
    /// Which rows there are, for reading, changing and deleting.
    package var using: PolicyExpression?
    /// Which rows may be written; without one, USING says so.
    package var check: PolicyExpression?
    /// Tells how old it is.
    package var oid: UInt32 = 0

    package init(name: String, command: CreatePolicy.Command, isPermissive: Bool) {
        self.name = name
        self.command = command
        self.isPermissive = isPermissive
    }

    /// What its expressions read: relations with the columns of each, its own table's too.
    package var uses: [RelationID: Set<String>] {
        (using?.uses ?? [:]).merging(check?.uses ?? [:]) { $0.union($1) }
    }
}

/// A condition over a table's columns, kept as it was written.
package struct PolicyExpression: Hashable, Sendable {
    package var value: Expression
    /// The search path it was written under: the one to bind it under.
    package var path: [String]
    package var uses: [RelationID: Set<String>] = [:]

    package init(_ value: Expression, path: [String]) {
        self.value = value
        self.path = path
    }
}

extension CatalogSnapshot {
    /// All policies with their tables, the oldest tables first.
    var policies: [(table: Relation, policy: Policy)] {
        orderedRelations.flatMap { relation in
            relation.table.map { table in table.policies.map { (relation, $0) } } ?? []
        }
    }

    /// The policies of a table that count for a command of a role, in the order in which they are looked at.
    func policies(
        of table: Table, for command: CreatePolicy.Command, role: String
    ) -> (permissive: [Policy], restrictive: [Policy]) {
        let names = inheritedRoles(of: role)
        let counting = table.policies.filter { policy in
            (policy.command == .all || policy.command == command) && policy.roles.contains(where: names.contains)
        }
        .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        // Postgres reads them by name, each before those it has: the last name's condition is looked at first.
        return (counting.filter(\.isPermissive).reversed(), counting.filter { !$0.isPermissive })
    }

    /// Whether row security stands between a role and a table's rows: enabled, and the role neither bypasses it nor
    /// owns the table, unless it is forced on its owner.
    package func isRowSecurityActive(_ relation: Relation, role: String) -> Bool {
        guard let table = relation.table, table.isRowSecurityEnabled else { return false }
        if isSuperuser(role) || roles[role]?.bypassesRowSecurity == true { return false }
        return table.isRowSecurityForced || !isMember(role, of: relation.owner)
    }
}
