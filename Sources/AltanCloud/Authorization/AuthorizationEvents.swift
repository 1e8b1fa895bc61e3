private import Synchronization

/// What happens to authorization requests, told to whoever listens.
package final class AuthorizationEvents: Sendable {
    package struct Event: Sendable {
        package enum Kind: String, Sendable { case created, updated, deleted }

        package var kind: Kind
        package var request: AuthorizationRequest

        /// The platform's own name of it: `authorization_request.updated`.
        package var name: String { "authorization_request.\(kind.rawValue)" }
    }

    private struct State {
        var listeners: [Int: AsyncStream<Event>.Continuation] = [:]
        var next = 0
        var isFinished = false
    }

    private let state = Mutex(State())

    init() {}

    /// Everything from now on. A listener that falls far behind loses the oldest events.
    package func listen() -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(1000))
        let number = state.withLock { state -> Int? in
            guard !state.isFinished else { return nil }
            state.next += 1
            state.listeners[state.next] = continuation
            return state.next
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { _ in self.state.withLock { _ = $0.listeners.removeValue(forKey: number) } }
        return stream
    }

    /// Ends every stream there is and will be: the emulator stops.
    package func finish() {
        let listeners = state.withLock { state in
            defer { (state.listeners, state.isFinished) = ([:], true) }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }

    func send(_ kind: Event.Kind, _ request: AuthorizationRequest) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.yield(Event(kind: kind, request: request)) }
    }
}
