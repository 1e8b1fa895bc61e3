import Glibc
package import JSONText
import SQLite
package import World

/// The owner of `thirdparty.db`: what stand-ins keep, as documents by cloud, host, collection and id.
///
/// Stand-ins write it from their own processes; SQLite's locks keep the writers apart. The emulator marks it, returns it
/// to the mark, and reads it for people.
package final class ThirdPartyStore: Sendable {
    private static let tables = ["documents", "counters"]

    package let path: String
    private let database: Database

    /// Opens or makes the file. Blocks: for start-up.
    package init(path: String, durable: Bool) throws {
        self.path = path
        database = try Database(path: path, durable: durable)
        // Services may have sent what nobody else is to read. The files beside it get the mode of this one.
        chmod(path, 0o600)
        try database.withWriterBlocking { connection in
            // One commit instead of five.
            try connection.transaction { try Self.prepare(connection) }
        }
    }

    private static func prepare(_ connection: Connection) throws {
        for prefix in ["", "marked_"] {
            try connection.execute(
                """
                CREATE TABLE IF NOT EXISTS \(prefix)documents (
                    cloud TEXT NOT NULL, host TEXT NOT NULL, collection TEXT NOT NULL, id TEXT NOT NULL,
                    sequence INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (cloud, host, collection, id)
                ) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS \(prefix)counters (
                    cloud TEXT NOT NULL, host TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
                    PRIMARY KEY (cloud, host, name)) WITHOUT ROWID;
                """)
        }
        try connection.execute(
            "CREATE INDEX IF NOT EXISTS documents_in_order ON documents (cloud, host, collection, sequence)")
    }

    /// Makes the present state the one that `reset` returns to.
    package func mark() async throws {
        try await database.write { connection in
            for table in Self.tables {
                try connection.run("DELETE FROM marked_\(table)")
                try connection.run("INSERT INTO marked_\(table) SELECT * FROM \(table)")
            }
        }
    }

    /// Returns to the mark. Stand-ins need not be told: they keep nothing elsewhere.
    package func reset() async throws {
        try await database.write { connection in
            for table in Self.tables {
                try connection.run("DELETE FROM \(table)")
                try connection.run("INSERT INTO \(table) SELECT * FROM marked_\(table)")
            }
            // What waits to be sent notices that its state is gone.
            try connection.run(
                "INSERT INTO counters VALUES ('', '', 'resets', 1) ON CONFLICT DO UPDATE SET value = value + 1")
        }
    }

    /// How many documents there are: host → collection → count.
    package func counts() async throws -> JSON {
        try await database.read { connection in
            var hosts: JSON = [:]
            try connection.query(
                "SELECT host, collection, count(*) FROM documents GROUP BY host, collection ORDER BY host, collection"
            ) { row in
                var collections = hosts[row.text(0)] ?? [:]
                collections.set(row.text(1), .integer(row.integer(2)))
                hosts.set(row.text(0), collections)
            }
            return hosts
        }
    }

    /// Hosts and clouds for which something happens by then: stand-ins keep the next moment as `{"at": seconds}` in the
    /// document `due` of the collection `settings`.
    package func due(at moment: Timestamp) async throws -> [(host: String, cloud: String)] {
        try await database.read { connection in
            var found: [(String, String)] = []
            try connection.query(
                """
                SELECT host, cloud FROM documents WHERE collection = 'settings' AND id = 'due'
                AND json_extract(body, '$.at') * 1000000 <= ?1 ORDER BY host, cloud
                """, [.integer(moment.microseconds)]
            ) { found.append(($0.text(0), $0.text(1))) }
            return found
        }
    }

    /// Everything that is kept, in an order of its own: cloud → host → collection → id → document.
    package func contents() async throws -> JSON {
        try await database.read { connection in
            var contents: JSON = [:]
            try connection.query(
                "SELECT cloud, host, collection, id, body FROM documents ORDER BY cloud, host, collection, id"
            ) { row in
                let path = (0..<4).map { row.text($0) }
                contents.insert(try JSON(parsing: row.text(4)), at: path[...])
            }
            return contents
        }
    }

    /// The documents of a collection of that name at any host, oldest first, each with its host.
    package func documents(collection: String, cloud: String, host: String? = nil) async throws -> [(
        host: String, document: JSON
    )] {
        try await database.read { connection in
            var found: [(String, JSON)] = []
            try connection.query(
                "SELECT host, body FROM documents WHERE collection = ?1 AND cloud = ?2 AND (?3 IS NULL OR host = ?3) "
                    + "ORDER BY sequence",
                [.text(collection), .text(cloud), host.map(SQLValue.text) ?? .null]
            ) { row in
                found.append((row.text(0), try JSON(parsing: row.text(1))))
            }
            return found
        }
    }
}

extension JSON {
    /// Sets a value in objects within objects, made where they are missing.
    fileprivate mutating func insert(_ value: JSON, at path: ArraySlice<String>) {
        guard let name = path.first else {
            self = value
            return
        }
        var inner = self[name] ?? [:]
        inner.insert(value, at: path.dropFirst())
        set(name, inner)
    }
}
