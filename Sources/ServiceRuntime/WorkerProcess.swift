import AltanCloud
import Glibc
import JSONText
import NIOCore
import NIOPosix
import Synchronization
import WorkerProtocol

/// One worker, from the fork to its end: its connection, what it printed while it started, and how it ended.
final class WorkerProcess: Sendable {
    /// How starting ended.
    enum Start: Sendable {
        case ready(JSON)
        case failed(JSON)
        /// It was gone before it said anything.
        case ended
        case deadline
    }

    /// How the process ended; nil where nobody can tell any more.
    typealias ExitCode = Int32?

    let number: UInt32
    let service: String
    let cloud: String
    let started = OneShot<Start>()
    /// The connection is closed, or the process ended and it should be.
    let gone = OneShot<Void>()
    let ended = OneShot<ExitCode>()
    /// Answers of an inspecting worker, in the order of the questions.
    let inspections: AsyncStream<JSON>
    private let inspectionAnswers: AsyncStream<JSON>.Continuation
    private let logs: any LogSink
    private let state = Mutex(State())
    private let onSilence: @Sendable (WorkerProcess, Duration, Bool) -> Void

    private struct State {
        var pid: pid_t?
        var importLog: [String]? = []
        var callError: ServiceCallError?
        var hasServed = false
        var isDoomed = false
        var onDoom: (@Sendable () -> Void)?
    }

    init(
        number: UInt32, service: String, cloud: String, logs: any LogSink,
        onSilence: @escaping @Sendable (WorkerProcess, Duration, Bool) -> Void
    ) {
        self.number = number
        self.service = service
        self.cloud = cloud
        self.logs = logs
        self.onSilence = onSilence
        (inspections, inspectionAnswers) = AsyncStream.makeStream()
    }

    var pid: pid_t? { state.withLock(\.pid) }
    func forked(as pid: pid_t) { state.withLock { $0.pid = pid } }

    /// What it printed until it was ready; from then on lines only go to the log.
    var importLog: [String] { state.withLock { $0.importLog ?? [] } }
    func endImportLog() -> [String] {
        state.withLock { state in
            defer { state.importLog = nil }
            return state.importLog ?? []
        }
    }

    /// What calls under way are to be told when it ends; the first reason given counts.
    func callersWillGet(_ error: ServiceCallError) { state.withLock { $0.callError = $0.callError ?? error } }
    var callError: ServiceCallError? { state.withLock(\.callError) }

    /// Runs `action` as soon as it is known that this process is about to die, before anybody else learns of it: no call
    /// is to be sent to it any more. At once if that is known already.
    func whenDoomed(_ action: @escaping @Sendable () -> Void) {
        let isDoomed = state.withLock { state in
            state.onDoom = action
            return state.isDoomed
        }
        if isDoomed { action() }
    }

    /// Its zygote has ended, so the kernel kills it.
    func doomed() {
        let action = state.withLock { state in
            state.isDoomed = true
            return state.onDoom
        }
        action?()
    }

    /// Whether its zygote ended, and it with it.
    var wentWithZygote: Bool {
        if case .some(nil) = ended.current { true } else { false }
    }

    /// Whether it answered a call.
    var hasServed: Bool { state.withLock(\.hasServed) }

    func log(_ line: String, requestID: String? = nil) {
        state.withLock { $0.importLog?.append(line) }
        logs.append(line: line, service: service, cloud: cloud, requestID: requestID)
    }

    func received(_ event: WorkerConnection.Event) {
        switch event {
        case .ready(let report): started.complete(.ready(report))
        case .failed(let report): started.complete(.failed(report))
        case .log(let line, let requestID): log(line, requestID: requestID)
        case .inspection(let answer): inspectionAnswers.yield(answer)
        case .silent(let duration, let busy): onSilence(self, duration, busy)
        case .served: state.withLock { $0.hasServed = true }
        case .closed: nothingFollows()
        }
    }

    private func nothingFollows() {
        started.complete(.ended)
        inspectionAnswers.finish()
        gone.complete(())
    }

    func exited(_ code: ExitCode) {
        ended.complete(code)
        // Holds the connection, which holds this.
        state.withLock { $0.onDoom = nil }
        // What it said last may still be in the socket. But a process that it started and that outlives it (the group
        // is dead, a daemon is not in it) may hold the socket open for good. Ends on its own.
        Task {
            try? await Task.sleep(for: .milliseconds(500))
            nothingFollows()
        }
    }

    /// Sends a signal to the worker, or to everything that it started too.
    func signal(_ number: Int32, group: Bool) {
        guard ended.current == nil, let pid else { return }
        _ = kill(group ? -pid : pid, number)
    }

    /// Waits until the process is gone, by force after `limit`.
    func end(limit: Duration) async {
        if await ended.value(within: limit, orSettingNothing: ()) { return }
        signal(SIGKILL, group: true)
        _ = await ended.value(within: .seconds(5), orSet: nil)
    }
}

extension OneShot {
    /// Waits for the value, but not longer than `limit`; whether there is one now.
    func value(within limit: Duration, orSettingNothing: Void) async -> Bool {
        let either = OneShot<Bool>()
        // Both end on their own: one with the value, which comes, the other with the time limit.
        Task {
            _ = await value
            either.complete(true)
        }
        return await either.value(within: limit, orSet: false)
    }
}

/// How a process ended, for people: `exit code 3`, `signal 11 (Segmentation fault)`.
func exitDescription(_ code: WorkerProcess.ExitCode) -> String {
    switch code {
    case let code? where code < 0: "signal \(-code) (\(String(cString: strsignal(-code))))"
    case let code?: "exit code \(code)"
    case nil: "its process is gone"
    }
}

/// Assembles what a worker's process and its children write to their descriptors 1 and 2 into lines.
final class LogPipe: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var lines = LineAssembler()
    private let onLine: @Sendable (String) -> Void

    private init(onLine: @escaping @Sendable (String) -> Void) { self.onLine = onLine }

    /// Takes over the reading end of a pipe; closed when nobody holds the other one.
    static func open(_ descriptor: Int32, group: any EventLoopGroup, onLine: @escaping @Sendable (String) -> Void)
        async throws
    {
        _ = try await NIOPipeBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LogPipe(onLine: onLine))
                }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .get()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lines.append(unwrapInboundIn(data).readableBytesView).forEach(onLine)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let rest = lines.finish() { onLine(rest) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
