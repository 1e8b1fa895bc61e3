package import JSONText

/// A JSON-RPC message that a client sent.
package enum MCPMessage: Hashable, Sendable {
    case request(id: JSON, method: String, params: JSON)
    case notification(method: String, params: JSON)
    /// An answer to a request of the server's own; without a result it is an error.
    case response(id: JSON?, result: JSON?)

    /// - Throws: `MCPError.invalidRequest` for anything that is no message.
    package init(_ json: JSON) throws(MCPError) {
        guard json.objectValue != nil else { throw .invalidRequest("a message is a JSON object") }
        guard json["jsonrpc"] == "2.0" else { throw .invalidRequest("\"jsonrpc\" must be \"2.0\"") }
        guard let method = json["method"] else {
            guard json["result"] != nil || json["error"] != nil else { throw .invalidRequest("it names no method") }
            self = .response(id: json["id"], result: json["result"])
            return
        }
        guard let method = method.stringValue else { throw .invalidRequest("\"method\" must be a string") }
        // Some clients say null for nothing.
        let params = json["params"].flatMap { $0.isNull ? nil : $0 } ?? [:]
        guard params.objectValue != nil else { throw .invalidRequest("\"params\" must be an object") }
        if let id = json["id"] {
            guard Self.isID(id) else { throw .invalidRequest("\"id\" must be a string or an integer") }
            self = .request(id: id, method: method, params: params)
        } else {
            self = .notification(method: method, params: params)
        }
    }

    /// The id to answer a message with that may be malformed otherwise.
    static func id(of json: JSON) -> JSON? { json["id"].flatMap { isID($0) ? $0 : nil } }

    private static func isID(_ json: JSON) -> Bool {
        switch json {
        case .string: true
        case .number(let digits): digits.utf8.allSatisfy { $0 == 0x2D || (0x30...0x39).contains($0) }
        default: false
        }
    }
}

/// What a client may ask for.
enum MCPMethod: String, Sendable {
    case discover = "server/discover"
    case initialize
    case ping
    case listTools = "tools/list"
    case callTool = "tools/call"
    case listResources = "resources/list"
    case listResourceTemplates = "resources/templates/list"
    case readResource = "resources/read"
    case listPrompts = "prompts/list"
    case getPrompt = "prompts/get"
    case complete = "completion/complete"

    func exists(in revision: MCPRevision) -> Bool {
        switch self {
        case .discover: revision.isModern
        case .initialize, .ping: !revision.isModern
        default: true
        }
    }

    /// The parameter that HTTP's `Mcp-Name` repeats.
    var namedParameter: String? {
        switch self {
        case .callTool, .getPrompt: "name"
        case .readResource: "uri"
        default: nil
        }
    }
}
