import Synchronization

/// Holds calls of services back while the services are being started: each until its own is up, or all have been tried.
final class StartGate: Sendable {
    private struct Key: Hashable {
        var cloud: String
        var service: String
    }

    private struct State {
        var isOpen = false
        var passed: Set<Key> = []
        var waiting: [Key: [CheckedContinuation<Void, Never>]] = [:]
    }

    private let state = Mutex(State())

    /// That service has been started, or has failed to.
    func pass(_ service: String, cloud: String) {
        let key = Key(cloud: cloud, service: service)
        let waiting = state.withLock { state in
            state.passed.insert(key)
            return state.waiting.removeValue(forKey: key)
        }
        for call in waiting ?? [] { call.resume() }
    }

    /// Every service has been: nobody waits any more.
    func open() {
        let waiting = state.withLock { state in
            defer { state = State(isOpen: true) }
            return state.waiting.values
        }
        for call in waiting.joined() { call.resume() }
    }

    /// Returns when calls of that service may go on.
    func wait(for service: String, cloud: String) async {
        let key = Key(cloud: cloud, service: service)
        await withCheckedContinuation { continuation in
            let now = state.withLock { state in
                guard !state.isOpen, !state.passed.contains(key) else { return true }
                state.waiting[key, default: []].append(continuation)
                return false
            }
            if now { continuation.resume() }
        }
    }
}
