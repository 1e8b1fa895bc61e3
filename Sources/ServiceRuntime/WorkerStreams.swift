import AltanCloud
import JSONText
import NIOCore
import WorkerProtocol

/// The calls under way on one connection, and the frames that move them. Lives on the connection's event loop.
final class WorkerStreams: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// One call: what waits for it, and how far both bodies are.
    private struct Stream {
        var exchange: UInt64
        var limit: Duration
        var deadline: NIODeadline
        /// Waits for the response's head; nil once that was given out.
        var head: CheckedContinuation<ServiceResponse?, any Error>?
        /// The body's reader; weak, so that a reader who drops the response ends the stream.
        weak var body: BodyQueue?
        /// Bytes of the response that were taken and for which the worker has not got new credit.
        var unreturned = 0
        var upload: Upload?
    }

    /// A request body that did not go out whole with the head.
    private struct Upload {
        var credit: Int
        var pending = ByteBuffer()
        /// Waits until `pending` has gone out; gets false when nobody wants the rest.
        var writer: CheckedContinuation<Bool, Never>?
        var isLast = false
        /// Reads the body from the client. Ended by `finish`.
        var task: Task<Void, Never>?
    }

    /// A piece of a body whose head was read.
    private struct Arriving {
        var stream: UInt32
        var remaining: Int
        var flags: Frame.Flags
    }

    private let channel: any Channel
    private let service: String
    private let onEvent: @Sendable (WorkerConnection.Event) -> Void
    private var incoming = ByteBuffer()
    private var arriving: Arriving?
    private var streams: [UInt32: Stream] = [:]
    private var numbers: [UInt64: UInt32] = [:]
    private var nextNumber: UInt32 = 1
    private var accepting = true
    private var closed = false
    private var flushScheduled = false
    private var drained: (() -> Void)?
    private var heartbeat: Heartbeat?
    private var hasServed = false

    init(channel: any Channel, service: String, onEvent: @escaping @Sendable (WorkerConnection.Event) -> Void) {
        self.channel = channel
        self.service = service
        self.onEvent = onEvent
    }

    // MARK: Calls

    func begin(_ exchange: HostExchange, _ continuation: CheckedContinuation<ServiceResponse?, any Error>) {
        guard accepting else { return continuation.resume(returning: nil) }
        let number = nextNumber
        nextNumber = nextNumber == .max ? 1 : nextNumber + 1
        var stream = Stream(
            exchange: exchange.id, limit: exchange.limit, deadline: .now() + TimeAmount(exchange.left),
            head: continuation)

        let head = exchange.request.head.payload
        var first = ByteBuffer()
        switch exchange.request.body {
        case .empty: break
        case .complete(let whole):
            first = whole
            if whole.readableBytes > Frame.largestBodyPiece {
                first = whole.getSlice(at: whole.readerIndex, length: Frame.largestBodyPiece) ?? whole
                var upload = Upload(credit: Frame.initialWindow - first.readableBytes)
                upload.pending = whole
                upload.pending.moveReaderIndex(forwardBy: first.readableBytes)
                upload.isLast = true
                stream.upload = upload
            }
        case .stream: stream.upload = Upload(credit: Frame.initialWindow)
        }
        let frame = Frame(.request, stream: number, flags: stream.upload == nil ? [] : .more)
        var buffer = channel.allocator.buffer(capacity: Frame.headLength + head.count + first.readableBytes)
        buffer.writeBytes(Frame.head(frame, length: head.count + first.readableBytes))
        buffer.writeBytes(head)
        buffer.writeBuffer(&first)
        write(buffer)

        if case .stream(let body) = exchange.request.body {
            let loopBound = NIOLoopBound(self, eventLoop: channel.eventLoop)
            stream.upload?.task = Self.pump(body, into: number, loopBound)
        }
        streams[number] = stream
        numbers[exchange.id] = number
        if stream.upload?.isLast == true { sendPending(number) }
    }

    /// The caller no longer wants an answer.
    func clientLeft(_ exchange: UInt64) {
        guard let number = numbers[exchange] else { return }
        send(Frame(.disconnect, stream: number))
        finish(number, .failure(CancellationError()))
    }

    /// Removes the stream and tells whoever still waits for it.
    private func finish(_ number: UInt32, _ result: Result<Void, any Error>) {
        guard let stream = streams.removeValue(forKey: number) else { return }
        numbers[stream.exchange] = nil
        stream.upload?.task?.cancel()
        stream.upload?.writer?.resume(returning: false)
        if case .failure(let error) = result { stream.head?.resume(throwing: error) }
        stream.body?.finish(result)
        if streams.isEmpty { becameIdle() }
    }

    // MARK: Request bodies

    /// Reads a body and sends it. The task ends with the body, or when `finish` cancels it: nobody needs to wait.
    private static func pump(
        _ body: any AsyncSequence<ByteBuffer, any Error> & Sendable, into number: UInt32,
        _ streams: NIOLoopBound<WorkerStreams>
    ) -> Task<Void, Never> {
        Task {
            do {
                for try await piece in body where piece.readableBytes > 0 {
                    guard await write(piece, last: false, number, streams) else { return }
                }
                _ = await write(ByteBuffer(), last: true, number, streams)
            } catch {
                // The client broke off its upload: the service sees a disconnect, nobody reads the answer.
                streams.eventLoop.execute {
                    let streams = streams.value
                    guard streams.streams[number]?.upload != nil else { return }
                    streams.send(Frame(.disconnect, stream: number))
                    streams.finish(number, .failure(CancellationError()))
                }
            }
        }
    }

    private static func write(
        _ piece: ByteBuffer, last: Bool, _ number: UInt32, _ streams: NIOLoopBound<WorkerStreams>
    ) async -> Bool {
        await withCheckedContinuation { continuation in
            streams.eventLoop.execute {
                let streams = streams.value
                guard streams.streams[number]?.upload != nil else { return continuation.resume(returning: false) }
                streams.streams[number]?.upload?.pending = piece
                streams.streams[number]?.upload?.isLast = last
                streams.streams[number]?.upload?.writer = continuation
                streams.sendPending(number)
            }
        }
    }

    /// Sends as much of the waiting piece as the worker gave credit for.
    private func sendPending(_ number: UInt32) {
        guard var upload = streams[number]?.upload else { return }
        while upload.credit > 0 || (upload.isLast && upload.pending.readableBytes == 0) {
            let count = min(upload.pending.readableBytes, Frame.largestBodyPiece)
            let isEnd = upload.isLast && count == upload.pending.readableBytes
            guard count > 0 || isEnd, let piece = upload.pending.readSlice(length: count) else { break }
            upload.credit -= count
            let head = Frame.head(Frame(.body, stream: number, flags: isEnd ? [] : .more), length: count)
            write(ByteBuffer(bytes: head))
            if count > 0 { write(piece) }
            if isEnd {
                upload.writer?.resume(returning: true)
                streams[number]?.upload = nil
                return
            }
        }
        if upload.pending.readableBytes == 0, !upload.isLast {
            upload.writer?.resume(returning: true)
            upload.writer = nil
        }
        streams[number]?.upload = upload
    }

    // MARK: What the worker says

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if incoming.readableBytes == 0 { incoming = bytes } else { incoming.writeBuffer(&bytes) }
        do {
            while true {
                if let body = arriving, incoming.readableBytes > 0 || body.remaining == 0 {
                    forward(body)
                    continue
                }
                guard incoming.readableBytes >= Frame.headLength else { break }
                let head = try incoming.withUnsafeReadableBytes { try FrameHead($0) }
                if head.kind == .body {
                    incoming.moveReaderIndex(forwardBy: Frame.headLength)
                    arriving = Arriving(stream: head.stream, remaining: head.length, flags: head.flags)
                    continue
                }
                guard incoming.readableBytes >= Frame.headLength + head.length else { break }
                incoming.moveReaderIndex(forwardBy: Frame.headLength)
                guard let payload = incoming.readSlice(length: head.length) else { break }
                try receive(head, payload)
            }
        } catch {
            // The worker's process writes frames that are none (it is broken, or its code wrote to our socket).
            context.close(promise: nil)
        }
    }

    /// Passes on what is there of a body's piece.
    private func forward(_ body: Arriving) {
        let count = min(body.remaining, incoming.readableBytes)
        if count > 0, let piece = incoming.readSlice(length: count) { streams[body.stream]?.body?.append(piece) }
        guard body.remaining == count else {
            arriving?.remaining -= count
            return
        }
        arriving = nil
        if !body.flags.contains(.more) { finish(body.stream, .success(())) }
    }

    private func receive(_ head: FrameHead, _ payload: ByteBuffer) throws {
        switch head.kind {
        case .response: try response(head, payload)
        case .window:
            guard let count = payload.getInteger(at: payload.readerIndex, endianness: .little, as: UInt32.self) else {
                throw FrameError.malformed(.window)
            }
            streams[head.stream]?.upload?.credit += Int(count)
            sendPending(head.stream)
        case .reset: finish(head.stream, .failure(broken("its response was not completed; see its logs")))
        case .pong: heartbeat?.answered()
        case .log:
            let identifier = payload.getString(at: payload.readerIndex, length: Int(head.auxiliary)) ?? ""
            let line = String(
                buffer: payload.getSlice(
                    at: payload.readerIndex + Int(head.auxiliary),
                    length: max(0, payload.readableBytes - Int(head.auxiliary))) ?? ByteBuffer())
            onEvent(.log(line: line, requestID: identifier.isEmpty ? nil : identifier))
        case .ready: onEvent(.ready(try JSON(parsing: payload.readableBytesView)))
        case .failed: onEvent(.failed(try JSON(parsing: payload.readableBytesView)))
        case .inspection: onEvent(.inspection(try JSON(parsing: payload.readableBytesView)))
        default: throw FrameError.malformed(head.kind)
        }
    }

    private func response(_ head: FrameHead, _ payload: ByteBuffer) throws {
        guard let stream = streams[head.stream], let waiting = stream.head else { return }
        let fields = try payload.withUnsafeReadableBytes { try ResponseFields($0) }
        let body = payload.getSlice(
            at: payload.readerIndex + fields.bodyStart, length: payload.readableBytes - fields.bodyStart)
        let status = Int(head.auxiliary)
        if !hasServed {
            hasServed = true
            onEvent(.served)
        }
        streams[head.stream]?.head = nil
        guard head.flags.contains(.more) else {
            waiting.resume(
                returning: ServiceResponse(
                    status: status, headers: fields.headers, body: .complete(body ?? ByteBuffer())))
            finish(head.stream, .success(()))
            return
        }
        let loopBound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        let (number, exchange) = (head.stream, stream.exchange)
        let queue = BodyQueue(
            taken: { count in loopBound.eventLoop.execute { loopBound.value.taken(count, number, exchange) } },
            abandoned: { loopBound.eventLoop.execute { loopBound.value.clientLeft(exchange) } })
        streams[head.stream]?.body = queue
        if let body { queue.append(body) }
        waiting.resume(
            returning: ServiceResponse(
                status: status, headers: fields.headers, body: .stream(BodyStream(queue: queue))))
    }

    /// The reader took so much of a response's body: the worker may send as much again.
    private func taken(_ count: Int, _ number: UInt32, _ exchange: UInt64) {
        guard count > 0, var stream = streams[number], stream.exchange == exchange else { return }
        stream.unreturned += count
        // A quarter at a time: the rest of the window keeps the worker busy meanwhile.
        if stream.unreturned >= Frame.initialWindow / 4 {
            var payload = ByteBuffer()
            payload.writeInteger(UInt32(stream.unreturned), endianness: .little)
            send(Frame(.window, stream: number, payload: Array(payload.readableBytesView)))
            stream.unreturned = 0
        }
        streams[number] = stream
    }

    private func broken(_ reason: String) -> ServiceCallError { .brokenResponse(service: service, reason: reason) }

    // MARK: Output

    func send(_ frame: Frame) {
        var buffer = channel.allocator.buffer(capacity: Frame.headLength + frame.payload.count)
        buffer.writeBytes(Frame.head(frame, length: frame.payload.count))
        buffer.writeBytes(frame.payload)
        write(buffer)
    }

    /// Queues bytes; those of one turn of the loop go out with one system call.
    private func write(_ buffer: ByteBuffer) {
        channel.write(buffer, promise: nil)
        guard !flushScheduled else { return }
        flushScheduled = true
        channel.eventLoop.assumeIsolated().execute {
            self.flushScheduled = false
            self.channel.flush()
        }
    }

    // MARK: Time limits and the end

    func handlerAdded(context: ChannelHandlerContext) {
        scheduleTick()
    }

    private func scheduleTick() {
        channel.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(500)) {
            guard !self.closed else { return }
            self.ticked()
            self.scheduleTick()
        }
    }

    private func ticked() {
        let now = NIODeadline.now()
        for (number, stream) in streams where stream.head != nil && stream.deadline <= now {
            send(Frame(.disconnect, stream: number))
            finish(number, .failure(ServiceCallError.timeout(service: service, limit: stream.limit)))
        }
        if let silence = heartbeat?.tick(now) { onEvent(.silent(silence.duration, busy: silence.busy)) }
        if heartbeat?.wantsPing == true {
            heartbeat?.pinged(now)
            send(Frame(.ping))
        }
    }

    func watch(pid: Int32, limit: Duration) { heartbeat = Heartbeat(pid: pid, limit: limit) }

    func drain(limit: Duration, _ done: @escaping () -> Void) {
        accepting = false
        guard !streams.isEmpty, !closed else { return done() }
        drained = done
        channel.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) { self.becameIdle() }
    }

    private func becameIdle() {
        drained?()
        drained = nil
    }

    func fail(_ error: ServiceCallError, close: Bool) {
        accepting = false
        for number in Array(streams.keys) {
            if !close { send(Frame(.disconnect, stream: number)) }
            finish(number, .failure(error))
        }
        if close { channel.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        accepting = false
        closed = true
        // Calls under way are ended by `fail`, by whoever knows why the worker is gone.
        onEvent(.closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
