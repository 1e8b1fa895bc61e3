import PostgresSyntax
package import PostgresTypes

// Who may do what: roles with what they inherit, and access control lists.
extension CatalogSnapshot {
    /// The role with all those whose privileges it has, and PUBLIC.
    package func inheritedRoles(of role: String) -> Set<String> {
        var found: Set<String> = [role, "public"]
        var queue = [role]
        while let next = queue.popLast() {
            guard let entry = roles[next], entry.inherits else { continue }
            for parent in entry.memberOf where found.insert(parent).inserted { queue.append(parent) }
        }
        return found
    }

    package func isSuperuser(_ role: String) -> Bool { roles[role]?.isSuperuser == true }

    /// Whether `role` may act as `other`'s owner: itself, a superuser, or a member that inherits.
    package func isMember(_ role: String, of other: String) -> Bool {
        role == other || isSuperuser(role) || inheritedRoles(of: role).contains(other)
    }

    /// Whether SET ROLE may turn `role` into `other`: membership, inherited or not.
    package func mayBecome(_ role: String, _ other: String) -> Bool {
        if role == other || isSuperuser(role) { return true }
        var found: Set<String> = [role]
        var queue = [role]
        while let next = queue.popLast() {
            for parent in roles[next]?.memberOf ?? [] where found.insert(parent).inserted { queue.append(parent) }
        }
        return found.contains(other)
    }

    /// Whether the login of the REST API may become a role that was never granted to it, as it does for tokens that
    /// name the role: only a plain one.
    func isRoleOfTokens(_ role: String, _ session: Session) -> Bool {
        guard session.sessionUser == "authenticator", let found = roles[role] else { return false }
        return !found.isSuperuser && !found.canLogin && !found.bypassesRowSecurity
    }

    /// Whether `role` may grant membership in `other` on: WITH ADMIN OPTION, of its own or of a role that it is in.
    package func administers(_ role: String, _ other: String) -> Bool {
        if isSuperuser(role) { return true }
        return roles.values.contains { $0.administers.contains(other) && mayBecome(role, $0.name) }
    }

    package func allows(_ privilege: String, on relation: Relation, role: String, toGrant: Bool = false) -> Bool {
        isMember(role, of: relation.owner)
            || relation.privileges.allow(privilege, to: inheritedRoles(of: role), toGrant: toGrant)
    }

    package func allows(_ privilege: String, on schema: Schema, role: String, toGrant: Bool = false) -> Bool {
        isMember(role, of: schema.owner)
            || schema.privileges.allow(privilege, to: inheritedRoles(of: role), toGrant: toGrant)
    }

    /// Whether objects of `role` may be made of a type; an array is its elements' for this.
    func allowsUsage(of id: TypeID, role: String, toGrant: Bool = false) -> Bool {
        guard let type = types[id] else { return !toGrant || isSuperuser(role) }
        if case .array(let element) = type.kind { return allowsUsage(of: element, role: role, toGrant: toGrant) }
        return isMember(role, of: type.owner)
            || (type.privileges ?? UserType.unwrittenPrivileges)
                .allow("usage", to: inheritedRoles(of: role), toGrant: toGrant)
    }

    /// Whether `role` may do something in the database as a whole: `create` schemas, `connect`, make `temporary` tables.
    func allowsInDatabase(_ privilege: String, role: String, toGrant: Bool = false) -> Bool {
        isMember(role, of: Self.databaseOwner)
            || (databasePrivileges ?? Self.unwrittenDatabasePrivileges)
                .allow(privilege, to: inheritedRoles(of: role), toGrant: toGrant)
    }

    static let databaseName = "postgres"
    static let databaseOwner = "postgres"
    static let unwrittenDatabasePrivileges = [
        PrivilegeEntry(grantee: "public", privileges: ["temporary", "connect"])
    ]

    /// Refuses names in schemas that `role` may not use.
    func check(_ named: Set<String>, role: String) throws(PostgresError) {
        for name in named.sorted() {
            guard let schema = schemas[name], !allows("usage", on: schema, role: role) else { continue }
            throw .permissionDenied("schema", name)
        }
    }

    /// Refuses what `role` may not do, with Postgres' error.
    package func check(_ accesses: [TableAccess], role: String) throws(PostgresError) {
        for access in accesses {
            guard let relation = self[access.relation] else { continue }
            let user = access.checkedAs ?? role
            guard !isMember(user, of: relation.owner) else { continue }
            let names = inheritedRoles(of: user)
            if access.checkedAs == nil, let schema = schemas[relation.schema],
                !isMember(user, of: schema.owner), !schema.privileges.allow("usage", to: names)
            {
                throw .permissionDenied("schema", relation.schema)
            }
            let privilege = access.privilege.rawValue
            if relation.privileges.allow(privilege, to: names) { continue }
            guard allowsColumns(access, of: relation, names) else {
                throw .permissionDenied(relation.kindName, relation.name)
            }
        }
        for access in accesses where access.privilege == .select {
            guard let relation = self[access.relation], relation.view?.isPopulated == false else { continue }
            throw PostgresError(
                "55000", "materialized view \"\(relation.name)\" has not been populated",
                hint: "Use the REFRESH MATERIALIZED VIEW command.")
        }
    }

    /// Whether grants on columns cover an access that the relation's own list does not.
    private func allowsColumns(_ access: TableAccess, of relation: Relation, _ names: Set<String>) -> Bool {
        let privilege = access.privilege.rawValue
        guard access.privilege != .delete else { return false }
        let lists: [[PrivilegeEntry]] =
            relation.table?.columns.map(\.privileges)
            ?? relation.view.map { view in view.columns.map { view.columnPrivileges[$0.name] ?? [] } } ?? []
        if access.columns.isEmpty { return lists.contains { $0.allow(privilege, to: names) } }
        return access.columns.allSatisfy {
            lists.indices.contains($0) && lists[$0].allow(privilege, to: names)
        }
    }
}

extension UserType {
    /// What everyone may do with a new type.
    static let unwrittenPrivileges = [PrivilegeEntry(grantee: "public", privileges: ["usage"])]
}
