import AgentTools
import JSONText
import Synchronization

/// Remembers what it was sent and answers as told.
final class FakeEndpoints: EndpointCalling {
    private struct State {
        var requests: [EndpointRequest] = []
        var answer = EndpointResponse(
            status: 200, headers: [("Content-Type", "application/json"), ("X-Altan-Request-Id", "r7")],
            body: Array(#"{"openapi":"3.1.0","info":{},"paths":{"/api/a/x":{},"/api/ab/y":{}}}"#.utf8), isCut: false)
    }

    private let state = Mutex(State())

    var requests: [EndpointRequest] { state.withLock { $0.requests } }

    func answer(_ status: Int, _ type: String, _ body: String) {
        state.withLock {
            $0.answer = EndpointResponse(
                status: status, headers: [("Content-Type", type), ("X-Altan-Request-Id", "r7")],
                body: Array(body.utf8), isCut: false)
        }
    }

    func send(_ request: EndpointRequest, cloud: String) async throws -> EndpointResponse {
        state.withLock {
            $0.requests.append(request)
            return $0.answer
        }
    }
}

extension PlatformFixture {
    /// The tools over this platform; calls of endpoints reach a service that is none.
    var toolbox: Toolbox { Toolbox(platform, endpoints: FakeEndpoints()) }
}
