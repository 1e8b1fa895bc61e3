import AltanCloud
import JSONText
import PostgresEngine

// /v1/instances: clouds, and their services, secrets, logs, measurements and sizes.
extension Emulator {
    /// - Parameter path: what follows `/v1/instances`, decoded.
    func instances(
        _ request: FrontRequest, _ path: [String], _ plane: ControlPlane, _ caller: Caller
    ) async throws -> FrontResponse {
        switch path.first {
        case "logs" where path.count > 1 && path[1] == "cloud": return try await logs(request, path, plane)
        case "metrics" where path.count > 2 && path[1] == "cloud": return try await metrics(request, path, plane)
        case "tenant" where path.count == 4 && path[2] == "scale": return try await scale(request, path, plane)
        case "config" where path.count == 3 && path[1] == "gotrue":
            switch request.method {
            case "GET": return .json(try await plane.gotrueConfiguration(path[2]))
            case "PUT": return .json(try await plane.setGotrueConfiguration(path[2], try await request.json()))
            default: throw FrontFailure.methodNotAllowed(request.method, path: request.path)
            }
        case "types" where path.count == 1:
            guard request.method == "GET" else {
                throw FrontFailure.methodNotAllowed(request.method, path: request.path)
            }
            return .json(plane.instanceTypes())
        default: break
        }
        switch (request.method, path.count) {
        case ("GET", 0): return .json(try await plane.instances())
        case ("POST", 0):
            return .json(
                try await plane.activate(
                    try await request.json(), component: request.parameter("altaner_component_id")))
        case ("GET", 1): return .json(try await plane.instance(path[0]))
        case ("POST", 2) where path[1] == "export-csv": return try await exportCSV(try await request.json(), path[0])
        case (_, 2) where path[1] == "export-csv":
            throw FrontFailure.methodNotAllowed(request.method, path: request.path)
        case (_, 3...) where path[1] == "services": return try await inside(request, path, plane, caller)
        case (_, 2...):
            throw Unemulated.dead(path[1], request) ?? Unemulated.failure(request)
        case (_, 0), (_, 1): throw FrontFailure.methodNotAllowed(request.method, path: request.path)
        default: throw Unemulated.failure(request)
        }
    }

    /// `…/{cloud_id}/services/services[/{name}]`, `…/services/secrets[/{key}]`.
    private func inside(
        _ request: FrontRequest, _ path: [String], _ plane: ControlPlane, _ caller: Caller
    ) async throws -> FrontResponse {
        // What runs services is in the cloud, and paused with it.
        let cloud = try await platform.runningCloud(path[0]).id
        switch (request.method, path[2], path.count) {
        case ("GET", "services", 3): return .json(try await plane.services(cloud))
        case ("GET", "services", 4): return .json(try await plane.service(path[3], cloud: cloud))
        case ("POST", "services", 3):
            return .json(try await plane.deploy(try await request.json(), cloud: cloud, caller: caller))
        case ("DELETE", "services", 4):
            return .json(try await plane.deleteService(path[3], cloud: cloud, caller: caller))
        case ("GET", "secrets", 3): return .json(try await plane.secrets(cloud))
        case ("POST", "secrets", 3): return .json(try await plane.upsertSecret(try await request.json(), cloud: cloud))
        case ("DELETE", "secrets", 4): return .json(try await plane.deleteSecret(path[3], cloud: cloud))
        case (_, "services", 3...4), (_, "secrets", 3...4):
            throw FrontFailure.methodNotAllowed(request.method, path: request.path)
        default: throw Unemulated.failure(request)
        }
    }

    /// `logs/cloud/{cloud_id}[/service/{source}]?tail=`.
    private func logs(_ request: FrontRequest, _ path: [String], _ plane: ControlPlane) async throws -> FrontResponse {
        guard path.count == 3 || (path.count == 5 && path[3] == "service") else { throw Unemulated.failure(request) }
        guard request.method == "GET" else { throw FrontFailure.methodNotAllowed(request.method, path: request.path) }
        var tail = 1000
        if let text = request.parameter("tail") {
            guard let number = Int(text), number > 0 else {
                throw CloudError.invalidArguments([.init("tail", "must be a whole number above 0")])
            }
            tail = number
        }
        return .json(try await plane.logs(path[2], source: path.count == 5 ? path[4] : nil, tail: tail))
    }

    /// `metrics/cloud/{cloud_id}[/history?period=]`.
    private func metrics(
        _ request: FrontRequest, _ path: [String], _ plane: ControlPlane
    ) async throws -> FrontResponse {
        guard path.count == 3 || (path.count == 4 && path[3] == "history") else { throw Unemulated.failure(request) }
        guard request.method == "GET" else { throw FrontFailure.methodNotAllowed(request.method, path: request.path) }
        guard path.count == 4 else { return .json(try await plane.metrics(path[2], meter: meter)) }
        return .json(
            try await plane.metricsHistory(path[2], period: request.parameter("period"), meter: meter))
    }

    /// `tenant/{id}/scale/{up, down, resources}`.
    private func scale(
        _ request: FrontRequest, _ path: [String], _ plane: ControlPlane
    ) async throws -> FrontResponse {
        switch (request.method, path[3]) {
        case ("POST", "up"), ("POST", "down"): return .json(try await plane.scale(path[1], up: path[3] == "up"))
        case ("PUT", "resources"): return .json(try await plane.resize(path[1], try await request.json()))
        case (_, "up"), (_, "down"), (_, "resources"):
            throw FrontFailure.methodNotAllowed(request.method, path: request.path)
        default: throw Unemulated.failure(request)
        }
    }

    /// `{table_name}` → its rows as CSV, as Postgres' `COPY … WITH (FORMAT csv, HEADER)` writes them.
    private func exportCSV(_ body: JSON, _ cloud: String) async throws -> FrontResponse {
        let cloud = try await platform.runningCloud(cloud)
        guard let name = body["table_name"]?.stringValue else {
            throw CloudError.invalidArguments([.init("table_name", "is required and must be a text")])
        }
        let table = try TableExport(named: name, in: try databases.entry(cloud.id).database.catalog)
        let bytes = try await table.csv(from: try databases.entry(cloud.id).database)
        return FrontResponse(
            status: 200,
            headers: [
                ("Content-Type", "text/csv; charset=utf-8"),
                ("Content-Disposition", "attachment; filename=\"\(table.fileName)\""),
            ], body: .bytes(bytes))
    }
}
