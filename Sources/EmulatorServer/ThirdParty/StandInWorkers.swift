import AltanCloud
import JSONText
import NIOCore
import Outbound
import ServiceRuntime
import Synchronization
import WorkerProtocol
import World

/// Runs each stand-in in a worker of its own, started when it is first called and again when its source has changed.
///
/// No actor: a call that only passes through must not change threads for it.
final class StandInWorkers: StandInRunning {
    /// How long a stand-in may take to begin its answer.
    static let limit: Duration = .seconds(30)

    private struct Start: Sendable {
        var standIn: StandIn
        var outcome: Task<DeployOutcome, Never>
    }

    private let supervisor: ServiceSupervisor
    private let store: ThirdPartyStore
    private let world: World
    private let origins: CloudOrigins
    /// Where stand-ins find their settings: `seed/thirdparty`.
    private let folder: String?
    private let starts = Mutex<[String: Start]>([:])

    init(
        supervisor: ServiceSupervisor, store: ThirdPartyStore, world: World, origins: CloudOrigins, folder: String?
    ) {
        self.folder = folder
        self.supervisor = supervisor
        self.store = store
        self.world = world
        self.origins = origins
    }

    func webSocket(_ call: OutboundCall, of standIn: StandIn) async throws -> WebSocketTarget {
        // The worker tells the port of a server that it starts for this.
        let question = OutboundCall(
            service: call.service, cloud: call.cloud, method: "GET", authority: call.host, target: "/", headers: [],
            body: ByteBuffer())
        let answer = try await self.answer(question, by: standIn, saying: [("x-altan-websockets", "port")])
        guard answer.status == 200, case .whole(let body) = answer.body, let port = Int(String(buffer: body)) else {
            throw Refusal.broken(standIn, "it takes no WebSockets")
        }
        return WebSocketTarget(port: port, headers: facts(about: call))
    }

    func answer(_ call: OutboundCall, by standIn: StandIn) async throws -> OutboundAnswer {
        try await answer(call, by: standIn, saying: [])
    }

    private func answer(
        _ call: OutboundCall, by standIn: StandIn, saying more: [(name: String, value: String)]
    ) async throws -> OutboundAnswer {
        if case .failed(let failure) = await start(standIn) {
            throw Refusal.broken(standIn, failure.traceback.map { "\(failure.message)\n\($0)" } ?? failure.message)
        }
        let request = ServiceRequest(
            head: head(of: call, saying: more), body: call.body.readableBytes == 0 ? .empty : .complete(call.body))
        let response: ServiceResponse
        do {
            response = try await supervisor.call(
                request, service: standIn.name, cloud: StandIn.cloud, limit: Self.limit)
        } catch ServiceCallError.timeout {
            throw Refusal.broken(standIn, "it did not answer within \(Self.limit.components.seconds) s")
        } catch let error as ServiceCallError {
            throw Refusal.broken(standIn, error.message)
        }
        let body: OutboundAnswer.Body =
            switch response.body {
            case .complete(let buffer): .whole(buffer)
            case .stream(let stream): .stream(stream)
            }
        return OutboundAnswer(
            status: response.status, headers: response.headers.map { ($0.name, $0.value) }, body: body,
            origin: .standIn(isBuiltIn: standIn.origin == .builtIn))
    }

    /// Waits until the stand-in runs as it is now, or failed to.
    private func start(_ standIn: StandIn) async -> DeployOutcome {
        let outcome = starts.withLock { starts in
            if let start = starts[standIn.name], start.standIn == standIn { return start.outcome }
            let outcome = begin(standIn)
            starts[standIn.name] = Start(standIn: standIn, outcome: outcome)
            return outcome
        }
        return await outcome.value
    }

    /// Awaited by everybody who calls the stand-in.
    private func begin(_ standIn: StandIn) -> Task<DeployOutcome, Never> {
        var environment = ["ALTAN_STANDIN_STORE": store.path]
        environment["ALTAN_STANDIN_FOLDER"] = folder
        let source = ServiceSource(
            cloudID: StandIn.cloud, name: standIn.name, code: standIn.sources.text, requirements: standIn.requirements,
            environment: environment, isStandIn: true)
        return Task { [supervisor] in await supervisor.deploy(source) }
    }

    /// The request with what a stand-in may want to know beside it.
    private func head(
        of call: OutboundCall, saying more: [(name: String, value: String)]
    ) -> RequestHead {
        let own = call.headers.filter { !$0.name.hasPrefix("x-altan-") }
        return RequestHead(
            requestID: world.uuid(), method: call.method, scheme: call.scheme.rawValue, rawPath: call.path,
            query: call.query ?? "", rootPath: "",
            headers: (own + facts(about: call) + more).map { HeaderField($0.name, $0.value) },
            client: nil, server: Endpoint(host: call.host, port: call.port ?? call.scheme.port))
    }

    private func facts(about call: OutboundCall) -> [(name: String, value: String)] {
        [
            ("x-altan-cloud", call.cloud), ("x-altan-service", call.service),
            ("x-altan-base-url", origins.baseURL(of: call.cloud)), ("x-altan-now", String(world.now.microseconds)),
        ]
    }
}
