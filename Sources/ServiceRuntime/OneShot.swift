import Synchronization

/// A value that is set once, by whoever is first, and that any number of tasks can wait for.
final class OneShot<Value: Sendable>: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Value, Never>])
        case done(Value)
    }

    private let state = Mutex(State.waiting([]))

    /// Sets the value, unless it is set.
    @discardableResult
    func complete(_ value: Value) -> Bool {
        let waiting = state.withLock { state -> [CheckedContinuation<Value, Never>]? in
            guard case .waiting(let continuations) = state else { return nil }
            state = .done(value)
            return continuations
        }
        for continuation in waiting ?? [] { continuation.resume(returning: value) }
        return waiting != nil
    }

    /// The value, if it is set already.
    var current: Value? {
        state.withLock { if case .done(let value) = $0 { value } else { nil } }
    }

    /// Waits for the value.
    var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let done = state.withLock { state -> Value? in
                    switch state {
                    case .done(let value): return value
                    case .waiting(let others):
                        state = .waiting(others + [continuation])
                        return nil
                    }
                }
                if let done { continuation.resume(returning: done) }
            }
        }
    }

    /// Waits for the value, but not longer than `limit`; whoever is late finds `fallback` set.
    func value(within limit: Duration, orSet fallback: Value) async -> Value {
        // Cancelled below as soon as there is a value.
        let timer = Task {
            try await Task.sleep(for: limit)
            complete(fallback)
        }
        defer { timer.cancel() }
        return await value
    }
}
