import PostgresSyntax
import PostgresTypes
import SQLite

/// The DDL that made a database, in the database's own file: replayed into a catalog when it is opened.
enum DefinitionLog {
    struct Entry: Sendable {
        var text: String
        var searchPath: [String]
        var role: String
        /// When it was made, where its meaning depends on that: it has a literal such as 'now'.
        var moment: Int64?
    }

    static let schema = """
        CREATE TABLE "#definitions" (
            id INTEGER PRIMARY KEY, text TEXT NOT NULL, search_path TEXT NOT NULL, role TEXT NOT NULL,
            moment INTEGER
        ) STRICT
        """

    static func exists(in connection: Connection) throws -> Bool {
        try !connection.rows("SELECT 1 FROM sqlite_schema WHERE name = '#definitions'").isEmpty
    }

    static func append(_ entry: Entry, to connection: Connection) throws {
        var values: [SQLValue] = [
            .text(entry.text), .text(entry.searchPath.joined(separator: "\n")), .text(entry.role),
        ]
        guard let moment = entry.moment else {
            try connection.run("INSERT INTO \"#definitions\" (text, search_path, role) VALUES (?1, ?2, ?3)", values)
            return
        }
        if try !keepsMoments(connection) {
            try connection.execute("ALTER TABLE \"#definitions\" ADD COLUMN moment INTEGER")
        }
        values.append(.integer(moment))
        try connection.run(
            "INSERT INTO \"#definitions\" (text, search_path, role, moment) VALUES (?1, ?2, ?3, ?4)", values)
    }

    /// Files made by earlier versions have no place for moments.
    private static func keepsMoments(_ connection: Connection) throws -> Bool {
        try !connection.rows("SELECT 1 FROM pragma_table_info('#definitions') WHERE name = 'moment'").isEmpty
    }

    /// How far the log goes: equal for two states of one database with the same catalog.
    static func position(in connection: Connection) throws -> Int64 {
        var position: Int64 = 0
        try connection.query("SELECT coalesce(max(id), 0) FROM \"#definitions\"") { position = $0.integer(0) }
        return position
    }

    /// Builds the catalog of a file. What was accepted once is not checked again.
    static func replay(from connection: Connection, context: ValueContext) throws -> CatalogSnapshot {
        var entries: [Entry] = []
        let moment = try keepsMoments(connection) ? "moment" : "NULL"
        try connection.query("SELECT text, search_path, role, \(moment) FROM \"#definitions\" ORDER BY id") { row in
            entries.append(
                Entry(
                    text: row.text(0),
                    searchPath: row.text(1).split(separator: "\n").map(String.init), role: row.text(2),
                    moment: row.isNull(3) ? nil : row.integer(3)))
        }
        // The next entries are parsed while those before them are applied: parsing is most of it.
        let parsed = Ahead(entries[...], isLong: entries.count > entriesInPart) { entries in
            let part = entries.prefix(entriesInPart)
            entries = entries.dropFirst(entriesInPart)
            return Ahead.Part(part.map { entry in (entry, Result { try statements(of: entry) }) })
        }
        var catalog = CatalogSnapshot.bootstrap
        while let (entry, statements) = parsed.next() {
            for statement in try statements.get() {
                let session = Session(role: entry.role, searchPath: entry.searchPath)
                var editor = CatalogEditor(
                    catalog: catalog, session: session, context: context, validates: false)
                // One owner at a time: the editor changes the catalog in place instead of copying it.
                catalog = CatalogSnapshot()
                try editor.apply(statement)
                catalog = editor.catalog
            }
        }
        return catalog
    }

    private static let entriesInPart = 24

    private static func statements(of entry: Entry) throws -> [PostgresSyntax.Statement] {
        try Script.parse(entry.text).compactMap { parsed in
            guard case .success(let statement) = parsed else { return nil }
            return try entry.moment.map { try Script.parseDefinition(statement.text, at: $0) } ?? statement.statement
        }
    }
}

extension CatalogSnapshot {
    /// What is there before the first statement: the superuser and the schema `public`.
    static var bootstrap: CatalogSnapshot {
        var catalog = CatalogSnapshot()
        catalog.roles["postgres"] = Role(
            name: "postgres", isSuperuser: true, canLogin: true, bypassesRowSecurity: true)
        catalog.schemas["public"] = Schema(
            name: "public", owner: "postgres",
            privileges: [PrivilegeEntry(grantee: "public", privileges: ["usage"])])
        catalog.extensions = ["plpgsql": "pg_catalog"]
        return catalog
    }
}
