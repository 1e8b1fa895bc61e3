private import Glibc
import Synchronization

/// Virtual and monotonic time. Virtual time can be frozen and shifted; monotonic time is always real,
/// so that timeouts and measured durations stay true while `now` stands still.
package final class Clock: Sendable {
    private struct State {
        var frozen: Timestamp?
        var offset: Int64 = 0
    }

    private let state: Mutex<State>

    private init(_ state: State) { self.state = Mutex(state) }

    /// The system's clock, unshifted.
    package static func system() -> Clock { Clock(State()) }

    /// A clock that stands still until it is moved.
    package static func frozen(at moment: Timestamp) -> Clock { Clock(State(frozen: moment)) }

    /// Virtual time now.
    package var now: Timestamp {
        state.withLock { $0.frozen ?? Timestamp(microseconds: systemMicroseconds() + $0.offset) }
    }

    /// Real time since an unspecified start; never frozen, never goes back.
    package var monotonic: Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    /// Real time that the calling thread has spent working, not waiting for its turn.
    package var threadTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    /// Stops virtual time at `moment`, or lets it run on from where it stands when `moment` is nil.
    package func freeze(at moment: Timestamp?) {
        state.withLock {
            if let moment {
                $0.frozen = moment
            } else if let stopped = $0.frozen {
                $0.offset = stopped.microseconds - systemMicroseconds()
                $0.frozen = nil
            }
        }
    }

    /// Lets virtual time pass: the calling thread waits, or frozen time is moved.
    package func wait(_ duration: Duration) {
        if state.withLock({ $0.frozen != nil }) { return advance(by: duration) }
        let end = monotonic + duration
        while case let left = end - monotonic, left > .zero {
            usleep(UInt32(clamping: min(left, .seconds(1)).wholeMicroseconds + 1))
        }
    }

    /// Moves virtual time by `duration`, frozen or running.
    package func advance(by duration: Duration) {
        state.withLock {
            if let stopped = $0.frozen {
                $0.frozen = stopped + duration
            } else {
                $0.offset += duration.wholeMicroseconds
            }
        }
    }
}

/// The system's wall clock in microseconds since 1970.
private func systemMicroseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
}
