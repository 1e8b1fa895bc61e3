import AltanCloud
import JSONText
import PostgREST
import ServiceRuntime

// The whole HTTP surface on one screen.
extension Emulator {
    /// Answers any request. Never throws: what goes wrong is a response.
    package func respond(_ request: FrontRequest) async -> FrontResponse {
        do {
            let (request, cloud) = try addressed(request)
            let path = request.segments
            switch path.first {
            case "rest" where path.second == "v1":
                return await cors(request, origins: restOrigins) {
                    await inside(cloud) { await restAPI(request, $0) }
                }
            case "services": return await cors(request) { await inside(cloud) { await services(request, $0) } }
            case "auth", "storage", "realtime", "functions":
                return await cors(request) { await inside(cloud) { _ in Self.notBuilt(supabase: path) } }
            case "tools": return try await guarded(request) { try await tools(request) }
            case "authorize": return try await authorize(request)
            case "v1", "altaner", "authorization-request", "authorization-requests":
                return try await guarded(request) { try await controlPlane(request) }
            case "_emulator": return try await guarded(request) { try await own(request) }
            case "mcp":
                return try await guarded(request) { try await mcp(request) }
            case nil: return startPage()
            case let first? where Unemulated.features.contains { $0.prefix == first }: throw Unemulated.failure(request)
            default:
                // Paths of the platform's adapter that begin with a cloud's id.
                if path.count > 1, platform.store.known(cloud: String(path[0])) != nil,
                    let failure = Unemulated.dead(String(path[1]), request)
                {
                    throw failure
                }
                throw FrontFailure.notFound(method: request.method, path: request.path)
            }
        } catch {
            return rendering(of: error)
        }
    }

    /// The platform's own paths: not for other sites' pages.
    private func guarded(
        _ request: FrontRequest, _ body: () async throws -> FrontResponse
    ) async throws -> FrontResponse {
        try OriginGuard.check(request)
        return try await body()
    }

    private static func notBuilt(supabase path: [Substring]) -> FrontResponse {
        let product = path.first.map(String.init) ?? ""
        return .json(
            [
                "code": "feature_not_supported", "feature": .string("supabase.\(product)"),
                "message": .string("/\(product) of Supabase is not emulated yet."),
            ], status: 501)
    }

    private func startPage() -> FrontResponse {
        let origin = platform.origins.current
        return .html(
            """
            <!doctype html><meta charset="utf-8"><title>altan-emulator</title>
            <h1>altan-emulator</h1>
            <p>It answers at <code>\(origin)</code>.</p>
            <ul>
            <li><a href="/services/docs">Services</a> and their <a href="/services/openapi.json">OpenAPI document</a></li>
            <li><a href="/tools">The agent's tools</a></li>
            <li><a href="/_emulator/outbox">What services sent</a></li>
            <li><a href="/_emulator/state">State</a></li>
            </ul>
            """)
    }
}

extension [Substring] {
    var second: Substring? { count > 1 ? self[1] : nil }
}
