private import Synchronization

/// Where clouds are reached now. Made before the port is known, told the origin when it is.
package final class CloudOrigins: Sendable {
    private let defaultCloudID: String
    private let root: Mutex<String>

    /// - Parameter provisional: what is reported until `set` is called, such as the configured port's origin.
    package init(defaultCloudID: String, provisional: String = "http://127.0.0.1:54321") {
        self.defaultCloudID = defaultCloudID
        root = Mutex(Self.trimmed(provisional))
    }

    /// The origin that the server listens on, without a slash at its end.
    package var current: String { root.withLock { $0 } }

    /// Says where the server listens. `Platform.announce(origin:)` also remembers it.
    func set(_ origin: String) { root.withLock { $0 = Self.trimmed(origin) } }

    /// A cloud's `base_url`, which is its `SUPABASE_URL` too: the default cloud is at the root.
    package func baseURL(of cloudID: String) -> String { baseURL(of: cloudID, at: current) }

    /// The address of a cloud by its host name, which browsers and the services' own clients resolve.
    package func hostURL(of cloud: Cloud) -> String {
        let origin = current
        let port = origin.split(separator: ":").last.map { ":\($0)" } ?? ""
        return "http://\(cloud.label).localhost\(port)"
    }

    /// What `baseURL(of:)` was while the server listened on `origin`.
    func baseURL(of cloudID: String, at origin: String) -> String {
        cloudID == defaultCloudID ? origin : "\(origin)/clouds/\(cloudID)"
    }

    /// Whether a text is scheme and host (and port), nothing more.
    static func isOrigin(_ text: String) -> Bool {
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else { return false }
        return !trimmed(text).split(separator: ":", maxSplits: 1)[1].dropFirst(2).contains { "/@?#".contains($0) }
    }

    static func trimmed(_ url: String) -> String {
        var url = Substring(url)
        while url.last == "/" { url.removeLast() }
        return String(url)
    }
}
