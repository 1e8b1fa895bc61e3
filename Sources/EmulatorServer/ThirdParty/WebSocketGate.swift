import NIOCore
import NIOPosix
import Outbound

/// Stands before HTTP on a worker's connection and looks at how it begins: with a preface where the worker's code takes
/// it for TLS, then with its first request. One that opens a WebSocket is connected to the stand-in for its host, byte for
/// byte from there on; any other passes on, and the gate is gone.
///
/// Clients open WebSockets on connections of their own, so that a first look is enough.
final class WebSocketGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer
    /// Where the WebSocket of a call leads; nil where it leads nowhere, which HTTP then says.
    typealias Resolve = @Sendable (RequestLines) async -> WebSocketTarget?

    private enum Phase {
        case looking
        case asking
        case relaying(any Channel)
    }

    private static let longestHead = 64 << 10
    /// What the worker says first on a connection that it takes for TLS; no request begins like it.
    private static let preface = Array("TLS\r\n".utf8)

    private let security: ConnectionSecurity
    private let resolve: Resolve
    private var phase = Phase.looking
    private var gathered = ByteBuffer()
    private var context: ChannelHandlerContext?

    init(security: ConnectionSecurity, resolve: @escaping Resolve) {
        self.security = security
        self.resolve = resolve
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var piece = unwrapInboundIn(data)
        if case .relaying(let target) = phase { return target.writeAndFlush(piece, promise: nil) }
        gathered.writeBuffer(&piece)
        if case .looking = phase { look(context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .relaying(let target) = phase { target.close(promise: nil) }
        context.fireChannelInactive()
    }

    private func look(_ context: ChannelHandlerContext) {
        if gathered.readableBytesView.starts(with: Self.preface) {
            security.claim()
            gathered.moveReaderIndex(forwardBy: Self.preface.count)
        }
        let lines = RequestLines(gathered)
        guard let lines, lines.opensWebSocket else {
            if lines != nil || gathered.readableBytes > Self.longestHead { step(aside: context) }
            return
        }
        phase = .asking
        let gate = NIOLoopBound(self, eventLoop: context.eventLoop)
        let (loop, resolve) = (context.eventLoop, resolve)
        // Ends with the answer; a connection that is closed meanwhile is no longer there to be connected.
        Task {
            let target = await resolve(lines)
            loop.execute { gate.value.go(to: target, lines) }
        }
    }

    private func go(to target: WebSocketTarget?, _ lines: RequestLines) {
        guard let context, context.channel.isActive else { return }
        guard let target else { return step(aside: context) }
        gathered.moveReaderIndex(forwardBy: lines.length)
        let head = lines.bytes(adding: target.headers)
        let gate = NIOLoopBound(self, eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Back(gate: gate.value))
                }
            }
            .connect(host: "127.0.0.1", port: target.port)
            .whenComplete { gate.value.relay(head, over: $0) }
    }

    private func relay(_ head: ByteBuffer, over connected: Result<any Channel, any Error>) {
        switch connected {
        case .success(let target):
            // The caller may have left.
            guard context != nil else { return target.close(promise: nil) }
            target.write(head, promise: nil)
            target.writeAndFlush(gathered, promise: nil)
            phase = .relaying(target)
        case .failure: context?.close(promise: nil)
        }
    }

    /// HTTP takes over.
    private func step(aside context: ChannelHandlerContext) {
        context.fireChannelRead(wrapInboundOut(gathered))
        context.fireChannelReadComplete()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    /// The stand-in's side: what it says goes to the caller, past HTTP.
    private final class Back: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let gate: WebSocketGate

        init(gate: WebSocketGate) { self.gate = gate }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            gate.context?.writeAndFlush(gate.wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { gate.context?.close(promise: nil) }
    }
}

/// The head of a request, as far as opening a WebSocket needs it.
struct RequestLines: Sendable {
    let method: String
    let target: String
    let headers: [(name: String, value: String)]
    /// How many bytes it takes, with the empty line.
    let length: Int

    /// - Returns: nil where the head is not complete, or none.
    init?(_ bytes: ByteBuffer) {
        let end = Array("\r\n\r\n".utf8)
        let view = bytes.readableBytesView
        guard let found = view.firstRange(of: end) else { return nil }
        length = view.distance(from: view.startIndex, to: found.upperBound)
        let lines = String(decoding: view[..<found.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        method = words.first.map(String.init) ?? ""
        target = words.count > 1 ? String(words[1]) : "/"
        headers = lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
    }

    var opensWebSocket: Bool {
        headers.contains { $0.name.lowercased() == "upgrade" && $0.value.lowercased() == "websocket" }
    }

    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }

    /// The head with what the emulator says beside it, and without what a caller said in its place.
    func bytes(adding facts: [(name: String, value: String)]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString("\(method) \(target) HTTP/1.1\r\n")
        for field in headers.filter({ !$0.name.lowercased().hasPrefix("x-altan-") }) + facts {
            buffer.writeString("\(field.name): \(field.value)\r\n")
        }
        buffer.writeString("\r\n")
        return buffer
    }
}
