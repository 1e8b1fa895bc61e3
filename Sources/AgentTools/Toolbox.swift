package import AltanCloud
package import JSONText
import World

/// All tools, in the order in which an agent needs them, and the one way to call them.
package struct Toolbox: Sendable {
    package static let tools: [Tool] = [
        .getProject, .getCloud,
        .listSecrets, .upsertSecret, .deleteSecret,
        .createAuthorizationRequest, .getAuthorizationRequest, .listAuthorizationRequests,
        .createService, .updateService, .listServices, .getService, .deleteService, .getServiceLogs,
        .executeSQL,
    ]

    private let platform: Platform

    package init(_ platform: Platform) { self.platform = platform }

    package var tools: [Tool] { Self.tools }

    /// `GET /tools`.
    package var listing: JSON {
        [
            "tools": .array(
                tools.map { tool in
                    [
                        "name": .string(tool.name), "title": .string(tool.title),
                        "description": .string(tool.description), "input_schema": tool.inputSchema,
                        "output_schema": tool.outputSchema,
                    ]
                })
        ]
    }

    /// Calls a tool and journals the call. Never throws: an error is an outcome too, rendered without secrets.
    package func call(name: String, arguments: JSON, caller: Caller) async -> ToolOutcome {
        var caller = caller
        let requestID = caller.requestID ?? platform.world.uuid()
        caller.requestID = requestID
        let start = platform.world.clock.monotonic
        let outcome = await run(name, arguments, caller)
        platform.journal.append(
            JournalEvent(
                .tool, caller: caller.name, run: caller.run, requestID: requestID, path: name, status: outcome.status,
                duration: platform.world.clock.monotonic - start,
                request: .json(withoutSecrets(arguments, of: name)), response: .json(outcome.json)))
        return outcome
    }

    private func run(_ name: String, _ arguments: JSON, _ caller: Caller) async -> ToolOutcome {
        do {
            guard let tool = tools.first(where: { $0.name == name }) else {
                throw CloudError.unknownTool(name, known: tools.map(\.name))
            }
            let arguments = try ToolArguments(arguments, for: tool.arguments)
            let result = try await tool.run(arguments, ToolContext(platform: platform, caller: caller))
            return ToolOutcome(status: 200, json: result, error: nil)
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
