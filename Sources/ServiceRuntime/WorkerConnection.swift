import AltanCloud
import JSONText
import NIOCore
import NIOPosix
import Synchronization
import WorkerProtocol

/// The data socket to one worker, shared by all calls to it.
///
/// Everything happens on one event loop, in `WorkerStreams`; this value is the way there from any task.
final class WorkerConnection: Sendable {
    /// What the worker says outside any call.
    enum Event: Sendable {
        case ready(JSON)
        case failed(JSON)
        case log(line: String, requestID: String?)
        case inspection(JSON)
        /// It answered no ping for so long; `busy` if it spent most of that time computing.
        case silent(Duration, busy: Bool)
        /// It answered its first call.
        case served
        /// The worker closed the socket: it ended, or is about to.
        case closed
    }

    private let channel: any Channel
    private let streams: NIOLoopBound<WorkerStreams>

    private init(channel: any Channel, streams: WorkerStreams) {
        self.channel = channel
        self.streams = NIOLoopBound(streams, eventLoop: channel.eventLoop)
    }

    /// Takes over the host's end of a socket pair. Events arrive on the event loop.
    static func open(
        socket: Int32, service: String, group: any EventLoopGroup, onEvent: @escaping @Sendable (Event) -> Void
    ) async throws -> WorkerConnection {
        try await ClientBootstrap(group: group)
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 16384, maximum: 262_144)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        WorkerStreams(channel: channel, service: service, onEvent: onEvent))
                }
            }
            .withConnectedSocket(socket)
            .flatMapThrowing { channel in
                let streams = try channel.pipeline.syncOperations.handler(type: WorkerStreams.self)
                return WorkerConnection(channel: channel, streams: streams)
            }
            .get()
    }

    /// Hands a request to the worker and waits for its response to begin.
    /// - Returns: nil if the connection takes no calls any more; nothing was sent then.
    func call(_ request: ServiceRequest, limit: Duration, left: Duration) async throws -> ServiceResponse? {
        let exchange = HostExchange(request: request, limit: limit, left: left)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                onLoop { $0.begin(exchange, continuation) }
                // A task that was cancelled before it got here has run `onCancel` already.
                if Task.isCancelled { onLoop { $0.clientLeft(exchange.id) } }
            }
        } onCancel: {
            onLoop { $0.clientLeft(exchange.id) }
        }
    }

    func send(_ frame: Frame) { onLoop { $0.send(frame) } }

    /// Pings the worker from now on and reports when it is silent for `limit`.
    func watch(pid: Int32, limit: Duration) { onLoop { $0.watch(pid: pid, limit: limit) } }

    /// Takes no new calls; returns when those under way are complete, but not later than after `limit`.
    func drain(limit: Duration) async {
        await withCheckedContinuation { continuation in
            onLoop { $0.drain(limit: limit) { continuation.resume() } }
        }
    }

    /// Takes no new calls, ends every call under way with this error, and closes unless told otherwise.
    func fail(_ error: ServiceCallError, close: Bool = true) { onLoop { $0.fail(error, close: close) } }

    /// Now, where we are on the loop already, as tasks that answer requests are.
    private func onLoop(_ body: @escaping @Sendable (WorkerStreams) -> Void) {
        let streams = streams
        guard !channel.eventLoop.inEventLoop else { return body(streams.value) }
        channel.eventLoop.execute { body(streams.value) }
    }
}

/// One call on its way to a worker.
struct HostExchange: Sendable {
    /// Tells calls apart from before they have a stream number on; wraps around only after centuries.
    let id: UInt64
    let request: ServiceRequest
    /// How long a call may take in all, and what is left of that.
    let limit: Duration
    let left: Duration

    private static let counter = Atomic<UInt64>(0)

    init(request: ServiceRequest, limit: Duration, left: Duration) {
        id = Self.counter.add(1, ordering: .relaxed).newValue
        self.request = request
        self.limit = limit
        self.left = left
    }
}
