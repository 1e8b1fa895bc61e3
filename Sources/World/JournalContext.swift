/// On whose behalf something happens, for everything that is journaled on the way.
///
/// Set once where a request comes in; what an event does not say itself is taken from here, so that a chain of causes
/// (tool call, deployment, row written) is whole without every function on the way knowing of it.
package struct JournalContext: Sendable {
    package var caller: String?
    package var run: String?
    /// The request that whatever happens now is a consequence of.
    package var requestID: String?

    package init(caller: String? = nil, run: String? = nil, requestID: String? = nil) {
        self.caller = caller
        self.run = run
        self.requestID = requestID
    }

    @TaskLocal package static var current: JournalContext?

    /// Runs `body` in this context.
    package func run<T>(_ body: () async throws -> T) async rethrows -> T {
        try await Self.$current.withValue(self, operation: body)
    }
}

extension JournalEvent {
    /// The event with what it does not say itself taken from the context.
    func completed(by context: JournalContext?) -> JournalEvent {
        guard let context else { return self }
        var event = self
        event.caller = event.caller ?? context.caller
        event.run = event.run ?? context.run
        if event.cause == nil, context.requestID != event.requestID { event.cause = context.requestID }
        return event
    }
}
