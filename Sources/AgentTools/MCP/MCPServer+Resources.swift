import AltanCloud
import JSONText
import World

/// Something that can be read at an address of its own.
enum MCPResource: Hashable, Sendable {
    case workflow
    case openAPI(cloud: String)
    case code(cloud: String, service: String)
    case logs(cloud: String, service: String)

    private static let root = "altan://"

    var uri: String {
        switch self {
        case .workflow: "\(Self.root)workflow"
        case .openAPI(let cloud): "\(Self.root)clouds/\(cloud)/openapi.json"
        case .code(let cloud, let service): "\(Self.root)clouds/\(cloud)/services/\(service)/code"
        case .logs(let cloud, let service): "\(Self.root)clouds/\(cloud)/services/\(service)/logs"
        }
    }

    init?(uri: String) {
        guard uri.hasPrefix(Self.root) else { return nil }
        let path = uri.dropFirst(Self.root.count).split(separator: "/", omittingEmptySubsequences: false).map(
            String.init)
        switch (path.count, path.first, path.last) {
        case (1, "workflow", _): self = .workflow
        case (3, "clouds", "openapi.json"): self = .openAPI(cloud: path[1])
        case (5, "clouds", "code") where path[2] == "services": self = .code(cloud: path[1], service: path[3])
        case (5, "clouds", "logs") where path[2] == "services": self = .logs(cloud: path[1], service: path[3])
        default: return nil
        }
    }

    private var facts: (name: String, description: String, type: String) {
        switch self {
        case .workflow:
            ("Workflow", "How a service comes about, from the project to tested endpoints.", "text/markdown")
        case .openAPI: ("OpenAPI", "The deployed services of a cloud in one OpenAPI document.", "application/json")
        case .code(_, let service): ("Code of \(service)", "The module as it was deployed last.", "text/x-python")
        case .logs(_, let service): ("Log of \(service)", "What the service printed, oldest line first.", "text/plain")
        }
    }

    var mimeType: String { facts.type }

    func listed(in revision: MCPRevision) -> JSON { Self.listing("uri", uri, facts, revision) }

    /// A family of resources, as `resources/templates/list` shows it.
    struct Template: Sendable {
        var resource: MCPResource

        func listed(in revision: MCPRevision) -> JSON {
            MCPResource.listing("uriTemplate", resource.uri, resource.facts, revision)
        }
    }

    static let templates = [
        Template(resource: .openAPI(cloud: "{cloud_id}")),
        Template(resource: .code(cloud: "{cloud_id}", service: "{service_name}")),
        Template(resource: .logs(cloud: "{cloud_id}", service: "{service_name}")),
    ]

    private static func listing(
        _ member: String, _ address: String, _ facts: (name: String, description: String, type: String),
        _ revision: MCPRevision
    ) -> JSON {
        var json: JSON = .object([JSON.Member(member, .string(address)), JSON.Member("name", .string(facts.name))])
        if revision.hasTitles { json.set("title", .string(facts.name)) }
        json.set("description", .string(facts.description))
        json.set("mimeType", .string(facts.type))
        return json
    }
}

// resources/list and resources/read.
extension MCPServer {
    /// Every resource there is now, in a stable order.
    func resources() async throws -> [MCPResource] {
        var resources = [MCPResource.workflow]
        for cloud in try await platform.store.clouds() {
            resources.append(.openAPI(cloud: cloud.id))
            for service in try await platform.store.services(cloud: cloud.id) {
                resources += [
                    .code(cloud: cloud.id, service: service.name), .logs(cloud: cloud.id, service: service.name),
                ]
            }
        }
        return resources
    }

    func read(_ request: MCPRequest) async throws -> JSON {
        let uri = try request.text("uri")
        guard let resource = MCPResource(uri: uri) else { throw MCPError.unknownResource(uri) }
        let text: String
        do {
            text = try await self.text(of: resource)
        } catch let error as CloudError where error.status == 404 {
            throw MCPError.unknownResource(uri)
        }
        return [
            "contents": [
                [
                    "uri": .string(uri), "mimeType": .string(resource.mimeType),
                    "text": .string(platform.redactor.redact(text)),
                ]
            ]
        ]
    }

    private func text(of resource: MCPResource) async throws -> String {
        switch resource {
        case .workflow: return MCPPrompt.workflow
        case .openAPI(let cloud):
            let cloud = try await platform.store.cloud(cloud)
            return try await toolbox.endpoints.openAPI(cloud: cloud.id).prettyText
        case .code(let cloud, let service):
            let cloud = try await platform.store.cloud(cloud)
            return try await platform.store.service(service, cloud: cloud.id).code
        case .logs(let cloud, let service):
            let cloud = try await platform.store.cloud(cloud)
            _ = try await platform.store.service(service, cloud: cloud.id)
            return try await platform.logs.lines(cloud: cloud.id, service: service, tail: 1000)
                .map { "\($0.timestamp)  \($0.message)" }.joined(separator: "\n")
        }
    }
}
