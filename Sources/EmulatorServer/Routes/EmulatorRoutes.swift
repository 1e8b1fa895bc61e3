import AltanCloud
import JSONText
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
        case ("GET", "state/check"): return .json(["problems": .array(try await inconsistencies().map(JSON.string))])
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
        case ("POST", "sql"): return try await script(try await request.json())
        case (_, "health"), (_, "ready"), (_, "state"), (_, "state/document"), (_, "state/check"), (_, "reset"),
            (_, "mark"), (_, "runs"), (_, "journal"), (_, "report"), (_, "postgrest"), (_, "outbox"), (_, "clock"),
            (_, "mcp"), (_, "sql"):
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
            case ("freeze_at_microseconds", .number(let digits)):
                guard let moment = Int64(digits), Self.tellable.contains(moment) else { throw Self.untellable }
                world.clock.freeze(at: Timestamp(microseconds: moment))
            case ("advance_seconds", .number(let digits)):
                guard let seconds = Double(digits), abs(seconds) < 1e12 else { throw Self.untellable }
                let step = Int64(seconds * 1_000_000)
                guard Self.tellable.contains(world.now.microseconds + step) else { throw Self.untellable }
                world.clock.advance(by: .microseconds(step))
            default:
                throw SettingRefusal(
                    reason: "\(member.key) is no setting of the clock. Known are freeze (true or false), "
                        + "freeze_at_microseconds and advance_seconds (numbers).")
            }
        }
        return clockState
    }

    /// The years 1 to 9999, in microseconds since 1970.
    private static let tellable: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999
    private static var untellable: SettingRefusal {
        SettingRefusal(reason: "The clock tells the years 1 to 9999. Give a moment or a step that stays within them.")
    }
}

/// A setting that is not taken: 400, with what would be.
struct SettingRefusal: Error {
    var reason: String
}
