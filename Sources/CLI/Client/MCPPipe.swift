import AgentTools
import JSONText

/// Carries the lines of an MCP client to an emulator, and what it says back. All it knows of the protocol is what a
/// pipe must: what the handshake agreed on, and which calls are on their way.
actor MCPPipe {
    private let client: EmulatorClient
    private var session: MCPSession?
    private var calls: [JSON: Task<Void, Never>] = [:]
    /// How long an answer waits for those to earlier lines: clients may read in order, but must not wait for a slow
    /// call to have a ping answered.
    private static let patience = Duration.seconds(5)

    init(_ client: EmulatorClient) { self.client = client }

    /// Returns when the lines have ended and every call is answered; cancelled, it cancels them.
    func carry(_ lines: AsyncStream<String>) async {
        var earlier = AsyncStream<Void> { $0.finish() }
        for await line in lines where line.contains(where: { !$0.isWhitespace }) {
            let message = try? JSON(parsing: line)
            switch message?["method"]?.stringValue {
            case "initialize":
                // What follows needs what this agrees on.
                await forward(line, message, after: earlier)
            case "notifications/cancelled": message?["params"]?["requestId"].flatMap { calls[$0] }?.cancel()
            default:
                let (done, end) = AsyncStream.makeStream(of: Void.self)
                let call = Task { [earlier] in
                    await forward(line, message, after: earlier)
                    end.finish()
                }
                earlier = done
                if let id = message?["id"] {
                    calls[id] = call
                } else {
                    await call.value
                }
            }
        }
        let open = Array(calls.values)
        if Task.isCancelled { for call in open { call.cancel() } }
        for call in open { await call.value }
    }

    /// Sends a line and writes what is answered. A call that was cancelled writes nothing any more.
    private func forward(_ line: String, _ message: JSON?, after earlier: AsyncStream<Void>) async {
        let id = message?["id"]
        var answers: [String] = []
        do {
            let headers = session.map { [(name: "x-altan-mcp-session", value: $0.json.text)] } ?? []
            try await client.lines("/_emulator/mcp", headers: headers, body: Array(line.utf8)) { answer in
                let json = try? JSON(parsing: answer)
                if let message, let json, let agreed = MCPSession(request: message, response: json) { session = agreed }
                // What is said during a call is not held back.
                if json?["method"] == nil { answers.append(answer) } else if !Task.isCancelled { Output.line(answer) }
            }
        } catch {
            if let id, !id.isNull { answers.append(Self.failure(error, id).text) }
        }
        // One call after the other, as most clients have it, waits for nobody.
        if !answers.isEmpty, calls.keys.contains(where: { $0 != id }) { await Self.wait(for: earlier) }
        if !Task.isCancelled { for answer in answers { Output.line(answer) } }
        if let id { calls[id] = nil }
    }

    /// Returns when the stream has ended, or patience has.
    private static func wait(for earlier: AsyncStream<Void>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in earlier {} }
            group.addTask { try? await Task.sleep(for: patience) }
            await group.next()
            group.cancelAll()
        }
    }

    private static func failure(_ error: any Error, _ id: JSON) -> JSON {
        let reason = (error as? CommandFailure)?.message ?? "\(error)"
        return ["jsonrpc": "2.0", "id": id, "error": ["code": -32603, "message": .string(reason)]]
    }
}
