/// Keeps other sites' pages away from the platform's own paths: a page in the same browser can post to 127.0.0.1, and
/// a name that resolves to 127.0.0.1 makes it look like the same origin (DNS rebinding).
enum OriginGuard {
    /// - Throws: `FrontFailure` for a Host that is not this machine's.
    static func checkHost(_ request: FrontRequest) throws {
        if let host = request.header("host"), !isLocal(hostName(host)) { throw FrontFailure.foreignHost(host) }
    }

    /// For what only a page of this very address may send. A client that is no browser names no origin.
    static func checkSameOrigin(_ request: FrontRequest) throws {
        if let origin = request.header("origin"), origin != "http://\(request.header("host") ?? "")" {
            throw FrontFailure.foreignOrigin(origin)
        }
        if let site = request.header("sec-fetch-site"), site != "same-origin", site != "none" {
            throw FrontFailure.foreignOrigin(request.header("origin") ?? "another site")
        }
    }

    /// - Throws: `FrontFailure` for a Host that is not this machine's, or an Origin that is another site's.
    static func check(_ request: FrontRequest) throws {
        try checkHost(request)
        if let origin = request.header("origin"), !isLocalOrigin(origin) { throw FrontFailure.foreignOrigin(origin) }
        // Browsers say so even where they send no Origin. Following a link to one of our pages, such as a checkout's, is
        // no danger: the other site sees nothing of it.
        let isVisit = request.method == "GET" && request.header("sec-fetch-mode") == "navigate"
        if request.header("sec-fetch-site") == "cross-site", !isVisit {
            throw FrontFailure.foreignOrigin(request.header("origin") ?? "another site")
        }
    }

    private static func isLocalOrigin(_ origin: String) -> Bool {
        guard let start = origin.range(of: "://") else { return false }
        return isLocal(hostName(String(origin[start.upperBound...])))
    }

    /// The name without its port; an IPv6 address without its brackets.
    private static func hostName(_ authority: String) -> String {
        if authority.first == "[" { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }

    private static func isLocal(_ name: String) -> Bool {
        let name = name.lowercased()
        return name == "localhost" || name.hasSuffix(".localhost") || name == "::1" || isLoopbackAddress(name)
    }

    /// `127.x.y.z`, and not a name that merely begins like one: `127.0.0.1.evil.example` belongs to whoever registered it.
    private static func isLoopbackAddress(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

extension String {
    /// The first place of `text`, without Foundation.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
