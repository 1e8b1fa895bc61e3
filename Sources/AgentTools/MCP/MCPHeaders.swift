import JSONText
import World

/// HTTP's header fields that repeat parts of the message, so that what stands between can route without reading it.
/// What they say must be what is run.
enum MCPHeaders {
    static let version = "mcp-protocol-version"
    static let method = "mcp-method"
    static let name = "mcp-name"

    /// - Throws: `MCPError.headerMismatch` where a field is missing, malformed, or says something else.
    static func check(_ headers: [String: String], version: String) throws(MCPError) {
        guard let given = headers[Self.version] else {
            throw .headerMismatch("MCP-Protocol-Version is missing; the message says '\(version)'")
        }
        guard given == version else {
            throw .headerMismatch("MCP-Protocol-Version says '\(given)', the message '\(version)'")
        }
    }

    static func check(_ headers: [String: String], method: String, params: JSON) throws(MCPError) {
        guard let given = headers[Self.method] else {
            throw .headerMismatch("Mcp-Method is missing; the message says '\(method)'")
        }
        guard given == method else { throw .headerMismatch("Mcp-Method says '\(given)', the message '\(method)'") }
        // A message that names nothing is refused for that, later and in words that help.
        guard let parameter = MCPMethod(rawValue: method)?.namedParameter,
            let named = params[parameter]?.stringValue
        else { return }
        guard let encoded = headers[Self.name] else {
            throw .headerMismatch("Mcp-Name is missing; the message says '\(named)'")
        }
        guard let name = decoded(encoded) else { throw .headerMismatch("Mcp-Name is not what =?base64?…?= promises") }
        guard name == named else { throw .headerMismatch("Mcp-Name says '\(name)', the message '\(named)'") }
    }

    /// A value as it is, or out of `=?base64?…?=`, which carries what a header field cannot.
    static func decoded(_ value: String) -> String? {
        guard value.hasPrefix("=?base64?"), value.hasSuffix("?="), value.utf8.count >= 11 else { return value }
        guard let bytes = Base64.decodeStrictly(value.utf8.dropFirst(9).dropLast(2)) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
