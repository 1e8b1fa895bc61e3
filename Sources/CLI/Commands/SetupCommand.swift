import ArgumentParser
import EmulatorServer
import ServiceRuntime

/// `setup`: makes the Python environment that services run in.
struct SetupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        _superCommandName: AltanEmulator.name,
        abstract: "Make the Python environment that services run in.",
        discussion: "Once for each machine and version. Proxy and index variables of pip are honoured."
    )

    @Flag(help: "Ask no package registry: every package must be in pip's cache or in PIP_FIND_LINKS.")
    var offline = false

    func run() async throws {
        let variables = ProcessEnvironment.variables
        let base = BaseEnvironment(cacheFolder: BaseEnvironment.cacheFolder(environment: variables))
        do {
            try await base.setup(environment: variables, offline: offline) { Output.line($0) }
        } catch let error as SetupError {
            throw StartFailure.other("\(error)")
        }
    }
}
