package import JSONText

/// Why a message gets a JSON-RPC error rather than a result. What a tool refuses is none of these: it is a result that
/// an agent can read.
package enum MCPError: Error, Hashable, Sendable {
    case notJSON(String)
    case invalidRequest(String)
    case unknownMethod(String)
    case invalidParams(String, data: JSON? = nil)
    /// The request does not say which revision it speaks, or what its client can do.
    case incompleteMeta(String)
    case unknownResource(String)
    /// HTTP's header fields say something else than the message, or nothing.
    case headerMismatch(String)
    /// Only a client with these capabilities can be answered.
    case missingCapability(JSON, String)
    case unsupportedVersion(String, supported: [MCPRevision])
    case internalFailure(String)
}

extension MCPError {
    /// JSON-RPC's and MCP's number of the error. For a resource that is not there it changed.
    func code(in revision: MCPRevision?) -> Int {
        switch self {
        case .notJSON: -32700
        case .invalidRequest: -32600
        case .unknownMethod: -32601
        case .invalidParams, .incompleteMeta: -32602
        case .unknownResource: (revision?.isModern ?? true) ? -32602 : -32002
        case .headerMismatch: -32020
        case .missingCapability: -32021
        case .unsupportedVersion: -32022
        case .internalFailure: -32603
        }
    }

    /// The HTTP status. An error about what was asked for is a good answer to a good request.
    func status(in revision: MCPRevision?) -> Int {
        switch self {
        case .notJSON, .invalidRequest, .incompleteMeta, .headerMismatch, .missingCapability, .unsupportedVersion: 400
        // Since 2026 a client tells by it that the address is right.
        case .unknownMethod: (revision?.isModern ?? false) ? 404 : 200
        case .invalidParams, .unknownResource, .internalFailure: 200
        }
    }

    var message: String {
        switch self {
        case .notJSON(let reason): "Parse error: \(reason)"
        case .invalidRequest(let reason): "Invalid request: \(reason)"
        case .unknownMethod(let method): "Method not found: \(method)"
        case .invalidParams(let reason, _), .incompleteMeta(let reason): reason
        case .unknownResource(let uri): "There is no resource \(uri). resources/list names those there are."
        case .headerMismatch(let reason): "Header mismatch: \(reason)"
        case .missingCapability(_, let reason): reason
        case .unsupportedVersion(let version, let supported):
            "Protocol version \(version) is not supported. Supported: "
                + supported.map(\.rawValue).joined(separator: ", ")
        case .internalFailure(let reason): "Internal error: \(reason)"
        }
    }

    private var data: JSON? {
        switch self {
        case .invalidParams(_, let data): data
        case .unknownResource(let uri): ["uri": .string(uri)]
        case .missingCapability(let capabilities, _): ["requiredCapabilities": capabilities]
        case .unsupportedVersion(let version, let supported):
            ["supported": .array(supported.map { .string($0.rawValue) }), "requested": .string(version)]
        default: nil
        }
    }

    /// The error as a message. Where the request's id cannot be read there is none: JSON-RPC's null is in no schema.
    func response(to id: JSON?, in revision: MCPRevision?) -> JSON {
        var error: JSON = ["code": .integer(code(in: revision)), "message": .string(message)]
        if let data { error.set("data", data) }
        var json: JSON = ["jsonrpc": "2.0"]
        if let id { json.set("id", id) } else if revision.map({ $0 < .november2025 }) ?? false { json.set("id", .null) }
        json.set("error", error)
        return json
    }
}
