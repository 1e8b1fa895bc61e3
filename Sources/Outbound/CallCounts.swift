package import JSONText
import Synchronization

/// How many calls went where since the start.
package final class CallCounts: Sendable {
    private let counts = Mutex<[String: [String: Int]]>([:])

    package init() {}

    package func note(host: String, origin: OutboundAnswer.Origin) {
        counts.withLock { $0[host, default: [:]][origin.name, default: 0] += 1 }
    }

    /// Host → who answered → how often.
    package var json: JSON {
        .object(
            counts.withLock { $0 }.sorted { $0.key < $1.key }.map { host, origins in
                JSON.Member(
                    host,
                    .object(origins.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .integer($0.value)) }))
            })
    }
}
