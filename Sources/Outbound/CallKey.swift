import JSONText

/// What makes two calls the same for a recording: method, host, path, query and body, without what changes from one time
/// to the next. Headers are no part of it.
struct CallKey: Hashable, Sendable {
    var method: String
    var host: String
    var path: String
    var query: [String]
    var body: String

    /// Parameters that differ each time: signatures and their like.
    private static let volatile = ["signature", "nonce", "timestamp", "expires"]

    init(method: String, host: String, target: String, contentType: String, body: [UInt8]) {
        self.method = method.uppercased()
        self.host = host.lowercased()
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first.map(String.init) ?? "/"
        query = Self.pairs(parts.count > 1 ? String(parts[1]) : "").filter { pair in
            let name = pair.prefix { $0 != "=" }.lowercased()
            return !name.hasPrefix("x-amz-") && !name.hasPrefix("x-goog-") && !Self.volatile.contains(name)
        }
        self.body = Self.normalized(body, contentType)
    }

    /// Why another call is not this one, in a few words; nil where they are equal.
    func difference(from other: CallKey) -> String? {
        if self == other { return nil }
        if (method, host, path) != (other.method, other.host, other.path) { return "another request" }
        return query != other.query ? "query differs" : "body differs"
    }

    private static func pairs(_ text: String) -> [String] { text.split(separator: "&").map(String.init).sorted() }

    /// JSON with its members in order, forms with their fields in order, parts without their boundary.
    private static func normalized(_ body: [UInt8], _ contentType: String) -> String {
        let type = contentType.lowercased()
        if type.contains("json"), let json = try? JSON(parsing: body) { return sorted(json).text }
        let text = String(decoding: body, as: UTF8.self)
        if type.hasPrefix("application/x-www-form-urlencoded") { return pairs(text).joined(separator: "&") }
        if let start = type.firstRange(of: "boundary=") {
            let boundary = contentType[start.upperBound...].prefix { $0 != ";" }.filter { $0 != "\"" }
            return text.split(separator: "--" + boundary).joined(separator: "--boundary")
        }
        return text
    }

    private static func sorted(_ json: JSON) -> JSON {
        switch json {
        case .object(let members):
            .object(members.map { JSON.Member($0.key, sorted($0.value)) }.sorted { $0.key < $1.key })
        case .array(let items): .array(items.map(sorted))
        default: json
        }
    }
}
