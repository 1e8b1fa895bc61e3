import AltanCloud
import CPythonShim
import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization
import WorkerProtocol

/// Keeps a zygote alive and forks workers from it.
actor ZygoteHouse {
    /// What a zygote that is up said about itself.
    struct Ready: Sendable {
        var zygote: Zygote
        let ended: OneShot<Void>
        /// Whether the base environment was there when it started.
        var hasBase: Bool
    }

    private let settings: RuntimeSettings
    private let base: BaseEnvironment
    private let logger: Logger
    private var current: (start: OneShot<Result<Ready, DeployFailure>>, ended: OneShot<Void>, hasBase: Bool)?
    private var nextWorker: UInt32 = 0
    /// Workers that have not ended, by number. Reached from the zygote's thread.
    private let workers = WorkerTable()
    private var closed = false

    init(settings: RuntimeSettings, base: BaseEnvironment, logger: Logger) {
        self.settings = settings
        self.base = base
        self.logger = logger
    }

    /// The zygote, started if none is up, or if the base environment has appeared since it started.
    func ready() async throws(DeployFailure) -> Ready {
        if let current, current.ended.current != nil { self.current = nil }
        if let current, !current.hasBase, base.isReady {
            if case .success(let ready) = await current.start.value { ready.zygote.end() }
            await current.ended.value
            if self.current?.ended === current.ended { self.current = nil }
        }
        if current == nil { begin() }
        guard let current else { throw .environment("The service runtime is shutting down.", hint: nil) }
        return try await current.start.value.get()
    }

    private func begin() {
        guard !closed else { return }
        let (start, ended, hasBase) = (OneShot<Result<Ready, DeployFailure>>(), OneShot<Void>(), base.isReady)
        current = (start, ended, hasBase)
        // Ends with the zygote's start; whoever needs it waits for `start`.
        Task { await self.launch(start, ended, hasBase) }
    }

    private func launch(
        _ start: OneShot<Result<Ready, DeployFailure>>, _ ended: OneShot<Void>, _ hasBase: Bool
    ) async {
        let box = OneShot<Zygote>()
        let (workers, logger) = (workers, logger)
        do {
            let zygote = try await Zygote.start(executable: settings.executable, base: base) { event in
                switch event {
                case .ready(let missing):
                    for (name, reason) in missing where hasBase {
                        logger.warning("a package of the base environment cannot be imported: \(name): \(reason)")
                    }
                    // Not set yet only while `start` itself returns.
                    Task {
                        start.complete(.success(Ready(zygote: await box.value, ended: ended, hasBase: hasBase)))
                    }
                case .spawned(let worker, let pid): workers[worker]?.forked(as: pid)
                case .exited(let worker, let code): workers.remove(worker)?.exited(code)
                case .ended(let code):
                    // No call may go to a worker that dies with its zygote; and whoever learns of a worker's end must
                    // find that its zygote is no more.
                    for worker in workers.all { worker.doomed() }
                    ended.complete(())
                    workers.endAll()
                    start.complete(
                        .failure(
                            .environment(
                                "The Python interpreter did not start (\(exitDescription(code))).",
                                hint: "Run `altan-emulator doctor`.")))
                }
            }
            box.complete(zygote)
        } catch {
            let reason = (error as? SubprocessError)?.reason ?? "\(error)"
            start.complete(.failure(.environment("The Python interpreter did not start: \(reason)", hint: nil)))
            ended.complete(())
        }
    }

    /// Forks a worker and opens the connection to it.
    /// - Parameter imports: packages that the worker will need, and all that are forked after it find imported.
    func fork(
        service: String, cloud: String, cold: Bool = false, imports: [String] = [], group: any EventLoopGroup,
        logs: any LogSink, onSilence: @escaping @Sendable (WorkerProcess, Duration, Bool) -> Void
    ) async throws(DeployFailure) -> (WorkerProcess, WorkerConnection) {
        // The second attempt is for a zygote that has just died.
        for _ in 0..<2 {
            let ready = try await ready()
            // A worker of its own each time: the one that was to come from a dead zygote has ended with it.
            nextWorker += 1
            let process = WorkerProcess(
                number: nextWorker, service: service, cloud: cloud, logs: logs, onSilence: onSilence)
            let pipes = try Pipes()
            guard spawn(process, from: ready.zygote, cold: cold, imports, pipes) else {
                ready.zygote.kill()
                // This zygote's end, whatever has taken its place meanwhile.
                await ready.ended.value
                continue
            }
            do {
                try await LogPipe.open(pipes.log, group: group) { process.log($0) }
                let connection = try await WorkerConnection.open(socket: pipes.data, service: service, group: group) {
                    process.received($0)
                }
                return (process, connection)
            } catch {
                workers.remove(process.number)?.exited(nil)
                throw .environment("No worker could be started: \(error)", hint: nil)
            }
        }
        throw .environment("No worker could be started: the interpreter ends again and again.", hint: nil)
    }

    /// Whether the zygote took the order. If not, every end of the pipes is closed.
    private func spawn(
        _ process: WorkerProcess, from zygote: Zygote, cold: Bool, _ imports: [String], _ pipes: Pipes
    ) -> Bool {
        // Before the order, whose answer may come at once.
        workers[process.number] = process
        defer { pipes.closeTheirs() }
        let isSent = zygote.spawn(
            worker: process.number, cold: cold, imports: imports, data: pipes.theirData, log: pipes.theirLog)
        if isSent { return true }
        _ = workers.remove(process.number)
        pipes.closeOurs()
        return false
    }

    /// Ends the zygote and everything that it started; returns when all of it is gone.
    func close() async {
        closed = true
        guard let current else { return }
        guard case .success(let ready) = await current.start.value else { return }
        let groups = workers.all.compactMap(\.pid)
        ready.zygote.end()
        if await !current.ended.value(within: .seconds(5), orSettingNothing: ()) {
            ready.zygote.kill()
            for pid in groups { _ = kill(-pid, SIGKILL) }
            await current.ended.value
        }
    }
}

/// Both ends of a worker's data socket and log pipe.
private struct Pipes {
    let data, theirData: Int32
    let log, theirLog: Int32

    init() throws(DeployFailure) {
        var data: [Int32] = [0, 0]
        var log: [Int32] = [0, 0]
        guard altan_socket_pair(0, &data) == 0, altan_pipe(&log) == 0 else {
            throw .environment("No descriptor is left for a worker: \(String(cString: strerror(errno)))", hint: nil)
        }
        (self.data, theirData) = (data[0], data[1])
        (self.log, theirLog) = (log[0], log[1])
    }

    func closeTheirs() {
        close(theirData)
        close(theirLog)
    }

    func closeOurs() {
        close(data)
        close(log)
    }
}

/// The workers that have not ended.
final class WorkerTable: Sendable {
    private let workers = Mutex<[UInt32: WorkerProcess]>([:])

    subscript(number: UInt32) -> WorkerProcess? {
        get { workers.withLock { $0[number] } }
        set { workers.withLock { $0[number] = newValue } }
    }

    var all: [WorkerProcess] { workers.withLock { Array($0.values) } }

    func remove(_ number: UInt32) -> WorkerProcess? { workers.withLock { $0.removeValue(forKey: number) } }

    /// The zygote is gone: the kernel has killed its children, and what those started is killed here.
    func endAll() {
        let all = workers.withLock { workers in
            defer { workers = [:] }
            return workers.values
        }
        for worker in all {
            worker.signal(SIGKILL, group: true)
            worker.exited(nil)
        }
    }
}

extension DeployFailure {
    static func environment(_ message: String, hint: String?) -> DeployFailure {
        DeployFailure(stage: .environment, message: message, traceback: nil, hint: hint, importLog: [])
    }
}
