import ArgumentParser
import JSONText

/// `reset`: returns to the mark.
struct ResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", _superCommandName: AltanEmulator.name,
        abstract: "Return to the mark: the seed, or what `mark` has set since.")

    @Flag(help: "Load the seed anew. (not built yet)")
    var reseed = false

    @OptionGroup var target: TargetOptions

    func run() async throws {
        if reseed {
            throw CommandFailure.notBuilt(
                "reset --reseed", instead: "Stop the emulator and remove its state folder to start from the seed.")
        }
        let reply = try await target.withEmulator { try await $0.json("POST", "/_emulator/reset", body: [:]) }
        Output.line("Reset. Run: \(reply["run"]?.stringValue ?? "")")
    }
}
