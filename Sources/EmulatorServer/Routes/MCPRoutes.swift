import AgentTools
import JSONText
import NIOCore
import Synchronization
import World

// /mcp: the Model Context Protocol over HTTP. One POST, one message; no standing streams.
extension Emulator {
    func mcp(_ request: FrontRequest) async throws -> FrontResponse {
        guard request.segments.count == 1 else {
            throw FrontFailure.notFound(method: request.method, path: request.path)
        }
        guard request.method == "POST" else {
            var response = FrontFailure.methodNotAllowed(request.method, path: request.path).response
            response.headers.append(("Allow", "POST"))
            return response
        }
        guard Self.mediaType(request.header("content-type") ?? "") == "application/json" else {
            return Self.refusal(415, "Send the message as application/json.")
        }
        let accepted = AcceptedTypes(request.header("accept"))
        guard accepted.json || accepted.events else {
            return Self.refusal(406, "The answer is application/json or text/event-stream: accept both.")
        }
        let bytes = try await request.body.collect(upTo: bodyLimit)
        // Blanks around a value do not belong to it.
        let headers = Dictionary(
            request.headers.map { field in
                let value = field.value.drop { $0 == " " || $0 == "\t" }
                return (field.name, String(value.reversed().drop { $0 == " " || $0 == "\t" }.reversed()))
            }, uniquingKeysWith: { $1 })
        let intake = MCPIntake(
            bytes, from: MCPPeer(headers: headers, takesQuestions: accepted.events, run: request.header("x-altan-run")))
        if intake.concernsServices { await servicesStarted() }
        if case .request(let call) = intake, accepted.events, call.isSpokenDuring || !accepted.json {
            return eventStream(call)
        }
        guard let reply = await mcpServer.reply(to: intake) else { return FrontResponse(status: 202) }
        var response = FrontResponse.json(reply.message, status: reply.status)
        if let id = reply.sessionID { response.headers.append(("Mcp-Session-Id", id)) }
        return response
    }

    /// Server-sent events: what is said before the answer, and the answer, which ends the stream. A client that goes
    /// away cancels the call.
    private func eventStream(_ call: MCPRequest) -> FrontResponse {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: ByteBuffer.self, throwing: (any Error).self)
        @Sendable func send(_ message: JSON) {
            continuation.yield(ByteBuffer(string: "event: message\ndata: \(message.text)\n\n"))
        }
        // Ends with the stream: awaited by whoever reads it, cancelled when nobody does.
        let work = Task {
            let reply = await self.mcpServer.reply(to: call, notify: send)
            if !Task.isCancelled { send(reply.message) }
            continuation.finish()
        }
        continuation.onTermination = { _ in work.cancel() }
        return FrontResponse(
            status: 200,
            headers: [
                ("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache"), ("X-Accel-Buffering", "no"),
            ],
            body: .stream(stream))
    }

    private static func refusal(_ status: Int, _ reason: String) -> FrontResponse {
        .json(["jsonrpc": "2.0", "error": ["code": -32600, "message": .string(reason)]], status: status)
    }

    /// A type without its parameters.
    private static func mediaType(_ value: String) -> String {
        value.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
    }

    // MARK: Pipes

    /// `POST /_emulator/mcp`: one line of a pipe that another process of this program holds. Answers what is to be
    /// written to the pipe, a message a line, as it comes.
    func mcpLine(_ request: FrontRequest) async throws -> FrontResponse {
        let session = request.header("x-altan-mcp-session").flatMap { try? JSON(parsing: $0) }
            .flatMap(MCPSession.init(json:))
        let bytes = try await request.body.collect(upTo: bodyLimit)
        let intake = MCPIntake(
            bytes, from: MCPPeer(session: session, takesQuestions: true, run: request.header("x-altan-run")))
        if intake.concernsServices { await servicesStarted() }
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: ByteBuffer.self, throwing: (any Error).self)
        @Sendable func send(_ message: JSON) { continuation.yield(ByteBuffer(string: message.text + "\n")) }
        // As above.
        let work = Task {
            if let reply = await self.mcpServer.reply(to: intake, notify: send), !Task.isCancelled {
                send(reply.message)
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in work.cancel() }
        return FrontResponse(
            status: 200, headers: [("Content-Type", "application/x-ndjson")], body: .stream(stream))
    }
}

/// Which of the two possible forms of an answer a client takes. Saying nothing is taking either.
struct AcceptedTypes {
    var json = true
    var events = false

    init(_ header: String?) {
        guard let header else { return }
        json = false
        for item in header.lowercased().split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let type = parts.first, !parts.dropFirst().contains(where: Self.isZero) else { continue }
            if ["*/*", "application/*", "application/json"].contains(type) { json = true }
            if ["*/*", "text/*", "text/event-stream"].contains(type) { events = true }
        }
    }

    /// `q=0`: not at all.
    private static func isZero(_ parameter: String) -> Bool {
        parameter.hasPrefix("q=") && Double(parameter.dropFirst(2)) == 0
    }
}
