import SQLite
import World

extension CloudStore {
    package func projects() async throws -> [Project] {
        try await database.read { connection in
            var projects: [Project] = []
            try connection.query("SELECT \(Project.columns) FROM projects ORDER BY created_at, rowid") {
                projects.append(Project(row: $0))
            }
            return projects
        }
    }

    /// A project by id; the default one without.
    package func project(_ id: String? = nil) async throws -> Project {
        let id = id ?? identity.projectID
        guard let project = try await projects().first(where: { $0.id == id }) else {
            throw CloudError.unknownProject(id)
        }
        return project
    }

    /// All clouds, the default one first.
    package func clouds() async throws -> [Cloud] {
        try await database.read { try Self.clouds($0) }
    }

    static func clouds(_ connection: Connection) throws -> [Cloud] {
        var clouds: [Cloud] = []
        try connection.query("SELECT \(Cloud.columns) FROM clouds ORDER BY created_at, rowid") {
            clouds.append(Cloud(row: $0))
        }
        return clouds
    }

    /// The cloud of that id, or without one the only cloud there is.
    package func cloud(_ id: String? = nil) async throws -> Cloud {
        let clouds = try await clouds()
        guard let id else {
            guard clouds.count == 1 else { throw CloudError.cloudNotNamed(known: clouds.map(\.id)) }
            return clouds[0]
        }
        guard let cloud = clouds.first(where: { $0.id == id.lowercased() }) else {
            throw CloudError.unknownCloud(id, known: clouds.map(\.id))
        }
        return cloud
    }

    /// Adds a cloud to the default project.
    package func addCloud(name: String) async throws -> Cloud {
        let cloud = Cloud(
            id: world.uuid(), projectID: identity.projectID, name: name, createdAt: world.now, updatedAt: world.now)
        _ = try await database.write { connection in
            try connection.run(
                "INSERT INTO clouds VALUES (?1, ?2, ?3, ?4, ?4)",
                [.text(cloud.id), .text(cloud.projectID), .text(name), .moment(cloud.createdAt)])
        }
        return cloud
    }

    /// Refuses a cloud that does not exist, inside a transaction.
    static func check(cloud id: String, _ connection: Connection) throws {
        if try connection.rows("SELECT 1 FROM clouds WHERE id = ?1", [.text(id)]).isEmpty {
            throw CloudError.unknownCloud(id, known: try clouds(connection).map(\.id))
        }
    }
}
