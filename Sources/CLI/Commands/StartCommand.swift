import ArgumentParser
import Dispatch
import EmulatorServer
import Glibc
import JSONText
import World

/// `start`: serves until SIGINT or SIGTERM.
struct StartCommand: SignalAwareCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        _superCommandName: AltanEmulator.name,
        abstract: "Serve on 127.0.0.1 until stopped.",
        discussion: """
            With --json the first line on standard output is one JSON object with every address and key, printed when \
            every URL would be answered correctly. Logs go to standard error. Ended by a signal, the exit status is \
            130 (SIGINT) or 143 (SIGTERM), after everything was stopped in good order.
            """
    )

    @Option(help: "The port to listen on; 0 picks a free one.")
    var port = 54321

    @Flag(help: "Keep nothing: the state goes with the process.")
    var ephemeral = false

    @Flag(help: "Print the ready line as JSON.")
    var json = false

    @Flag(help: "Go on seeding after a statement that is refused, and say which were.")
    var continueOnError = false

    /// `exec` holds the other end: the emulator must not outlive it, however it dies.
    @Flag(help: ArgumentHelp("Stop at the end of standard input.", visibility: .hidden))
    var untilEndOfInput = false

    @OptionGroup var options: EmulatorOptions

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("A port is a number from 0 to 65535.") }
        guard !ephemeral || options.state == nil else {
            throw ValidationError("--ephemeral and --state exclude each other.")
        }
    }

    func run() async throws {
        let signals = SignalWatch()
        let world = World.system()
        var settings = try options.settings(isEphemeral: ephemeral)
        settings.continuesOnError = continueOnError
        settings.isServing = true
        let emulator = try await Emulator.open(settings, world: world, logger: options.logger(world))
        if untilEndOfInput { Self.stopAtEndOfInput() }
        do {
            // Asked to stop while it was seeding: nothing was promised yet.
            if signals.caught == nil {
                try await emulator.serve(port: port) { [json] facts in Self.announce(facts, asJSON: json) }
            }
        } catch {
            await emulator.close()
            throw error
        }
        await emulator.close()
        if let signal = signals.caught { throw ExitStatus.signal(signal) }
    }

    private static func announce(_ facts: JSON, asJSON: Bool) {
        if asJSON {
            Output.line(facts.text)
        } else {
            let url = facts["base_url"]?.stringValue ?? ""
            Output.line(
                """
                altan-emulator answers at \(url)
                \(FactsText.render(facts))
                  Services: \(url)/services/docs   Tools: \(url)/tools
                Stop it with Ctrl-C.
                """)
        }
    }

    /// Reads on a thread of its own, for the call blocks, and then stops as a signal would.
    private static func stopAtEndOfInput() {
        DispatchQueue(label: "input").async {
            while InputText.line(of: STDIN_FILENO) != nil {}
            kill(getpid(), SIGTERM)
        }
    }
}
