import PostgresSyntax
import PostgresTypes

/// A dump of a whole Supabase database makes what the platform made too: its schemas, Auth's and Storage's tables, the
/// functions and grants of extensions. Here most of that is there already, in the emulator's own form. Such statements
/// may fail without harm; what is the project's (policies and triggers on the platform's tables too) may not.
struct PlatformDump {
    let catalog: CatalogSnapshot

    /// What pg_dump writes on top.
    static func isDump(_ text: String) -> Bool {
        text.utf8.prefix(400).split(separator: UInt8(ascii: "\n")).contains {
            $0.elementsEqual("-- PostgreSQL database dump".utf8)
        }
    }

    /// Whether a statement may be about something of the platform's.
    func mayConcern(_ statement: PostgresSyntax.Statement) -> Bool {
        switch statement {
        case .grant, .alterDefaultPrivileges, .createPublication, .alterPublication, .createEventTrigger: true
        case .alterTable(let change) where change.kind == .eventTrigger: true
        case .createTrigger(let trigger): isPlatforms(trigger.table.schema)
        case .createPolicy(let policy): isPlatforms(policy.table.schema)
        case .createFunction(let function):
            isPlatforms(function.name.schema) || Self.helpers.contains(function.name.name)
        default: isPlatforms(schema(of: statement))
        }
    }

    /// Whether it makes what there is for good: a function that the engine has itself, such as `auth.uid()`, or an event
    /// trigger with which the platform watches its own definitions.
    func isBuiltIn(_ statement: PostgresSyntax.Statement) -> Bool {
        switch statement {
        case .createFunction(let function):
            BuiltinCatalog.shared.functions(named: function.name.name).contains { $0.schema == function.name.schema }
        case .createEventTrigger(let trigger): Self.eventTriggers.contains(trigger.name)
        default: false
        }
    }

    /// Whether a refusal is no loss.
    func mayPass(_ statement: PostgresSyntax.Statement, _ error: PostgresError) -> Bool {
        let exists = ["42P06", "42P07", "42710", "42723"].contains(error.code)
        switch statement {
        case .createTrigger, .createPolicy: return exists
        case .createPublication(let publication): return exists && Self.publications.contains(publication.name)
        case .alterPublication(let change):
            return exists || change.objects.tables.allSatisfy { isPlatforms($0.schema) }
        case .createFunction(let function): return isPlatforms(function.name.schema) || exists
        case .grant(let grant): return mayPass(grant, error)
        case .alterDefaultPrivileges(_, let grant):
            return error.code == "42501" || (grant.forRoles + grant.grantees).contains { catalog.roles[$0] == nil }
        case .alterTable(let change) where change.kind == .eventTrigger:
            return Self.eventTriggers.contains(change.name.name)
        case .copyFromStandardInput, .insert: return false
        default: return isPlatforms(schema(of: statement))
        }
    }

    /// In a dump, a function that is missing where it is granted belongs to an extension: the project's own have been
    /// made by then. Roles that are missing are the platform's.
    private func mayPass(_ grant: Grant, _ error: PostgresError) -> Bool {
        if grant.grantees.contains(where: { Self.roles.contains($0) && catalog.roles[$0] == nil }) { return true }
        guard case .named(let kind, let names) = grant.objects else { return false }
        if kind.isRoutine { return ["42883", "42704"].contains(error.code) && grant.grantees.allSatisfy(isRole) }
        return names.allSatisfy { name in
            kind == .schema ? isPlatforms(name.last) : name.count > 1 && isPlatforms(name[name.count - 2])
        }
    }

    private func isRole(_ name: String) -> Bool { name == "public" || catalog.roles[name] != nil }

    private func isPlatforms(_ schema: String?) -> Bool { schema.map(Self.schemas.contains) ?? false }

    /// The schema of what a statement defines or changes.
    private func schema(of statement: PostgresSyntax.Statement) -> String? {
        switch statement {
        case .createSchema(let definition): definition.name
        case .createTable(let definition): definition.name.schema
        case .createTableAs(let definition): definition.name.schema
        case .createView(let definition): definition.name.schema
        case .createIndex(let definition): definition.table.schema
        case .createSequence(let definition): definition.name.schema
        case .createRange(let range): range.name.schema
        case .createEnum(let name, _), .createComposite(let name, _): name.schema
        case .createDomain(let definition): definition.name.schema
        case .alterTable(let change): change.kind == .schema ? change.name.name : change.name.schema
        case .alterSequence(let change): change.name.schema
        case .comment(let kind, let name, _, _):
            kind == .schema ? name.last : name.first(where: Self.schemas.contains)
        default: nil
        }
    }

    /// The columns that a dumped table has and the emulator's does not, as ALTER TABLE. pg_dump writes one a line.
    func missingColumns(_ statement: PostgresSyntax.Statement, text: String) -> String? {
        guard case .createTable(let definition) = statement, isPlatforms(definition.name.schema),
            let table = catalog.relation(definition.name, searchPath: [])?.table
        else { return nil }
        let missing = definition.columns.map(\.name).filter { table.position(of: $0) == nil }
        let lines = text.split(separator: "\n").map { line in
            let words = line.drop { $0 == " " }
            return words.hasSuffix(",") ? words.dropLast() : words
        }
        let additions = missing.compactMap { name in
            lines.first { $0.hasPrefix("\(name) ") || $0.hasPrefix("\(ObjectNames.quoted(name)) ") }
        }
        guard !additions.isEmpty, additions.count == missing.count else { return nil }
        return "ALTER TABLE \(definition.name.display) "
            + additions.map { "ADD COLUMN \($0)" }.joined(separator: ", ")
    }

    private static let schemas: Set<String> = [
        "auth", "storage", "extensions", "realtime", "_realtime", "vault", "graphql", "graphql_public", "cron", "net",
        "pgbouncer", "pgsodium", "pgsodium_masks", "supabase_functions", "_analytics", "_supavisor",
    ]
    private static let publications: Set<String> = ["supabase_realtime", "supabase_realtime_messages_publication"]
    private static let roles: Set<String> = [
        "pgbouncer", "pgsodium_keyholder", "pgsodium_keyiduser", "pgsodium_keymaker", "supabase_etl_admin",
        "supabase_functions_admin", "supabase_privileged_role", "supabase_read_only_user", "supabase_realtime_admin",
        "supabase_replication_admin",
    ]
    /// The event triggers of every project.
    private static let eventTriggers: Set<String> = [
        "issue_graphql_placeholder", "issue_pg_cron_access", "issue_pg_graphql_access", "issue_pg_net_access",
        "pgrst_ddl_watch", "pgrst_drop_watch",
    ]
    /// Functions of the emulator's in the project's schema.
    private static let helpers: Set<String> = ["apply_postgrest_permissions", "configure_storage_rls"]
}
