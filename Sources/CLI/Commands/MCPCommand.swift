import ArgumentParser
import EmulatorServer
import JSONText
import World

/// `mcp`: the agent's tools over standard input and output.
struct MCPCommand: SignalAwareCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        _superCommandName: AltanEmulator.name,
        abstract: "Serve the agent's tools over MCP on standard input and output.",
        discussion: """
            For programs that start their MCP servers themselves. It speaks for the emulator that runs on the state \
            folder; where none runs it starts one, which listens on a free port and ends with this command. One JSON \
            message a line; logs go to standard error. Ends at the end of the input. Over HTTP the same server \
            answers at /mcp.
            """
    )

    @Option(help: "Where no emulator runs: the port for the one to be started; 0 picks a free one.")
    var port = 0

    @OptionGroup var target: TargetOptions

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("A port is a number from 0 to 65535.") }
    }

    func run() async throws {
        let lines = InputLines()
        let signals = SignalWatch { lines.stop() }
        if let connection = try await target.running() {
            await MCPPipe(EmulatorClient(.http(connection))).carry(lines.stream)
            await connection.close()
        } else if let opened = try await open() {
            try await serve(opened, lines)
        } else {
            // Another one was just starting.
            try await target.withRunning { await MCPPipe($0).carry(lines.stream) }
        }
        if let signal = signals.caught { throw ExitStatus.signal(signal) }
    }

    /// Opens the state folder; nil where another process has it and answers by now.
    private func open() async throws -> Emulator? {
        let world = World.system()
        for attempt in 1... {
            do {
                var settings = try target.emulator.settings()
                settings.isServing = true
                return try await Emulator.open(settings, world: world, logger: target.emulator.logger(world))
            } catch let failure as StartFailure {
                guard case .stateLocked = failure, attempt < 100 else { throw failure }
                try await Task.sleep(for: .milliseconds(300))
                if let connection = try await target.running() {
                    await connection.close()
                    return nil
                }
            }
        }
        return nil
    }

    private func serve(_ emulator: Emulator, _ lines: InputLines) async throws {
        let (ready, listens) = AsyncStream.makeStream(of: Void.self)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await emulator.serve(port: port) { facts in
                        Output.error("altan-emulator answers at \(facts["base_url"]?.stringValue ?? "")")
                        listens.finish()
                    }
                }
                group.addTask {
                    // Before that nothing can tell the addresses.
                    for await _ in ready {}
                    if !Task.isCancelled { await MCPPipe(EmulatorClient(.inProcess(emulator))).carry(lines.stream) }
                }
                // Whichever ends first: the input, or the listener at a signal.
                try await group.next()
                lines.stop()
                group.cancelAll()
                try await group.waitForAll()
            }
        } catch is CancellationError {
            // The listener was told to stop.
        } catch {
            await emulator.close()
            throw error
        }
        await emulator.close()
    }
}
