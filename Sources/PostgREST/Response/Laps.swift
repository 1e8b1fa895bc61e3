import Synchronization
import World

/// How long each stage of a request took: `Server-Timing`.
final class Laps: Sendable {
    private let clock: Clock
    private let state: Mutex<(last: Duration, laps: [(name: String, duration: Duration)])>

    /// - Parameter authentication: what checking the token took, before the clock here starts.
    init(clock: Clock, authentication: Duration) {
        self.clock = clock
        state = Mutex((clock.monotonic, [("jwt", authentication)]))
    }

    /// Ends the lap of the stage `name`; a stage that runs twice counts as one.
    func end(_ name: String) {
        let now = clock.monotonic
        state.withLock { state in
            if let index = state.laps.firstIndex(where: { $0.name == name }) {
                state.laps[index].duration += now - state.last
            } else {
                state.laps.append((name, now - state.last))
            }
            state.last = now
        }
    }

    /// Ends the stage that an error has cut short: the first of those that have not ended.
    func endUnfinished() {
        let ended = state.withLock { Set($0.laps.map(\.name)) }
        if let stage = ["parse", "plan", "transaction", "response"].first(where: { !ended.contains($0) }) {
            end(stage)
        }
    }

    /// `jwt;dur=0.1, parse;dur=0.2, …` in milliseconds.
    var header: String {
        state.withLock { state in
            state.laps.map { "\($0.name);dur=\(tenths($0.duration))" }.joined(separator: ", ")
        }
    }

    private func tenths(_ duration: Duration) -> String {
        let tenths = duration.wholeMicroseconds / 100
        return "\(tenths / 10).\(tenths % 10)"
    }
}
