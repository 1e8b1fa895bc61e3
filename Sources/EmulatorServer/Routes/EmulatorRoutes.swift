import AltanCloud
import JSONText
import PostgresEngine
import PostgresTypes
import SQLite
import Synchronization
import World

// /_emulator: what is ours and nobody else's.
extension Emulator {
    func own(_ request: FrontRequest) async throws -> FrontResponse {
        let name = request.segments.dropFirst().joined(separator: "/")
        if request.segments.second == "clouds" { return try await clouds(request) }
        if name == "thirdparty" || name.hasPrefix("thirdparty/") { return try await thirdParty(request) }
        switch (request.method, name) {
        case ("GET", "health"): return .json(["status": "ok"])
        case ("GET", "ready"): return .json(["ready": true])
        case ("GET", "state"): return .json(facts(origin: platform.origins.current))
        case ("GET", "state/document"): return .json(try await stateDocument().json)
        case ("POST", "reset"):
            try await reset()
            return .json(["reset": true, "run": .string(platform.journal.currentRun)])
        case ("POST", "mark"):
            await servicesStarted()
            try await mark()
            return .json(["marked": true])
        case ("POST", "runs"):
            let body = try await request.json(emptyIs: [:])
            return .json(["run": .string(platform.journal.startRun(name: body["name"]?.stringValue))])
        case ("GET", "journal"): return try await journal(request)
        case ("GET", "report"): return try await report(request)
        case ("GET", "outbox"):
            let sent = try await outbox(request)
            let wantsPage = request.header("accept")?.contains("text/html") ?? false
            return wantsPage ? .html(OutboxPage.page(sent)) : .json(["outbox": .array(sent)])
        case ("GET", "postgrest"): return .json(rest.withLock { $0.overrides })
        case ("POST", "postgrest"): return .json(try await replaceRestSettings(try await request.json()))
        case ("GET", "clock"): return .json(clockState)
        case ("POST", "clock"):
            let state = try setClock(try await request.json())
            await thirdParties.clockMoved()
            await cron.catchUp()
            return .json(state)
        case ("POST", "mcp"): return try await mcpLine(request)
        case ("POST", "sql"): return .json(try await runScript(try await request.json()))
        case (_, "health"), (_, "ready"), (_, "state"), (_, "state/document"), (_, "reset"), (_, "mark"), (_, "runs"),
            (_, "journal"), (_, "report"), (_, "postgrest"), (_, "outbox"), (_, "clock"), (_, "mcp"),
            (_, "sql"):
            throw FrontFailure.methodNotAllowed(request.method, path: request.path)
        default: throw FrontFailure.notFound(method: request.method, path: request.path)
        }
    }

    /// Replaces the run-time overrides of PostgREST's options as a whole.
    private func replaceRestSettings(_ overrides: JSON) async throws -> JSON {
        guard overrides.objectValue != nil else { throw FrontFailure.notJSON("it must be an object of options") }
        let settings: RestSettings
        do {
            settings = try RestSettings([self.settings.configuration.postgrest, overrides])
        } catch {
            throw SettingRefusal(reason: error.message)
        }
        let identity = platform.identity
        let gateway: Gateway
        do {
            gateway = try await makeGateway(of: identity.cloudID, keys: identity.keys, settings: settings)
        } catch {
            throw SettingRefusal(reason: "jwt-secret: the keys cannot be read.")
        }
        rest.withLock { current in
            current = RestAccess(
                overrides: overrides, settings: settings, gateways: [identity.cloudID: gateway],
                generation: current.generation + 1)
        }
        return overrides
    }

    // MARK: The clock

    private var clockState: JSON {
        ["now": .string(world.now.description), "microseconds": .integer(world.now.microseconds)]
    }

    /// `{"freeze": true|false}`, `{"freeze_at_microseconds": n}`, `{"advance_seconds": n}`.
    private func setClock(_ body: JSON) throws -> JSON {
        for member in body.objectValue ?? [] {
            switch (member.key, member.value) {
            case ("freeze", .bool(let freeze)): world.clock.freeze(at: freeze ? world.now : nil)
            case ("freeze_at_microseconds", .number(let digits)) where Int64(digits) != nil:
                world.clock.freeze(at: Int64(digits).map(Timestamp.init(microseconds:)))
            case ("advance_seconds", .number(let digits)) where Double(digits) != nil:
                world.clock.advance(by: .microseconds(Int64((Double(digits) ?? 0) * 1_000_000)))
            default:
                throw SettingRefusal(
                    reason: "\(member.key) is no setting of the clock. Known are freeze (true or false), "
                        + "freeze_at_microseconds and advance_seconds (numbers).")
            }
        }
        return clockState
    }

    // MARK: SQL

    /// Runs a script as the database's owner and reports every statement. `{"sql" or "path", "file"?,
    /// "continue_on_error"?, "mark"?, "cloud_id"?}`: a path names a file of any length on this machine.
    private func runScript(_ body: JSON) async throws -> JSON {
        let sql: String
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
        let cloud = try await platform.runningCloud(body["cloud_id"]?.stringValue ?? platform.identity.cloudID)
        let database = try databases.entry(cloud.id).database
        let result = await database.execute(
            script: sql, session: Session(), file: body["file"]?.stringValue,
            options: body["continue_on_error"]?.boolValue == true ? [.continueOnError] : [])
        if result.isCommitted, body["mark"]?.boolValue == true {
            await servicesStarted()
            try await mark()
        }
        let context = ValueContext(now: world.now)
        return [
            "committed": .bool(result.isCommitted),
            "statements": .array(result.entries.map { Self.json($0, context) }),
        ]
    }

    private static func json(_ entry: ScriptResult.Entry, _ context: ValueContext) -> JSON {
        var json: JSON = ["line": .integer(entry.line), "statement": .string(entry.text)]
        json.set("file", .optional(entry.file))
        json.set("notices", .array(entry.notices.map { .string("\($0.severity.rawValue):  \($0.message)") }))
        switch entry.outcome {
        case .success(let rows):
            json.set("tag", .string(rows.tag))
            if !rows.columns.isEmpty {
                json.set("columns", .array(rows.columns.map { .string($0.name) }))
                json.set("rows", rows.json(context: context))
                json.set(
                    "text",
                    .array(
                        rows.rows.map { row in
                            .array(
                                zip(rows.types, row).map {
                                    $1.isNull ? .null : .string($0.encode($1, context: context))
                                })
                        }))
            }
        case .failure(let error):
            json.set(
                "error",
                [
                    "code": .string(error.code), "message": .string(error.message), "detail": .optional(error.detail),
                    "hint": .optional(error.hint), "constraint": .optional(error.constraint),
                ])
        }
        return json
    }
}

/// A setting that is not taken: 400, with what would be.
struct SettingRefusal: Error {
    var reason: String
}
