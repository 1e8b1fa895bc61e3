import AgentTools
import AltanCloud
import JSONText
import World

// GET /tools, POST /tools/{name}.
extension Emulator {
    func tools(_ request: FrontRequest) async throws -> FrontResponse {
        let path = request.segments
        switch (request.method, path.count) {
        case ("GET", 1): return .json(toolbox.listing)
        case ("POST", 2):
            await servicesStarted()
            let arguments = try await request.json(emptyIs: [:])
            let caller = Caller(
                request.header("x-altan-caller") ?? "http", run: request.header("x-altan-run"), requestID: world.uuid())
            let outcome = await toolbox.call(name: percentDecoded(path[1]), arguments: arguments, caller: caller)
            return .json(outcome.json, status: outcome.status)
        case (_, 1), (_, 2): throw FrontFailure.methodNotAllowed(request.method, path: request.path)
        default: throw FrontFailure.notFound(method: request.method, path: request.path)
        }
    }
}

extension FrontRequest {
    /// The body as JSON.
    /// - Throws: `FrontFailure` when it is none, or too large.
    func json(emptyIs fallback: JSON? = nil) async throws -> JSON {
        let bytes = try await body.collect(upTo: bodyLimit)
        if bytes.isEmpty, let fallback { return fallback }
        do {
            return try JSON(parsing: bytes)
        } catch {
            throw FrontFailure.notJSON("\(error.reason) at byte \(error.offset)")
        }
    }
}
