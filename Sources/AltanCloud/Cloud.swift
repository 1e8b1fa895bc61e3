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
    package enum Status: String, Sendable {
        case running
        /// Scaled down: nothing in it answers, and everything is kept.
        case paused
    }

    package var id: String
    package var projectID: String
    package var name: String
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    /// The component of its project that it is.
    package var componentID: String
    package var icon: String?
    package var status = Status.running
    /// The name of its size, of `InstanceType.all`.
    package var instanceType = InstanceType.standard.name
    /// Its own keys; nil for the default cloud, whose keys follow from the configuration.
    package var keys: CloudKeys?

    /// What stands for it in host names: the first twelve characters of its id.
    package var label: String { String(id.prefix(12)) }
}
