import AgentTools
import ArgumentParser
import JSONText

/// `tool`: calls one of the agent's tools.
struct ToolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tool",
        _superCommandName: AltanEmulator.name,
        abstract: "Call one of the agent's tools.",
        discussion: """
            The answer is printed as JSON, a refusal too; what to do about it is on standard error then, and the exit \
            status is 1, or 4 when a rule that blocks was broken. A secret is best read from standard input:

              altan-emulator tool upsert_secret - < secret.json
            """
    )

    @Argument(help: "The tool, such as get_project.")
    var name: String?

    @Argument(help: ArgumentHelp("A JSON object, @FILE, or - for standard input.", valueName: "arguments"))
    var arguments: String?

    @Flag(help: "List the tools instead.")
    var list = false

    @OptionGroup var target: TargetOptions

    func validate() throws {
        guard list != (name != nil) else { throw ValidationError("Name one tool, or ask for them with --list.") }
    }

    func run() async throws {
        guard let name else { return ToolsCommand.List().run() }
        let arguments = try readArguments(of: name)
        let reply = try await target.withEmulator { try await $0.call(tool: name, arguments) }
        let json = try reply.json(of: name)
        Output.line(json.prettyText)
        if !reply.isSuccess { throw CommandFailure.refused(Refusal(status: reply.status, json: json)) }
    }

    private func readArguments(of name: String) throws(CommandFailure) -> JSON {
        guard let arguments else { return [:] }
        let isInline = arguments != "-" && !arguments.hasPrefix("@")
        let text = isInline ? arguments : try InputText.read(arguments == "-" ? "-" : String(arguments.dropFirst()))
        let json: JSON
        do {
            json = try JSON(parsing: text)
        } catch {
            throw .badArguments("The arguments are not JSON: \(error.reason) at byte \(error.offset).")
        }
        if isInline { warnAboutSecrets(in: json, of: name) }
        return json
    }

    /// A command line is in the shell's history and in every process list.
    private func warnAboutSecrets(in arguments: JSON, of name: String) {
        let secret =
            Toolbox.tools.first { $0.name == name }?.arguments
            .filter { $0.isSecret && arguments[$0.name] != nil }.map(\.name) ?? []
        guard !secret.isEmpty else { return }
        Output.error(
            "warning: \(secret.joined(separator: ", ")) of \(name) was given as an argument, which other users and the "
                + "shell's history can see. Use `-` and standard input instead.")
    }
}
