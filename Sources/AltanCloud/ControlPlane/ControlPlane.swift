package import JSONText
private import World

/// The control plane's operations over HTTP: one function a route, JSON in and out. Errors are `CloudError`s;
/// `Platform.rendering(of:)` makes replies of them.
package struct ControlPlane: Sendable {
    let platform: Platform
    var store: CloudStore { platform.store }

    package init(_ platform: Platform) { self.platform = platform }

    func baseURL(_ cloud: String) -> String { platform.origins.baseURL(of: cloud) }

    // MARK: …/services/services

    package func services(_ cloud: String) async throws -> JSON {
        let cloud = try await store.cloud(cloud)
        let services = try await store.services(cloud: cloud.id)
        return ["services": .array(services.map { ControlPlaneJSON.service($0, baseURL: baseURL(cloud.id)) })]
    }

    package func service(_ name: String, cloud: String) async throws -> JSON {
        let cloud = try await store.cloud(cloud)
        return ControlPlaneJSON.service(try await store.service(name, cloud: cloud.id), baseURL: baseURL(cloud.id))
    }

    /// `POST …/services`: creates or updates by name.
    package func deploy(_ body: JSON, cloud: String, caller: Caller) async throws -> JSON {
        let requirements = try body["requirements"].map { json throws(CloudError) -> [String] in
            if json.isNull { return [] }
            guard let items = json.arrayValue, let texts = items.allStrings else {
                throw CloudError.invalidArguments([.init("requirements", "must be a list of pip requirements")])
            }
            return texts
        }
        let order = DeploymentOrder(
            cloudID: cloud, name: try body.text(["name", "service_name"]),
            description: try body.optionalText("description"), code: try body.text(["code"]),
            requirements: requirements ?? [])
        let report = try await platform.deploy(order, caller: caller)
        return ControlPlaneJSON.report(report, baseURL: baseURL(report.service.cloudID))
    }

    package func deleteService(_ name: String, cloud: String, caller: Caller) async throws -> JSON {
        try await platform.deleteService(name, cloud: cloud, caller: caller)
        return ["name": .string(name), "deleted": true]
    }

    // MARK: …/services/secrets

    package func secrets(_ cloud: String) async throws -> JSON {
        let cloud = try await store.cloud(cloud)
        return ["secrets": .array(try await store.secrets(cloud: cloud.id).map(ControlPlaneJSON.secret))]
    }

    /// `POST …/secrets`: stores by key. An empty value keeps the one there is, as the platform's edit form relies on.
    package func upsertSecret(_ body: JSON, cloud: String) async throws -> JSON {
        let cloud = try await store.cloud(cloud)
        let value = try body.optionalText("value") ?? ""
        let secret = try await platform.storeSecret(
            cloud: cloud.id, key: try body.text(["key"]), value: value.isEmpty ? nil : SecretValue(value),
            description: try body.optionalText("description"))
        return ControlPlaneJSON.secret(secret)
    }

    package func deleteSecret(_ key: String, cloud: String) async throws -> JSON {
        let cloud = try await store.cloud(cloud)
        try await store.deleteSecret(cloud: cloud.id, key: key)
        return ["key": .string(key), "deleted": true]
    }

    // MARK: /v1/instances/logs/cloud/{cloud_id}[/service/{source}], /v1/pg-meta/{id}/query

    /// - Parameter source: a service's name; `pypulse` or none for all of them.
    package func logs(_ cloud: String, source: String? = nil, tail: Int = 1000) async throws -> JSON {
        let cloud = try await store.cloud(cloud)
        let service = try await stream(source, of: cloud.id)
        let lines = try await platform.logs.lines(cloud: cloud.id, service: service, tail: min(max(tail, 1), 10_000))
        return ["lines": .array(lines.map { ControlPlaneJSON.logLine($0, withService: service == nil) })]
    }

    /// The log that a source of the platform means; nil for those of all services together.
    private func stream(_ source: String?, of cloud: String) async throws -> String? {
        guard let source else { return nil }
        let services = try await store.services(cloud: cloud).map(\.name)
        if services.contains(source) { return source }
        if let part = PlatformLog(rawValue: source) { return part.stream }
        switch source {
        case "pypulse": return nil
        case "gotrue", "storage":
            throw CloudError.unsupported(
                feature: "logs.\(source)", detail: "\(source) is not emulated, so it has no log.",
                nextStep: "There are logs of \(PlatformLog.names), of pypulse, and of each service by its name.")
        default: throw CloudError.unknownService(source, known: services)
        }
    }

    package func query(_ body: JSON, cloud: String) async throws -> JSON {
        try await platform.executeSQL(try body.text(["query"]), cloud: cloud)
    }

    // MARK: /altaner

    package func altaner(_ id: String) async throws -> JSON { try await altaner(try await store.project(id)) }

    /// `/altaner/find?cloud_id=`
    package func altaner(ofCloud cloud: String) async throws -> JSON {
        try await altaner(try await store.project(try await store.cloud(cloud).projectID))
    }

    private func altaner(_ project: Project) async throws -> JSON {
        let clouds = try await store.clouds().filter { $0.projectID == project.id }
        return ControlPlaneJSON.altaner(project, clouds: clouds, baseURL: baseURL)
    }

    // MARK: /authorization-request

    package func authorizationRequests(
        cloud: String? = nil, roomID: String? = nil, isCompleted: Bool? = nil
    ) async throws -> JSON {
        let requests = try await store.requests(cloud: cloud, roomID: roomID, isCompleted: isCompleted)
        return ["authorization_requests": .array(requests.map(json))]
    }

    package func authorizationRequest(_ id: String) async throws -> JSON { json(try await store.request(id)) }

    /// `POST /authorization-request`, in the platform's shape (`meta_data.requested_secrets`) or the tool's.
    package func createAuthorizationRequest(_ body: JSON) async throws -> JSON {
        let meta = body["meta_data"]
        return json(
            try await platform.createAuthorizationRequest(
                customSecrets: body["custom_secrets"] ?? meta?["requested_secrets"],
                connectionTypeID: try body.optionalText("connection_type_id"),
                cloud: try body.optionalText("cloud_id") ?? meta?.optionalText("cloud_id"),
                name: try body.optionalText("name"),
                message: try body.optionalText("message") ?? meta?.optionalText("message"),
                roomID: try body.optionalText("room_id"), callbackID: try body.optionalText("callback_id")))
    }

    /// `PATCH …/complete`: `{"provided_secrets": {KEY: value}}`. The reply holds names only.
    package func completeAuthorizationRequest(_ id: String, _ body: JSON) async throws -> JSON {
        guard let members = body["provided_secrets"]?.objectValue,
            let values = members.map(\.value).allStrings
        else {
            throw CloudError.invalidArguments([.init("provided_secrets", "must be an object from key to value, a text")]
            )
        }
        return json(
            try await platform.completeAuthorizationRequest(
                id, values: zip(members, values).map { (key: $0.key, value: SecretValue($1)) }))
    }

    package func rejectAuthorizationRequest(_ id: String) async throws -> JSON {
        json(try await platform.rejectAuthorizationRequest(id))
    }

    package func deleteAuthorizationRequest(_ id: String) async throws -> JSON {
        try await platform.deleteAuthorizationRequest(id)
        return ["id": .string(id), "deleted": true]
    }

    private func json(_ request: AuthorizationRequest) -> JSON {
        ControlPlaneJSON.request(request, baseURL: platform.origins.current)
    }
}

extension [JSON] {
    /// The texts, if all items are texts.
    fileprivate var allStrings: [String]? {
        let texts = compactMap(\.stringValue)
        return texts.count == count ? texts : nil
    }
}

extension JSON {
    /// A required text under one of the names.
    func text(_ names: [String]) throws(CloudError) -> String {
        for name in names { if let text = self[name]?.stringValue { return text } }
        throw .invalidArguments([.init(names[0], "is required and must be a text")])
    }

    /// A text that may be left out, or null.
    func optionalText(_ name: String) throws(CloudError) -> String? {
        guard let value = self[name], !value.isNull else { return nil }
        guard let text = value.stringValue else { throw .invalidArguments([.init(name, "must be a text")]) }
        return text
    }
}
