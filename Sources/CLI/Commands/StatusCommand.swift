import ArgumentParser
import JSONText

/// `status`: the facts of the ready line, of an emulator that runs.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", _superCommandName: AltanEmulator.name,
        abstract: "Print addresses and keys of the emulator that runs.")

    @Flag(help: "Print environment variables, one a line: NAME=value.")
    var env = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var target: TargetOptions

    func validate() throws {
        guard !env || !json else { throw ValidationError("--env and --json exclude each other.") }
    }

    func run() async throws {
        let facts = try await target.withRunning { try await $0.facts() }
        if env {
            for variable in EnvironmentFacts(facts).variables { Output.line("\(variable.name)=\(variable.value)") }
        } else {
            Output.line(json ? facts.text : FactsText.render(facts))
        }
    }
}
