import PostgresTypes

/// One entry of an access control list: what a role (or `public`) may do, and who said so.
package struct PrivilegeEntry: Hashable, Sendable {
    package var grantee: String
    /// nil: the owner of the object.
    package var grantor: String?
    /// `select`, `insert`, `update`, `delete`, `truncate`, `references`, `trigger`, `usage`, `create`, `execute`.
    package var privileges: Set<String>
    /// Those of them that the role may grant on: WITH GRANT OPTION.
    package var grantable: Set<String>

    package init(grantee: String, grantor: String? = nil, privileges: Set<String>, grantable: Set<String> = []) {
        self.grantee = grantee
        self.grantor = grantor
        self.privileges = privileges
        self.grantable = grantable
    }
}

extension [PrivilegeEntry] {
    /// - Parameter toGrant: whether granting the privilege on is meant, not using it.
    package func allow(_ privilege: String, to roles: Set<String>, toGrant: Bool = false) -> Bool {
        let isListed = contains { entry in
            roles.contains(entry.grantee) && (toGrant ? entry.grantable : entry.privileges).contains(privilege)
        }
        if isListed || toGrant { return isListed }
        // Members of these need no grant.
        switch privilege {
        case "select": return roles.contains("pg_read_all_data")
        case "insert", "update", "delete": return roles.contains("pg_write_all_data")
        case "usage": return roles.contains("pg_read_all_data") || roles.contains("pg_write_all_data")
        default: return false
        }
    }

    /// Whether a role has something in the list.
    func names(_ role: String) -> Bool { contains { $0.grantee == role && !$0.privileges.isEmpty } }

    /// What roles may grant on.
    func grantable(by roles: Set<String>) -> Set<String> {
        reduce(into: []) { if roles.contains($1.grantee) { $0.formUnion($1.grantable) } }
    }

    /// Adds to what the entry's grantee has from its grantor.
    mutating func add(_ entry: PrivilegeEntry) {
        if let position = firstIndex(where: { $0.grantee == entry.grantee && $0.grantor == entry.grantor }) {
            self[position].privileges.formUnion(entry.privileges)
            self[position].grantable.formUnion(entry.grantable)
        } else {
            append(entry)
        }
    }

    /// Takes an entry's privileges back, or with `optionOnly` the right to grant them on.
    /// - Parameter inherited: a role with those whose privileges it has.
    /// - Throws: 2BP01 when the grantee has granted on what it may grant no more, unless that goes too.
    mutating func revoke(
        _ entry: PrivilegeEntry, optionOnly: Bool, cascades: Bool, inherited: (String) -> Set<String>
    ) throws(PostgresError) {
        guard let position = firstIndex(where: { $0.grantee == entry.grantee && $0.grantor == entry.grantor }) else {
            return
        }
        var lost = self[position].grantable.intersection(entry.privileges)
        self[position].grantable.subtract(entry.privileges)
        if !optionOnly { self[position].privileges.subtract(entry.privileges) }
        if self[position].privileges.isEmpty { remove(at: position) }
        lost.subtract(grantable(by: inherited(entry.grantee)))
        for dependent in self where dependent.grantor == entry.grantee {
            guard !dependent.privileges.isDisjoint(with: lost) else { continue }
            guard cascades else {
                throw PostgresError(
                    "2BP01", "dependent privileges exist", hint: "Use CASCADE to revoke them too.")
            }
            try revoke(
                PrivilegeEntry(grantee: dependent.grantee, grantor: dependent.grantor, privileges: lost),
                optionOnly: false, cascades: true, inherited: inherited)
        }
    }

    /// Refuses a grant option for the one from whom the grantor has its own.
    func checkCircle(_ entry: PrivilegeEntry, inherited: (String) -> Set<String>) throws(PostgresError) {
        guard let grantor = entry.grantor, !entry.grantable.isEmpty else { return }
        var rest = self
        for held in self where held.grantee == entry.grantee {
            try rest.revoke(
                PrivilegeEntry(grantee: held.grantee, grantor: held.grantor, privileges: entry.grantable),
                optionOnly: true, cascades: true, inherited: inherited)
        }
        guard rest.grantable(by: inherited(grantor)).isSuperset(of: entry.grantable) else {
            throw PostgresError("0LP01", "grant options cannot be granted back to your own grantor")
        }
    }
}
