import NIOCore
import NIOHTTP1
import ServiceRuntime

/// One client's connection: requests in, one after the other; responses out, in the same order. Lives on its event loop.
///
/// Every request is answered by a task of its own. A body is read only as fast as it is taken, a response written only
/// as fast as the client takes it, and nothing is read while a request waits for its turn. A client that closes, or
/// closes its sending side, has left: as with uvicorn, nobody writes to it any more.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the server does with a request.
    struct Answering: Sendable {
        /// Where the task that answers is to run; nil: on the shared pool.
        var executor: @Sendable (FrontRequest, LoopExecutor) -> (any TaskExecutor)?
        /// Whether a client that leaves ends the work that was begun for it.
        var endsWithClient: @Sendable (FrontRequest) -> Bool
        var respond: @Sendable (FrontRequest) async -> FrontResponse
        /// The response to a request without a body, where it takes less time to make than a task to begin; else nil.
        var atOnce: @Sendable (HTTPRequestHead) -> FrontResponse? = { _ in nil }
    }

    private enum Phase {
        case idle
        /// A short body is awaited whole: it then needs no stream.
        case gathering(HTTPRequestHead, ByteBuffer)
        case answering(Exchange)
        case closed
    }

    /// A request that somebody is answering.
    private struct Exchange {
        var isHead: Bool
        var keepsAlive: Bool
        var isChunkable: Bool
        /// Takes the request's body; weak, so that a reader who drops it ends the reading.
        weak var body: BodyQueue?
        var requestEnded = false
        var responseEnded = false
        /// What of a promised `Content-Length` is still to be written.
        var remaining: Int?
        var isChunked = false
        /// Ended by the response.
        var task: Task<Void, Never>?
        /// The task is cancelled when the client leaves: nobody else wants what it does, or all that is left to do is
        /// to hand on a stream.
        var endsWithClient = false

        init(isHead: Bool, keepsAlive: Bool, isChunkable: Bool) {
            (self.isHead, self.keepsAlive, self.isChunkable) = (isHead, keepsAlive, isChunkable)
        }

        init(_ head: HTTPRequestHead, isStopping: Bool) {
            self.init(
                isHead: head.method == .HEAD, keepsAlive: head.isKeepAlive && head.version != .http1_0 && !isStopping,
                isChunkable: head.version != .http1_0)
        }
    }

    /// Bodies up to this length are gathered before the request is answered.
    private static let shortBody = 64 << 10
    /// So much of a body may wait for its reader.
    private static let bodyWindow = 256 << 10

    private let channel: any Channel
    private let answering: Answering
    private let executor: LoopExecutor
    /// The peer's address; known when the connection is active.
    private lazy var client = channel.remoteAddress.flatMap { address in
        address.port.map { (host: address.ipAddress ?? "127.0.0.1", port: $0) }
    }
    private var phase = Phase.idle
    /// Parts of requests that were sent before their turn.
    private var early = CircularBuffer<HTTPServerRequestPart>()
    private var untaken = 0
    private var isReadHeld = false
    private var isStopping = false
    private var isCatchingUp = false
    /// Waits until the client has taken enough; gets false when it never will.
    private var writer: CheckedContinuation<Bool, Never>?

    init(channel: any Channel, answering: Answering) {
        self.channel = channel
        self.answering = answering
        executor = LoopExecutor(channel.eventLoop)
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .answering(let exchange) = phase, exchange.requestEnded { return early.append(part) }
        take(part)
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch (part, phase) {
        case (.head(let head), .idle): begin(head)
        case (.body(var piece), .gathering(let head, var gathered)):
            phase = .idle
            gathered.writeBuffer(&piece)
            phase = .gathering(head, gathered)
        case (.end, .gathering(let head, let gathered)):
            answer(head, .buffer(gathered))
            requestEnded()
        case (.body(let piece), .answering(let exchange)):
            // Without a reader the rest of a body is dropped.
            guard let body = exchange.body else { return }
            untaken += piece.readableBytes
            body.append(piece)
        case (.end, .answering(let exchange)):
            exchange.body?.finish(.success(()))
            requestEnded()
        default: break
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        let isChunked = head.headers.contains(name: "transfer-encoding")
        let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        guard isChunked || length > 0 else {
            guard let response = answering.atOnce(head) else { return answer(head, .bytes([])) }
            phase = .answering(Exchange(head, isStopping: isStopping))
            return complete(response)
        }
        let expects = head.headers.first(name: "expect")?.lowercased() == "100-continue"
        if !isChunked, length <= Self.shortBody, !expects {
            phase = .gathering(head, channel.allocator.buffer(capacity: length))
            return
        }
        // Unanswered, curl waits a second before it sends a body.
        if expects { send(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")) }
        let connection = NIOLoopBound(self, eventLoop: channel.eventLoop)
        let queue = BodyQueue(
            taken: { count in connection.run { $0.taken(count) } }, abandoned: { connection.run { $0.taken(.max) } })
        answer(head, .stream(BodyStream(queue: queue)))
        if case .answering(var exchange) = phase {
            exchange.body = queue
            phase = .answering(exchange)
        }
    }

    /// Starts the task that answers.
    private func answer(_ head: HTTPRequestHead, _ body: FrontBody) {
        let request = FrontRequest(head, body: body, client: client)
        let place = answering.executor(request, executor)
        var exchange = Exchange(head, isStopping: isStopping)
        let connection = NIOLoopBound(self, eventLoop: channel.eventLoop)
        let task = Self.begin(request, answering.respond, on: place, for: connection)
        exchange.task = task
        exchange.endsWithClient = answering.endsWithClient(request)
        phase = .answering(exchange)
    }

    private static func begin(
        _ request: FrontRequest, _ respond: @escaping @Sendable (FrontRequest) async -> FrontResponse,
        on executor: (any TaskExecutor)?, for connection: NIOLoopBound<HTTPConnection>
    ) -> Task<Void, Never> {
        // Ends with the response, or is cancelled by `channelInactive`.
        Task(executorPreference: executor) {
            let response = await respond(request)
            await deliver(response, to: connection)
        }
    }

    private func requestEnded() {
        guard case .answering(var exchange) = phase else { return }
        exchange.requestEnded = true
        exchange.body = nil
        untaken = 0
        phase = .answering(exchange)
        goOn()
    }

    /// The reader of the body took so much.
    private func taken(_ count: Int) {
        untaken = max(0, untaken - count)
        resumeReading()
    }

    // MARK: Responses

    /// Writes a response. Runs in the task that answers, which need not be on the event loop.
    private static func deliver(_ response: FrontResponse, to connection: NIOLoopBound<HTTPConnection>) async {
        guard case .stream(let pieces) = response.body else { return connection.run { $0.complete(response) } }
        connection.run { $0.open(response) }
        do {
            for try await piece in pieces {
                // The client left: dropping the stream tells whoever fills it.
                guard await connection.value(of: { $0.write(piece, $1) }) else { return }
            }
            connection.run { $0.endStream(isWhole: true) }
        } catch {
            connection.run { $0.endStream(isWhole: false) }
        }
    }

    /// Writes a response whose body is all there.
    private func complete(_ response: FrontResponse) {
        guard case .answering(let exchange) = phase else { return }
        let hasNone = exchange.isHead || response.status == 204 || response.status == 304
        let sendsBody = response.sendsLength && !hasNone
        let length = sendsBody ? response.bodyLength : 0
        let framing: ResponseFraming = hasNone ? .none : .length(length)
        let isJoined = length <= 16 << 10
        var head = channel.allocator.buffer(capacity: 512 + (isJoined ? length : 0))
        response.writeHead(to: &head, framing, closes: !exchange.keepsAlive)
        if isJoined {
            if sendsBody { response.writeBody(to: &head) }
            send(head)
        } else {
            channel.write(head, promise: nil)
            send(response.buffer(channel.allocator))
        }
        responseEnded()
    }

    /// Writes the head of a response whose body follows.
    private func open(_ response: FrontResponse) {
        guard case .answering(var exchange) = phase else { return }
        exchange.endsWithClient = true
        let length = response.headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) }
        let framing: ResponseFraming
        if exchange.isHead || response.status == 204 || response.status == 304 {
            (framing, exchange.remaining) = (.none, 0)
        } else if let length {
            (framing, exchange.remaining) = (.length(length), length)
        } else if exchange.isChunkable {
            (framing, exchange.isChunked) = (.chunked, true)
        } else {
            (framing, exchange.keepsAlive) = (.untilClose, false)
        }
        phase = .answering(exchange)
        var head = channel.allocator.buffer(capacity: 512)
        response.writeHead(to: &head, framing, closes: !exchange.keepsAlive)
        send(head)
    }

    /// Writes a piece of a body and tells when the next may come.
    private func write(_ piece: ByteBuffer, _ done: CheckedContinuation<Bool, Never>) {
        guard case .answering(var exchange) = phase, piece.readableBytes > 0 else {
            if case .closed = phase { done.resume(returning: false) } else { done.resume(returning: true) }
            return
        }
        if exchange.isChunked {
            channel.write(ByteBuffer(string: String(piece.readableBytes, radix: 16) + "\r\n"), promise: nil)
            channel.write(piece, promise: nil)
            send(ByteBuffer(string: "\r\n"))
        } else if let remaining = exchange.remaining {
            // More than was promised would be read as the next response.
            let count = min(remaining, piece.readableBytes)
            if count < piece.readableBytes { exchange.keepsAlive = false }
            exchange.remaining = remaining - count
            phase = .answering(exchange)
            if count > 0, !exchange.isHead, let part = piece.getSlice(at: piece.readerIndex, length: count) {
                send(part)
            }
        } else {
            send(piece)
        }
        if channel.isWritable { done.resume(returning: true) } else { writer = done }
    }

    /// - Parameter isWhole: false: the rest will never come, which the client sees from the connection's end.
    private func endStream(isWhole: Bool) {
        guard case .answering(let exchange) = phase else { return }
        guard isWhole, (exchange.remaining ?? 0) == 0 else { return channel.close(promise: nil) }
        if exchange.isChunked { send(ByteBuffer(string: "0\r\n\r\n")) }
        responseEnded()
    }

    private func send(_ buffer: ByteBuffer) { channel.writeAndFlush(buffer, promise: nil) }

    private func responseEnded() {
        guard case .answering(var exchange) = phase else { return }
        exchange.responseEnded = true
        exchange.task = nil
        phase = .answering(exchange)
        goOn()
    }

    /// Goes on to the next request when this one is both read and answered.
    private func goOn() {
        guard case .answering(let exchange) = phase, exchange.requestEnded, exchange.responseEnded else { return }
        guard exchange.keepsAlive, !isStopping else {
            phase = .closed
            channel.writeAndFlush(ByteBuffer()).whenComplete { [channel] _ in channel.close(promise: nil) }
            return
        }
        phase = .idle
        // What is answered at once comes here again while the loop below runs, which goes on by itself.
        guard !isCatchingUp else { return }
        isCatchingUp = true
        while let part = early.popFirst() {
            take(part)
            if case .answering(let exchange) = phase, exchange.requestEnded { break }
        }
        isCatchingUp = false
        resumeReading()
    }

    // MARK: Back-pressure

    func read(context: ChannelHandlerContext) {
        if untaken > Self.bodyWindow || !early.isEmpty { isReadHeld = true } else { context.read() }
    }

    private func resumeReading() {
        guard isReadHeld, untaken <= Self.bodyWindow, early.isEmpty else { return }
        isReadHeld = false
        channel.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { resumeWriter(true) }
        context.fireChannelWritabilityChanged()
    }

    private func resumeWriter(_ goesOn: Bool) {
        writer?.resume(returning: goesOn)
        writer = nil
    }

    // MARK: Ends

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        isStopping = true
        if case .idle = phase { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.close(promise: nil) }
        switch phase {
        case .idle, .gathering: refuse(error)
        case .answering(var exchange):
            // Whatever follows cannot be told apart any more.
            exchange.body?.finish(.failure(error))
            exchange.keepsAlive = false
            phase = .answering(exchange)
            early.removeAll()
            requestEnded()
        case .closed: break
        }
    }

    /// Answers what is no HTTP.
    private func refuse(_ error: any Error) {
        let isTooLong = (error as? HTTPParserError) == .headerOverflow
        let response = FrontResponse(status: isTooLong ? 431 : 400)
        var exchange = Exchange(isHead: false, keepsAlive: false, isChunkable: false)
        exchange.requestEnded = true
        phase = .answering(exchange)
        complete(response)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .answering(let exchange) = phase {
            exchange.body?.finish(.failure(ChannelError.inputClosed))
            if exchange.endsWithClient { exchange.task?.cancel() }
        }
        phase = .closed
        early.removeAll()
        resumeWriter(false)
        context.fireChannelInactive()
    }
}

extension NIOLoopBound<HTTPConnection> {
    /// Runs `body` on the event loop: now, where that is where we are.
    fileprivate func run(_ body: @escaping @Sendable (HTTPConnection) -> Void) {
        if eventLoop.inEventLoop { body(value) } else { eventLoop.execute { body(value) } }
    }

    fileprivate func value(
        of body: @escaping @Sendable (HTTPConnection, CheckedContinuation<Bool, Never>) -> Void
    ) async -> Bool {
        await withCheckedContinuation { continuation in run { body($0, continuation) } }
    }
}

extension FrontRequest {
    init(_ head: HTTPRequestHead, body: FrontBody, client: (host: String, port: Int)?) {
        let target = head.uri
        var path = target
        var query: String?
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(target[..<mark])
            query = String(target[target.utf8.index(after: mark)...])
        }
        self.init(
            method: head.method.rawValue, path: path, query: query,
            headers: head.headers.map { (name: $0.name.lowercased(), value: $0.value) }, body: body, client: client)
        self.target = target
    }
}
