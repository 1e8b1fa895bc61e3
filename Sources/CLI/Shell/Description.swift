/// One of psql's commands that describe what there is, with the queries that psql asks.
struct Description {
    /// Something printed: a table.
    struct Part {
        var table: Table?
        var plain = ""

        var text: String { table?.text ?? plain }
        /// The line that follows a block is the caller's.
        var expanded: String { table.map { String($0.expandedText.dropLast()) } ?? plain }
    }

    private enum Subject {
        case relations(kinds: String)
        case relation, functions, source, schemas, roles, types, extensions
    }

    private let subject: Subject
    private let pattern: NamePattern
    private let patternText: String
    private let isLong: Bool

    /// - Returns: nil where psql's command is not one of these.
    init?(command: String, pattern: String) {
        isLong = command == "d+"
        switch command {
        case "d" where pattern.isEmpty: subject = .relations(kinds: "rpvmSf")
        case "d", "d+": subject = .relation
        case "dt": subject = .relations(kinds: "rp")
        case "dv": subject = .relations(kinds: "v")
        case "dm": subject = .relations(kinds: "m")
        case "ds": subject = .relations(kinds: "S")
        case "di": subject = .relations(kinds: "iI")
        case "df": subject = .functions
        case "sf" where !pattern.isEmpty: subject = .source
        case "dn": subject = .schemas
        case "du", "dg": subject = .roles
        case "dT": subject = .types
        case "dx": subject = .extensions
        default: return nil
        }
        if isLong, pattern.isEmpty { return nil }
        self.pattern = NamePattern(pattern)
        patternText = pattern
    }

    /// - Throws: `DescriptionFailure` where there is nothing of that name.
    func parts(_ session: SQLSession) async throws -> [Part] {
        switch subject {
        case .relations(let kinds): return try await relations(kinds, session)
        case .relation: return try await relation(session)
        case .functions: return [Part(table: try await titled("List of functions", functionsQuery, session))]
        case .source: return try await source(session)
        case .schemas: return [Part(table: try await titled("List of schemas", schemasQuery, session))]
        case .roles: return [Part(table: try await roles(session))]
        case .types: return [Part(table: try await titled("List of data types", typesQuery, session))]
        case .extensions:
            return [Part(table: try await titled("List of installed extensions", extensionsQuery, session))]
        }
    }

    private func titled(_ title: String, _ query: String, _ session: SQLSession) async throws -> Table {
        var table = try await session.table(query)
        table.title = title
        table.isNumeric = table.columns.map { _ in false }
        return table
    }

    // MARK: Relations

    static let inUserSchema = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'"

    private var relationCondition: String {
        pattern.condition(schema: "n.nspname", name: "c.relname", visible: "pg_table_is_visible(c.oid)")
    }

    private func relations(_ kinds: String, _ session: SQLSession) async throws -> [Part] {
        let list = kinds.map { "'\($0)'" }.joined(separator: ",")
        let isIndex = kinds.hasPrefix("i")
        let query = """
            SELECT n.nspname AS "Schema", c.relname AS "Name",
              CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table'
                WHEN 'p' THEN 'partitioned table' WHEN 'I' THEN 'partitioned index' END AS "Type",
              pg_get_userbyid(c.relowner) AS "Owner"\(isIndex ? ", t.relname AS \"Table\"" : "")
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            \(isIndex ? "JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid" : "")
            WHERE c.relkind IN (\(list)) AND \(pattern.isEmpty ? Self.inUserSchema : "true") AND \(relationCondition)
            ORDER BY 1, 2
            """
        let table = try await titled("List of relations", query, session)
        guard table.rows.isEmpty else { return [Part(table: table)] }
        throw pattern.isEmpty
            ? DescriptionFailure(message: "Did not find any relations.") : .missing("relation", patternText)
    }

    private func relation(_ session: SQLSession) async throws -> [Part] {
        let query = """
            SELECT c.oid, n.nspname, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE \(relationCondition) ORDER BY 2, 3
            """
        let found = try await session.rows(query)
        if found.isEmpty { throw DescriptionFailure.missing("relation", patternText) }
        var parts: [Part] = []
        for row in found {
            let relation = RelationDescription(
                oid: row[0] ?? "", schema: row[1] ?? "", name: row[2] ?? "", kind: row[3] ?? "", isLong: isLong)
            parts.append(Part(table: try await relation.table(session)))
        }
        return parts
    }

    // MARK: Functions

    private var functionCondition: String {
        pattern.condition(schema: "n.nspname", name: "p.proname", visible: "pg_function_is_visible(p.oid)")
    }

    private var functionsQuery: String {
        """
        SELECT n.nspname AS "Schema", p.proname AS "Name", pg_get_function_result(p.oid) AS "Result data type",
          pg_get_function_arguments(p.oid) AS "Argument data types",
          CASE p.prokind WHEN 'a' THEN 'agg' WHEN 'w' THEN 'window' WHEN 'p' THEN 'proc' ELSE 'func' END AS "Type"
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE \(functionCondition)\(pattern.isEmpty ? " AND " + Self.inUserSchema : "") ORDER BY 1, 2, 4
        """
    }

    private func source(_ session: SQLSession) async throws -> [Part] {
        let query = """
            SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE p.prokind IN ('f', 'p') AND \(functionCondition) ORDER BY n.nspname, p.proname, p.oid
            """
        let rows = try await session.rows(query)
        if rows.isEmpty { throw DescriptionFailure.missing("function", patternText) }
        return rows.map { Part(plain: $0[0] ?? "") }
    }

    // MARK: What is in no schema

    private var schemasQuery: String {
        let shown = pattern.isEmpty ? "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'" : "true"
        return """
            SELECT n.nspname AS "Name", pg_get_userbyid(n.nspowner) AS "Owner" FROM pg_namespace n
            WHERE \(shown) AND \(pattern.condition(name: "n.nspname")) ORDER BY 1
            """
    }

    private func roles(_ session: SQLSession) async throws -> Table {
        let shown = pattern.isEmpty ? "r.rolname !~ '^pg_'" : "true"
        let query = """
            SELECT r.rolname AS "Role name", concat_ws(', ',
                CASE WHEN r.rolsuper THEN 'Superuser' END, CASE WHEN NOT r.rolinherit THEN 'No inheritance' END,
                CASE WHEN r.rolcreaterole THEN 'Create role' END, CASE WHEN r.rolcreatedb THEN 'Create DB' END,
                CASE WHEN NOT r.rolcanlogin THEN 'Cannot login' END, CASE WHEN r.rolreplication THEN 'Replication' END,
                CASE WHEN r.rolbypassrls THEN 'Bypass RLS' END) AS "Attributes",
              ARRAY(SELECT b.rolname FROM pg_auth_members m JOIN pg_roles b ON m.roleid = b.oid
                WHERE m.member = r.oid ORDER BY 1) AS "Member of"
            FROM pg_roles r WHERE \(shown) AND \(pattern.condition(name: "r.rolname")) ORDER BY 1
            """
        var table = try await titled("List of roles", query, session)
        table.footers = []
        return table
    }

    private var typesQuery: String {
        let visible = pattern.condition(schema: "n.nspname", name: "t.typname", visible: "pg_type_is_visible(t.oid)")
        return """
            SELECT n.nspname AS "Schema", format_type(t.oid, NULL) AS "Name",
              obj_description(t.oid, 'pg_type') AS "Description"
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
            WHERE (t.typrelid = 0 OR (SELECT c.relkind = 'c' FROM pg_class c WHERE c.oid = t.typrelid))
              AND NOT EXISTS (SELECT 1 FROM pg_type el WHERE el.oid = t.typelem AND el.typarray = t.oid)
              AND \(pattern.isEmpty ? Self.inUserSchema : "true") AND \(visible) ORDER BY 1, 2
            """
    }

    private var extensionsQuery: String {
        """
        SELECT e.extname AS "Name", e.extversion AS "Version", n.nspname AS "Schema" FROM pg_extension e
        LEFT JOIN pg_namespace n ON n.oid = e.extnamespace WHERE \(pattern.condition(name: "e.extname")) ORDER BY 1
        """
    }
}

/// There is nothing to describe.
struct DescriptionFailure: Error {
    var message: String

    static func missing(_ what: String, _ pattern: String) -> DescriptionFailure {
        DescriptionFailure(message: "Did not find any \(what) named \"\(pattern)\".")
    }
}
