import Glibc
import JSONText

/// An emulator in a process of its own, which ends with this one.
struct ServerProcess {
    let process: ChildProcess
    /// The ready line.
    let facts: JSON
    /// The other end of its standard input: closed with this process, however that ends.
    private let lifeline: Int32

    /// Starts it and waits until it is ready.
    /// - Parameter arguments: options of `start`.
    /// - Throws: `CommandFailure.serverEnded` with its status; it has said why.
    init(_ arguments: [String]) throws {
        let (input, output) = (try Self.makePipe(), try Self.makePipe())
        lifeline = input.write
        var mask = sigset_t()
        sigprocmask(SIG_BLOCK, nil, &mask)
        process = try ChildProcess(
            [ProcessEnvironment.executable, "start", "--json", "--until-end-of-input"] + arguments,
            environment: ProcessEnvironment.variables, input: input.read, output: output.write, ownGroup: true,
            mask: mask)
        close(input.read)
        close(output.write)
        let line = InputText.line(of: output.read)
        close(output.read)
        guard let line, let facts = try? JSON(parsing: line) else {
            close(lifeline)
            throw CommandFailure.serverEnded(process.wait())
        }
        self.facts = facts
    }

    /// Stops it in good order and waits for that.
    func stop() {
        close(lifeline)
        process.send(SIGTERM)
        _ = process.wait()
    }

    /// A pipe that children get only where they are given it.
    private static func makePipe() throws(CommandFailure) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw .unreadable(file: "A pipe", reason: String(cString: strerror(errno)))
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
