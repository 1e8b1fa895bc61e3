import Synchronization

/// Runs that callers of services named, by the call's id: what a service does during the call belongs to them too.
final class NamedRuns: Sendable {
    private let runs = Mutex<[String: String]>([:])

    /// The run of a call that is going on; nil where its caller named none.
    subscript(call: String?) -> String? { call.flatMap { call in runs.withLock { $0[call] } } }

    /// Runs `body`, during which the call belongs to the run.
    func during<Result>(call: String, of run: String?, _ body: () async -> Result) async -> Result {
        guard let run else { return await body() }
        runs.withLock { $0[call] = run }
        defer { runs.withLock { _ = $0.removeValue(forKey: call) } }
        return await body()
    }
}
