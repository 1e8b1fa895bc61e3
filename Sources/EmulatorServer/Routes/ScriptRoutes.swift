import AltanCloud
import JSONText
import NIOCore
import PostgresEngine
import PostgresTypes
import SQLite
import Synchronization
import World

// POST /_emulator/sql: scripts, statement by statement.
extension Emulator {
    /// Runs a script as the database's owner and reports every statement. `{"sql" or "path", "file"?,
    /// "continue_on_error"?, "autocommit"?, "session"?, "mark"?, "progress"?, "cloud_id"?}`: a path names a file of any
    /// length on this machine; a session is what an earlier answer gave; with progress the answer is lines of JSON,
    /// how far the script has come, the last one the report.
    func script(_ body: JSON) async throws -> FrontResponse {
        let order = try ScriptOrder(body)
        let cloud = try await platform.runningCloud(body["cloud_id"]?.stringValue ?? platform.identity.cloudID)
        let database = try databases.entry(cloud.id).database
        guard body["progress"]?.boolValue == true else { return .json(try await run(order, on: database)) }
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: ByteBuffer.self, throwing: (any Error).self)
        @Sendable func send(_ json: JSON) { continuation.yield(ByteBuffer(string: json.text + "\n")) }
        let (total, clock) = (order.sql.utf8.count, world.clock)
        let last = Mutex(clock.monotonic)
        // Ends with the stream. A script that has begun is run to its end, whether or not anybody reads on.
        Task {
            do {
                send(
                    try await self.run(order, on: database) { progress in
                        let isDue = last.withLock { last in
                            guard clock.monotonic - last > .milliseconds(200) else { return false }
                            last = clock.monotonic
                            return true
                        }
                        if isDue { send(progress.json(of: total)) }
                    })
            } catch {
                send(self.platform.rendering(of: error).json)
            }
            continuation.finish()
        }
        return FrontResponse(
            status: 200, headers: [("Content-Type", "application/x-ndjson")], body: .stream(stream))
    }

    private func run(
        _ order: ScriptOrder, on database: PostgresDatabase, report: ScriptProgress.Report? = nil
    ) async throws -> JSON {
        let result = await database.execute(
            script: order.sql, session: order.session, file: order.file, options: order.options, report: report)
        if result.isCommitted, order.mark {
            await servicesStarted()
            try await mark()
        }
        return result.json(ValueContext(now: world.now))
    }
}

/// What `POST /_emulator/sql` asks for.
private struct ScriptOrder {
    var sql: String
    var file: String?
    var options: ScriptOptions = []
    var session = Session()
    var mark: Bool

    init(_ body: JSON) throws(SettingRefusal) {
        if let text = body["sql"]?.stringValue {
            sql = text
        } else if let path = body["path"]?.stringValue, path.hasPrefix("/") {
            guard let bytes = readWholeFile(path) else {
                throw SettingRefusal(reason: "\(path) cannot be read by the emulator.")
            }
            sql = String(decoding: bytes, as: UTF8.self)
        } else {
            throw SettingRefusal(reason: "sql must be a string, or path the absolute path of a file.")
        }
        file = body["file"]?.stringValue
        mark = body["mark"]?.boolValue ?? false
        if body["continue_on_error"]?.boolValue == true { options.insert(.continueOnError) }
        if body["autocommit"]?.boolValue == true { options.insert(.autocommit) }
        if let session = body["session"] { self.session = Session(json: session) }
    }
}

extension ScriptResult {
    /// The report of a script.
    func json(_ context: ValueContext) -> JSON {
        [
            "committed": .bool(isCommitted), "statements": .array(entries.map { $0.json(context) }),
            "session": session.json,
        ]
    }
}

extension ScriptResult.Entry {
    fileprivate func json(_ context: ValueContext) -> JSON {
        var json: JSON = ["line": .integer(line), "statement": .string(text)]
        json.set("file", .optional(file))
        json.set("notices", .array(notices.map { .string("\($0.severity.rawValue):  \($0.message)") }))
        switch outcome {
        case .success(let rows):
            var context = context
            context.objects = rows.context.objects ?? context.objects
            json.set("tag", .string(rows.tag))
            if let copied = rows.copied { json.set("copied", .string(copied)) }
            guard !rows.columns.isEmpty else { break }
            json.set("columns", .array(rows.columns.map { .string($0.name) }))
            json.set("rows", rows.json(context: context))
            json.set("text", .array(rows.rows.map { .array(rows.texts(of: $0, context)) }))
        case .failure(let error):
            json.set(
                "error",
                [
                    "code": .string(error.code), "message": .string(error.message), "detail": .optional(error.detail),
                    "hint": .optional(error.hint), "constraint": .optional(error.constraint),
                    "context": .optional(error.context),
                    "position": error.position.map { JSON.integer($0) } ?? .null,
                ])
        }
        return json
    }
}

extension ResultSet {
    fileprivate func texts(of row: [SQLValue], _ context: ValueContext) -> [JSON] {
        zip(types, row).map { $1.isNull ? .null : .string($0.encode($1, context: context)) }
    }
}

extension ScriptProgress {
    fileprivate func json(of total: Int) -> JSON {
        [
            "progress": [
                "bytes": .integer(bytes), "total": .integer(total), "statements": .integer(statements),
                "rows": .integer(rows),
            ]
        ]
    }
}

extension Session {
    /// As a caller keeps it between two scripts.
    fileprivate var json: JSON {
        [
            "session_user": .string(sessionUser), "role": .string(role),
            "search_path": .array(searchPath.map(JSON.string)),
            "settings": .object(settings.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) }),
        ]
    }

    fileprivate init(json: JSON) {
        self.init()
        if let user = json["session_user"]?.stringValue { sessionUser = user }
        if let role = json["role"]?.stringValue { self.role = role }
        if let path = json["search_path"]?.arrayValue { searchPath = path.compactMap(\.stringValue) }
        for setting in json["settings"]?.objectValue ?? [] { settings[setting.key] = setting.value.stringValue }
    }
}
