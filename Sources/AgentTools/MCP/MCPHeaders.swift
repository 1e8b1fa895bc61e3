import JSONText

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
        guard let bytes = Base64.decode(value.utf8.dropFirst(9).dropLast(2)) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// The standard alphabet of RFC 4648, with padding.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let index = Int(bits >> UInt32(18 - 6 * place) & 63)
                text.append(place <= group.count ? alphabet[index] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: nil for anything that is not exactly what `encode` makes.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        let digits = text.reversed().drop { $0 == UInt8(ascii: "=") }.reversed()
        guard text.count - digits.count <= 2 else { return nil }
        var bytes: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for digit in digits {
            guard let value = alphabet.firstIndex(of: digit) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(bits >> UInt32(count) & 255))
                bits &= (1 << UInt32(count)) - 1
            }
        }
        return bits == 0 ? bytes : nil
    }
}
