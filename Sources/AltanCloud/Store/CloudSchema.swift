import SQLite

/// The tables of `control.db`, version by version. Each of `marked` has a twin `marked_…` that holds the mark.
enum CloudSchema {
    /// What reset brings back. Origins are not among them: they are history.
    static let marked = ["projects", "clouds", "services", "deployments", "secrets", "requests"]

    /// Brings the file to the newest version. One written by a newer emulator is refused.
    static func prepare(_ connection: Connection) throws {
        // What is erased must not stay readable in the file's free pages.
        try connection.execute("PRAGMA secure_delete=ON")
        let version = try Int(connection.rows("PRAGMA user_version")[0][0].integerValue)
        guard version <= migrations.count else {
            throw StateError.newerVersion(found: version, known: migrations.count)
        }
        if version == 0 {
            try run(tables(withColumns: addedByVersion2), on: connection, makes: migrations.count)
            return
        }
        for index in version..<migrations.count { try run(migrations[index], on: connection, makes: index + 1) }
    }

    private static func run(_ definitions: String, on connection: Connection, makes version: Int) throws {
        try connection.transaction {
            try connection.execute(definitions)
            try connection.execute("PRAGMA user_version=\(version)")
        }
    }

    /// From the version of the same number to the next. A new file begins with the latest: SQLite takes as long to add a
    /// column as to make a table.
    private static let migrations = [tables(withColumns: []), version2]

    /// Clouds that can be paused, resized and told apart by their keys; pages of authorization requests.
    private static let addedByVersion2: [(table: String, column: String)] =
        [
            "component_id TEXT", "icon TEXT", "status TEXT", "instance_type TEXT", "anon_key TEXT",
            "service_role_key TEXT", "jwt_secret TEXT", "gotrue TEXT",
        ].map { ("clouds", $0) } + ["token TEXT", "is_stored INTEGER"].map { ("requests", $0) }

    private static let version2 = ["", "marked_"].flatMap { mark in
        addedByVersion2.map { "ALTER TABLE \(mark)\($0.table) ADD COLUMN \($0.column);\n" }
    }.joined()

    /// The tables of the first version, with more columns.
    private static func tables(withColumns added: [(table: String, column: String)]) -> String {
        let tables: [(name: String, columns: String)] = [
            ("projects", "id TEXT PRIMARY KEY, name TEXT, description TEXT, account_id TEXT, created_at, updated_at"),
            ("clouds", "id TEXT PRIMARY KEY, project_id TEXT, name TEXT, created_at, updated_at"),
            (
                "services",
                """
                cloud_id TEXT, name TEXT, description TEXT, code TEXT, requirements TEXT, status TEXT, routes TEXT,
                failure TEXT, mounted_at, created_at, updated_at, PRIMARY KEY (cloud_id, name)
                """
            ),
            (
                "deployments",
                """
                id TEXT PRIMARY KEY, cloud_id TEXT, service TEXT, number INTEGER, status TEXT, code TEXT,
                requirements TEXT, failure TEXT, warnings TEXT, caller TEXT, started_at, duration_us INTEGER,
                UNIQUE (cloud_id, service, number)
                """
            ),
            (
                "secrets",
                """
                cloud_id TEXT, key TEXT, value TEXT, description TEXT, created_at, updated_at,
                PRIMARY KEY (cloud_id, key)
                """
            ),
            (
                "requests",
                """
                id TEXT PRIMARY KEY, cloud_id TEXT, name TEXT, room_id TEXT, callback_id TEXT, message TEXT,
                requested TEXT, state TEXT, provided TEXT, provided_keys TEXT, created_at, completed_at, handed_over_at
                """
            ),
        ]
        return tables.map { table in
            let more = added.filter { $0.table == table.name }.map(\.column)
            let columns = ([table.columns] + more).joined(separator: ", ")
            return "CREATE TABLE \(table.name) (\(columns));\nCREATE TABLE marked_\(table.name) (\(columns));\n"
        }.joined() + "CREATE TABLE origins (origin TEXT PRIMARY KEY);\n"
    }
}

/// Why a state folder cannot be used.
package enum StateError: Error, Hashable, Sendable, CustomStringConvertible {
    case newerVersion(found: Int, known: Int)

    package var description: String {
        switch self {
        case .newerVersion(let found, let known):
            "control.db has format \(found), this emulator knows formats up to \(known): use a newer emulator or "
                + "another --state folder"
        }
    }
}

extension SQLValue {
    var integerValue: Int64 { if case .integer(let number) = self { number } else { 0 } }
}
