package import PostgresEngine
import PostgresTypes
import Synchronization
import World

/// PostgREST over an emulated database. `respond` is the whole pipeline: request, schema cache, plan, query, response.
package final class RestEngine: Sendable {
    let database: PostgresDatabase
    private let cache = Mutex<SchemaCache?>(nil)
    private let reads = KnownReads()

    package init(database: PostgresDatabase) { self.database = database }

    /// Answers one request. Never throws: every error is a response.
    /// - Parameter session: role and claims, as the gateway derived them from the token.
    /// - Parameter authentication: how long checking the token took.
    /// - Parameter isAnonymous: no token was given: decides between 401 and 403.
    package func respond(
        _ request: RestRequest, session: Session, isAnonymous: Bool, configuration: RestConfiguration,
        authentication: Duration = .zero
    ) async -> RestResponse {
        let laps =
            configuration.showsTiming ? Laps(clock: database.world.clock, authentication: authentication) : nil
        do {
            let (known, literals) = try reads.read(request, configuration)
            var parsed = known.request
            parsed.raw = request
            if !literals.all.isEmpty { parsed.query.take(literals) }
            laps?.end("parse")
            var session = try Self.session(session, for: parsed, configuration)
            session.described = Self.described(by: request, configuration)
            let run = Exchange(
                engine: self, request: parsed, known: known, literals: literals, session: session,
                configuration: configuration, cache: schemaCache(), laps: laps)
            var response = try await run.response()
            response.headers += parsed.commonHeaders
            try run.settings.apply(to: &response)
            if let laps {
                laps.end("response")
                response.headers.append(("Server-Timing", laps.header))
            }
            return Self.finished(response, request, configuration)
        } catch {
            var response = Self.failure(error, isAnonymous: isAnonymous, request, configuration)
            if let laps {
                laps.endUnfinished()
                response.headers.append(("Server-Timing", laps.header))
            }
            return response
        }
    }

    /// The session that a request's statements run in.
    static func session(
        _ session: Session, for request: ApiRequest, _ configuration: RestConfiguration
    ) throws -> Session {
        var session = session
        session.searchPath = [request.schema] + configuration.extraSearchPath.filter { $0 != request.schema }
        if let zone = request.preferences.timeZone { session.settings["timezone"] = try timeZone(zone) }
        return session
    }

    /// What functions can ask about a request.
    static func described(
        by request: @autoclosure @escaping @Sendable () -> RestRequest, _ configuration: RestConfiguration
    ) -> DescribedSettings {
        let settings = configuration.appSettings
        return DescribedSettings { settings.merging(request().describedSettings) { $1 } }
    }

    /// What a request means, as it was found before or is now.
    func known(
        _ request: RestRequest, _ configuration: RestConfiguration
    ) throws(RestError) -> (read: KnownRead, literals: ReadLiterals) {
        try reads.read(request, configuration)
    }

    /// What every response goes through last.
    private static func finished(
        _ response: RestResponse, _ request: RestRequest, _ configuration: RestConfiguration
    ) -> RestResponse {
        var response = response
        if let name = configuration.traceHeader, let value = request.header(name) {
            response.headers.append((name, value))
        }
        if request.method == "HEAD" {
            response.body = []
            response.sendsLength = false
        }
        return response
    }

    /// `Prefer: timezone=` as the setting takes it: a zone's name, or hours east of Greenwich.
    private static func timeZone(_ text: String) throws -> String {
        guard let zone = TimeZoneRules(setting: text) else {
            throw PostgresError("22023", "invalid value for parameter \"TimeZone\": \"\(text)\"")
        }
        // Postgres looks at one moment at the start of 2000: a zone that is then seconds off the minute counts them.
        guard zone.offset(at: 946_684_800) % 60 == 0 else {
            throw PostgresError(
                "22023", "time zone \"\(text)\" appears to use leap seconds",
                detail: "PostgreSQL does not support leap seconds.")
        }
        return text
    }

    /// The response of any error thrown on the way, or before it.
    package static func failure(
        _ error: any Error, isAnonymous: Bool, _ request: RestRequest, _ configuration: RestConfiguration
    ) -> RestResponse {
        let known: RestError =
            switch error {
            case let error as RestError: error
            case let error as PostgresError: .database(error, isAnonymous: isAnonymous)
            default: .database(PostgresError("XX000", "internal error: \(error)"), isAnonymous: isAnonymous)
            }
        return finished(
            known.response(hidesDetails: configuration.hidesErrorDetails), request, configuration)
    }

    /// The cache for the catalog as it stands.
    func schemaCache() -> SchemaCache {
        let version = database.catalogVersion
        return cache.withLock { cached in
            if let cached, cached.catalog.version == version { return cached }
            let fresh = SchemaCache(database.catalog)
            cached = fresh
            return fresh
        }
    }
}
