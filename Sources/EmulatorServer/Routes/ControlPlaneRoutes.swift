import AltanCloud
import JSONText
import World

// Altan's control plane: `/v1/instances`, `/v1/pg-meta`, `/altaner`, `/authorization-request`.
extension Emulator {
    func controlPlane(_ request: FrontRequest) async throws -> FrontResponse {
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
        let path = request.segments.map { percentDecoded($0) }
        let caller = Caller(
            request.header("x-altan-caller") ?? "http", run: request.header("x-altan-run"), requestID: requestID)
        switch path[0] {
        case "v1" where path.count > 2 && path[1] == "instances":
            return try await instances(request, Array(path.dropFirst(2)), plane, caller)
        case "v1" where path.count == 4 && path[1] == "pg-meta" && path[3] == "query" && request.method == "POST":
            return .json(try await plane.query(try await request.json(), cloud: path[2]))
        case "altaner" where path.count == 2 && request.method == "GET":
            if path[1] == "find", let cloud = request.parameter("cloud_id") {
                return .json(try await plane.altaner(ofCloud: cloud))
            }
            return .json(try await plane.altaner(path[1]))
        case "authorization-request", "authorization-requests":
            return try await authorizationRequests(request, Array(path.dropFirst()), plane)
        default: throw Self.notBuilt(request)
        }
    }

    private func instances(
        _ request: FrontRequest, _ path: [String], _ plane: ControlPlane, _ caller: Caller
    ) async throws -> FrontResponse {
        switch (request.method, path.count) {
        case ("GET", 3...) where path[0] == "logs" && path[1] == "cloud":
            let source = path.count == 5 && path[3] == "service" ? path[4] : nil
            let tail = request.parameter("tail").flatMap(Int.init) ?? 1000
            return .json(try await plane.logs(path[2], source: source, tail: tail))
        case ("GET", 3) where path[0] == "metrics" && path[1] == "cloud":
            return .json(try await plane.metrics(path[2]))
        case ("GET", 1): return .json(try await plane.instance(path[0]))
        case ("GET", 3) where path[1] == "services" && path[2] == "services":
            return .json(try await plane.services(path[0]))
        case ("GET", 4) where path[1] == "services" && path[2] == "services":
            return .json(try await plane.service(path[3], cloud: path[0]))
        case ("POST", 3) where path[1] == "services" && path[2] == "services":
            return .json(try await plane.deploy(try await request.json(), cloud: path[0], caller: caller))
        case ("DELETE", 4) where path[1] == "services" && path[2] == "services":
            return .json(try await plane.deleteService(path[3], cloud: path[0], caller: caller))
        case ("GET", 3) where path[1] == "services" && path[2] == "secrets":
            return .json(try await plane.secrets(path[0]))
        case ("POST", 3) where path[1] == "services" && path[2] == "secrets":
            return .json(try await plane.upsertSecret(try await request.json(), cloud: path[0]))
        case ("DELETE", 4) where path[1] == "services" && path[2] == "secrets":
            return .json(try await plane.deleteSecret(path[3], cloud: path[0]))
        default: throw Self.notBuilt(request)
        }
    }

    private func authorizationRequests(
        _ request: FrontRequest, _ path: [String], _ plane: ControlPlane
    ) async throws -> FrontResponse {
        switch (request.method, path.count) {
        case ("POST", 0): return .json(try await plane.createAuthorizationRequest(try await request.json()))
        case ("GET", 0):
            return .json(
                try await plane.authorizationRequests(
                    roomID: request.parameter("room_id"),
                    isCompleted: request.parameter("is_completed").map { $0 == "true" }))
        case ("GET", 1): return .json(try await plane.authorizationRequest(path[0]))
        case ("PATCH", 2) where path[1] == "complete":
            return .json(try await plane.completeAuthorizationRequest(path[0], try await request.json()))
        case ("PATCH", 2) where path[1] == "reject":
            return .json(try await plane.rejectAuthorizationRequest(path[0]))
        case ("DELETE", 1): return .json(try await plane.deleteAuthorizationRequest(path[0]))
        default: throw Self.notBuilt(request)
        }
    }

    private static func notBuilt(_ request: FrontRequest) -> FrontFailure {
        .notBuilt(
            feature: "altan.control-plane", message: "\(request.method) \(request.path) is not emulated yet.")
    }
}
