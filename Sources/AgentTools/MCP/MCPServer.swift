package import AltanCloud
package import JSONText
import World

/// The agent's tools over the Model Context Protocol, in every revision of it: a message and what the transport knows
/// in, a message out. HTTP and pipes are others' business.
///
/// Nothing is kept between two requests but the questions that a pipe of the legacy era has yet to answer. What a retry
/// needs travels with the client, sealed.
package struct MCPServer: Sendable {
    let toolbox: Toolbox
    let platform: Platform
    let seal: StateSeal
    let questions = MCPQuestions()

    /// - Parameter stateKey: 32 bytes that nobody else knows; the same after a restart.
    package init(_ toolbox: Toolbox, platform: Platform, stateKey: [UInt8]) {
        self.toolbox = toolbox
        self.platform = platform
        seal = StateSeal(key: stateKey)
    }

    /// Where a server may speak before it answers.
    package typealias Notify = @Sendable (JSON) -> Void

    /// An answer with the HTTP status that it has there.
    package struct Reply: Sendable {
        package var status: Int
        package var message: JSON
        /// What the client repeats with each request from now on, over HTTP.
        package var sessionID: String?
    }

    /// Answers what came in; nil when nothing is owed.
    package func reply(to intake: MCPIntake, notify: @escaping Notify = { _ in }) async -> Reply? {
        switch intake {
        case .nothing: return nil
        case .answer(let id, let result):
            questions.answer(id, result)
            return nil
        case .refusal(let refusal): return Reply(status: refusal.status, message: refusal.message)
        case .request(let request): return await reply(to: request, notify: notify)
        case .batch(let items):
            var messages: [JSON] = []
            for item in items {
                if let reply = await reply(to: item, notify: notify) { messages.append(reply.message) }
            }
            return Reply(status: 200, message: .array(messages))
        }
    }

    package func reply(to request: MCPRequest, notify: @escaping Notify) async -> Reply {
        let error: MCPError
        do {
            let result = try await result(of: request, notify: notify)
            return Reply(
                status: 200, message: ["jsonrpc": "2.0", "id": request.id, "result": finished(result, request)],
                sessionID: request.method == .initialize
                    ? MCPSessionID.make(for: request.params["capabilities"], unique: platform.world.uuid()) : nil)
        } catch let refusal as MCPError {
            error = refusal
        } catch {
            return internalFailure(error, request)
        }
        return Reply(
            status: error.status(in: request.revision),
            message: platform.redactor.redact(error.response(to: request.id, in: request.revision)))
    }

    private func internalFailure(_ error: any Error, _ request: MCPRequest) -> Reply {
        let (_, json) = platform.rendering(of: error)
        let failure = MCPError.internalFailure(json["detail"]?.stringValue ?? "")
        return Reply(status: 200, message: failure.response(to: request.id, in: request.revision))
    }

    private func result(of request: MCPRequest, notify: @escaping Notify) async throws -> JSON {
        switch request.method {
        case .discover: discovery
        case .initialize: try handshake(request)
        case .ping: [:]
        case .listTools: try page("tools", Toolbox.tools, request) { $0.listed(in: request.revision) }
        case .callTool: try await call(request, notify: notify)
        case .listResources: try page("resources", await resources(), request) { $0.listed(in: request.revision) }
        case .listResourceTemplates:
            try page("resourceTemplates", MCPResource.templates, request) { $0.listed(in: request.revision) }
        case .readResource: try await read(request)
        case .listPrompts: try page("prompts", MCPPrompt.all, request) { $0.listed(in: request.revision) }
        case .getPrompt: try prompt(request)
        case .complete: try await complete(request)
        }
    }

    // MARK: Introductions

    private static let identity: JSON = ["name": .string(Product.name), "version": .string(Product.version)]

    private static let instructions = """
        These are the tools of one Altan Cloud that runs on this machine. Begin with get_project, then get_cloud and \
        list_secrets. Deploy nothing whose secrets are not stored; ask the user for them with \
        create_authorization_request and wait. After each deployment call every endpoint with call_endpoint. A refusal \
        says what to do next. The prompt build_service holds the whole workflow.
        """

    private static func capabilities(_ revision: MCPRevision) -> JSON {
        var json: JSON = ["tools": [:], "resources": [:], "prompts": [:]]
        if revision.namesCompletion { json.set("completions", [:]) }
        return json
    }

    private var discovery: JSON {
        [
            "supportedVersions": .array(MCPRevision.modern.map { .string($0.rawValue) }),
            "capabilities": Self.capabilities(.july2026), "instructions": .string(Self.instructions),
        ]
    }

    /// Agrees to the revision asked for, or offers the newest that has a handshake.
    private func handshake(_ request: MCPRequest) throws -> JSON {
        let asked = try request.text("protocolVersion")
        let revision = MCPRevision(rawValue: asked).flatMap { $0.isModern ? nil : $0 } ?? .newestLegacy
        return [
            "protocolVersion": .string(revision.rawValue), "capabilities": Self.capabilities(revision),
            "serverInfo": Self.identity, "instructions": .string(Self.instructions),
        ]
    }

    /// What every result of the modern era carries: what kind it is, who made it, and how long it holds.
    private func finished(_ result: JSON, _ request: MCPRequest) -> JSON {
        guard request.revision.isModern else { return result }
        var result = result
        if result["resultType"] == nil { result.set("resultType", "complete") }
        switch request.method {
        // These are the program's own and change with it alone.
        case .discover, .listTools, .listPrompts, .listResourceTemplates:
            result.set("ttlMs", 3_600_000)
            result.set("cacheScope", "public")
        case .listResources, .readResource:
            result.set("ttlMs", 0)
            result.set("cacheScope", "private")
        default: break
        }
        var meta = result["_meta"] ?? [:]
        meta.set("io.modelcontextprotocol/serverInfo", Self.identity)
        result.set("_meta", meta)
        return result
    }

    // MARK: Pages

    private static let pageLength = 100

    /// One page of a list. A cursor is the place of its first item.
    private func page<Item>(
        _ name: String, _ items: [Item], _ request: MCPRequest, _ render: (Item) -> JSON
    ) throws(MCPError) -> JSON {
        var start = 0
        if let cursor = request.params["cursor"] {
            guard let place = cursor.stringValue.flatMap({ Int($0) }), place > 0, place < items.count,
                place % Self.pageLength == 0
            else { throw .invalidParams("The cursor is none that \(request.method.rawValue) gave.") }
            start = place
        }
        let end = min(start + Self.pageLength, items.count)
        var json: JSON = .object([JSON.Member(name, .array(items[start..<end].map(render)))])
        if end < items.count { json.set("nextCursor", .string(String(end))) }
        return json
    }
}
