import ArgumentParser
import JSONText

/// `mark`: sets what `reset` returns to.
struct MarkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mark", _superCommandName: AltanEmulator.name,
        abstract: "Make the present state what reset returns to.")

    @OptionGroup var target: TargetOptions

    func run() async throws {
        _ = try await target.withEmulator { try await $0.json("POST", "/_emulator/mark", body: [:]) }
        Output.line("Marked.")
    }
}
