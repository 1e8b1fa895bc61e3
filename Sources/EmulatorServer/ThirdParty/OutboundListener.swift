import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Outbound

/// The loopback listener of one worker. What arrives there is HTTP/1.1 in plain text, whatever the worker's code
/// believes, and is a call of that worker: the listener is the caller's identity.
///
/// NIO's own server rather than the front's, because the front's cannot say a reason phrase of ours beside 421, and some
/// SDKs show nothing else.
struct OutboundListener {
    typealias Answer = @Sendable (HTTPRequestHead, ByteBuffer) async -> OutboundAnswer
    private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPPart<HTTPResponseHead, IOData>>

    /// The longest body that is taken.
    static let bodyLimit = 256 << 20

    let port: Int
    let close: @Sendable () -> Void

    /// Listens on a free port until closed.
    static func open(answer: @escaping Answer, webSocket: @escaping WebSocketGate.Resolve) async throws
        -> OutboundListener
    {
        let server = try await ServerBootstrap(group: Emulator.loops)
            .serverChannelOption(.backlog, value: 256)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(WebSocketGate(resolve: webSocket))
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        let port = server.channel.localAddress?.port ?? 0
        // Ends when it is closed, with its worker.
        let task = Task {
            try? await server.executeThenClose { connections in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await connection in connections {
                        // Read, passed on, answered and written without a change of threads.
                        let loop = LoopExecutor(connection.channel.eventLoop)
                        group.addTask(executorPreference: loop) { await serve(connection, answer) }
                    }
                }
            }
        }
        return OutboundListener(port: port, close: { task.cancel() })
    }

    /// One connection, request after request. A peer that breaks off ends it.
    private static func serve(_ connection: Connection, _ answer: Answer) async {
        try? await connection.executeThenClose { parts, out in
            var parts = parts.makeAsyncIterator()
            while let part = try await parts.next() {
                guard case .head(let head) = part else { continue }
                if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
                    try await out.write(.head(HTTPResponseHead(version: .http1_1, status: .continue)))
                }
                var body = ByteBuffer()
                var length = 0
                reading: while let part = try await parts.next() {
                    switch part {
                    case .body(var piece):
                        length += piece.readableBytes
                        if length <= bodyLimit { body.writeBuffer(&piece) }
                    case .end: break reading
                    case .head: return
                    }
                }
                let answered = length > bodyLimit ? tooLarge(head) : await answer(head, body)
                try await write(answered, to: out, for: head)
                if !head.isKeepAlive { return }
            }
        }
    }

    private static func tooLarge(_ head: HTTPRequestHead) -> OutboundAnswer {
        Refusal.tooLarge(limit: bodyLimit).answer(
            to: OutboundCall(
                service: "", cloud: "", method: head.method.rawValue, authority: head.headers.first(name: "host") ?? "",
                target: head.uri, headers: [], body: ByteBuffer()))
    }

    private static func write(
        _ answer: OutboundAnswer, to out: NIOAsyncChannelOutboundWriter<HTTPPart<HTTPResponseHead, IOData>>,
        for request: HTTPRequestHead
    ) async throws {
        let status: HTTPResponseStatus =
            answer.reason.map { .custom(code: UInt(answer.status), reasonPhrase: $0) }
            ?? HTTPResponseStatus(statusCode: answer.status)
        var head = HTTPResponseHead(version: .http1_1, status: status)
        for (name, value) in answer.headers where !["connection", "transfer-encoding"].contains(name.lowercased()) {
            head.headers.add(name: name, value: value)
        }
        if !request.isKeepAlive { head.headers.add(name: "connection", value: "close") }
        let hasLength = head.headers.contains(name: "content-length")
        switch answer.body {
        case .whole(let buffer):
            if !hasLength, answer.status >= 200, answer.status != 204, answer.status != 304 {
                head.headers.add(name: "content-length", value: String(buffer.readableBytes))
            }
            let sendsBody = buffer.readableBytes > 0 && request.method != .HEAD
            let pieces: [HTTPPart<HTTPResponseHead, IOData>] =
                sendsBody ? [.head(head), .body(.byteBuffer(buffer)), .end(nil)] : [.head(head), .end(nil)]
            try await out.write(contentsOf: pieces)
        case .stream(let stream):
            try await out.write(.head(head))
            for try await buffer in stream { try await out.write(.body(.byteBuffer(buffer))) }
            try await out.write(.end(nil))
        }
    }
}
