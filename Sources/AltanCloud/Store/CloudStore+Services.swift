import SQLite
import World

extension CloudStore {
    /// The services of a cloud by name.
    package func services(cloud: String) async throws -> [Service] {
        try await database.read { connection in
            try Self.check(cloud: cloud, connection)
            var services: [Service] = []
            try connection.query(
                "SELECT \(Service.columns) FROM services WHERE cloud_id = ?1 ORDER BY name", [.text(cloud)]
            ) { services.append(try Service(row: $0)) }
            return services
        }
    }

    package func service(_ name: String, cloud: String) async throws -> Service {
        try await database.read { connection in
            try Self.check(cloud: cloud, connection)
            guard let service = try Self.service(name, cloud: cloud, connection) else {
                throw CloudError.unknownService(name, known: try Self.serviceNames(cloud, connection))
            }
            return service
        }
    }

    /// The kept deployments of a service, newest first.
    package func deployments(of service: String, cloud: String) async throws -> [Deployment] {
        try await database.read { connection in
            var deployments: [Deployment] = []
            try connection.query(
                "SELECT \(Deployment.columns) FROM deployments WHERE cloud_id = ?1 AND service = ?2 ORDER BY number DESC",
                [.text(cloud), .text(service)]
            ) { deployments.append(try Deployment(row: $0)) }
            return deployments
        }
    }

    /// What came of an attempt, before it is numbered.
    struct Attempt: Sendable {
        var source: ServiceSource
        /// nil keeps the description there is.
        var description: String?
        var outcome: DeployOutcome
        var warnings: [String]
        var caller: String
        var startedAt: Timestamp
        var duration: Duration
    }

    /// Writes an attempt down: a deployment, and the service as it now is. A failed one leaves a running service's
    /// code, routes and status alone.
    func record(_ attempt: Attempt) async throws -> (service: Service, deployment: Deployment) {
        let now = world.now
        let id = world.uuid()
        return try await database.write { connection in
            let source = attempt.source
            try Self.check(cloud: source.cloudID, connection)
            let before = try Self.service(source.name, cloud: source.cloudID, connection)
            var service =
                before
                ?? Service(
                    cloudID: source.cloudID, name: source.name, description: "", code: source.code,
                    requirements: source.requirements, status: .error, routes: [], failure: nil, mountedAt: nil,
                    createdAt: now, updatedAt: now)
            var failure: DeployFailure?
            switch attempt.outcome {
            case .running(let interface):
                service.status = .running
                service.routes = interface.routes
                service.mountedAt = now
            case .failed(let reason): failure = reason
            }
            service.failure = failure
            service.updatedAt = now
            if failure == nil || service.status == .error {
                service.code = source.code
                service.requirements = source.requirements
                service.description = attempt.description ?? service.description
            }
            try connection.run(
                "INSERT OR REPLACE INTO services VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)", service.row)
            let last = try connection.rows(
                "SELECT max(number) FROM deployments WHERE cloud_id = ?1 AND service = ?2",
                [.text(source.cloudID), .text(source.name)])
            let deployment = Deployment(
                id: id, cloudID: source.cloudID, service: source.name, number: Int(last[0][0].integerValue) + 1,
                status: failure == nil ? .succeeded : .failed, code: source.code, requirements: source.requirements,
                failure: failure, warnings: attempt.warnings, caller: attempt.caller, startedAt: attempt.startedAt,
                duration: attempt.duration)
            try connection.run(
                "INSERT INTO deployments VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)", deployment.row)
            try connection.run(
                "DELETE FROM deployments WHERE cloud_id = ?1 AND service = ?2 AND number <= ?3",
                [.text(source.cloudID), .text(source.name), .integer(Int64(deployment.number - Deployment.kept))])
            return (service, deployment)
        }
    }

    /// Notes that a service came up again, or no longer does, at a start of the emulator. Not a deployment.
    func noteRestart(_ service: String, cloud: String, outcome: DeployOutcome) async throws {
        try await database.write { connection in
            guard var service = try Self.service(service, cloud: cloud, connection) else { return }
            switch outcome {
            case .running(let interface):
                // A failed update since is still worth knowing; a failed start is over.
                if service.status == .error { service.failure = nil }
                service.status = .running
                service.routes = interface.routes
            case .failed(let failure):
                service.status = .error
                service.failure = failure
            }
            try connection.run(
                "INSERT OR REPLACE INTO services VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)", service.row)
        }
    }

    /// Forgets a service and its deployments.
    func deleteService(_ name: String, cloud: String) async throws {
        try await database.write { connection in
            try Self.check(cloud: cloud, connection)
            if try connection.run(
                "DELETE FROM services WHERE cloud_id = ?1 AND name = ?2", [.text(cloud), .text(name)]) == 0
            {
                throw CloudError.unknownService(name, known: try Self.serviceNames(cloud, connection))
            }
            try connection.run(
                "DELETE FROM deployments WHERE cloud_id = ?1 AND service = ?2", [.text(cloud), .text(name)])
        }
    }

    private static func service(_ name: String, cloud: String, _ connection: Connection) throws -> Service? {
        var service: Service?
        try connection.query(
            "SELECT \(Service.columns) FROM services WHERE cloud_id = ?1 AND name = ?2", [.text(cloud), .text(name)]
        ) { service = try Service(row: $0) }
        return service
    }

    private static func serviceNames(_ cloud: String, _ connection: Connection) throws -> [String] {
        try connection.rows("SELECT name FROM services WHERE cloud_id = ?1 ORDER BY name", [.text(cloud)]).map {
            if case .text(let name) = $0[0] { name } else { "" }
        }
    }
}
