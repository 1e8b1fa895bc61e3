import AltanCloud
import JSONText
import Synchronization
import World

// tools/list and tools/call.
extension Tool {
    /// The tool as `tools/list` shows it.
    func listed(in revision: MCPRevision) -> JSON {
        var json: JSON = ["name": .string(name)]
        if revision.hasTitles { json.set("title", .string(title)) }
        json.set("description", .string(description))
        json.set("inputSchema", inputSchema)
        if revision.hasStructuredContent { json.set("outputSchema", structure(outputSchema, in: revision)) }
        if revision.hasAnnotations {
            json.set(
                "annotations",
                [
                    "title": .string(title), "readOnlyHint": .bool(hints.readOnly),
                    "destructiveHint": .bool(hints.destructive), "idempotentHint": .bool(hints.idempotent),
                    "openWorldHint": .bool(hints.openWorld),
                ])
        }
        return json
    }

    /// Before 2026 structured content is an object: a list stands in its member `result`.
    private func structure(_ schema: JSON, in revision: MCPRevision) -> JSON {
        isWrapped(in: revision)
            ? ["type": "object", "properties": ["result": schema], "required": ["result"]] : schema
    }

    fileprivate func isWrapped(in revision: MCPRevision) -> Bool {
        !revision.takesAnyStructure && outputSchema["type"] != "object"
    }

    fileprivate func structured(_ result: JSON, in revision: MCPRevision) -> JSON {
        isWrapped(in: revision) ? ["result": result] : result
    }
}

extension MCPServer {
    func call(_ request: MCPRequest, notify: @escaping Notify) async throws -> JSON {
        let name = try request.text("name")
        let arguments = try request.arguments()
        if let answers = request.params["inputResponses"], answers.objectValue == nil {
            throw MCPError.invalidParams("inputResponses is an object.")
        }
        if let state = request.params["requestState"] { return try await resume(request, name, arguments, state) }

        let progress = request.progressToken.map { ProgressReport(token: $0, notify: notify) }
        let caller = Caller("mcp", run: request.run, requestID: platform.world.uuid())
        let work = Task {
            await toolbox.call(name: name, arguments: arguments, caller: caller) { progress?.report($0) }
        }
        // A client that no longer waits ends a call of an endpoint. What changes the cloud is carried through.
        let outcome =
            name == Tool.callEndpoint.name
            ? await withTaskCancellationHandler {
                await work.value
            } onCancel: {
                work.cancel()
            }
            : await work.value
        if case .unknownTool(_, let known) = outcome.error {
            throw MCPError.invalidParams(
                "Unknown tool: \(name)", data: ["tools": .array(known.map(JSON.string))])
        }
        if name == Tool.createAuthorizationRequest.name, !outcome.isError, request.canElicitURL {
            if request.revision.isModern { return try elicitation(for: outcome.json, arguments) }
            if request.mayAsk { return try await ask(request, about: outcome.json, by: notify) }
        }
        return rendered(outcome, of: name, in: request.revision)
    }

    /// An outcome as a result: words for the model, structure for programs. A refusal is words that say what to do
    /// next, with its facts in `_meta`, since structured content must fit the output schema.
    func rendered(_ outcome: ToolOutcome, of name: String, in revision: MCPRevision) -> JSON {
        guard !outcome.isError else {
            return [
                "content": [["type": "text", "text": .string(Self.words(outcome.json))]], "isError": true,
                "_meta": ["altan/error": outcome.json],
            ]
        }
        return success(outcome.json, of: name, in: revision)
    }

    func success(_ json: JSON, of name: String, in revision: MCPRevision) -> JSON {
        var result: JSON = ["content": [["type": "text", "text": .string(json.text)]]]
        if revision.hasStructuredContent, let tool = Toolbox.tools.first(where: { $0.name == name }) {
            result.set("structuredContent", tool.structured(json, in: revision))
        }
        result.set("isError", false)
        return result
    }

    /// What went wrong, what Python said, and what to do now.
    private static func words(_ refusal: JSON) -> String {
        let parts = [
            refusal["detail"]?.stringValue, refusal["traceback"]?.stringValue,
            refusal["next_step"]?.stringValue.map { "Next: \($0)" },
        ]
        return parts.compactMap(\.self).joined(separator: "\n")
    }
}

/// Counts the steps of one call for the client that asked to be told.
private final class ProgressReport: Sendable {
    private let token: JSON
    private let notify: MCPServer.Notify
    private let count = Mutex(0)

    init(token: JSON, notify: @escaping MCPServer.Notify) {
        self.token = token
        self.notify = notify
    }

    func report(_ message: String) {
        // Under the lock, so that no step overtakes another.
        count.withLock { count in
            count += 1
            notify([
                "jsonrpc": "2.0", "method": "notifications/progress",
                "params": ["progressToken": token, "progress": .integer(count), "message": .string(message)],
            ])
        }
    }
}
