import AltanCloud
import JSONText
import PostgREST
import PostgresEngine
import PostgresTypes
import Synchronization
import World

/// The database of every cloud, with the REST engine over it.
final class CloudDatabases: SQLExecuting {
    struct Entry: Sendable {
        var database: PostgresDatabase
        var rest: RestEngine
    }

    private let folder: String
    private let world: World
    private let durable: Bool
    private let entries = Mutex<[String: Entry]>([:])

    /// - Parameter folder: `clouds/` of the state.
    init(folder: String, world: World, durable: Bool) {
        self.folder = folder
        self.world = world
        self.durable = durable
    }

    /// The cloud's database, opened or made when it is first asked for.
    func entry(_ cloud: String) throws -> Entry {
        try entries.withLock { entries in
            if let entry = entries[cloud] { return entry }
            try makeFolder("\(folder)/\(cloud)")
            let database = try PostgresDatabase(
                path: "\(folder)/\(cloud)/postgres.db", world: world, durable: durable)
            let entry = Entry(database: database, rest: RestEngine(database: database))
            entries[cloud] = entry
            return entry
        }
    }

    /// The same beside the caller.
    func opened(_ cloud: String) async throws -> Entry { try entry(cloud) }

    /// Lets go of a cloud's database and removes its files. Who still reads it keeps what is open.
    func remove(cloud: String) async {
        entries.withLock { entries in
            entries[cloud] = nil
            removeTree("\(folder)/\(cloud)")
        }
    }

    func execute(sql: String, cloud: String) async throws -> JSON {
        let database = try entry(cloud).database
        let result = await database.execute(script: sql, session: Session())
        if let failure = result.failures.first, let error = failure.error {
            throw SQLFailure(
                code: error.code, message: error.message, detail: error.detail, hint: error.hint,
                context: error.context, line: failure.line)
        }
        guard let last = result.entries.last, case .success(let rows) = last.outcome else { return [] }
        return rows.json(context: ValueContext(now: world.now))
    }
}

extension ResultSet {
    /// The rows as JSON objects.
    func json(context: ValueContext) -> JSON {
        .array(
            rows.map { row in
                .object(
                    zip(columns, zip(types, row)).map { column, typed in
                        var bytes: [UInt8] = []
                        typed.0.writeJSON(typed.1, to: &bytes, context: context)
                        return JSON.Member(
                            column.name, (try? JSON(parsing: bytes)) ?? .string(String(decoding: bytes, as: UTF8.self)))
                    })
            })
    }
}
