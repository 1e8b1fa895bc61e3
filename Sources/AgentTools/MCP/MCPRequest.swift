package import JSONText

/// A request that may be answered: of a known method, in a known revision, and with all that the revision demands.
package struct MCPRequest: Sendable {
    var id: JSON
    var method: MCPMethod
    var params: JSON
    var revision: MCPRevision
    /// The client's capabilities; nil where nothing is known of them.
    var capabilities: JSON?
    var run: String?
    /// Whether the client can be sent requests while it waits for this one.
    var canBeAsked: Bool

    /// Names the request in notifications about its progress; nil: the client wants none.
    var progressToken: JSON? {
        params["_meta"]?["progressToken"].flatMap { token in
            token.stringValue != nil || token.intValue != nil ? token : nil
        }
    }

    /// Whether something may be said before the answer, so that over HTTP a stream is needed.
    package var isSpokenDuring: Bool { method == .callTool && (progressToken != nil || mayAsk) }

    /// Whether it may lead to a question to the user that the server itself sends.
    var mayAsk: Bool {
        canBeAsked && revision == .november2025 && canElicitURL
            && params["name"]?.stringValue == Tool.createAuthorizationRequest.name
    }

    /// Whether it looks at services or changes them, rather than at what the program is made of.
    var concernsServices: Bool { [.callTool, .readResource, .listResources].contains(method) }

    /// Whether the client can send its user to a page. Where `elicitation` names no mode, it means forms.
    var canElicitURL: Bool { MCPSessionID.canElicitURL(capabilities) }

    /// What is passed to a tool or prompt; nothing where that was left out or is null.
    func arguments() throws(MCPError) -> JSON {
        guard let given = params["arguments"], !given.isNull else { return [:] }
        guard given.objectValue != nil else { throw .invalidParams("arguments is an object.") }
        return given
    }

    /// A required text among the parameters.
    func text(_ name: String) throws(MCPError) -> String {
        guard let text = params[name]?.stringValue else { throw .invalidParams("\(name) is required and is a string.") }
        return text
    }
}

/// What a body or a line asks for, once it has been looked at.
package enum MCPIntake: Sendable {
    /// Nothing is owed in return.
    case nothing
    /// The client's answer to a question of the server's.
    case answer(id: String, result: JSON?)
    case request(MCPRequest)
    case refusal(MCPRefusal)
    /// Several at once; those that owe an answer.
    case batch([MCPIntake])
}

extension MCPIntake {
    /// Whether it can only be answered when the services have been started.
    package var concernsServices: Bool {
        switch self {
        case .nothing, .answer, .refusal: false
        case .request(let request): request.concernsServices
        case .batch(let items): items.contains(where: \.concernsServices)
        }
    }
}

/// An answer without work.
package struct MCPRefusal: Sendable {
    package var status: Int
    package var message: JSON
}

// MARK: Looking at what came

extension MCPIntake {
    private static let meta = "io.modelcontextprotocol/"
    private static let logLevels: Set<String> = [
        "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency",
    ]

    /// Reads a body or a line and decides which revision it speaks. Never throws: what is wrong is a refusal.
    package init(_ bytes: some Sequence<UInt8>, from peer: MCPPeer) {
        do {
            self.init(try JSON(parsing: bytes), from: peer)
        } catch {
            self = .refusal(MCPError.notJSON("\(error.reason) at byte \(error.offset)"), id: nil, in: nil)
        }
    }

    package init(_ json: JSON, from peer: MCPPeer) {
        guard let items = json.arrayValue else {
            self = Self.one(json, peer)
            return
        }
        let revision = try? Self.legacyRevision(peer, method: nil)
        guard !items.isEmpty, let revision, revision.takesBatches else {
            let reason = items.isEmpty ? "a batch is not empty" : "one message at a time, not a list of them"
            self = .refusal(MCPError.invalidRequest(reason), id: nil, in: revision)
            return
        }
        let owed = items.map { item -> MCPIntake in
            guard item["method"]?.stringValue != MCPMethod.initialize.rawValue else {
                return .refusal(
                    .invalidRequest("initialize comes alone"), id: MCPMessage.id(of: item), in: revision)
            }
            return Self.one(item, peer)
        }.filter { if case .nothing = $0 { false } else { true } }
        self = owed.isEmpty ? .nothing : .batch(owed)
    }

    private static func refusal(_ error: MCPError, id: JSON?, in revision: MCPRevision?) -> MCPIntake {
        .refusal(MCPRefusal(status: error.status(in: revision), message: error.response(to: id, in: revision)))
    }

    private static func one(_ json: JSON, _ peer: MCPPeer) -> MCPIntake {
        var revision: MCPRevision?
        do throws(MCPError) {
            let message = try MCPMessage(json)
            if case .response(let id, let result) = message, let id = id?.stringValue {
                return .answer(id: id, result: result)
            }
            guard case .request(let id, let method, let params) = message else { return .nothing }
            let declared = params["_meta"]?[meta + "protocolVersion"]
            if declared != nil || peer.headers?[MCPHeaders.version] == MCPRevision.july2026.rawValue {
                revision = .july2026
                return .request(try modern(id, method, params, peer))
            }
            let agreed = try legacyRevision(peer, method: method)
            revision = agreed
            guard let known = MCPMethod(rawValue: method), known.exists(in: agreed) else {
                throw MCPError.unknownMethod(method)
            }
            return .request(
                MCPRequest(
                    id: id, method: known, params: params, revision: agreed, capabilities: peer.legacyCapabilities,
                    run: params["_meta"]?["altan/run"]?.stringValue ?? peer.run,
                    canBeAsked: peer.takesQuestions))
        } catch {
            return refusal(error, id: MCPMessage.id(of: json), in: revision)
        }
    }

    /// A request that says everything itself.
    private static func modern(
        _ id: JSON, _ method: String, _ params: JSON, _ peer: MCPPeer
    ) throws(MCPError) -> MCPRequest {
        guard let given = params["_meta"], given.objectValue != nil else {
            throw .incompleteMeta("params._meta is required: it names the protocol version and the capabilities.")
        }
        guard let version = given[meta + "protocolVersion"]?.stringValue else {
            throw .incompleteMeta("_meta[\"\(meta)protocolVersion\"] is required and is a string.")
        }
        if let headers = peer.headers { try MCPHeaders.check(headers, version: version) }
        guard let revision = MCPRevision(rawValue: version), revision.isModern else {
            throw .unsupportedVersion(version, supported: MCPRevision.modern)
        }
        guard let capabilities = given[meta + "clientCapabilities"], capabilities.objectValue != nil else {
            throw .incompleteMeta("_meta[\"\(meta)clientCapabilities\"] is required and is an object.")
        }
        if let level = given[meta + "logLevel"], !logLevels.contains(level.stringValue ?? "") {
            throw .incompleteMeta(
                "_meta[\"\(meta)logLevel\"] is none of \(logLevels.sorted().joined(separator: ", ")).")
        }
        if let headers = peer.headers { try MCPHeaders.check(headers, method: method, params: params) }
        guard let known = MCPMethod(rawValue: method), known.exists(in: revision) else { throw .unknownMethod(method) }
        return MCPRequest(
            id: id, method: known, params: params, revision: revision, capabilities: capabilities,
            run: given["altan/run"]?.stringValue ?? peer.run, canBeAsked: false)
    }

    /// The revision of a message that does not name one itself: HTTP's header field, or what the handshake agreed on.
    private static func legacyRevision(_ peer: MCPPeer, method: String?) throws(MCPError) -> MCPRevision {
        if let headers = peer.headers {
            // There was no such field before June 2025.
            guard let version = headers[MCPHeaders.version] else { return .march2025 }
            guard let revision = MCPRevision(rawValue: version), !revision.isModern else {
                throw .unsupportedVersion(version, supported: MCPRevision.allCases)
            }
            return revision
        }
        if let session = peer.session { return session.revision }
        guard method == MCPMethod.initialize.rawValue || method == MCPMethod.ping.rawValue else {
            throw .incompleteMeta(
                "No protocol version is agreed on: send initialize first, or name the version in params._meta.")
        }
        return .newestLegacy
    }
}
