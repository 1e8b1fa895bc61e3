import PostgresEngine
import Synchronization

/// Reads that were asked for before, whatever their filters' literals were: what such a request means, and which statements
/// answer it, need not be worked out again.
///
/// Everything that reading a request looks at is in the key, the configuration apart: another one empties the memory.
final class KnownReads: Sendable {
    struct Key: Hashable {
        var method: String
        var path: String
        var shape: ReadShape
        /// The headers that `ApiRequest` looks at, with those of no meaning to it left out.
        var headers: [String]

        /// With what the request has of its own; nil for what is no read, or too long to be kept.
        static func split(_ request: RestRequest) -> (key: Key, literals: ReadLiterals)? {
            guard request.method == "GET" || request.method == "HEAD", (request.query?.utf8.count ?? 0) < 2048 else {
                return nil
            }
            let (shape, literals) = ReadShape.split(request.query)
            var headers: [String] = []
            for (name, value) in request.headers where names.contains(name) { headers += [name, value] }
            return (Key(method: request.method, path: request.path, shape: shape, headers: headers), literals)
        }

        private static let names = ["accept", "prefer", "range", "accept-profile", "content-type"]
    }

    private static let capacity = 500
    private let state = Mutex<(configuration: RestConfiguration, reads: [Key: KnownRead])>((RestConfiguration(), [:]))

    /// What a request means, and what it has of its own among those that mean the same.
    func read(
        _ request: RestRequest, _ configuration: RestConfiguration
    ) throws(RestError) -> (read: KnownRead, literals: ReadLiterals) {
        guard let (key, literals) = Key.split(request) else {
            return (KnownRead(try ApiRequest(request, configuration: configuration)), .none)
        }
        let known = state.withLock { state -> KnownRead? in
            if state.configuration != configuration { state = (configuration, [:]) }
            return state.reads[key]
        }
        if let known { return (known, literals) }
        let read = KnownRead(try ApiRequest(request, configuration: configuration))
        guard read.request.query.agrees(with: literals) else { return (read, .none) }
        state.withLock { state in
            guard state.configuration == configuration else { return }
            if state.reads.count >= Self.capacity { state.reads.removeAll(keepingCapacity: true) }
            state.reads[key] = read
        }
        return (read, literals)
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

    /// Notes how long the rows took.
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
    /// With `count=`: how many rows there are without the page.
    var count: CountQuery?
}

/// All of a read's answer that its rows do not decide.
final class ReadFrame: Sendable {
    let planned: PlannedRead
    let rendering: Rendering
    /// What `Content-Location` says before the query.
    let location: String
    /// What follows it.
    let headers: [(name: String, value: String)]

    init(
        planned: PlannedRead, rendering: Rendering, location: String, headers: [(name: String, value: String)]
    ) {
        self.planned = planned
        self.rendering = rendering
        self.location = location
        self.headers = headers
    }

    /// - Parameter query: the request's, in canonical form.
    /// - Throws: PGRST103.
    func response(_ output: Representation.Output, _ query: String) throws(RestError) -> RestResponse {
        let offset = planned.plan.offset ?? 0
        if let total = output.total, offset > total, offset > 0 {
            throw RestError.badRange(
                details: "An offset of \(offset) was requested, but there are only \(total) rows.", total: total)
        }
        var headers = [(name: "Content-Type", value: rendering.contentType)]
        headers.reserveCapacity(4 + self.headers.count)
        headers.append(
            ("Content-Range", RowRange.contentRange(offset: offset, rows: output.rows, total: output.total)))
        headers.append(("Content-Location", query.isEmpty ? location : "\(location)?\(query)"))
        headers += self.headers
        let isPartial = output.total.map { output.rows < $0 } ?? false
        return RestResponse(status: isPartial ? 206 : 200, headers: headers, body: output.body)
    }
}
