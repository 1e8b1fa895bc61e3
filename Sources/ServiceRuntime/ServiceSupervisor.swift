package import AltanCloud
import Glibc
import JSONText
package import Logging
package import NIOCore
import NIOPosix
import Synchronization
import WorkerProtocol
package import World

/// Runs the services of every cloud: one worker process each, replaced as a whole by a deployment.
package actor ServiceSupervisor: ServiceRunning {
    /// What is known about a deployed service beside its slot.
    private struct Record {
        var source: ServiceSource
        var placement: RequirementPlacement
        var process: WorkerProcess
        var connection: WorkerConnection
        /// When this worker became ready, and how many before it ended soon after they had and answered nothing.
        var since: Duration
        var quickDeaths = 0
    }

    let settings: RuntimeSettings
    let world: World
    private let logger: Logger
    private let logs: any LogSink
    let house: ZygoteHouse
    private let launcher: WorkerLauncher
    private let inspector: Inspector
    /// Reached by calls without a hop to this actor.
    private let slots = Mutex<[ServiceKey: ServiceSlot]>([:])
    private var records: [ServiceKey: Record] = [:]
    /// What last came up, also of services that are down now.
    private var sources: [ServiceKey: ServiceSource] = [:]
    private var turns = TurnTable<ServiceKey>()
    private var retiring: [UInt32: Task<Void, Never>] = [:]
    private var closed = false

    /// - Parameter logs: takes every line that services print.
    /// - Parameter group: where the connections to workers live. Calls from tasks on the same loop change no threads.
    package init(
        settings: RuntimeSettings, logs: any LogSink, world: World, logger: Logger,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.settings = settings
        self.world = world
        self.logger = logger
        self.logs = logs
        let base = BaseEnvironment(cacheFolder: settings.cacheFolder)
        house = ZygoteHouse(settings: settings, base: base, logger: logger)
        launcher = WorkerLauncher(settings: settings, base: base, house: house, group: group, logs: logs)
        inspector = Inspector(house: house, group: group)
    }

    /// Warms up the interpreter that services are forked from, so that the first deployment need not wait for it.
    /// Returns at once; without a base environment it does nothing.
    package nonisolated func start() {
        guard launcher.base.isReady else { return }
        // Nobody waits: a failure comes again, with its reason, at the first deployment.
        Task { _ = try? await house.ready() }
    }

    // MARK: Deploying

    package func deploy(_ source: ServiceSource) async -> DeployOutcome {
        let key = ServiceKey(cloud: source.cloudID, service: source.name)
        await turn(key)
        defer { turns.leave(key) }
        let slot = slot(for: key)
        if case .failed = slot.phase { slot.enter(.starting) }
        do throws(DeployFailure) {
            let placement = try await launcher.place(source)
            let (record, interface) = try await launch(source, placement)
            replace(record, interface, key, slot)
            return .running(interface)
        } catch {
            for line in (error.traceback ?? error.message).split(separator: "\n") {
                logs.append(line: String(line), service: source.name, cloud: source.cloudID, requestID: nil)
            }
            if records[key] == nil { slot.enter(.failed(error)) }
            return .failed(error)
        }
    }

    package func remove(service: String, cloud: String) async {
        let key = ServiceKey(cloud: cloud, service: service)
        await turn(key)
        defer { turns.leave(key) }
        slots.withLock { $0.removeValue(forKey: key) }?.enter(.removed)
        sources[key] = nil
        if let record = records.removeValue(forKey: key) { await retire(record).value }
    }

    package func restart(service: String, cloud: String) async -> DeployOutcome {
        let key = ServiceKey(cloud: cloud, service: service)
        if let source = sources[key] { return await deploy(source) }
        if case .failed(let failure)? = slots.withLock({ $0[key] })?.phase { return .failed(failure) }
        return .failed(.environment("There is no service \(service) to restart.", hint: nil))
    }

    /// Removes every service of a cloud.
    package func removeAll(cloud: String) async {
        let names = slots.withLock { slots in slots.keys.filter { $0.cloud == cloud }.map(\.service) }
        await withTaskGroup { group in
            for name in names { group.addTask { await self.remove(service: name, cloud: cloud) } }
        }
    }

    /// Ends every process that was started and returns when none is left. Calls under way fail.
    package func shutdown() async {
        closed = true
        let all = slots.withLock { slots in
            defer { slots = [:] }
            return slots.values
        }
        for slot in all { slot.enter(.removed) }
        let last = records.values
        records = [:]
        for record in last {
            record.process.callersWillGet(.shuttingDown)
            record.connection.fail(.shuttingDown, close: false)
            _ = retire(record, limit: .seconds(2))
        }
        for task in Array(retiring.values) { await task.value }
        await house.close()
    }

    /// Starts a worker for a service. One whose zygote ended meanwhile has failed through no fault of its own: it gets
    /// another chance.
    private func launch(
        _ source: ServiceSource, _ placement: RequirementPlacement
    ) async throws(DeployFailure) -> (Record, ServiceInterface) {
        for _ in 0..<3 {
            guard !closed else { throw .environment("The emulator is shutting down.", hint: nil) }
            let outcome = try await launcher.launch(source, placement) { [weak self] process, duration, busy in
                // Nobody waits: it says so in the log, and the end of the worker follows if it is ended.
                Task { await self?.silent(process, duration, busy) }
            }
            switch outcome {
            case .ready(let process, let connection, let interface):
                let record = Record(
                    source: source, placement: placement, process: process, connection: connection,
                    since: world.clock.monotonic)
                // Ends with the worker.
                Task { await self.await(process, connection, ServiceKey(cloud: source.cloudID, service: source.name)) }
                return (record, interface)
            case .wentWithZygote(let failure): if closed { throw failure }
            }
        }
        throw .environment("No worker could be started: the interpreter ends again and again.", hint: nil)
    }

    /// Puts a worker in the place of the one that serves, in one step, and lets the old one finish what it began.
    private func replace(_ record: Record, _ interface: ServiceInterface, _ key: ServiceKey, _ slot: ServiceSlot) {
        sources[key] = record.source
        let old = records.updateValue(record, forKey: key)
        serve(record, interface, slot)
        if let old { _ = retire(old) }
    }

    /// Lets calls go to a worker until it is known to end.
    private func serve(_ record: Record, _ interface: ServiceInterface, _ slot: ServiceSlot) {
        let connection = record.connection
        slot.enter(.running(connection, interface))
        record.process.whenDoomed { slot.suspend(connection) }
        // It may have ended before it was put here, when nobody looked.
        if record.process.gone.current != nil { slot.suspend(connection) }
    }

    /// Lets a worker finish its calls and shut down. It is no longer any service's.
    private func retire(_ record: Record, limit: Duration? = nil) -> Task<Void, Never> {
        let limit = limit ?? settings.drainLimit
        let number = record.process.number
        let task = Task {
            await record.connection.drain(limit: limit)
            record.connection.send(Frame(.shutdown))
            await record.process.end(limit: limit)
            record.connection.fail(
                record.process.callError
                    ?? .workerDied(service: record.source.name, exit: "replaced while it answered"))
            retiring[number] = nil
        }
        retiring[number] = task
        return task
    }

    // MARK: Workers that end

    /// Waits for a worker's end. If it was serving, its calls fail and it is started again.
    private func `await`(_ process: WorkerProcess, _ connection: WorkerConnection, _ key: ServiceKey) async {
        await process.gone.value
        guard isServing(process, key) else { return }
        slots.withLock { $0[key] }?.suspend(connection)
        if await !process.ended.value(within: .milliseconds(500), orSettingNothing: ()) {
            // The socket is closed and the process lives: it cannot serve any more.
            await process.end(limit: .zero)
        }
        let reason = exitDescription(process.ended.current ?? nil)
        connection.fail(process.callError ?? .workerDied(service: key.service, exit: reason))
        guard isServing(process, key), !closed else { return }
        process.log("[altan] the service's process ended (\(reason)); it is being started again")
        await startAgain(process, key)
    }

    private func isServing(_ process: WorkerProcess, _ key: ServiceKey) -> Bool {
        records[key]?.process === process
    }

    private func startAgain(_ process: WorkerProcess, _ key: ServiceKey) async {
        await turn(key)
        defer { turns.leave(key) }
        guard let old = records[key], old.process === process, let slot = slots.withLock({ $0[key] }) else { return }
        let deaths = hasProved(process, since: old.since) ? 0 : old.quickDeaths + 1
        try? await Task.sleep(for: Self.pause(afterDeaths: deaths))
        guard !closed else { return }
        do throws(DeployFailure) {
            var (record, interface) = try await launch(old.source, old.placement)
            record.quickDeaths = deaths
            records[key] = record
            serve(record, interface, slot)
        } catch {
            records[key] = nil
            logger.warning("service \(key.service) did not come up again: \(error.message)")
            process.log("[altan] the service did not come up again: \(error.message)")
            slot.enter(.failed(error))
        }
    }

    /// Whether a worker that ended had shown that its service can run: such a one is started again at once, whatever
    /// ended it. One that went with its zygote is not to blame.
    private func hasProved(_ process: WorkerProcess, since start: Duration) -> Bool {
        process.hasServed || process.wentWithZygote || world.clock.monotonic - start > .seconds(30)
    }

    /// How long a service waits that ends again and again before it has answered anything.
    static func pause(afterDeaths deaths: Int) -> Duration {
        deaths < 2 ? .zero : min(.milliseconds(100) * (1 << min(deaths - 2, 10)), .seconds(10))
    }

    private func silent(_ process: WorkerProcess, _ duration: Duration, _ busy: Bool) async {
        let seconds = duration.components.seconds
        guard busy else {
            process.log(
                "[altan] the service's event loop has been waiting in a blocking call for \(seconds) s; "
                    + "no other request of it is answered meanwhile")
            return
        }
        process.log(
            "[altan] the service's event loop has been stuck in Python code for \(seconds) s; "
                + "its stacks follow and it is started again")
        process.callersWillGet(.unresponsive(service: process.service))
        process.signal(SIGUSR1, group: false)
        try? await Task.sleep(for: .milliseconds(250))
        process.signal(SIGKILL, group: true)
    }

    // MARK: Slots

    private func slot(for key: ServiceKey) -> ServiceSlot {
        slots.withLock { slots in
            if let slot = slots[key] { return slot }
            let slot = ServiceSlot()
            slots[key] = slot
            return slot
        }
    }

    private func turn(_ key: ServiceKey) async {
        if turns.take(key) { return }
        await withCheckedContinuation { turns.wait(key, $0) }
    }

    /// What each service of a cloud offers, by name; those that do not run are absent.
    package nonisolated func interfaces(cloud: String) -> [String: ServiceInterface] {
        let slots = slots.withLock { $0 }
        var result: [String: ServiceInterface] = [:]
        for (key, slot) in slots where key.cloud == cloud {
            if case .running(_, let interface) = slot.phase { result[key.service] = interface }
        }
        return result
    }

    // MARK: Calling

    /// Answers a request. Waits while the service is starting or being started again. Cancelling the task, or dropping
    /// the response's stream, is a client that went away.
    /// - Parameter limit: how long the answer may take to begin; the settings' without it.
    /// - Throws: `ServiceCallError`, or `CancellationError`.
    package nonisolated func call(
        _ request: ServiceRequest, service: String, cloud: String, limit: Duration? = nil
    ) async throws -> ServiceResponse {
        let key = ServiceKey(cloud: cloud, service: service)
        let limit = limit ?? settings.requestLimit
        let deadline = world.clock.monotonic + limit
        var request = request
        try await request.gatherSmallBody()
        while true {
            guard let slot = slots.withLock({ $0[key] }) else { throw ServiceCallError.noSuchService(service) }
            let left = deadline - world.clock.monotonic
            guard left > .zero else {
                throw ServiceCallError.timeout(service: service, limit: limit)
            }
            switch slot.phase {
            case .running(let connection, _):
                if let response = try await connection.call(request, limit: limit, left: left) {
                    return response
                }
                // It ended or was replaced between the look and the call; nothing was sent.
                slot.suspend(connection)
            case .failed(let failure): throw ServiceCallError.notRunning(service: service, failure)
            case .removed: throw ServiceCallError.noSuchService(service)
            case .starting: await slot.leaveStarting(limit: left)
            }
            try Task.checkCancellation()
        }
    }
}

extension ServiceSupervisor: ModuleInspecting {
    package func inspect(code: String) async -> ModuleInspection {
        do throws(DeployFailure) {
            return try await inspector.inspect(code)
        } catch {
            logger.warning("a module could not be inspected: \(error.message)")
            return ModuleInspection(requiredSecrets: [], optionalSecrets: [], syntaxError: nil)
        }
    }
}
