import ArgumentParser
import ServiceRuntime

/// `version`: of the program and of the Python in it.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", _superCommandName: AltanEmulator.name, abstract: "Print the version.")

    func run() { Output.line("altan-emulator \(AltanEmulator.version) (Python \(BaseEnvironment.version))") }
}
