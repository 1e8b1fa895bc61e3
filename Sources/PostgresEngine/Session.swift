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
