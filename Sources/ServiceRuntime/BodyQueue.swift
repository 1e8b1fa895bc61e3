package import NIOCore
import Synchronization

/// The pieces of one body, a request's or a response's, between the event loop that receives them and the task that
/// reads them.
///
/// How much can pile up is the sender's to limit, who is told of what was taken.
package final class BodyQueue: Sendable {
    private struct State {
        var pieces = CircularBuffer<ByteBuffer>()
        var end: Result<Void, any Error>?
        var reader: CheckedContinuation<ByteBuffer?, any Error>?
    }

    private let state = Mutex(State())
    /// Told how many bytes were taken.
    private let taken: @Sendable (Int) -> Void
    /// Told that nobody reads any more, though there is more.
    private let abandoned: @Sendable () -> Void

    package init(taken: @escaping @Sendable (Int) -> Void, abandoned: @escaping @Sendable () -> Void) {
        self.taken = taken
        self.abandoned = abandoned
    }

    deinit {
        if state.withLock({ $0.end == nil }) { abandoned() }
    }

    package func append(_ piece: ByteBuffer) {
        guard piece.readableBytes > 0 else { return }
        let reader = state.withLock { state -> CheckedContinuation<ByteBuffer?, any Error>? in
            guard let reader = state.reader else {
                state.pieces.append(piece)
                return nil
            }
            state.reader = nil
            return reader
        }
        guard let reader else { return }
        reader.resume(returning: piece)
        taken(piece.readableBytes)
    }

    package func finish(_ end: Result<Void, any Error>) {
        let reader = state.withLock { state -> CheckedContinuation<ByteBuffer?, any Error>? in
            guard state.end == nil else { return nil }
            state.end = end
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(with: end.map { nil })
    }

    /// The next piece; nil at the end. A cancelled reader counts as a client that left.
    func next() async throws -> ByteBuffer? {
        try await withTaskCancellationHandler {
            let piece = try await withCheckedThrowingContinuation { continuation in
                let ready = state.withLock { state -> Result<ByteBuffer?, any Error>? in
                    if let piece = state.pieces.popFirst() { return .success(piece) }
                    if let end = state.end { return end.map { nil } }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.reader = continuation
                    return nil
                }
                if let ready {
                    if case .success(let piece?) = ready { taken(piece.readableBytes) }
                    continuation.resume(with: ready)
                }
            }
            return piece
        } onCancel: {
            let reader = state.withLock { state in
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume(throwing: CancellationError())
        }
    }
}
