import AltanCloud
import JSONText
import NIOCore
import Outbound
import ServiceRuntime
import Synchronization
import World

/// Third parties put together: the gateway, who answers there, and what is noted about every call.
final class ThirdParties: Sendable {
    let gateway: OutboundGateway
    let store: ThirdPartyStore
    let counts = CallCounts()
    let platform: Platform
    private let host: HostAnswers
    private let runs: NamedRuns

    /// - Parameter endpoints: where events go, by the host of the third party; a host that is not named has none listed.
    init(
        gateway: OutboundGateway, store: ThirdPartyStore, platform: Platform, supervisor: ServiceSupervisor,
        runs: NamedRuns, endpoints: [String: [WebhookEndpoint]]
    ) {
        self.gateway = gateway
        self.store = store
        self.platform = platform
        self.runs = runs
        host = HostAnswers(platform: platform, supervisor: supervisor, endpoints: endpoints)
    }

    /// Answers a call that a worker made, and notes it: a line in the service's log, an entry in the journal, a count.
    func answer(_ call: OutboundCall) async -> OutboundAnswer {
        if call.host == OutboundGateway.internalHost { return await host.answer(call) }
        let clock = platform.world.clock
        let start = clock.monotonic
        let answer = await gateway.answer(call)
        note(call, answer, clock.monotonic - start)
        return answer
    }

    /// Where a WebSocket that a worker opens leads; nil where nowhere.
    func webSocket(_ call: OutboundCall) async -> WebSocketTarget? {
        let clock = platform.world.clock
        let start = clock.monotonic
        guard let target = try? await gateway.webSocket(call) else { return nil }
        let isBuiltIn = gateway.catalog.own(for: call.host) == nil
        let answer = OutboundAnswer(
            status: 101, headers: [], body: .whole(ByteBuffer()), origin: .standIn(isBuiltIn: isBuiltIn))
        note(call, answer, clock.monotonic - start)
        return target
    }

    /// Asks one stand-in, with nothing noted: for its own pages.
    func answer(_ call: OutboundCall, by standIn: StandIn) async throws -> OutboundAnswer {
        try await gateway.answer(call, by: standIn)
    }

    /// Tells the stand-ins for which something is due, in any cloud, that time has gone on: periods may be over.
    func clockMoved() async {
        for (host, cloud) in (try? await store.due(at: platform.world.now)) ?? [] {
            guard let standIn = gateway.catalog.named(host) else { continue }
            _ = try? await answer(
                OutboundCall(
                    service: "", cloud: cloud, method: "POST", authority: standIn.name, target: "/_emulator/tick",
                    headers: [("content-type", "application/json")], body: ByteBuffer(string: "{}")), by: standIn)
        }
    }

    private func note(_ call: OutboundCall, _ answer: OutboundAnswer, _ duration: Duration) {
        counts.note(host: call.host, origin: answer.origin)
        let tenths = Int((duration.milliseconds * 10).rounded())
        let reason = answer.status == 421 && answer.origin == .refused ? ": nothing answers for this host offline" : ""
        platform.logs.append(
            line: "[outbound] \(call.method) \(call.host)\(call.path) -> \(answer.status) "
                + "(\(answer.origin.name), \(tenths / 10).\(tenths % 10) ms)\(reason)",
            service: call.service, cloud: call.cloud, requestID: call.cause)
        var response: JournalBody?
        if case .whole(let buffer) = answer.body { response = .bytes(Array(buffer.readableBytesView)) }
        platform.journal.append(
            JournalEvent(
                .outbound, caller: call.service, run: runs[call.cause], requestID: platform.world.uuid(),
                cause: call.cause, method: call.method, path: "\(call.host)\(call.target)",
                status: answer.status, duration: duration,
                request: call.body.readableBytes == 0 ? nil : .bytes(Array(call.body.readableBytesView)),
                response: response,
                facts: [
                    JSON.Member("host", .string(call.host)), JSON.Member("answered_by", .string(answer.origin.name)),
                    JSON.Member("cloud_id", .string(call.cloud)),
                ]))
    }
}

/// Opens the listener of each worker. Made before the parts that answer, which workers are needed for.
final class OutboundDoors: Sendable {
    private let parties = Mutex<ThirdParties?>(nil)

    func lead(to parties: ThirdParties) { self.parties.withLock { $0 = parties } }

    func open(for source: ServiceSource) async throws -> OutboundPolicy.Door {
        guard let parties = parties.withLock({ $0 }) else {
            preconditionFailure("a worker was started before init ended")
        }
        let caller = (service: source.name, cloud: source.cloudID)
        let listener = try await OutboundListener.open(
            caller: caller, answer: { await parties.answer($0) },
            webSocket: { lines in
                await parties.webSocket(
                    OutboundCall(
                        service: caller.service, cloud: caller.cloud, method: lines.method,
                        authority: lines.header("host") ?? "", target: lines.target, headers: lines.headers,
                        body: ByteBuffer()))
            })
        return OutboundPolicy.Door(port: listener.port, close: listener.close)
    }
}
