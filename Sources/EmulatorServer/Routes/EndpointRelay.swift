import AgentTools
import AltanCloud
import NIOCore
import Synchronization

/// Sends a tool's request to a service through the front, as if it had come over HTTP: it is routed, journaled and
/// answered like any other.
///
/// Made before the emulator that it speaks to, and connected once that is there.
final class EndpointRelay: EndpointCalling {
    private struct Target: Sendable {
        weak var emulator: Emulator?
    }

    private let target = Mutex(Target())

    func connect(to emulator: Emulator) { target.withLock { $0.emulator = emulator } }

    func send(_ request: EndpointRequest, cloud: String) async throws -> EndpointResponse {
        guard let emulator = target.withLock({ $0.emulator }) else { throw CancellationError() }
        let origins = emulator.platform.origins
        let root = origins.baseURL(of: cloud).dropFirst(origins.current.count)
        var headers = request.headers
        if !headers.contains(where: { $0.name == "host" }) {
            headers.append(("host", String(origins.current.drop { $0 != "/" }.dropFirst(2))))
        }
        if !request.body.isEmpty { headers.append(("content-length", String(request.body.count))) }
        let response = await emulator.respond(
            FrontRequest(
                method: request.method, path: root + request.path, query: request.query, headers: headers,
                body: .bytes(request.body)))
        var body: [UInt8] = []
        switch response.body {
        case .bytes, .buffer: body = response.bytes
        case .stream(let stream):
            for try await buffer in stream {
                body.append(contentsOf: buffer.readableBytesView)
                if body.count > request.bodyLimit { break }
            }
        }
        return EndpointResponse(
            status: response.status, headers: response.headers, body: Array(body.prefix(request.bodyLimit)),
            isCut: body.count > request.bodyLimit)
    }
}
