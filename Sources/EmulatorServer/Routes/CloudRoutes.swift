import AltanCloud
import JSONText

// /_emulator/clouds: what `altan-emulator cloud` uses.
extension Emulator {
    /// `GET`, `POST {name, project?, icon?}`, `DELETE /{id}`.
    func clouds(_ request: FrontRequest) async throws -> FrontResponse {
        // A cloud made while the seed is still being deployed would become part of the mark.
        if request.method != "GET" { await servicesStarted() }
        let path = request.segments.dropFirst(2).map { percentDecoded($0) }
        switch (request.method, path.count) {
        case ("GET", 0):
            let clouds = try await platform.store.clouds()
            return .json(["clouds": .array(clouds.map { facts(of: $0) })])
        case ("POST", 0):
            let body = try await request.json()
            guard let name = body["name"]?.stringValue else {
                throw CloudError.invalidArguments([.init("name", "is required and must be a text")])
            }
            let project = try await project(named: body["project"])
            let cloud = try await platform.activateCloud(
                .init(name: name, projectID: project?.id, icon: body["icon"]?.stringValue))
            return .json(facts(of: cloud), status: 201)
        case ("GET", 1): return .json(facts(of: try await platform.store.cloud(path[0])))
        case ("DELETE", 1):
            try await platform.deleteCloud(path[0])
            return .json(["cloud_id": .string(path[0].lowercased()), "deleted": true])
        case (_, 0), (_, 1): throw FrontFailure.methodNotAllowed(request.method, path: request.path)
        default: throw FrontFailure.notFound(method: request.method, path: request.path)
        }
    }

    /// The project of that id or name; a new one for a name that none has.
    private func project(named json: JSON?) async throws -> Project? {
        guard let json, !json.isNull else { return nil }
        guard let name = json.stringValue, !name.isEmpty else {
            throw CloudError.invalidArguments([.init("project", "must be a project's id or name")])
        }
        let projects = try await platform.store.projects()
        if let known = projects.first(where: { $0.id == name || $0.name == name }) { return known }
        return try await platform.store.addProject(name: name)
    }

    /// What a client of the cloud needs, by the names of the ready line.
    private func facts(of cloud: Cloud) -> JSON {
        let baseURL = platform.origins.baseURL(of: cloud.id)
        let keys = platform.keys(of: cloud)
        return [
            "cloud_id": .string(cloud.id), "name": .string(cloud.name), "status": .string(cloud.status.rawValue),
            "project_id": .string(cloud.projectID), "base_url": .string(baseURL), "supabase_url": .string(baseURL),
            "host_url": .string(platform.origins.hostURL(of: cloud)), "anon_key": .string(keys.anonKey),
            "service_role_key": .string(keys.serviceRoleKey), "jwt_secret": .string(keys.jwtSecret),
        ]
    }
}
