package import JSONText

/// The tools as other programs take them: the same list, in the same order, in the shape of one of the common
/// interfaces to models.
package enum ToolExport: String, CaseIterable, Sendable {
    /// `tools/list` of the newest revision.
    case mcp
    /// Functions of OpenAI's responses interface.
    case openai
    case anthropic

    package var json: JSON {
        let items = Toolbox.tools.map { tool -> JSON in
            switch self {
            case .mcp: tool.listed(in: .july2026)
            case .openai:
                // Not strict: that mode wants every argument to be required.
                [
                    "type": "function", "name": .string(tool.name), "description": .string(tool.description),
                    "parameters": tool.inputSchema, "strict": false,
                ]
            case .anthropic:
                [
                    "name": .string(tool.name), "description": .string(tool.description),
                    "input_schema": tool.inputSchema,
                ]
            }
        }
        return self == .mcp ? ["tools": .array(items)] : .array(items)
    }
}
