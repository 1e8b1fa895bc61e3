import ArgumentParser
import Glibc
import JSONText

/// `exec`: an emulator for the time of one command.
///
/// This process stays without threads and only supervises two children, the emulator (this program again) and the
/// command: signals can so be told apart and passed on exactly, and the command inherits no descriptor of a server.
struct ExecCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        _superCommandName: AltanEmulator.name,
        abstract: "Run a command with an emulator of its own.",
        usage: "altan-emulator exec [<options>] -- <command> [<arguments> ...]",
        discussion: """
            The emulator is ephemeral and listens on a free port, unless --state and --port say otherwise. The command \
            finds it by SUPABASE_URL, SUPABASE_KEY (service role), SUPABASE_ANON_KEY, ALTAN_BASE_URL, ALTAN_CLOUD_ID \
            and ALTAN_MCP_URL. Signals are passed on to it. The exit status is the command's, or 128 and the number of \
            the signal that ended it; 127 when there is no such command; 3 when the emulator could not start; 4 when the \
            command succeeded and a rule that blocks was broken. With --report what was done is reported, however the \
            command ended.
            """
    )

    @Option(help: "The port to listen on; 0 picks a free one.")
    var port = 0

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Write a report to this file: JUnit's XML (.xml), Markdown (.md), JSON (.json) or text. May be repeated.",
            valueName: "file"))
    var report: [String] = []

    @OptionGroup var options: EmulatorOptions

    @Argument(parsing: .postTerminator, help: "The command, after `--`.")
    var command: [String] = []

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("A port is a number from 0 to 65535.") }
        guard !command.isEmpty else { throw ValidationError("Name the command to run after `--`.") }
    }

    func run() throws {
        let server = try ServerProcess(
            ["--port", "\(port)"] + (options.state == nil ? ["--ephemeral"] : []) + options.arguments)
        var status: ExitStatus
        do {
            status = try supervise(server)
        } catch {
            server.stop()
            throw error
        }
        if status == .command(0) || !report.isEmpty {
            let judged = try judge(server)
            if status == .command(0) { status = judged }
        }
        server.stop()
        if status != .command(0) { throw status }
    }

    /// Writes the reports and says what rules were broken, in a process of its own: this one stays without threads.
    private func judge(_ server: ServerProcess) throws -> ExitStatus {
        guard server.process.ended == nil else {
            for file in report { try LostReport.write(to: file, reason: "The emulator ended before the command did.") }
            return .failure
        }
        var mask = sigset_t()
        sigemptyset(&mask)
        let reporter = try ChildProcess(
            [ProcessEnvironment.executable, "report", "--quiet", "--url", server.facts["base_url"]?.stringValue ?? ""]
                + report.flatMap { ["--output", $0] },
            environment: ProcessEnvironment.variables, mask: mask)
        return reporter.wait()
    }

    private func supervise(_ server: ServerProcess) throws -> ExitStatus {
        var environment = ProcessEnvironment.variables
        for variable in EnvironmentFacts(server.facts).variables { environment[variable.name] = variable.value }
        let signals = SignalRelay()
        let child = try ChildProcess(command, environment: environment, mask: signals.outerMask)
        return signals.relay(to: child) {
            if server.process.ended != nil {
                Output.error("altan-emulator: the emulator ended before the command did.")
            }
        }
    }
}
