import ArgumentParser

/// `mcp`: the agent's tools over standard input and output. Not built yet.
struct MCPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp", abstract: "Serve the agent's tools over MCP. (not built yet)")

    func run() throws {
        throw CommandFailure.notBuilt(
            "mcp", instead: "The same tools answer at GET /tools and POST /tools/{name}, and to `altan-emulator tool`.")
    }
}
