import AltanCloud
import JSONText
import NIOCore
import WorkerProtocol

/// Asks a worker that never runs a service what a module's source says about itself.
actor Inspector {
    private let house: ZygoteHouse
    private let group: any EventLoopGroup
    private var worker: (process: WorkerProcess, connection: WorkerConnection)?
    private var turns = TurnTable<Int>()

    init(house: ZygoteHouse, group: any EventLoopGroup) {
        self.house = house
        self.group = group
    }

    func inspect(_ code: String) async throws(DeployFailure) -> ModuleInspection {
        if !turns.take(0) { await withCheckedContinuation { turns.wait(0, $0) } }
        defer { turns.leave(0) }
        // The second attempt is for a worker that ended since it was last asked.
        for _ in 0..<2 {
            let worker = try await current()
            worker.connection.send(Frame(.inspect, payload: Array(code.utf8)))
            var answers = worker.process.inspections.makeAsyncIterator()
            if let answer = await answers.next() { return ModuleInspection(answer) }
            self.worker = nil
        }
        throw .environment("The module's source could not be inspected: the interpreter ended.", hint: nil)
    }

    private func current() async throws(DeployFailure) -> (process: WorkerProcess, connection: WorkerConnection) {
        if let worker, worker.process.gone.current == nil { return worker }
        let (process, connection) = try await house.fork(
            service: "", cloud: "", group: group, logs: NoLog(), onSilence: { _, _, _ in })
        worker = (process, connection)
        return (process, connection)
    }
}

/// The inspecting worker runs no code of anybody's, so that nothing it prints belongs to a service.
private struct NoLog: LogSink {
    func append(line: String, service: String, cloud: String, requestID: String?) {}
}

extension ModuleInspection {
    init(_ report: JSON) {
        func names(_ key: String) -> [String] { (report[key]?.arrayValue ?? []).compactMap(\.stringValue) }
        self.init(
            requiredSecrets: names("required"), optionalSecrets: names("optional"),
            syntaxError: report["syntax_error"]?.stringValue,
            facts: (report.objectValue ?? []).filter { !Self.named.contains($0.key) })
    }
    /// What the report says in members of its own.
    private static let named: Set<String> = ["required", "optional", "syntax_error"]
}
