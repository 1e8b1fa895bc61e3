@preconcurrency import Dispatch
import Glibc
import Synchronization

/// Notes which signal asked the process to stop. The listener stops by itself on the same signals; a second one ends
/// the process at once.
final class SignalWatch: Sendable {
    private static let stopping = [SIGINT, SIGTERM]

    private final class Note: Sendable {
        let first = Mutex<Int32?>(nil)
        let stop: @Sendable () -> Void

        init(_ stop: @escaping @Sendable () -> Void) { self.stop = stop }

        func take(_ number: Int32) {
            let isSecond = first.withLock { first in
                defer { first = first ?? number }
                return first != nil
            }
            if isSecond { _exit(ExitStatus.signal(number).code) }
            stop()
        }
    }

    private let queue = DispatchQueue(label: "signals")
    private let sources: [any DispatchSourceSignal]
    private let note: Note

    /// Keeps the signals from killing the process. Before any thread is started, so that all threads inherit it.
    static func blockSignals() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in stopping { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// - Parameter stop: called at the first signal.
    init(_ stop: @escaping @Sendable () -> Void = {}) {
        note = Note(stop)
        let (queue, note) = (queue, note)
        sources = Self.stopping.map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { note.take(number) }
            source.resume()
            return source
        }
    }

    /// The signal that came first, if one came. Waits for one that is just being delivered.
    var caught: Int32? { queue.sync { note.first.withLock { $0 } } }
}
