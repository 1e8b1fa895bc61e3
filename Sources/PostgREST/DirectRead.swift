package import PostgresEngine
import World

/// A read with everything that its answers have in common, for one who asks again: it is answered on the calling thread,
/// without a task, a hop or a look at what the request says.
///
/// It holds for one engine, one configuration and one session. What the database holds, its definitions and its rows, may
/// change from answer to answer.
package struct DirectRead: Sendable {
    private let engine: RestEngine
    private let known: KnownRead
    private let session: Session
    private let configuration: RestConfiguration
    private let commonHeaders: [(name: String, value: String)]
    /// A read that takes longer, for all that is known of its like, is begun anew elsewhere.
    private static let patience = Duration.milliseconds(5)

    /// nil for requests that are no reads, for those whose rows have not been there in a moment all of the last times,
    /// and where each request is more than its read.
    package init?(
        _ request: RestRequest, engine: RestEngine, session: Session, configuration: RestConfiguration
    ) {
        guard configuration.preRequest == nil, !configuration.showsTiming, configuration.traceHeader == nil,
            request.method == "GET", let known = try? engine.known(request, configuration).read, known.isBrief,
            case .read = known.request.action,
            let session = try? RestEngine.session(session, for: known.request, configuration)
        else { return nil }
        (self.engine, self.known, self.session, self.configuration) = (engine, known, session, configuration)
        commonHeaders = known.request.commonHeaders
    }

    /// Whether it still takes but a moment.
    package var isBrief: Bool { known.isBrief }

    /// Whether that engine answers it.
    package func isAnswered(by engine: RestEngine) -> Bool { self.engine === engine }

    /// What `RestEngine.respond` would answer.
    /// - Parameter literals: what the request has of its own; its shape is the one that this read was made of.
    /// - Parameter request: the request itself, for functions that ask about it.
    /// - Returns: nil where the request has to be answered the long way: it fails, or nobody knows yet how it is done in
    ///   the catalog as it stands.
    package func response(
        _ literals: ReadLiterals, to request: @autoclosure @escaping @Sendable () -> RestRequest
    ) -> RestResponse? {
        guard let frame = known.frame(version: engine.database.catalogVersion), case .rows = frame.rendering else {
            return nil
        }
        var session = session
        session.described = RestEngine.described(by: request(), configuration)
        let settings = ResponseSettings()
        let output = try? engine.database.readBlocking(session) { transaction in
            transaction.giveUp(after: Self.patience)
            let output = try known.rows(frame, literals, in: transaction)
            settings.take(from: transaction)
            return output
        }
        guard let output, var response = try? frame.response(output, literals.canonical) else { return nil }
        response.headers += commonHeaders
        do {
            try settings.apply(to: &response)
        } catch {
            return nil
        }
        return response
    }
}

extension KnownRead {
    /// Reads its rows and notes how long that took.
    func rows(
        _ frame: ReadFrame, _ literals: ReadLiterals, in transaction: Transaction
    ) throws -> Representation.Output {
        let clock = transaction.database.world.clock
        let (start, startOfWork) = (clock.monotonic, clock.threadTime)
        defer {
            var duration = clock.monotonic - start
            // On a busy machine others take their turns in between. Where it waited long, it may have been for the disk.
            if duration >= Self.brief { duration = max(clock.threadTime - startOfWork, duration / 20) }
            ran(for: duration)
        }
        return try Representation(
            transaction: transaction, type: frame.rendering.rowType, literals: literals
        ).read(frame.planned)
    }
}
