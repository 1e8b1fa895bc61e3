import PostgresEngine
import Synchronization

/// Reads that were asked for before, to the letter: what such a request means, and which statements answer it, need not
/// be worked out again. Pages that are polled ask for the same over and over.
///
/// Everything that reading a request looks at is in the key, the configuration apart: another one empties the memory.
final class KnownReads: Sendable {
    struct Key: Hashable {
        var method: String
        var path: String
        var query: String?
        /// The headers that `ApiRequest` looks at, with those of no meaning to it left out.
        var headers: [String]

        /// nil for what is no read, or too long to be kept.
        init?(method: String, path: String, query: String?, headers: [(name: String, value: String)]) {
            guard method == "GET" || method == "HEAD", (query?.utf8.count ?? 0) < 2048 else { return nil }
            (self.method, self.path, self.query, self.headers) = (method, path, query, [])
            for (name, value) in headers where Self.names.contains(name) { self.headers += [name, value] }
        }

        private static let names = ["accept", "prefer", "range", "accept-profile", "content-type"]
    }

    /// One of them; the plan comes with its first answer.
    final class Read: Sendable {
        let request: ApiRequest
        private let planned = Mutex<PlannedRead?>(nil)
        fileprivate let briefRuns = Mutex(0)

        init(_ request: ApiRequest) { self.request = request }

        /// The plan for a version of the catalog, made by `make` when it is not there.
        func plan(
            version: Int, _ make: () throws(RestError) -> PlannedRead
        ) throws(RestError) -> PlannedRead {
            if let known = planned.withLock({ $0 }), known.version == version { return known }
            let made = try make()
            planned.withLock { $0 = made }
            return made
        }
    }

    /// What is read in less time is read sooner than another thread is woken for it.
    fileprivate static let brief = Duration.microseconds(300)
    /// So many short runs make the next one likely to be short; one that was not puts it further off.
    fileprivate static let (enoughRuns, penalty) = (4, -60)
    private static let capacity = 500
    private let state = Mutex<(configuration: RestConfiguration, reads: [Key: Read])>((RestConfiguration(), [:]))

    /// What a request means.
    func read(_ request: RestRequest, _ configuration: RestConfiguration) throws(RestError) -> Read {
        let key = Key(method: request.method, path: request.path, query: request.query, headers: request.headers)
        guard let key else { return Read(try ApiRequest(request, configuration: configuration)) }
        let known = state.withLock { state -> Read? in
            if state.configuration != configuration { state = (configuration, [:]) }
            return state.reads[key]
        }
        if let known { return known }
        let read = Read(try ApiRequest(request, configuration: configuration))
        state.withLock { state in
            guard state.configuration == configuration else { return }
            if state.reads.count >= Self.capacity { state.reads.removeAll(keepingCapacity: true) }
            state.reads[key] = read
        }
        return read
    }
}

extension KnownReads {
    /// Whether the last times a request was made its rows were there in a moment.
    func isBrief(_ key: Key) -> Bool { state.withLock { $0.reads[key] }?.isBrief ?? false }
}

extension KnownReads.Read {
    var isBrief: Bool { briefRuns.withLock { $0 >= KnownReads.enoughRuns } }

    /// Notes how long the rows took.
    func ran(for duration: Duration) {
        briefRuns.withLock { runs in
            if duration < KnownReads.brief {
                runs = min(runs + 1, KnownReads.enoughRuns)
            } else {
                runs = duration < KnownReads.brief * 4 ? 0 : KnownReads.penalty
            }
        }
    }
}

/// A read's plan with the statements that run it.
struct PlannedRead: Sendable {
    /// Of the catalog it was made for.
    var version: Int
    var plan: ReadPlan
    var query: ReadQuery
}
