import JSONText
import Synchronization

/// Requests of the server's own that wait for the client's answer, which comes as a message like any other. Only the
/// legacy era has such, and here only over a pipe.
final class MCPQuestions: Sendable {
    private let waiting = Mutex<[String: CheckedContinuation<JSON?, Never>]>([:])

    /// Sends a request by `notify` and waits for what the client answers.
    /// - Returns: the result; nil for an error, and when the call that asks is cancelled.
    func ask(_ method: String, _ params: JSON, id: String, by notify: MCPServer.Notify) async -> JSON? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiting.withLock { $0[id] = continuation }
                if Task.isCancelled { return answer(id, nil) }
                notify(["jsonrpc": "2.0", "id": .string(id), "method": .string(method), "params": params])
            }
        } onCancel: {
            answer(id, nil)
        }
    }

    /// Hands an answer to whoever waits for it; one that nobody waits for is dropped.
    func answer(_ id: String, _ result: JSON?) {
        waiting.withLock { $0.removeValue(forKey: id) }?.resume(returning: result)
    }
}
