package import AltanCloud
package import JSONText

/// One thing an agent can do on the platform, as a value: MCP, HTTP and the command line show the same one.
package struct Tool: Sendable {
    /// What a client may assume before it asks its user.
    package struct Hints: Hashable, Sendable {
        package var readOnly: Bool
        package var destructive: Bool
        package var idempotent: Bool
        /// Whether it reaches what is not the emulator's own.
        package var openWorld = false

        static let reads = Hints(readOnly: true, destructive: false, idempotent: true)
        static let writes = Hints(readOnly: false, destructive: false, idempotent: true)
        static let creates = Hints(readOnly: false, destructive: false, idempotent: false)
        static let destroys = Hints(readOnly: false, destructive: true, idempotent: true)
    }

    package var name: String
    package var title: String
    /// When to use it, and what to call next.
    package var description: String
    package var arguments: [Schema.Property]
    /// What a success looks like.
    package var output: Schema
    package var hints: Hints
    var run: @Sendable (ToolArguments, ToolContext) async throws -> JSON

    init(
        _ name: String,
        title: String,
        description: String,
        arguments: [Schema.Property],
        output: Schema,
        hints: Hints,
        run: @escaping @Sendable (ToolArguments, ToolContext) async throws -> JSON
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.arguments = arguments
        self.output = output
        self.hints = hints
        self.run = run
    }

    /// JSON Schema of the arguments.
    package var inputSchema: JSON { Schema.object(arguments).json }
    /// JSON Schema of a success.
    package var outputSchema: JSON { output.json }
}

extension Tool.Hints {
    /// As `GET /tools` shows them.
    var json: JSON {
        [
            "read_only": .bool(readOnly), "destructive": .bool(destructive), "idempotent": .bool(idempotent),
            "open_world": .bool(openWorld),
        ]
    }
}

/// What a tool works with.
package struct ToolContext: Sendable {
    package var platform: Platform
    package var caller: Caller
    var endpoints: any EndpointCalling
    /// Tells a caller that wants to know which step comes next.
    var progress: @Sendable (String) -> Void = { _ in }

    var store: CloudStore { platform.store }

    /// Where a cloud is reached now.
    func baseURL(_ cloud: String) -> String { platform.origins.baseURL(of: cloud) }
}

/// A tool's arguments after they were checked: present where required, and of the right type.
package struct ToolArguments: Sendable {
    let json: JSON
    /// Of more wrong arguments than these the rest is counted.
    private static let tellableProblems = 20

    /// A required text.
    func text(_ name: String) -> String { json[name]?.stringValue ?? "" }
    func optionalText(_ name: String) -> String? { json[name]?.stringValue }
    func integer(_ name: String, default value: Int) -> Int { json[name]?.intValue ?? value }
    func texts(_ name: String) -> [String] { json[name]?.arrayValue?.compactMap(\.stringValue) ?? [] }
    func value(_ name: String) -> JSON? { json[name].flatMap { $0.isNull ? nil : $0 } }

    /// `cloud_id`, which every tool may leave out where there is one cloud.
    var cloudID: String? { optionalText("cloud_id") }

    /// Takes arguments as an agent sent them: puts canonical names in place of aliases and checks against the schema.
    init(_ json: JSON, for properties: [Schema.Property]) throws(CloudError) {
        var json = json.isNull ? .object([]) : json
        if case .object(var members) = json {
            for property in properties {
                guard let alias = property.alias else { continue }
                let aliased = members.first { $0.key == alias }
                guard let aliased, !properties.contains(where: { $0.name == alias }) else { continue }
                members.removeAll { $0.key == alias }
                // Both names with one value is harmless; two values are not.
                if let given = members.first(where: { $0.key == property.name }) {
                    guard given.value == aliased.value else {
                        throw .invalidArguments([.init(alias, "differs from \(property.name): they mean the same")])
                    }
                } else {
                    members.append(JSON.Member(property.name, aliased.value))
                }
            }
            json = .object(members)
        }
        let problems = Schema.object(properties).problems(json, at: "")
        guard problems.count <= Self.tellableProblems else {
            let rest = problems.count - Self.tellableProblems
            throw .invalidArguments(
                problems.prefix(Self.tellableProblems) + [.init("\(rest) more", "are wrong in such a way too")])
        }
        guard problems.isEmpty else { throw .invalidArguments(problems) }
        self.json = json
    }
}
