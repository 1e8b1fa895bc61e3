import CPythonShim
import Glibc
import NIOPosix

/// A process started with posix_spawn: nothing of this process is inherited but what is named.
struct Subprocess: Sendable {
    let pid: pid_t

    /// - Parameters:
    ///   - descriptors: what the child's descriptors 0, 1, 2, … are; every other one is closed.
    ///   - ownGroup: makes the child the leader of a process group of its own, so that Ctrl-C does not reach it.
    init(
        _ arguments: [String], environment: [String: String], descriptors: [Int32], ownGroup: Bool
    ) throws(SubprocessError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // Through numbers above all targets, lest one dup2 overwrite what a later one needs.
        let base: Int32 = 512
        for (target, source) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, source, base + Int32(target))
        }
        for target in descriptors.indices {
            posix_spawn_file_actions_adddup2(&actions, base + Int32(target), Int32(target))
        }
        altan_spawn_close_from(&actions, Int32(descriptors.count))

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        var flags = Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK)
        if ownGroup { flags |= Int16(POSIX_SPAWN_SETPGROUP) }
        posix_spawnattr_setflags(&attributes, flags)

        var argv = arguments.map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, arguments[0], &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw SubprocessError(program: arguments[0], code: code) }
        self.pid = pid
    }

    /// Waits, blocking the thread, for the end; the exit code, or the negated signal.
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : -signal
    }
}

/// A program that could not be started.
struct SubprocessError: Error, Hashable {
    var program: String
    var code: Int32

    var reason: String { String(cString: strerror(code)) }
}

/// What a finished command printed (both streams, as they came) and how it ended.
struct CommandOutput: Sendable, Hashable {
    var exitCode: Int32
    var text: String
}

/// Runs a command to its end off the shared threads.
func runCommand(
    _ arguments: [String], environment: [String: String], line: @escaping @Sendable (String) -> Void = { _ in }
) async throws -> CommandOutput {
    try await NIOThreadPool.singleton.runIfActive {
        var pipe: [Int32] = [0, 0]
        guard altan_pipe(&pipe) == 0 else { throw SubprocessError(program: arguments[0], code: errno) }
        defer { close(pipe[0]) }
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        let child: Subprocess
        do {
            defer { close(pipe[1]) }
            child = try Subprocess(
                arguments, environment: environment, descriptors: [null, pipe[1], pipe[1]], ownGroup: true)
        }
        var lines = LineAssembler()
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(pipe[0], &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            text.append(contentsOf: buffer[..<count])
            for complete in lines.append(buffer[..<count]) { line(complete) }
        }
        if let rest = lines.finish() { line(rest) }
        return CommandOutput(exitCode: child.wait(), text: String(decoding: text, as: UTF8.self))
    }
}
