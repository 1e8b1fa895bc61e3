import PostgresSyntax
import PostgresTypes

/// What a GRANT or REVOKE is about, as its messages name it.
struct GrantedObject {
    var kind: String
    var name: String
    var owner: String
    var column: String?

    var display: String { column.map { "column \"\($0)\" of relation \"\(name)\"" } ?? "\"\(name)\"" }
}

/// How GRANT and REVOKE change the list of one object.
extension CatalogEditor {
    /// - Parameters:
    ///   - outer: the list of a column's table, whose grant options count for the column too.
    ///   - grantees: roles, or `public`.
    /// - Throws: 42501 for a role that has nothing to grant, 0LP01 for grant options that cannot be, 2BP01 for
    ///   dependents of what is revoked.
    mutating func change(
        _ list: [PrivilegeEntry], _ grant: Grant, _ privileges: Set<String>, of object: GrantedObject,
        outer: [PrivilegeEntry] = [], grantees: [String]
    ) throws(PostgresError) -> [PrivilegeEntry] {
        if grant.isGrant, grant.withGrantOption, grantees.contains("public") {
            throw PostgresError("0LP01", "grant options can only be granted to roles")
        }
        let (grantor, available) = try grantor(of: privileges, in: list + outer, of: object)
        warn(about: grant, privileges, available, object)
        guard !available.isEmpty else { return list }
        var changed = list
        for grantee in grantees {
            let entry = PrivilegeEntry(
                grantee: grantee, grantor: grantor, privileges: available,
                grantable: grant.isGrant && grant.withGrantOption ? available : [])
            if grant.isGrant {
                try (changed + outer).checkCircle(entry, inherited: catalog.inheritedRoles)
                changed.add(entry)
            } else {
                try changed.revoke(
                    entry, optionOnly: grant.withGrantOption, cascades: grant.cascades,
                    inherited: catalog.inheritedRoles)
            }
        }
        // A list that was ever written is never again the unwritten one, even if nothing is left in it.
        if object.column == nil, !changed.contains(where: { $0.grantee == object.owner }) {
            changed.append(PrivilegeEntry(grantee: object.owner, privileges: []))
        }
        return changed
    }

    /// In whose name the session's role grants: the owner's if it may, else that of the role it is in which can grant
    /// most; with what that one can.
    private func grantor(
        of privileges: Set<String>, in list: [PrivilegeEntry], of object: GrantedObject
    ) throws(PostgresError) -> (String?, Set<String>) {
        if catalog.isMember(session.role, of: object.owner) { return (nil, privileges) }
        let roles = catalog.inheritedRoles(of: session.role)
        var best: (role: String, options: Set<String>) = (session.role, [])
        for role in [session.role] + roles.sorted() {
            let options = list.grantable(by: [role]).intersection(privileges)
            if options.count > best.options.count { best = (role, options) }
        }
        if best.options.isEmpty, !list.contains(where: { roles.contains($0.grantee) && !$0.privileges.isEmpty }) {
            guard object.column == nil else {
                throw PostgresError("42501", "permission denied for \(object.display)")
            }
            throw .permissionDenied(object.kind, object.name)
        }
        return (best.role, best.options)
    }

    private mutating func warn(
        about grant: Grant, _ privileges: Set<String>, _ available: Set<String>, _ object: GrantedObject
    ) {
        let isAll = grant.privileges.contains { $0.name == "all" }
        let verb = grant.isGrant ? "were granted" : "could be revoked"
        let code = grant.isGrant ? "01007" : "01006"
        if available.isEmpty {
            warn("no privileges \(verb) for \(object.display)", code: code)
        } else if !isAll, available != privileges {
            warn("not all privileges \(verb) for \(object.display)", code: code)
        }
    }

    // MARK: Membership

    /// GRANT role TO member, and REVOKE.
    mutating func change(
        membershipIn role: String, of member: String, _ grant: Grant
    ) throws(PostgresError) {
        if !catalog.isSuperuser(session.role) {
            if catalog.isSuperuser(role) { throw PostgresError("42501", "must be superuser to alter superusers") }
            guard mayAdministerRoles || catalog.administers(session.role, role) else {
                throw PostgresError("42501", "must have admin option on role \"\(role)\"")
            }
        }
        if grant.isGrant, catalog.mayBecome(role, member), !catalog.isSuperuser(role) {
            throw PostgresError("0LP01", "role \"\(role)\" is a member of role \"\(member)\"")
        }
        let isMember = catalog.roles[member]?.memberOf.contains(role) == true
        let isAdministrator = catalog.roles[member]?.administers.contains(role) == true
        if grant.isGrant, isMember, isAdministrator || !grant.withGrantOption {
            return notice("role \"\(member)\" is already a member of role \"\(role)\"")
        }
        if !grant.isGrant, !isMember {
            return warn("role \"\(member)\" is not a member of role \"\(role)\"")
        }
        let grantor = session.role
        edit { catalog in
            if grant.isGrant {
                catalog.roles[member]?.memberOf.insert(role)
                catalog.roles[member]?.grantors[role] = grantor
                if grant.withGrantOption { catalog.roles[member]?.administers.insert(role) }
            } else {
                catalog.roles[member]?.administers.remove(role)
                if !grant.withGrantOption { catalog.roles[member]?.leave(role) }
            }
        }
    }
}

extension Role {
    /// Ends its membership in a role.
    mutating func leave(_ role: String) {
        memberOf.remove(role)
        administers.remove(role)
        grantors[role] = nil
    }
}
