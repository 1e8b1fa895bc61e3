import AltanCloud
import Glibc
import JSONText
import NIOCore
import WorkerProtocol

/// Brings up a worker for a service: finds where its requirements lie, forks it, and waits until the module is imported.
struct WorkerLauncher: Sendable {
    /// How the start of a worker ended, if not in a failure of the service.
    enum Outcome {
        case ready(WorkerProcess, WorkerConnection, ServiceInterface)
        /// The zygote ended before the worker was ready, and took it along.
        case wentWithZygote(DeployFailure)
    }

    private let settings: RuntimeSettings
    let base: BaseEnvironment
    private let house: ZygoteHouse
    private let requirements: RequirementResolver
    private let group: any EventLoopGroup
    private let logs: any LogSink

    init(
        settings: RuntimeSettings, base: BaseEnvironment, house: ZygoteHouse, group: any EventLoopGroup,
        logs: any LogSink
    ) {
        self.settings = settings
        self.base = base
        self.house = house
        self.group = group
        self.logs = logs
        requirements = RequirementResolver(settings: settings, base: base)
    }

    /// Where the requirements of a service lie, installed if they were not.
    func place(_ source: ServiceSource) async throws(DeployFailure) -> RequirementPlacement {
        guard base.isReady else {
            throw .environment(
                "The Python environment for services is not set up on this machine.",
                hint: "Run `altan-emulator setup` once, then deploy again.")
        }
        return try await requirements.place(source.requirements, installed: BaseEnvironment.packages)
    }

    /// Forks a worker and waits until the module is imported and started.
    /// - Parameter onSilence: told when the worker's event loop has not moved for too long, and whether it was busy.
    func launch(
        _ source: ServiceSource, _ placement: RequirementPlacement,
        onSilence: @escaping @Sendable (WorkerProcess, Duration, Bool) -> Void
    ) async throws(DeployFailure) -> Outcome {
        let (process, connection) = try await house.fork(
            service: source.name, cloud: source.cloudID, cold: placement.cold, imports: usualPackages(in: source.code),
            group: group, logs: logs, onSilence: onSilence)
        var environment = source.environment
        environment["PATH"] = environment["PATH"] ?? defaultPath
        environment["LANG"] = environment["LANG"] ?? "C.UTF-8"
        let order = WorkerOrder(
            service: source.name, code: source.code, environment: environment, path: placement.path,
            memoryLimit: settings.memoryLimit, role: source.isStandIn ? .standIn : .service,
            outbound: try await openDoor(source, process))
        connection.send(Frame(.order, payload: order.json.bytes))
        let start = await process.started.value(within: settings.importDeadline, orSet: .deadline)
        if case .ready(let report) = start {
            let interface = ServiceInterface(report, process.endImportLog(), placement.warnings)
            if let pid = process.pid { connection.watch(pid: pid, limit: settings.heartbeatLimit) }
            return .ready(process, connection, interface)
        }
        let failure = await failure(start, process)
        connection.fail(.notRunning(service: source.name, failure))
        await process.end(limit: .milliseconds(500))
        if case .ended = start, process.wentWithZygote { return .wentWithZygote(failure) }
        throw failure
    }

    /// Opens the listener that takes the worker's connections, for as long as its process lives.
    private func openDoor(
        _ source: ServiceSource, _ process: WorkerProcess
    ) async throws(DeployFailure) -> WorkerOrder.Outbound? {
        guard let policy = settings.outbound else { return nil }
        do {
            let door = try await policy.open(source)
            // Ends with the process.
            Task {
                _ = await process.ended.value
                door.close()
            }
            return WorkerOrder.Outbound(port: door.port, allowed: policy.allowed, folder: policy.folder)
        } catch {
            process.signal(SIGKILL, group: true)
            throw .environment("No listener could be opened for the service's own calls: \(error)", hint: nil)
        }
    }

    private func failure(_ start: WorkerProcess.Start, _ process: WorkerProcess) async -> DeployFailure {
        switch start {
        case .failed(let report):
            return DeployFailure(
                stage: report["stage"]?.stringValue.flatMap(DeployFailure.Stage.init(rawValue:)) ?? .import,
                message: report["message"]?.stringValue ?? "", traceback: report["traceback"]?.stringValue,
                hint: report["hint"]?.stringValue, importLog: process.importLog)
        case .deadline:
            let dump = await stackDump(process)
            process.signal(SIGKILL, group: true)
            return DeployFailure(
                stage: .import,
                message: "router variable isn't being exported: importing the module did not end within "
                    + "\(settings.importDeadline.components.seconds) s",
                traceback: dump.joined(separator: "\n"),
                hint: "The traceback shows where it stands. Long work belongs into a request or a background task.",
                importLog: process.importLog)
        case .ended, .ready:
            let code =
                await process.ended.value(within: .milliseconds(500), orSettingNothing: ())
                ? process.ended.current ?? nil : nil
            return DeployFailure(
                stage: .import,
                message: "router variable isn't being exported: the process ended during the import "
                    + "(\(exitDescription(code)))",
                traceback: process.importLog.isEmpty ? nil : process.importLog.joined(separator: "\n"), hint: nil,
                importLog: process.importLog)
        }
    }

    /// Asks the worker to print every thread's stack and gives it the time to do so.
    private func stackDump(_ process: WorkerProcess) async -> [String] {
        let before = process.importLog.count
        process.signal(SIGUSR1, group: false)
        try? await Task.sleep(for: .milliseconds(250))
        return Array(process.importLog.dropFirst(before))
    }
}

/// Packages that many services need and the zygote imports last, as far as a module names them.
private func usualPackages(in code: String) -> [String] { ["httpx", "supabase", "stripe"].filter(code.contains) }
