import PostgresSyntax
import PostgresTypes

/// GRANT, REVOKE, ALTER DEFAULT PRIVILEGES.
extension CatalogEditor {
    mutating func grant(_ grant: Grant) throws(PostgresError) {
        switch grant.objects {
        case .roles(let roles): try grantRoles(roles, grant)
        case .named(let kind, let names):
            for (position, name) in names.enumerated() {
                let signature = grant.signatures.indices.contains(position) ? grant.signatures[position] : nil
                try apply(grant, to: name, kind, signature)
            }
        case .allInSchema(let kind, let schemas):
            for schema in schemas {
                guard catalog.schemas[schema] != nil else { throw .undefinedSchema(schema) }
                if kind.isRoutine {
                    for routine in catalog.orderedRoutines where routine.schema == schema {
                        if kind != .routine, routine.isProcedure != (kind == .procedure) { continue }
                        try apply(grant, toRoutine: routine)
                    }
                    continue
                }
                for relation in catalog.orderedRelations where relation.schema == schema {
                    let isMeant =
                        kind == .sequence ? relation.sequence != nil : kind == .table && !relation.columns.isEmpty
                    guard isMeant, kind == .sequence || relation.sequence == nil else { continue }
                    try apply(grant, to: relation)
                }
            }
        case .defaults: throw .syntax("syntax error")
        }
    }

    private func grantees(_ grant: Grant) throws(PostgresError) -> [String] {
        var names: [String] = []
        for name in grant.grantees { names.append(try roleName(name)) }
        return names
    }

    /// A role as GRANT, OWNER TO and SET ROLE name it.
    func roleName(_ name: String) throws(PostgresError) -> String {
        switch name.lowercased() {
        case "current_user", "current_role": return session.role
        case "session_user": return session.sessionUser
        case "public": return "public"
        default:
            guard catalog.roles[name] != nil else { throw .undefinedRole(name) }
            return name
        }
    }

    private mutating func grantRoles(_ roles: [String], _ grant: Grant) throws(PostgresError) {
        let members = try grantees(grant)
        for role in roles {
            if catalog.roles[role] == nil, predefinedRoles.contains(role) {
                edit { $0.roles[role] = Role(name: role) }
            }
            guard catalog.roles[role] != nil else { throw .undefinedRole(role) }
            for member in members {
                if grant.isGrant && catalog.mayBecome(role, member) && !catalog.isSuperuser(role) {
                    throw PostgresError("0LP01", "role \"\(role)\" is a member of role \"\(member)\"")
                }
                edit { catalog in
                    if grant.isGrant {
                        catalog.roles[member]?.memberOf.insert(role)
                    } else {
                        catalog.roles[member]?.memberOf.remove(role)
                    }
                }
            }
        }
    }

    private mutating func apply(_ grant: Grant, toRoutine routine: Routine) throws(PostgresError) {
        let privileges = try expand(grant, allowed: ["execute"], what: routine.kindName)
        try apply(grant, toRoutine: routine, privileges, grantees: try grantees(grant))
    }

    private mutating func apply(
        _ grant: Grant, to name: [String], _ kind: ObjectKind, _ signature: [TypeName]?
    ) throws(PostgresError) {
        let last = name.last ?? ""
        switch kind {
        case .schema:
            guard var schema = catalog.schemas[last] else { throw .undefinedSchema(last) }
            guard catalog.isMember(session.role, of: schema.owner) else {
                throw .permissionDenied("schema", last)
            }
            let privileges = try expand(grant, allowed: ["usage", "create"], what: "schema")
            for grantee in try grantees(grant) {
                schema.privileges.change(isGrant: grant.isGrant, privileges, for: grantee)
            }
            edit { $0.schemas[last] = schema }
        case .table, .view, .materializedView, .sequence, .foreignTable:
            let relation = try existing(QualifiedName(schema: name.count > 1 ? name[name.count - 2] : nil, last))
            try apply(grant, to: relation)
        case .type, .domain:
            // USAGE on types is open to everyone and not checked.
            let wanted = QualifiedName(schema: name.count > 1 ? name[0] : nil, last)
            guard catalog.userType(wanted, searchPath: searchPath) != nil else {
                throw PostgresError("42704", "type \"\(wanted.display)\" does not exist")
            }
        case .database: _ = try grantees(grant)
        case .function, .procedure, .routine:
            let wanted = QualifiedName(schema: name.count > 1 ? name[name.count - 2] : nil, last)
            try apply(grant, toRoutine: try existingRoutine(wanted, signature, kind: kind))
        default: throw .notSupported("GRANT … ON \(kind.rawValue.uppercased())")
        }
    }

    private mutating func apply(_ grant: Grant, to relation: Relation) throws(PostgresError) {
        if case .index = relation.kind { throw .wrongKind(relation.name, "a table") }
        guard catalog.isMember(session.role, of: relation.owner) else {
            throw .permissionDenied(relation.kindName, relation.name)
        }
        let isSequence = relation.sequence != nil
        let allowed = isSequence ? sequencePrivileges : tablePrivileges
        var changed = relation
        for grantee in try grantees(grant) {
            for privilege in grant.privileges {
                let names = try expand(privilege.name, allowed: allowed, what: isSequence ? "sequence" : "table")
                if privilege.columns.isEmpty {
                    changed.privileges.change(isGrant: grant.isGrant, names, for: grantee)
                    // Revoking a privilege on the table revokes it on its columns too.
                    if !grant.isGrant, case .table(var table) = changed.kind {
                        for position in table.columns.indices {
                            table.columns[position].privileges.revoke(names, from: grantee)
                        }
                        changed.kind = .table(table)
                    }
                    if !grant.isGrant, case .view(var view) = changed.kind {
                        for column in view.columnPrivileges.keys {
                            view.columnPrivileges[column]?.revoke(names, from: grantee)
                        }
                        changed.kind = .view(view)
                    }
                    continue
                }
                if case .view(var view) = changed.kind {
                    for column in privilege.columns {
                        guard view.columns.contains(where: { $0.name == column }) else {
                            throw .undefinedColumn(column, of: relation.name)
                        }
                        view.columnPrivileges[column, default: []].change(
                            isGrant: grant.isGrant, names.intersection(columnPrivileges), for: grantee)
                    }
                    changed.kind = .view(view)
                    continue
                }
                guard case .table(var table) = changed.kind else {
                    throw .notSupported("column privileges on a \(relation.kindName)")
                }
                for column in privilege.columns {
                    guard let position = table.position(of: column) else {
                        throw .undefinedColumn(column, of: relation.name)
                    }
                    table.columns[position].privileges.change(
                        isGrant: grant.isGrant, names.intersection(columnPrivileges), for: grantee)
                }
                changed.kind = .table(table)
            }
        }
        update(changed)
    }

    private func expand(_ grant: Grant, allowed: Set<String>, what: String) throws(PostgresError) -> Set<String> {
        var names: Set<String> = []
        for privilege in grant.privileges {
            names.formUnion(try expand(privilege.name, allowed: allowed, what: what))
        }
        return names
    }

    private func expand(_ name: String, allowed: Set<String>, what: String) throws(PostgresError) -> Set<String> {
        if name == "all" { return allowed }
        let known = tablePrivileges.union(sequencePrivileges).union([
            "create", "execute", "connect", "temporary", "temp", "set", "alter system",
        ])
        guard known.contains(name) else { throw .syntax("unrecognized privilege type \"\(name)\"") }
        guard allowed.contains(name) else {
            throw PostgresError("0LP01", "invalid privilege type \(name.uppercased()) for \(what)")
        }
        return [name]
    }

    mutating func alterDefaultPrivileges(schemas: [String], _ grant: Grant) throws(PostgresError) {
        guard case .defaults(let kind) = grant.objects else { return }
        for schema in schemas where catalog.schemas[schema] == nil { throw .undefinedSchema(schema) }
        let allowed: Set<String>
        switch kind {
        case .table: allowed = tablePrivileges
        case .sequence: allowed = sequencePrivileges
        case .schema: allowed = ["usage", "create"]
        default: allowed = ["execute", "usage"]
        }
        let names = try expand(grant, allowed: allowed, what: kind.rawValue)
        let places: [String?] = schemas.isEmpty ? [nil] : schemas
        var creators: [String] = []
        for role in grant.forRoles { creators.append(try roleName(role)) }
        if creators.isEmpty { creators = [session.role] }
        for grantee in try grantees(grant) {
            for (role, schema) in creators.flatMap({ role in places.map { (role, $0) } }) {
                edit { catalog in
                    let position = catalog.defaultPrivileges.firstIndex {
                        $0.role == role && $0.schema == schema && $0.kind == kind && $0.entry.grantee == grantee
                    }
                    if let position {
                        if grant.isGrant {
                            catalog.defaultPrivileges[position].entry.privileges.formUnion(names)
                        } else {
                            catalog.defaultPrivileges[position].entry.privileges.subtract(names)
                        }
                    } else if grant.isGrant || schema == nil && grantee == "public" && kind.isRoutine {
                        // An empty entry takes away what PUBLIC has without one; of one schema nothing can be taken.
                        catalog.defaultPrivileges.append(
                            DefaultPrivilege(
                                role: role, schema: schema, kind: kind,
                                entry: PrivilegeEntry(grantee: grantee, privileges: grant.isGrant ? names : [])))
                    }
                }
            }
        }
    }
}

private let tablePrivileges: Set<String> = [
    "select", "insert", "update", "delete", "truncate", "references", "trigger",
]
private let sequencePrivileges: Set<String> = ["usage", "select", "update"]
private let columnPrivileges: Set<String> = ["select", "insert", "update", "references"]

/// The roles of every server. They are there once they are granted: without members they mean nothing.
private let predefinedRoles: Set<String> = [
    "pg_checkpoint", "pg_execute_server_program", "pg_monitor", "pg_read_all_data", "pg_read_all_settings",
    "pg_read_all_stats", "pg_read_server_files", "pg_signal_backend", "pg_stat_scan_tables", "pg_write_all_data",
    "pg_write_server_files",
]
