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
        init?(_ request: RestRequest) {
            guard request.method == "GET" || request.method == "HEAD", (request.query?.utf8.count ?? 0) < 2048 else {
                return nil
            }
            (method, path, query, headers) = (request.method, request.path, request.query, [])
            for (name, value) in request.headers where Self.names.contains(name) { headers += [name, value] }
        }

        private static let names = ["accept", "prefer", "range", "accept-profile", "content-type"]
    }

    private static let capacity = 500
    private let state = Mutex<(configuration: RestConfiguration, reads: [Key: KnownRead])>((RestConfiguration(), [:]))

    /// What a request means.
    func read(_ request: RestRequest, _ configuration: RestConfiguration) throws(RestError) -> KnownRead {
        guard let key = Key(request) else { return KnownRead(try ApiRequest(request, configuration: configuration)) }
        let known = state.withLock { state -> KnownRead? in
            if state.configuration != configuration { state = (configuration, [:]) }
            return state.reads[key]
        }
        if let known { return known }
        let read = KnownRead(try ApiRequest(request, configuration: configuration))
        state.withLock { state in
            guard state.configuration == configuration else { return }
            if state.reads.count >= Self.capacity { state.reads.removeAll(keepingCapacity: true) }
            state.reads[key] = read
        }
        return read
    }
}

/// A read that may be asked for again, under one configuration; its answer's frame comes with the first answer.
package final class KnownRead: Sendable {
    let request: ApiRequest
    private let framed = Mutex<ReadFrame?>(nil)
    /// Rises with every short run and falls with every long one, by more.
    private let score = Mutex(0)

    /// What is read in less time is read sooner than another thread is woken for it.
    #if DEBUG
        static let brief = Duration.milliseconds(300)
    #else
        static let brief = Duration.microseconds(300)
    #endif
    private static let (enough, most, longRun, veryLongRun) = (4, 40, 8, 100)

    init(_ request: ApiRequest) { self.request = request }

    /// The frame for a version of the catalog, made by `make` when it is not there.
    func frame(version: Int, _ make: () throws(RestError) -> ReadFrame) throws(RestError) -> ReadFrame {
        if let known = frame(version: version) { return known }
        let made = try make()
        framed.withLock { $0 = made }
        return made
    }

    /// The same, where it is there.
    func frame(version: Int) -> ReadFrame? {
        framed.withLock { $0 }.flatMap { $0.planned.version == version ? $0 : nil }
    }

    /// Whether its rows have been there in a moment, all but a few of the last times.
    package var isBrief: Bool { score.withLock { $0 >= Self.enough } }

    /// Notes how long the rows took. A thread that is put aside while it reads, for another one's sake, says nothing about
    /// the next time.
    func ran(for duration: Duration) {
        score.withLock { score in
            if duration < Self.brief {
                score = min(score + 1, Self.most)
            } else {
                score -= duration < Self.brief * 10 ? Self.longRun : Self.veryLongRun
                score = max(score, -Self.veryLongRun)
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

/// All of a read's answer that its rows do not decide.
final class ReadFrame: Sendable {
    let planned: PlannedRead
    let rendering: Rendering
    /// What follows `Content-Range`.
    let headers: [(name: String, value: String)]

    init(planned: PlannedRead, rendering: Rendering, headers: [(name: String, value: String)]) {
        self.planned = planned
        self.rendering = rendering
        self.headers = headers
    }

    /// - Throws: PGRST103.
    func response(_ output: Representation.Output) throws(RestError) -> RestResponse {
        let offset = planned.plan.offset ?? 0
        if let total = output.total, offset > total, offset > 0 {
            throw RestError.badRange(
                details: "An offset of \(offset) was requested, but there are only \(total) rows.", total: total)
        }
        var headers = [(name: "Content-Type", value: rendering.contentType)]
        headers.reserveCapacity(2 + self.headers.count)
        headers.append(
            ("Content-Range", RowRange.contentRange(offset: offset, rows: output.rows, total: output.total)))
        headers += self.headers
        let isPartial = output.total.map { output.rows < $0 } ?? false
        return RestResponse(status: isPartial ? 206 : 200, headers: headers, body: output.body)
    }
}
