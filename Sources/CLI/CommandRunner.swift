import ArgumentParser
import Dispatch
import EmulatorServer
import Glibc

/// A command that wants to stop in good order when it is asked to, rather than to be killed.
protocol SignalAwareCommand: AsyncParsableCommand {}

/// Runs one command line to its end.
enum CommandRunner {
    static func run(_ arguments: [String]) -> ExitStatus {
        // Dispatch's threads take no signals, so this one may begin before the signals are blocked.
        if arguments.first == StartCommand.configuration.commandName {
            DispatchQueue.global().async { Emulator.warmUp() }
        }
        do {
            var command = try parse(arguments)
            if let asynchronous = command as? any AsyncParsableCommand {
                // A broken pipe is an error of a write, not the end of the process.
                signal(SIGPIPE, SIG_IGN)
                if command is any SignalAwareCommand { SignalWatch.blockSignals() }
                return wait(for: asynchronous)
            }
            try command.run()
            return .success
        } catch {
            return report(error)
        }
    }

    /// The command that a line asks for. Making the parser of one command takes a fraction of the time that making all of
    /// them does; what it does not accept (help, and wrong usage, which the whole program words) is parsed again by all.
    private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
        let named = AltanEmulator.configuration.subcommands.first { $0.configuration.commandName == arguments.first }
        if let command = try? named?.parseAsRoot(Array(arguments.dropFirst())) { return command }
        return try AltanEmulator.parseAsRoot(arguments)
    }

    /// The main thread does nothing but wait, so signals that it blocks are blocked everywhere.
    private static func wait(for command: any AsyncParsableCommand) -> ExitStatus {
        let execution = Execution(command)
        // Awaited through the semaphore.
        Task {
            do {
                try await execution.command.run()
            } catch {
                execution.status = report(error)
            }
            execution.done.signal()
        }
        execution.done.wait()
        return execution.status
    }

    /// A command and how it ended. Not checked by the compiler: the task alone touches it until it signals, and the
    /// waiting thread alone after that.
    private final class Execution: @unchecked Sendable {
        var command: any AsyncParsableCommand
        var status = ExitStatus.success
        let done = DispatchSemaphore(value: 0)

        init(_ command: any AsyncParsableCommand) { self.command = command }
    }

    /// Says what went wrong, where that is still to be said.
    private static func report(_ error: any Error) -> ExitStatus {
        switch error {
        case let status as ExitStatus: return status
        case let failure as CommandFailure:
            if let message = failure.message { Output.error("altan-emulator: \(message)") }
            return failure.exit
        case let failure as StartFailure:
            Output.error("altan-emulator: \(failure)")
            return .couldNotStart
        default: return reportToUser(error)
        }
    }

    /// The parser's own: help and version on standard output, wrong usage on standard error. And what nobody foresaw.
    private static func reportToUser(_ error: any Error) -> ExitStatus {
        let code = AltanEmulator.exitCode(for: error)
        let message = AltanEmulator.fullMessage(for: error)
        if code == .success {
            Output.line(message)
            return .success
        }
        if code == .validationFailure {
            Output.error(message)
            return .usage
        }
        Output.error("altan-emulator: \(error)")
        return .failure
    }
}
