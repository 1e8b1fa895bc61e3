package import AltanCloud
package import JSONText
import World

/// All tools, in the order in which an agent needs them, and the one way to call them.
package struct Toolbox: Sendable {
    package static let tools: [Tool] = [
        .getProject, .getCloud, .activateCloud,
        .listSecrets, .upsertSecret, .deleteSecret,
        .createAuthorizationRequest, .getAuthorizationRequest, .listAuthorizationRequests,
        .createService, .updateService, .listServices, .getService, .restartService, .deleteService,
        .getOpenAPI, .callEndpoint, .getServiceLogs,
        .executeSQL,
    ]

    private let platform: Platform
    let endpoints: any EndpointCalling

    package init(_ platform: Platform, endpoints: any EndpointCalling) {
        self.platform = platform
        self.endpoints = endpoints
    }

    package var tools: [Tool] { Self.tools }

    /// `GET /tools`.
    package var listing: JSON {
        [
            "tools": .array(
                tools.map { tool in
                    [
                        "name": .string(tool.name), "title": .string(tool.title),
                        "description": .string(tool.description), "input_schema": tool.inputSchema,
                        "output_schema": tool.outputSchema, "hints": tool.hints.json,
                    ]
                })
        ]
    }

    /// Calls a tool and journals the call. Never throws: an error is an outcome too, rendered without secrets.
    /// - Parameter progress: hears of the steps of a call that takes long.
    package func call(
        name: String, arguments: JSON, caller: Caller, progress: @escaping @Sendable (String) -> Void = { _ in }
    ) async -> ToolOutcome {
        var caller = caller
        let requestID = caller.requestID ?? platform.world.uuid()
        caller.requestID = requestID
        let start = platform.world.clock.monotonic
        var event = JournalEvent(
            .tool, caller: caller.name, run: caller.run, requestID: requestID, path: name,
            request: .json(withoutSecrets(arguments, of: name)), facts: facts(arguments, of: name))
        let context = JournalContext(caller: caller.name, run: caller.run, requestID: requestID)
        let outcome = await context.run { [event, caller] in await run(name, arguments, caller, event, progress) }
        event.status = outcome.status
        event.duration = platform.world.clock.monotonic - start
        event.response = .json(outcome.json)
        if let error = outcome.error {
            event.facts.append(.init("error", .string(error.code)))
            if let rule = error.rule { event.facts.append(.init("rule", .string(rule))) }
        }
        platform.journal.append(event)
        return outcome
    }

    /// What rules ask of a call; bodies are cut when they are long, and these are not.
    private func facts(_ arguments: JSON, of name: String) -> [JSON.Member] {
        func text(_ names: String...) -> String? { names.lazy.compactMap { arguments[$0]?.stringValue }.first }
        var facts: [JSON.Member] = []
        if let cloud = text("cloud_id") { facts.append(.init("cloud_id", .string(cloud))) }
        let namesService = tools.first { $0.name == name }?.arguments.contains { $0.name == "service_name" } ?? false
        if namesService, let service = text("service_name", "name") { facts.append(.init("service", .string(service))) }
        if let key = text("key") { facts.append(.init("keys", [.string(key)])) }
        return facts
    }

    private func run(
        _ name: String, _ arguments: JSON, _ caller: Caller, _ event: JournalEvent,
        _ progress: @escaping @Sendable (String) -> Void
    ) async -> ToolOutcome {
        do {
            guard let tool = tools.first(where: { $0.name == name }) else {
                throw Elsewhere.refusal(of: name) ?? .unknownTool(name, known: tools.map(\.name))
            }
            let arguments = try ToolArguments(arguments, for: tool.arguments)
            let context = ToolContext(platform: platform, caller: caller, endpoints: endpoints, progress: progress)
            let warnings = RuleWarnings()
            let result = try await RuleWarnings.$current.withValue(warnings) {
                _ = try await platform.judge(event)
                return try await tool.run(arguments, context)
            }
            return ToolOutcome(status: 200, json: result.warned(warnings.all), error: nil)
        } catch {
            let (status, json) = platform.rendering(of: error)
            return ToolOutcome(status: status, json: json, error: error as? CloudError)
        }
    }

    /// Arguments for the journal. The redactor does not know a value that was refused, so it is left out by its name.
    private func withoutSecrets(_ arguments: JSON, of name: String) -> JSON {
        guard let tool = tools.first(where: { $0.name == name }) else { return arguments }
        var arguments = arguments
        for property in tool.arguments where property.isSecret && arguments[property.name] != nil {
            arguments.set(property.name, "[redacted]")
        }
        return arguments
    }
}

/// How a call ended: a result, or an error rendered the same way for every protocol.
package struct ToolOutcome: Sendable {
    /// The HTTP status; 200 for every success.
    package var status: Int
    package var json: JSON
    /// The error as data, for those who need more than its rendering. Render `json`, which is redacted.
    package var error: CloudError?

    package var isError: Bool { status != 200 }
}

extension JSON {
    /// The result with what rules warn of, where it has a place for warnings. The report tells them in any case.
    fileprivate func warned(_ warnings: [String]) -> JSON {
        guard !warnings.isEmpty, let given = self["warnings"]?.arrayValue else { return self }
        var json = self
        let added = warnings.map(JSON.string).filter { !given.contains($0) }
        json.set("warnings", .array(added + given))
        return json
    }
}
