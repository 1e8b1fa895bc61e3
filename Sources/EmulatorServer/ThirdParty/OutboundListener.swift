import NIOCore
import Outbound
import Synchronization

/// The loopback listener of one worker. What arrives there is HTTP/1.1 in plain text, whatever the worker's code
/// believes, and is a call of that worker: the listener is the caller's identity.
struct OutboundListener {
    /// The longest body that is taken.
    static let bodyLimit = 256 << 20

    let port: Int
    let close: @Sendable () -> Void

    /// Listens on a free port until closed.
    /// - Parameter caller: the service whose worker calls, and its cloud.
    static func open(
        caller: (service: String, cloud: String), answer: @escaping @Sendable (OutboundCall) async -> OutboundAnswer,
        webSocket: @escaping WebSocketGate.Resolve
    ) async throws -> OutboundListener {
        let (ports, bound) = AsyncThrowingStream<Int, any Error>.makeStream()
        let server = HTTPServer(host: "127.0.0.1", port: 0, group: Emulator.loops) { channel in
            let security = ConnectionSecurity()
            try channel.pipeline.syncOperations.addHandler(WebSocketGate(security: security, resolve: webSocket))
            return HTTPConnection.Answering(
                // Read, passed on, answered and written without a change of threads.
                executor: { _, loop in loop },
                // Whoever is called does what it was asked to, whether or not the caller waits for it.
                endsWithClient: { _ in false },
                respond: { await respond(to: $0, from: caller, over: security.scheme, answer) })
        } onListening: {
            bound.yield($0.localAddress?.port ?? 0)
        }
        // Ends when it is closed, with its worker.
        let task = Task {
            do {
                try await server.run()
                bound.finish()
            } catch {
                bound.finish(throwing: error)
            }
        }
        for try await port in ports { return OutboundListener(port: port, close: { task.cancel() }) }
        throw CancellationError()
    }

    private static func respond(
        to request: FrontRequest, from caller: (service: String, cloud: String), over scheme: OutboundCall.Scheme,
        _ answer: @Sendable (OutboundCall) async -> OutboundAnswer
    ) async -> FrontResponse {
        var call = OutboundCall(
            service: caller.service, cloud: caller.cloud, method: request.method, scheme: scheme,
            authority: request.header("host") ?? "", target: request.target ?? request.path, headers: request.headers,
            body: ByteBuffer())
        do {
            guard let body = try await whole(request.body) else {
                return FrontResponse(Refusal.tooLarge(limit: bodyLimit).answer(to: call))
            }
            call.body = body
        } catch {
            // The caller broke off: nobody reads this.
            return FrontResponse(status: 400)
        }
        return FrontResponse(await answer(call))
    }

    /// - Returns: nil for a body beyond the limit.
    private static func whole(_ body: FrontBody) async throws -> ByteBuffer? {
        switch body {
        case .bytes(let bytes): return ByteBuffer(bytes: bytes)
        case .buffer(let buffer): return buffer
        case .stream(let stream):
            var whole = ByteBuffer()
            for try await var piece in stream {
                guard whole.readableBytes + piece.readableBytes <= bodyLimit else { return nil }
                whole.writeBuffer(&piece)
            }
            return whole
        }
    }
}

/// Whether a worker's code takes a connection for TLS: said once, before the connection's first request.
final class ConnectionSecurity: Sendable {
    private let isClaimed = Atomic(false)

    var scheme: OutboundCall.Scheme { isClaimed.load(ordering: .relaxed) ? .https : .http }

    func claim() { isClaimed.store(true, ordering: .relaxed) }
}

extension FrontResponse {
    fileprivate init(_ answer: OutboundAnswer) {
        let body: Body =
            switch answer.body {
            case .whole(let buffer): .buffer(buffer)
            case .stream(let stream): .stream(stream)
            }
        self.init(status: answer.status, headers: answer.headers, body: body)
        reason = answer.reason
    }
}
