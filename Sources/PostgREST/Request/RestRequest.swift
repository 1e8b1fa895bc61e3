import JSONText

/// An HTTP request below `/rest/v1`, as the engine takes it: no server's types in sight.
package struct RestRequest: Sendable {
    package var method: String
    /// The path below the mount point, still percent-encoded: `/items`.
    package var path: String
    /// What follows `?`, still encoded; nil without one.
    package var query: String?
    /// Names in lower case, in their order.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(
        method: String, path: String, query: String?, headers: [(name: String, value: String)], body: [UInt8]
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// Method, path, headers and cookies as the settings by which functions see them.
    var describedSettings: [String: String] {
        var members: [JSON.Member] = []
        var cookies: [JSON.Member] = []
        for (name, value) in headers {
            if name == "cookie" {
                for pair in value.split(separator: ";") {
                    let parts = pair.split(separator: "=", maxSplits: 1).map { String($0).trimmed }
                    if parts.count == 2 { cookies.append(.init(parts[0], .string(parts[1]))) }
                }
            } else if !members.contains(where: { $0.key == name }) {
                members.append(.init(name, .string(value)))
            }
        }
        return [
            "request.method": method, "request.path": path, "request.headers": JSON.object(members).text,
            "request.cookies": JSON.object(cookies).text,
        ]
    }

    /// The first header of that (lower-case) name.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// The answer, ready to be sent. A HEAD request's has an empty body.
package struct RestResponse: Sendable {
    package var status: Int
    /// What the status line says after the number; nil: what it always says.
    package var reason: String?
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// false: no Content-Length is sent (204, HEAD).
    package var sendsLength: Bool

    package init(status: Int, headers: [(name: String, value: String)], body: [UInt8], sendsLength: Bool = true) {
        self.status = status
        self.headers = headers
        self.body = body
        self.sendsLength = sendsLength
    }
}
