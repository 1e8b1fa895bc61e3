import Glibc

/// A program started from this one.
struct ChildProcess {
    let pid: pid_t

    /// - Parameters:
    ///   - arguments: the program, looked for on the path, and what it is told.
    ///   - input: its standard input, instead of ours; `output` likewise.
    ///   - ownGroup: keeps signals of the terminal from it.
    ///   - mask: the signals that it blocks.
    init(
        _ arguments: [String], environment: [String: String], input: Int32? = nil, output: Int32? = nil,
        ownGroup: Bool = false, mask: sigset_t
    ) throws(CommandFailure) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input { posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) }
        if let output { posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var mask = mask
        posix_spawnattr_setsigmask(&attributes, &mask)
        let flags = Int16(POSIX_SPAWN_SETSIGMASK) | (ownGroup ? Int16(POSIX_SPAWN_SETPGROUP) : 0)
        posix_spawnattr_setflags(&attributes, flags)

        var argv = arguments.map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, arguments[0], &actions, &attributes, &argv, &envp)
        guard code == 0 else {
            // As a shell has it: 127 for what is not there, 126 for what cannot be run.
            throw .cannotRun(
                program: arguments[0], reason: String(cString: strerror(code)), status: code == ENOENT ? 127 : 126)
        }
        self.pid = pid
    }

    func send(_ signal: Int32) { kill(pid, signal) }

    /// How it ended; nil while it runs.
    var ended: ExitStatus? { status(WNOHANG) }

    /// Waits for its end.
    func wait() -> ExitStatus { status(0) ?? .failure }

    private func status(_ options: Int32) -> ExitStatus? {
        var status: Int32 = 0
        while true {
            let found = waitpid(pid, &status, options)
            if found < 0 && errno == EINTR { continue }
            guard found == pid else { return found < 0 ? .failure : nil }
            let signal = status & 0x7F
            return signal == 0 ? .command(status >> 8 & 0xFF) : .signal(signal)
        }
    }
}
