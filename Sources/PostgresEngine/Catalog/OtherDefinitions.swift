import PostgresSyntax
import PostgresTypes

/// Schemas, extensions and roles.
extension CatalogEditor {
    mutating func createSchema(_ definition: CreateSchema) throws(PostgresError) {
        let name = ObjectNames.clip(definition.name)
        if catalog.schemas[name] != nil {
            if definition.ifNotExists {
                return notice("schema \"\(name)\" already exists, skipping", code: "42P06")
            }
            throw PostgresError("42P06", "schema \"\(name)\" already exists")
        }
        guard !name.hasPrefix("pg_") else {
            throw PostgresError(
                "42939", "unacceptable schema name \"\(name)\"",
                detail: "The prefix \"pg_\" is reserved for system schemas.")
        }
        if validates, !catalog.allowsInDatabase("create", role: session.role) {
            throw .permissionDenied("database", CatalogSnapshot.databaseName)
        }
        let owner = try definition.owner.map { role throws(PostgresError) in try roleName(role) } ?? session.role
        let schema = Schema(name: name, owner: owner)
        edit { $0.schemas[name] = schema }
        try apply(definition.elements, in: schema)
    }

    mutating func createStatistics(
        _ name: QualifiedName, on table: QualifiedName, ifNotExists: Bool
    ) throws(PostgresError) {
        let relation = try existing(table)
        try checkOwner(of: relation)
        // Without a name of its own one is made up, which nobody can tell.
        guard !name.name.isEmpty else { return }
        let key = QualifiedName(schema: try creationSchema(name), name.name)
        guard statistics(key) == nil else {
            if ifNotExists {
                return notice("statistics object \"\(name.name)\" already exists, skipping", code: "42710")
            }
            throw PostgresError("42710", "statistics object \"\(name.name)\" already exists")
        }
        edit { $0.statistics[key] = relation.id }
    }

    /// The key of the statistics object that a name means.
    func statistics(_ name: QualifiedName) -> QualifiedName? {
        let schemas = name.schema.map { [$0] } ?? searchPath
        return schemas.map { QualifiedName(schema: $0, name.name) }.first { key in
            catalog.statistics[key].map { catalog[$0] != nil } ?? false
        }
    }

    mutating func createExtension(_ name: String, schema: String?, ifNotExists: Bool) throws(PostgresError) {
        if catalog.extensions[name] != nil {
            if ifNotExists { return notice("extension \"\(name)\" already exists, skipping", code: "42710") }
            throw PostgresError("42710", "extension \"\(name)\" already exists")
        }
        // What belongs to one extension alone comes with it.
        if let schema, !["pg_catalog", ownSchemas[name]].contains(schema), catalog.schemas[schema] == nil {
            throw .undefinedSchema(schema)
        }
        guard emulatedExtensions.contains(name) else {
            // As of an extension that is not installed: migrations catch this.
            throw PostgresError(
                "0A000", "extension \"\(name)\" is not available", detail: "The emulator does not have it yet.",
                hint: "The extension must first be installed on the system where PostgreSQL is running.")
        }
        let place = schema ?? ownSchemas[name] ?? searchPath.first { catalog.schemas[$0] != nil } ?? "public"
        edit { $0.extensions[name] = place }
        if let own = ownSchemas[name], catalog.schemas[own] == nil {
            edit { $0.schemas[own] = Schema(name: own, owner: "supabase_admin") }
        }
        if let script = ExtensionScripts.scripts[name] {
            for statement in Script.parse(script.replacing("@extschema@", with: ObjectNames.quoted(place))) {
                guard case .success(let parsed) = statement else { continue }
                do throws(PostgresError) {
                    try apply(parsed.statement)
                } catch {
                    // DROP EXTENSION leaves the objects, for which the extension made again finds use.
                    guard ["42710", "42P07", "42723"].contains(error.code) else { throw error }
                }
            }
        }
        guard name == "moddatetime" else { return }
        // The one function it consists of.
        let text = """
            CREATE FUNCTION \(ObjectNames.quoted(place)).moddatetime() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              RETURN jsonb_populate_record(NEW, jsonb_build_object(TG_ARGV[0], CURRENT_TIMESTAMP));
            END
            $$
            """
        if case .createFunction(let function)? = try? Script.parseSingle(text) { try createFunction(function) }
    }

    /// ALTER EXTENSION … UPDATE: there is one version of each.
    mutating func updateExtension(_ name: String, to version: String?) throws(PostgresError) {
        guard catalog.extensions[name] != nil else {
            throw PostgresError("42704", "extension \"\(name)\" does not exist")
        }
        let own = extensionVersion(name)
        guard version == nil || version == own else {
            throw PostgresError(
                "22023",
                "extension \"\(name)\" has no update path from version \"\(own)\" to version \"\(version ?? own)\"")
        }
        notice("version \"\(own)\" of extension \"\(name)\" is already installed", code: "00000")
    }

    /// ALTER EXTENSION … SET SCHEMA. What was defined with the extension's functions and operators keeps them only
    /// where the path that it was defined under leads to the new schema too.
    mutating func moveExtension(_ name: String, _ change: Rename.Change) throws(PostgresError) {
        guard case .schema(let schema) = change else { throw .notSupported("ALTER EXTENSION") }
        guard catalog.extensions[name] != nil else {
            throw PostgresError("42704", "extension \"\(name)\" does not exist")
        }
        guard catalog.schemas[schema] != nil else { throw .undefinedSchema(schema) }
        guard ownSchemas[name] == nil, !["plpgsql", "pg_cron", "pg_net", "supabase_vault", "http"].contains(name) else {
            throw PostgresError("0A000", "extension \"\(name)\" does not support SET SCHEMA")
        }
        guard name != "moddatetime" else { throw .notSupported("ALTER EXTENSION moddatetime SET SCHEMA") }
        edit { $0.extensions[name] = schema }
    }

    // MARK: Publications and settings

    /// Publications are recorded; what would read them (Realtime) answers for itself.
    mutating func createPublication(_ publication: Publication) throws(PostgresError) {
        guard catalog.publications[publication.name] == nil else {
            throw PostgresError("42710", "publication \"\(publication.name)\" already exists")
        }
        for table in publication.tables { _ = try existing(table) }
        edit { $0.publications[publication.name] = publication }
    }

    mutating func alterPublication(_ change: AlterPublication) throws(PostgresError) {
        let name = change.objects.name
        guard var publication = catalog.publications[name] else {
            throw PostgresError("42704", "publication \"\(name)\" does not exist")
        }
        for table in change.objects.tables {
            let relation = try existing(table)
            let qualified = QualifiedName(schema: relation.schema, relation.name)
            switch change.action {
            case .add:
                guard !publication.tables.contains(qualified) else {
                    throw PostgresError(
                        "42710", "relation \"\(relation.name)\" is already member of publication \"\(name)\"")
                }
                publication.tables.append(qualified)
            case .drop:
                guard publication.tables.contains(qualified) else {
                    throw PostgresError("42704", "relation \"\(relation.name)\" is not part of the publication")
                }
                publication.tables.removeAll { $0 == qualified }
            case .set, .setOptions: break
            }
        }
        switch change.action {
        case .add: publication.schemas += change.objects.schemas
        case .drop: publication.schemas.removeAll { change.objects.schemas.contains($0) }
        case .set:
            publication.tables = change.objects.tables
            publication.schemas = change.objects.schemas
        case .setOptions: publication.options.merge(change.objects.options) { $1 }
        }
        edit { $0.publications[name] = publication }
    }

    /// ALTER ROLE … SET, ALTER DATABASE … SET: what sessions start with. The role, which sessions take from their
    /// caller, is refused, since recording it would change nothing.
    mutating func alterSettings(of role: String?, _ variable: SetVariable) throws(PostgresError) {
        let name = variable.name.lowercased()
        let owner = try role.map { role throws(PostgresError) in try roleName(role) } ?? ""
        guard name != "role" else {
            throw .notSupported("ALTER \(role == nil ? "DATABASE" : "ROLE") … SET \(name)")
        }
        if name == "timezone", let zone = variable.values?.first, TimeZones.named(zone) == nil {
            throw PostgresError("22023", "invalid value for parameter \"TimeZone\": \"\(zone)\"")
        }
        let values = name == "search_path" ? variable.values?.map { ObjectNames.quoted($0) } : variable.values
        edit { $0.defaultSettings[owner, default: [:]][name] = values?.joined(separator: ", ") }
    }

    // MARK: Roles

    mutating func createRole(_ name: String, options: [RoleOption]) throws(PostgresError) {
        guard catalog.roles[name] == nil else {
            throw PostgresError("42710", "role \"\(name)\" already exists")
        }
        guard !name.hasPrefix("pg_"), name != "public", name != "none" else {
            throw PostgresError("42939", "role name \"\(name)\" is reserved")
        }
        guard mayAdministerRoles else { throw PostgresError("42501", "permission denied to create role") }
        edit { $0.roles[name] = Role(name: name) }
        try apply(options, to: name)
    }

    mutating func alterRole(_ name: String, options: [RoleOption]) throws(PostgresError) {
        let name = try roleName(name)
        guard mayAdministerRoles || name == session.role else {
            throw PostgresError("42501", "permission denied")
        }
        try apply(options, to: name)
    }

    var mayAdministerRoles: Bool {
        catalog.isSuperuser(session.role) || session.role == "supabase_auth_admin"
    }

    private mutating func apply(_ options: [RoleOption], to name: String) throws(PostgresError) {
        for option in options {
            switch option {
            case .login(let flag): edit { $0.roles[name]?.canLogin = flag }
            case .superuser(let flag): edit { $0.roles[name]?.isSuperuser = flag }
            case .bypassRowSecurity(let flag): edit { $0.roles[name]?.bypassesRowSecurity = flag }
            case .inherit(let flag): edit { $0.roles[name]?.inherits = flag }
            case .memberOf(let groups):
                for group in groups {
                    let group = try roleName(group)
                    _ = edit { $0.roles[name]?.memberOf.insert(group) }
                }
            case .members(let members):
                for member in members {
                    let member = try roleName(member)
                    _ = edit { $0.roles[member]?.memberOf.insert(name) }
                }
            case .createRole, .createDatabase, .other: break
            }
        }
    }

    mutating func dropRole(_ name: String, ifExists: Bool) throws(PostgresError) {
        guard catalog.roles[name] != nil else {
            if ifExists { return notice("role \"\(name)\" does not exist, skipping") }
            throw .undefinedRole(name)
        }
        guard name != session.role else { throw PostgresError("55006", "current user cannot be dropped") }
        var holders: [String] = []
        for schema in catalog.schemas.values.sorted(by: { $0.name < $1.name }) {
            if schema.owner == name { holders.append("owner of schema \(schema.name)") }
            if schema.privileges.names(name) {
                holders.append("privileges for schema \(schema.name)")
            }
        }
        for relation in catalog.orderedRelations {
            if case .index = relation.kind { continue }
            if relation.owner == name { holders.append("owner of \(relation.kindName) \(display(relation))") }
            if relation.privileges.names(name) {
                holders.append("privileges for \(relation.kindName) \(display(relation))")
            }
        }
        for routine in catalog.orderedRoutines {
            let display = CatalogNames(catalog, searchPath).name(routine.id.oid, .regprocedure) ?? routine.name
            if routine.owner == name { holders.append("owner of \(routine.kindName) \(display)") }
            if routine.privileges.names(name) { holders.append("privileges for \(routine.kindName) \(display)") }
        }
        for type in catalog.types.values.sorted(by: { $0.id.oid < $1.id.oid }) where type.owner == name {
            switch type.kind {
            case .row, .array: continue
            default: holders.append("owner of type \(catalog.typeName(TypeReference(type.id), searchPath: searchPath))")
            }
        }
        for (table, policy) in catalog.policies where policy.roles.contains(name) {
            holders.append("target of policy \(ObjectNames.quoted(policy.name)) on table \(display(table))")
        }
        for entry in catalog.defaultPrivileges where entry.role == name || entry.entry.grantee == name {
            let kind = entry.kind == .table ? "relations" : "\(entry.kind.rawValue)s"
            let place = entry.schema.map { " in schema \(ObjectNames.quoted($0))" } ?? ""
            holders.append(
                (entry.role == name ? "owner of default privileges" : "privileges for default privileges")
                    + " on new \(kind) belonging to role \(entry.role)\(place)")
        }
        guard holders.isEmpty else {
            throw PostgresError(
                "2BP01", "role \"\(name)\" cannot be dropped because some objects depend on it",
                detail: holders.joined(separator: "\n"))
        }
        edit { catalog in
            catalog.roles[name] = nil
            for other in catalog.roles.keys { catalog.roles[other]?.leave(name) }
        }
    }
}

/// Extensions whose functions and types the engine has, or that change no result.
/// Extensions that CREATE EXTENSION takes.
let emulatedExtensions: Set<String> = [
    "plpgsql", "uuid-ossp", "pgcrypto", "pg_trgm", "citext", "pg_stat_statements", "btree_gin", "btree_gist",
    "unaccent", "fuzzystrmatch",
    // Of these there are the schema and the functions that migrations call.
    "moddatetime", "hstore", "vector", "ltree", "pg_cron", "pg_net", "supabase_vault", "pg_graphql", "pgmq",
    "http",
    // Tools beside the data, which change no result. Whoever calls their functions is told that there are none.
    "hypopg", "index_advisor", "pgaudit", "pg_stat_monitor", "pg_prewarm", "pg_buffercache", "pgstattuple",
    "pg_repack", "plpgsql_check", "pg_walinspect", "pgrowlocks", "pg_freespacemap", "pg_visibility", "amcheck",
    "pageinspect", "tcn", "sslinfo", "pg_tle", "pgtap",
    // In every dump of an older Supabase project. Whoever calls their functions is told that there are none.
    "pgsodium", "pgjwt",
]

/// The one version of an extension that there is.
func extensionVersion(_ name: String) -> String { extensionVersions[name] ?? "1.0" }

private let extensionVersions = [
    "plpgsql": "1.0", "uuid-ossp": "1.1", "pgcrypto": "1.3", "pg_trgm": "1.6", "citext": "1.6", "vector": "0.8.0",
    "pg_stat_statements": "1.10", "btree_gist": "1.7", "hstore": "1.8", "unaccent": "1.1", "pg_cron": "1.6",
    "pg_net": "0.14.0", "ltree": "1.2", "moddatetime": "1.0", "btree_gin": "1.3", "supabase_vault": "0.3.1",
    "pg_graphql": "1.5.11", "pgsodium": "3.1.8", "pgjwt": "0.2.0", "fuzzystrmatch": "1.1", "pgmq": "1.4.4",
    "http": "1.6",
]

/// Schemas that hold one extension and nothing else.
private let ownSchemas = ["pg_graphql": "graphql", "pgsodium": "pgsodium", "pgmq": "pgmq"]
