import AgentTools
import ArgumentParser
import JSONText

/// `tools`: the agent's tools as data.
struct ToolsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tools", _superCommandName: AltanEmulator.name, abstract: "Show the agent's tools.",
        subcommands: [Export.self, List.self],
        defaultSubcommand: List.self)

    /// `tools list`: names and titles.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List their names.")

        func run() {
            let width = Toolbox.tools.map(\.name.count).max() ?? 0
            for tool in Toolbox.tools {
                Output.line(tool.name + String(repeating: " ", count: width + 2 - tool.name.count) + tool.title)
            }
        }
    }

    /// `tools export`: for a model's interface.
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Print their names, descriptions and schemas as JSON, always in the same order.",
            discussion: """
                mcp is the answer to tools/list, openai a list of functions, anthropic a list of tools: what the \
                `tools` of a request to a model takes.
                """)

        @Option(help: "For whom: mcp, openai or anthropic.")
        var format = ToolExport.mcp

        func run() { Output.line(format.json.prettyText) }
    }
}

extension ToolExport: ExpressibleByArgument {}
