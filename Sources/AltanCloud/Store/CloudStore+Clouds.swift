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

    /// Adds a cloud.
    /// - Throws: `unknownProject`.
    func add(_ cloud: Cloud) async throws {
        try await changingClouds { connection in
            if try connection.rows("SELECT 1 FROM projects WHERE id = ?1", [.text(cloud.projectID)]).isEmpty {
                throw CloudError.unknownProject(cloud.projectID)
            }
            try connection.run(
                """
                INSERT INTO clouds (\(Cloud.columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                """, cloud.row)
        }
    }

    /// Adds a project to the account.
    package func addProject(name: String, description: String = "") async throws -> Project {
        let project = Project(
            id: world.uuid(), name: name, description: description, accountID: identity.accountID,
            createdAt: world.now, updatedAt: world.now)
        _ = try await database.write { connection in
            try connection.run(
                "INSERT INTO projects VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
                [
                    .text(project.id), .text(name), .text(description), .text(project.accountID),
                    .moment(project.createdAt),
                ])
        }
        return project
    }

    /// Changes a cloud's status or size.
    func update(
        cloud id: String, status: Cloud.Status? = nil, instanceType: String? = nil
    ) async throws -> Cloud {
        let now = world.now
        try await changingClouds { connection in
            try Self.check(cloud: id, connection)
            try connection.run(
                """
                UPDATE clouds SET status = coalesce(?2, status), instance_type = coalesce(?3, instance_type),
                    updated_at = ?4 WHERE id = ?1
                """,
                [.text(id), .optional(status?.rawValue), .optional(instanceType), .moment(now)])
        }
        return try await cloud(id)
    }

    /// Forgets a cloud and everything in it.
    func deleteCloud(_ id: String) async throws {
        try await changingClouds { connection in
            try Self.check(cloud: id, connection)
            for table in ["services", "deployments", "secrets", "requests"] {
                try connection.run("DELETE FROM \(table) WHERE cloud_id = ?1", [.text(id)])
            }
            try connection.run("DELETE FROM clouds WHERE id = ?1", [.text(id)])
        }
    }

    /// Refuses a cloud that does not exist, inside a transaction.
    static func check(cloud id: String, _ connection: Connection) throws {
        if try connection.rows("SELECT 1 FROM clouds WHERE id = ?1", [.text(id)]).isEmpty {
            throw CloudError.unknownCloud(id, known: try clouds(connection).map(\.id))
        }
    }
}
