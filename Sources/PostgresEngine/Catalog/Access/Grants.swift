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

    /// Makes a role of every server known where a statement names it for the first time.
    mutating func bringPredefinedRole(_ name: String) {
        guard catalog.roles[name] == nil, predefinedRoles.contains(name) else { return }
        edit { catalog in
            catalog.roles[name] = Role(name: name)
            // Whoever owns the database is its member, without a grant.
            if name == "pg_database_owner" { catalog.roles["postgres"]?.memberOf.insert(name) }
        }
    }

    private mutating func grantRoles(_ roles: [String], _ grant: Grant) throws(PostgresError) {
        let members = try grantees(grant)
        for role in roles {
            bringPredefinedRole(role)
            guard catalog.roles[role] != nil else { throw .undefinedRole(role) }
            for member in members { try change(membershipIn: role, of: member, grant) }
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
            let privileges = try expand(grant, allowed: ["usage", "create"], what: "schema")
            schema.privileges = try change(
                schema.privileges, grant, privileges,
                of: GrantedObject(kind: "schema", name: last, owner: schema.owner), grantees: try grantees(grant))
            edit { $0.schemas[last] = schema }
        case .table, .view, .materializedView, .sequence, .foreignTable:
            let relation = try existing(QualifiedName(schema: name.count > 1 ? name[name.count - 2] : nil, last))
            try apply(grant, to: relation)
        case .type, .domain:
            try apply(grant, toType: QualifiedName(schema: name.count > 1 ? name[name.count - 2] : nil, last), kind)
        case .database: try apply(grant, toDatabase: last)
        case .function, .procedure, .routine:
            let wanted = QualifiedName(schema: name.count > 1 ? name[name.count - 2] : nil, last)
            try apply(grant, toRoutine: try existingRoutine(wanted, signature, kind: kind))
        default: throw .notSupported("GRANT … ON \(kind.rawValue.uppercased())")
        }
    }

    private mutating func apply(_ grant: Grant, to relation: Relation) throws(PostgresError) {
        if case .index = relation.kind { throw .wrongKind(relation.name, "a table") }
        let kind = relation.sequence == nil ? "table" : "sequence"
        let allowed = relation.sequence == nil ? tablePrivileges : sequencePrivileges
        let grantees = try grantees(grant)
        let object = GrantedObject(kind: relation.kindName, name: relation.name, owner: relation.owner)
        var changed = relation
        var ofTable: Set<String> = []
        var ofColumns: [String: Set<String>] = [:]
        for privilege in grant.privileges {
            let names = try expand(privilege.name, allowed: allowed, what: kind)
            if privilege.columns.isEmpty { ofTable.formUnion(names) }
            for column in privilege.columns {
                guard relation.columnPrivileges(column) != nil else {
                    throw relation.sequence == nil
                        ? PostgresError.undefinedColumn(column, of: relation.name)
                        : PostgresError.notSupported("column privileges on a \(relation.kindName)")
                }
                ofColumns[column, default: []].formUnion(names.intersection(columnPrivileges))
            }
        }
        if !ofTable.isEmpty {
            changed.privileges = try change(relation.privileges, grant, ofTable, of: object, grantees: grantees)
            // Revoking a privilege on the table revokes it on its columns too.
            if !grant.isGrant {
                for column in relation.columns.map(\.name) where relation.columnPrivileges(column)?.isEmpty == false {
                    ofColumns[column, default: []].formUnion(ofTable.intersection(columnPrivileges))
                }
            }
        }
        for (name, names) in ofColumns.sorted(by: { $0.key < $1.key }) where !names.isEmpty {
            var column = object
            column.column = name
            let list = changed.columnPrivileges(name) ?? []
            changed.setColumnPrivileges(
                name,
                to: try change(list, grant, names, of: column, outer: changed.privileges, grantees: grantees))
        }
        update(changed)
    }

    private mutating func apply(_ grant: Grant, toType name: QualifiedName, _ kind: ObjectKind) throws(PostgresError) {
        let written = TypeName(name.schema.map { [$0, name.name] } ?? [name.name])
        let id = try catalog.resolveType(written, searchPath: searchPath).type
        guard var type = catalog.types[id] else {
            if kind == .domain { throw .wrongKind(name.name, "a domain") }
            // Everyone may use it already, and what is granted on it beyond that would have to be kept.
            guard grant.isGrant, !grant.withGrantOption else {
                throw .notSupported("REVOKE and grant options on a type of the system")
            }
            return
        }
        switch type.kind {
        case .array:
            throw PostgresError(
                "0LP01", "cannot set privileges of array types",
                hint: "Set the privileges of the element type instead.")
        case .domain: break
        default: if kind == .domain { throw .wrongKind(name.name, "a domain") }
        }
        let privileges = try expand(grant, allowed: ["usage"], what: kind == .domain ? "domain" : "type")
        type.privileges = try change(
            type.privileges ?? UserType.unwrittenPrivileges, grant, privileges,
            of: GrantedObject(kind: "type", name: type.name, owner: type.owner), grantees: try grantees(grant))
        edit { $0.types[id] = type }
    }

    private mutating func apply(_ grant: Grant, toDatabase name: String) throws(PostgresError) {
        // A script written for another database means this one: there is no other.
        let privileges = try expand(grant, allowed: ["create", "connect", "temporary"], what: "database")
        let changed = try change(
            catalog.databasePrivileges ?? CatalogSnapshot.unwrittenDatabasePrivileges, grant, privileges,
            of: GrantedObject(kind: "database", name: name, owner: CatalogSnapshot.databaseOwner),
            grantees: try grantees(grant))
        edit { $0.databasePrivileges = changed }
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
        if name == "temp", allowed.contains("temporary") { return ["temporary"] }
        // Dumps of PostgreSQL 17 list it. What it allows (VACUUM and its like) does nothing here.
        if name == "maintain", allowed == tablePrivileges { return [] }
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
        if kind == .schema, !schemas.isEmpty {
            throw PostgresError("0LP01", "cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS")
        }
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
                        catalog.defaultPrivileges[position].entry.change(names, as: grant)
                    } else if grant.isGrant
                        || schema == nil && grantee == "public" && (kind.isRoutine || kind == .type)
                    {
                        // An empty entry takes away what PUBLIC has without one; of one schema nothing can be taken.
                        catalog.defaultPrivileges.append(
                            DefaultPrivilege(
                                role: role, schema: schema, kind: kind,
                                entry: PrivilegeEntry(
                                    grantee: grantee, privileges: grant.isGrant ? names : [],
                                    grantable: grant.isGrant && grant.withGrantOption ? names : [])))
                    }
                }
            }
        }
    }
}

extension PrivilegeEntry {
    /// What an entry of default privileges becomes.
    fileprivate mutating func change(_ names: Set<String>, as grant: Grant) {
        if grant.isGrant {
            privileges.formUnion(names)
            if grant.withGrantOption { grantable.formUnion(names) }
        } else {
            grantable.subtract(names)
            if !grant.withGrantOption { privileges.subtract(names) }
        }
    }
}

extension Relation {
    /// The list of a column; nil where there is no such column that could have one.
    fileprivate func columnPrivileges(_ column: String) -> [PrivilegeEntry]? {
        switch kind {
        case .table(let table): table.position(of: column).map { table.columns[$0].privileges }
        case .view(let view):
            view.columns.contains { $0.name == column } ? view.columnPrivileges[column] ?? [] : nil
        default: nil
        }
    }

    fileprivate mutating func setColumnPrivileges(_ column: String, to list: [PrivilegeEntry]) {
        switch kind {
        case .table(var table):
            guard let position = table.position(of: column) else { return }
            table.columns[position].privileges = list
            kind = .table(table)
        case .view(var view):
            view.columnPrivileges[column] = list
            kind = .view(view)
        default: return
        }
    }
}

private let tablePrivileges: Set<String> = [
    "select", "insert", "update", "delete", "truncate", "references", "trigger",
]
private let sequencePrivileges: Set<String> = ["usage", "select", "update"]
private let columnPrivileges: Set<String> = ["select", "insert", "update", "references"]

/// The roles of every server. They are there once they are granted or own something: without members they mean
/// nothing.
private let predefinedRoles: Set<String> = [
    "pg_checkpoint", "pg_database_owner", "pg_execute_server_program", "pg_monitor", "pg_read_all_data",
    "pg_read_all_settings", "pg_read_all_stats", "pg_read_server_files", "pg_signal_backend", "pg_stat_scan_tables",
    "pg_write_all_data", "pg_write_server_files",
]
