import AltanCloud
import JSONText
import World

// Altan's control plane: `/v1/instances`, `/v1/pg-meta`, `/altaner`, `/authorization-request`, and by name what is none
// of the emulator's.
extension Emulator {
    /// Answers who holds an accepted token, and journals what changes something.
    func controlPlane(_ request: FrontRequest) async throws -> FrontResponse {
        try settings.configuration.accessTokens.check(request)
        await servicesStarted()
        guard request.method != "GET", request.method != "HEAD" else {
            platform.journal.count("control.read")
            return try await controlPlaneResponse(request, requestID: world.uuid())
        }
        let start = world.clock.monotonic
        let requestID = world.uuid()
        var request = request
        request.body = .bytes(try await request.body.collect(upTo: bodyLimit))
        let context = JournalContext(
            caller: request.header("x-altan-caller") ?? "http", run: request.header("x-altan-run"),
            requestID: requestID)
        let response = await context.run { [request] in
            do {
                return try await controlPlaneResponse(request, requestID: requestID)
            } catch {
                return rendering(of: error)
            }
        }
        platform.journal.append(
            JournalEvent(
                .control, caller: context.caller, run: context.run, requestID: requestID, method: request.method,
                path: request.fullPath, status: response.status, duration: world.clock.monotonic - start,
                request: request.journalBody, response: response.journalBody))
        return response
    }

    private func controlPlaneResponse(_ request: FrontRequest, requestID: String) async throws -> FrontResponse {
        let plane = ControlPlane(platform)
        let caller = Caller(
            request.header("x-altan-caller") ?? "http", run: request.header("x-altan-run"), requestID: requestID)
        let path = request.segments.map { percentDecoded($0) }
        let rest = Array(path.dropFirst())
        switch path[0] {
        case "v1" where rest.first == "instances":
            return try await instances(request, Array(rest.dropFirst()), plane, caller)
        case "v1" where rest.first == "pg-meta": return try await pgMeta(request, Array(rest.dropFirst()))
        case "altaner": return try await altaner(request, rest, plane)
        case "authorization-request", "authorization-requests":
            return try await authorizationRequests(request, rest, plane)
        default: throw Unemulated.failure(request)
        }
    }

    /// `/altaner/{id}`, `/altaner/find?cloud_id=`.
    private func altaner(
        _ request: FrontRequest, _ path: [String], _ plane: ControlPlane
    ) async throws -> FrontResponse {
        switch (request.method, path.count) {
        case ("GET", 1) where path[0] == "find":
            guard let cloud = request.parameter("cloud_id") else {
                throw CloudError.invalidArguments([.init("cloud_id", "is required in the query")])
            }
            return .json(try await plane.altaner(ofCloud: cloud))
        case ("GET", 1): return .json(try await plane.altaner(path[0]))
        case (_, 1): throw FrontFailure.methodNotAllowed(request.method, path: request.path)
        default: throw Unemulated.failure(request)
        }
    }
}

/// Parts of the platform that are not emulated, by name.
enum Unemulated {
    /// First segments of paths that belong to such a part.
    static let features: [(prefix: String, feature: String, message: String)] = [
        (
            "account", "altan.mcp-app",
            "Services are not turned into MCP connectors here: read /services/openapi.json, or call the service."
        ),
        ("connection", "altan.connectors", "The emulator has no connectors: ask for the provider's keys as secrets."),
        (
            "connection-type", "altan.connectors",
            "The emulator has no connectors: ask for the provider's keys as secrets."
        ),
        ("agent", "altan.agents", "The emulator runs no agents: whatever drives it is the agent."),
        ("room", "altan.rooms", "The emulator has no rooms and threads."),
        ("plans", "altan.agents", "The emulator runs no agents: whatever drives it is the agent."),
        ("terminal", "altan.terminal", "The emulator has no terminal: use the shell that you have."),
        (
            "bucket", "altan.dead-path",
            "The platform's own screens do not call this path. Buckets are at /storage/v1."
        ),
    ]

    /// Operations of the platform's adapter that its screens never call, with what they call instead.
    static let deadOperations: [String: String] = [
        "start": "POST /v1/instances/tenant/{id}/scale/up", "resume": "POST /v1/instances/tenant/{id}/scale/up",
        "stop": "POST /v1/instances/tenant/{id}/scale/down", "pause": "POST /v1/instances/tenant/{id}/scale/down",
        "restart": "scale/down and scale/up of /v1/instances/tenant/{id}",
        "metrics": "GET /v1/instances/metrics/cloud/{id}", "logs": "GET /v1/instances/logs/cloud/{id}",
        "storage": "the Storage API at /storage/v1",
    ]

    /// The refusal of a path of the control plane that nothing answers.
    static func failure(_ request: FrontRequest) -> FrontFailure {
        let path = request.segments.map(String.init)
        if let known = features.first(where: { $0.prefix == path.first }) {
            return .notBuilt(feature: known.feature, message: "\(request.path) is not emulated. \(known.message)")
        }
        return .notBuilt(
            feature: "altan.control-plane",
            message: "\(request.method) \(request.path) is not emulated. README.md lists what is.")
    }

    /// The refusal of `/v1/instances/{id}/{operation}`, or of a path that was declared as `/{id}/{operation}`.
    static func dead(_ operation: String, _ request: FrontRequest) -> FrontFailure? {
        deadOperations[operation].map { instead in
            .notBuilt(
                feature: "altan.dead-path",
                message: "\(request.path) is declared by the platform's adapter and called by none of its screens. "
                    + "Use \(instead).")
        }
    }
}
