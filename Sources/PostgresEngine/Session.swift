import Synchronization

/// Who runs statements, with what settings: what a Postgres connection knows about itself.
package struct Session: Sendable {
    /// The role that logged in (`session_user`).
    package var sessionUser: String
    /// The role in force (`current_user`): what privileges are checked against.
    package var role: String
    /// Schemas searched for unqualified names, `pg_catalog` implied first; `$user` is the one named like the role.
    package var searchPath: [String]
    /// Settings by name in lower case: `request.jwt.claims`, `timezone`, `app.settings.x` …
    package var settings: [String: String]

    /// Settings that are worked out only when somebody asks for one that `settings` has not.
    package var described: DescribedSettings?

    /// Whether it has made temporary objects.
    package var hasTemporaryObjects = false

    package init(
        sessionUser: String = "postgres", role: String = "postgres",
        searchPath: [String] = ["$user", "public", "extensions"], settings: [String: String] = [:]
    ) {
        self.sessionUser = sessionUser
        self.role = role
        self.searchPath = searchPath
        self.settings = settings
    }
}

/// Settings that say what a session is about, such as the headers of the request that it answers. Most statements ask
/// for none of them.
package final class DescribedSettings: Sendable {
    private let describe: @Sendable () -> [String: String]
    private let described = Mutex<[String: String]?>(nil)

    package init(_ describe: @escaping @Sendable () -> [String: String]) { self.describe = describe }

    subscript(name: String) -> String? {
        described.withLock { described in
            if let described { return described[name] }
            let made = describe()
            described = made
            return made[name]
        }
    }
}
