/// Who the default cloud is: ids and keys, the same in every run and in every reply.
package struct Identity: Hashable, Sendable {
    package var projectID: String
    package var projectName: String
    package var cloudID: String
    package var cloudName: String
    package var accountID: String
    package var keys: CloudKeys

    package init(
        projectID: String = "6f1d2b0e-5c1a-4a7e-9d64-0f3b8a2c7e11",
        projectName: String = "Local project",
        cloudID: String = "c10d0c1d-0a17-4a00-8000-000000054321",
        cloudName: String = "Local cloud",
        accountID: String = "a0c0a0c0-1b2d-4e5f-8a9b-3c4d5e6f7081",
        keys: CloudKeys
    ) {
        self.projectID = projectID
        self.projectName = projectName
        self.cloudID = cloudID
        self.cloudName = cloudName
        self.accountID = accountID
        self.keys = keys
    }
}

/// A cloud's Supabase keys: JWTs made elsewhere from the secret.
package struct CloudKeys: Hashable, Sendable {
    package var anonKey: String
    package var serviceRoleKey: String
    package var jwtSecret: String

    package init(anonKey: String, serviceRoleKey: String, jwtSecret: String) {
        self.anonKey = anonKey
        self.serviceRoleKey = serviceRoleKey
        self.jwtSecret = jwtSecret
    }
}

/// Who asks the platform for something, and within which run and request.
package struct Caller: Hashable, Sendable {
    /// `mcp`, `http`, `cli`, `person`, `seed` …
    package var name: String
    /// The run the caller named, if any.
    package var run: String?
    package var requestID: String?

    package init(_ name: String, run: String? = nil, requestID: String? = nil) {
        self.name = name
        self.run = run
        self.requestID = requestID
    }
}
