/// Runs stand-ins: implemented over worker processes.
package protocol StandInRunning: Sendable {
    /// Hands a call to a stand-in, started first where it does not run as it is now.
    /// - Throws: `Refusal` where it cannot answer.
    func answer(_ call: OutboundCall, by standIn: StandIn) async throws -> OutboundAnswer

    /// Where a stand-in takes a WebSocket.
    /// - Throws: `Refusal` where it cannot.
    func webSocket(_ call: OutboundCall, of standIn: StandIn) async throws -> WebSocketTarget
}

/// Where a WebSocket leads: a port on loopback, and what to say there beside the caller's own words.
package struct WebSocketTarget: Sendable {
    package var port: Int
    package var headers: [(name: String, value: String)]

    package init(port: Int, headers: [(name: String, value: String)]) {
        self.port = port
        self.headers = headers
    }
}

/// Reaches the real internet.
package protocol OutboundNetwork: Sendable {
    func send(_ call: OutboundCall) async throws -> OutboundAnswer
}

/// Decides who answers a service's call: the seed's stand-in, a recording, a built-in stand-in, the network where that
/// is allowed, or else nobody, with the reason.
package struct OutboundGateway: Sendable {
    /// The emulator's own name, for stand-ins that need something of it.
    package static let internalHost = "emulator.internal"

    package let catalog: StandInCatalog
    package let deck: CassetteDeck
    private let runner: any StandInRunning
    private let network: any OutboundNetwork
    /// Patterns of hosts that may be reached over the network.
    private let allowed: [String]

    package init(
        catalog: StandInCatalog, deck: CassetteDeck, runner: any StandInRunning, network: any OutboundNetwork,
        allowed: [String]
    ) {
        self.catalog = catalog
        self.deck = deck
        self.runner = runner
        self.network = network
        self.allowed = allowed.map { $0.lowercased() }
    }

    /// Asks one stand-in.
    /// - Throws: `Refusal`.
    package func answer(_ call: OutboundCall, by standIn: StandIn) async throws -> OutboundAnswer {
        try await runner.answer(call, by: standIn)
    }

    /// Where a WebSocket that a service opens leads. Recordings have none, and none goes to the network.
    /// - Throws: `Refusal`.
    package func webSocket(_ call: OutboundCall) async throws -> WebSocketTarget {
        guard let standIn = catalog.own(for: call.host) ?? catalog.builtIn(for: call.host) else {
            throw isAllowed(call.host) ? Refusal.webSocket(call) : Refusal.offline(call)
        }
        return try await runner.webSocket(call, of: standIn)
    }

    /// Never throws: what goes wrong is an answer that says so.
    package func answer(_ call: OutboundCall) async -> OutboundAnswer {
        do {
            return try await route(call)
        } catch let refusal as Refusal {
            return refusal.answer(to: call)
        } catch {
            return Refusal.unreachable(call, "\(error)").answer(to: call)
        }
    }

    private func route(_ call: OutboundCall) async throws -> OutboundAnswer {
        if call.header("upgrade")?.lowercased() == "websocket" {
            _ = try await webSocket(call)
            throw Refusal.webSocket(call)
        }
        if let standIn = catalog.own(for: call.host) {
            return try await noted(call, try await runner.answer(call, by: standIn))
        }
        switch await recorded(call) {
        case .answer(let answer): return answer
        case .miss(let nearest): throw Refusal.offline(call, nearest: nearest)
        case .nothing: break
        }
        if let standIn = catalog.builtIn(for: call.host) {
            return try await noted(call, try await runner.answer(call, by: standIn))
        }
        guard isAllowed(call.host) else { throw Refusal.offline(call) }
        return try await noted(call, try await network.send(call))
    }

    // Recordings look for secrets in bodies that may be long: not on the event loop, where calls are passed on.

    private func recorded(_ call: OutboundCall) async -> CassetteDeck.Finding {
        guard deck.isInUse else { return .nothing }
        return await withTaskExecutorPreference(globalConcurrentExecutor) { deck.find(call) }
    }

    private func noted(_ call: OutboundCall, _ answer: OutboundAnswer) async throws -> OutboundAnswer {
        guard deck.isInUse else { return answer }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { try await deck.note(call, answer) }
    }

    private func isAllowed(_ host: String) -> Bool { allowed.contains { matches($0, host) } }
}
