import ArgumentParser
import JSONText
import ServiceRuntime

/// `doctor`: looks at everything outside the program that it needs.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        _superCommandName: AltanEmulator.name,
        abstract: "Check what the emulator needs from this machine.",
        discussion: "Each line says ok or problem, with what to do. The exit status is 1 when there is a problem."
    )

    @Option(help: "The port that is to be free.")
    var port = 54321

    @Option(help: ArgumentHelp("The state folder. (default: .emulator)", valueName: "folder"))
    var state: String?

    @Flag(help: "Print the findings as JSON.")
    var json = false

    func run() throws {
        let folder = ProcessEnvironment.absolute(state ?? ".emulator")
        let cache = BaseEnvironment.cacheFolder(environment: ProcessEnvironment.variables)
        let base = BaseEnvironment(cacheFolder: cache)
        let findings = [
            Checkup.python(base), Checkup.uv(base), Checkup.sqlite(), Checkup.port(port, state: folder),
            Checkup.state(folder), Checkup.writable("cache", cache), Checkup.writable("state folder", folder),
        ]
        if json {
            Output.line(JSON.array(findings.map(\.json)).prettyText)
        } else {
            for finding in findings { Output.line(finding.text) }
        }
        guard findings.allSatisfy({ $0.fix == nil }) else { throw ExitStatus.failure }
    }
}
