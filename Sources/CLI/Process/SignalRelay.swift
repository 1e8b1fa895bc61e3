import Glibc

/// Passes signals on to a child until the child ends. For a process without threads.
struct SignalRelay {
    private static let relayed = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]

    /// What was blocked before, for the child.
    let outerMask: sigset_t
    private var signals = sigset_t()

    /// Blocks the signals from now on: they wait until `relay` takes them.
    init() {
        // Where it is ignored, children vanish before anyone can ask how they ended.
        signal(SIGCHLD, SIG_DFL)
        sigemptyset(&signals)
        for signal in Self.relayed + [SIGCHLD] { sigaddset(&signals, signal) }
        var outer = sigset_t()
        sigprocmask(SIG_BLOCK, &signals, &outer)
        outerMask = outer
    }

    /// - Parameter onOtherEnd: called when another child may have ended.
    /// - Returns: how the child ended.
    func relay(to child: ChildProcess, onOtherEnd: () -> Void) -> ExitStatus {
        var signals = signals
        var information = siginfo_t()
        while true {
            let number = sigwaitinfo(&signals, &information)
            if number == SIGCHLD {
                if let status = child.ended { return status }
                onOtherEnd()
            } else if number > 0, information.si_code != Self.fromTerminal {
                child.send(number)
            }
        }
    }

    /// SI_KERNEL: the terminal's own signals, such as Ctrl-C, went to the whole process group and so to the child.
    private static let fromTerminal: Int32 = 0x80
}
