import AltanCloud
import JSONText

/// A text that a person picks and a model then works by.
struct MCPPrompt: Sendable {
    struct Argument: Sendable {
        var name: String
        var description: String
        var isRequired: Bool
    }

    var name: String
    var title: String
    var description: String
    var arguments: [Argument]
    var text: @Sendable (_ values: [String: String]) -> String

    static let all = [buildService]

    static let buildService = MCPPrompt(
        name: "build_service",
        title: "Build a service",
        description: "The platform's workflow for one service: project, secrets, code, deployment, tests.",
        arguments: [
            Argument(name: "task", description: "What the service is to do.", isRequired: true),
            Argument(
                name: "service_name", description: "Its name in snake_case; one that exists is updated.",
                isRequired: false),
        ],
        text: { values in
            let name = values["service_name"].map { " as the service `\($0)`" } ?? ""
            return
                "Build the following\(name) on this cloud.\n\n\(values["task"] ?? "")\n\nWork like this:\n\n\(workflow)"
        }
    )

    /// The order of work, in words of our own.
    static let workflow = """
        1. Call get_project. It gives cloud_id and base_url, which everything else needs.
        2. Write down which secrets the code will read: SUPABASE_URL and SUPABASE_KEY for the database, and whatever \
        each third party calls its keys.
        3. Call get_cloud and list_secrets to see what is there. For what is missing of a third party, make one \
        create_authorization_request for each provider and stop until the user has answered. Then read the answer with \
        get_authorization_request, once, and store each value with upsert_secret at once.
        4. While a secret is missing, write and deploy nothing. Say which are missing, and wait.
        5. Write one Python module that exports `router`, a FastAPI APIRouter. Read the environment when the module is \
        imported and raise a ValueError that names what is not set. Make clients once, at module level. Keep handlers \
        thin, check input with pydantic models, answer errors with HTTPException, and print what helps to find a fault.
        6. List the requirements that the module imports, no others, and pin none without a reason. With the database \
        that includes "supabase".
        7. Deploy with create_service, or update_service for one that exists. It answers at \
        {base_url}/services/api/{service_name}/…, and get_openapi describes it.
        8. Call every endpoint with call_endpoint: once as it is meant to be used, once with a mistake. Check status, \
        body, and with execute_sql what it did to the database. When something is wrong, read the log lines in the \
        reply or get_service_logs, correct the code and deploy again, at most twice. Then report what works and what \
        does not.
        """

    func listed(in revision: MCPRevision) -> JSON {
        var json: JSON = ["name": .string(name)]
        if revision.hasTitles { json.set("title", .string(title)) }
        json.set("description", .string(description))
        json.set(
            "arguments",
            .array(
                arguments.map {
                    [
                        "name": .string($0.name), "description": .string($0.description),
                        "required": .bool($0.isRequired),
                    ]
                }))
        return json
    }
}

// prompts/get and completion/complete.
extension MCPServer {
    func prompt(_ request: MCPRequest) throws(MCPError) -> JSON {
        let prompt = try Self.prompt(named: try request.text("name"))
        var values: [String: String] = [:]
        for member in try request.arguments().objectValue ?? [] {
            guard let text = member.value.stringValue else {
                throw .invalidParams("The argument \(member.key) is a string.")
            }
            values[member.key] = text
        }
        for argument in prompt.arguments where argument.isRequired && values[argument.name] == nil {
            throw .invalidParams("The argument \(argument.name) is required: \(argument.description)")
        }
        return [
            "description": .string(prompt.description),
            "messages": [["role": "user", "content": ["type": "text", "text": .string(prompt.text(values))]]],
        ]
    }

    private static func prompt(named name: String) throws(MCPError) -> MCPPrompt {
        guard let prompt = MCPPrompt.all.first(where: { $0.name == name }) else {
            throw .invalidParams("Unknown prompt: \(name)")
        }
        return prompt
    }

    /// Suggests clouds and services, for the prompt and for the addresses of resources.
    func complete(_ request: MCPRequest) async throws -> JSON {
        let reference = request.params["ref"] ?? .null
        let argument = request.params["argument"] ?? .null
        guard let name = argument["name"]?.stringValue, let typed = argument["value"]?.stringValue else {
            throw MCPError.invalidParams("argument is an object with name and value, both strings.")
        }
        switch reference["type"]?.stringValue {
        case "ref/prompt":
            let prompt = try Self.prompt(named: reference["name"]?.stringValue ?? "")
            guard prompt.arguments.contains(where: { $0.name == name }) else {
                throw MCPError.invalidParams("\(prompt.name) has no argument \(name).")
            }
        case "ref/resource":
            let uri = reference["uri"]?.stringValue ?? ""
            guard MCPResource.templates.contains(where: { $0.resource.uri == uri }), uri.contains("{\(name)}") else {
                throw MCPError.invalidParams("There is no resource template \(uri) with a variable \(name).")
            }
        default: throw MCPError.invalidParams("ref is of type ref/prompt or ref/resource.")
        }
        let cloud = request.params["context"]?["arguments"]?["cloud_id"]?.stringValue
        let fitting = try await candidates(for: name, cloud: cloud).filter { $0.hasPrefix(typed) }
        return [
            "completion": [
                "values": .array(fitting.prefix(100).map(JSON.string)), "total": .integer(fitting.count),
                "hasMore": .bool(fitting.count > 100),
            ]
        ]
    }

    private func candidates(for name: String, cloud: String?) async throws -> [String] {
        let clouds = try await platform.store.clouds()
        switch name {
        case "cloud_id": return clouds.map(\.id)
        case "service_name":
            var names: Set<String> = []
            for one in clouds where cloud == nil || cloud == one.id {
                names.formUnion(try await platform.store.services(cloud: one.id).map(\.name))
            }
            return names.sorted()
        default: return []
        }
    }
}
