package import World

/// A project of the platform (an "Altaner"): what an agent works on. Its cloud holds the data and the services.
package struct Project: Hashable, Sendable {
    package var id: String
    package var name: String
    package var description: String
    package var accountID: String
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
}

/// A cloud: one Supabase, its secrets, and its services.
package struct Cloud: Hashable, Sendable {
    package var id: String
    package var projectID: String
    package var name: String
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
}
