import PostgresTypes
import Synchronization

/// Who runs statements, with what settings: what a Postgres connection knows about itself.
package struct Session: Sendable {
    /// The role that logged in (`session_user`).
    package var sessionUser: String
    /// The role in force (`current_user`): what privileges are checked against.
    package var role: String
    /// The role that SET ROLE chose, while a function with its owner's rights runs: there it cannot be changed.
    var roleOutside: String?
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

extension Session {
    /// The setting `role`: whom SET ROLE chose.
    var roleSetting: String {
        let role = roleOutside ?? role
        return role == sessionUser ? "none" : role
    }

    /// How it reads dates.
    var dateOrder: DateOrder {
        guard let style = settings["datestyle"]?.lowercased() else { return .mdy }
        return style.contains("dmy") ? .dmy : style.contains("ymd") ? .ymd : .mdy
    }

    /// What literals are read by, beside the moment: a statement that was bound is good for sessions with the same.
    var literalForms: String? {
        guard let style = settings["datestyle"] else { return settings["timezone"] }
        return "\(settings["timezone"] ?? "") \(style)"
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
