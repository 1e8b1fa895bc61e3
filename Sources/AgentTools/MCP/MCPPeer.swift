package import JSONText

/// What the transport knows about a message beyond its text.
package struct MCPPeer: Sendable {
    /// HTTP's header fields, names in lower case; nil over pipes.
    package var headers: [String: String]?
    /// What `initialize` agreed on; over HTTP nothing is kept between requests.
    package var session: MCPSession?
    /// Whether the server can speak before it answers: a pipe, or HTTP with a client that takes streams.
    package var takesQuestions: Bool
    /// The run that the client named.
    package var run: String?

    package init(
        headers: [String: String]? = nil, session: MCPSession? = nil, takesQuestions: Bool = false, run: String? = nil
    ) {
        self.headers = headers
        self.session = session
        self.takesQuestions = takesQuestions
        self.run = run
    }

    /// What a client of the legacy era said in its handshake that it can do, as far as it is known.
    var legacyCapabilities: JSON? { headers.map(MCPSessionID.capabilities) ?? session?.capabilities }
}

/// The session of the legacy era over HTTP. Its id says all there is to know, so nothing is kept and a restart forgets
/// nothing. Only clients that can send their users to a page get one: for others there is nothing to know.
enum MCPSessionID {
    static let header = "mcp-session-id"
    private static let prefix = "url-elicitation."

    static func make(for capabilities: JSON?, unique: String) -> String? {
        canElicitURL(capabilities) ? prefix + unique : nil
    }

    static func capabilities(_ headers: [String: String]) -> JSON {
        headers[header]?.hasPrefix(prefix) == true ? ["elicitation": ["url": [:]]] : [:]
    }

    static func canElicitURL(_ capabilities: JSON?) -> Bool {
        capabilities?["elicitation"]?["url"]?.objectValue != nil
    }
}

/// What a handshake of the legacy era agreed on, for the life of a pipe.
package struct MCPSession: Hashable, Sendable {
    package var revision: MCPRevision
    /// The client's, as far as this server uses them: whether it can send its user to a page.
    package var capabilities: JSON

    /// Reads the handshake off a request and its response; nil when it is none or was refused.
    package init?(request: JSON, response: JSON) {
        guard request["method"]?.stringValue == MCPMethod.initialize.rawValue,
            let agreed = response["result"]?["protocolVersion"]?.stringValue.flatMap(MCPRevision.init)
        else { return nil }
        let canElicit = MCPSessionID.canElicitURL(request["params"]?["capabilities"])
        self.init(revision: agreed, capabilities: canElicit ? ["elicitation": ["url": [:]]] : [:])
    }

    package init(revision: MCPRevision, capabilities: JSON) {
        self.revision = revision
        self.capabilities = capabilities
    }

    /// As it travels between two processes of this program.
    package var json: JSON { ["revision": .string(revision.rawValue), "capabilities": capabilities] }

    package init?(json: JSON) {
        guard let revision = json["revision"]?.stringValue.flatMap(MCPRevision.init) else { return nil }
        self.init(revision: revision, capabilities: json["capabilities"] ?? [:])
    }
}
