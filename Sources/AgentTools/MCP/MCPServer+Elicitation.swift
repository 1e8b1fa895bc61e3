import AltanCloud
import JSONText
import World

// An authorization request, to a client that can send its user to a page. Values never pass through the client: the
// page takes them, and the agent reads them as any other does.
extension MCPServer {
    private static let question = "authorization"

    /// Asks the client to show the page of a request that was just created.
    func elicitation(for created: JSON, _ arguments: JSON) throws(MCPError) -> JSON {
        let question: JSON = ["method": "elicitation/create", "params": try Self.page(of: created)]
        return [
            "resultType": "input_required",
            "inputRequests": .object([JSON.Member(Self.question, question)]),
            "requestState": .string(
                seal.closed(["id": created["id"] ?? .null], for: purpose(arguments), now: platform.world.now)),
        ]
    }

    /// The same in the legacy era: a request of the server's own, while the client waits for its call.
    func ask(_ request: MCPRequest, about created: JSON, by notify: Notify) async throws -> JSON {
        var params = try Self.page(of: created)
        params.set("elicitationId", created["id"] ?? .null)
        let answer = await questions.ask(
            "elicitation/create", params, id: "altan-\(platform.world.uuid())", by: notify)
        return try await settled(created["id"]?.stringValue ?? "", answer?["action"]?.stringValue, request) { _ in nil }
    }

    private static func page(of created: JSON) throws(MCPError) -> JSON {
        guard let url = created["page_url"] ?? created["complete_url"] else {
            throw .internalFailure("the authorization request has no page")
        }
        return ["mode": "url", "url": url, "message": .string(message(created))]
    }

    private func purpose(_ arguments: JSON) -> JSON {
        [.string(MCPMethod.callTool.rawValue), .string(Tool.createAuthorizationRequest.name), arguments]
    }

    private static func message(_ created: JSON) -> String {
        let meta = created["meta_data"]
        let names = (meta?["requested_secrets"]?.arrayValue ?? []).compactMap { $0["key"]?.stringValue }
        let why = meta?["message"]?.stringValue.map { "\($0) " } ?? ""
        return "\(why)Please enter \(names.joined(separator: ", ")) on this page of the local emulator."
    }

    /// Goes on with a request whose client comes back from its user.
    func resume(_ request: MCPRequest, _ name: String, _ arguments: JSON, _ state: JSON) async throws -> JSON {
        guard name == Tool.createAuthorizationRequest.name else {
            throw MCPError.invalidParams("\(name) gave no requestState.")
        }
        let content = try seal.opened(state, for: purpose(arguments), now: platform.world.now)
        let action = request.params["inputResponses"]?[Self.question]?["action"]?.stringValue
        return try await settled(content["id"]?.stringValue ?? "", action, request) { asked in
            // Not answered, or not in a form that can be read: the question stands.
            asked["status"] == "pending" && request.canElicitURL ? try elicitation(for: asked, arguments) : nil
        }
    }

    /// What came of a request after the client asked its user. That the user agreed to open the page does not mean that
    /// it is filled in.
    /// - Parameter again: the result for an answer that is none, if there is to be another than the request as it stands.
    private func settled(
        _ id: String, _ action: String?, _ request: MCPRequest, again: (JSON) throws -> JSON?
    ) async throws -> JSON {
        let name = Tool.createAuthorizationRequest.name
        let context = ToolContext(
            platform: platform, caller: Caller("mcp", run: request.run), endpoints: toolbox.endpoints)
        do {
            var asked = try await platform.store.request(id)
            switch action {
            case "accept", "cancel": break
            case "decline":
                if asked.state == .pending { asked = try await platform.rejectAuthorizationRequest(id) }
            default:
                if let result = try again(context.json(asked)) { return result }
            }
            return success(
                context.json(asked).followed(by: Self.nextStep(asked)), of: name, in: request.revision)
        } catch let error as CloudError {
            let (status, json) = platform.rendering(of: error)
            return rendered(ToolOutcome(status: status, json: json, error: error), of: name, in: request.revision)
        }
    }

    private static func nextStep(_ request: AuthorizationRequest) -> String {
        switch request.state {
        case .pending:
            "The user has not answered yet. Stop here and wait; then call get_authorization_request with id "
                + "\(request.id)."
        case .completed:
            "Call get_authorization_request with id \(request.id) and store each value with upsert_secret at once."
        case .rejected: "The user refused. Say what cannot be done without these secrets."
        }
    }
}
