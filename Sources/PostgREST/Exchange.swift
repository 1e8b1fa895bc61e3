import JSONText
import PostgresEngine
import PostgresSyntax
import PostgresTypes
import World

/// One request on its way through plan, query and response.
final class Exchange: Sendable {
    let engine: RestEngine
    let request: ApiRequest
    /// The request as it may have been asked for before, but for its literals.
    let known: KnownRead
    let literals: ReadLiterals
    let session: Session
    let configuration: RestConfiguration
    let cache: SchemaCache
    /// nil when nobody wants to know how long things took.
    let laps: Laps?
    /// What the database's functions said about the response.
    let settings = ResponseSettings()

    init(
        engine: RestEngine, request: ApiRequest, known: KnownRead, literals: ReadLiterals, session: Session,
        configuration: RestConfiguration, cache: SchemaCache, laps: Laps?
    ) {
        self.engine = engine
        self.request = request
        self.known = known
        self.literals = literals
        self.session = session
        self.configuration = configuration
        self.cache = cache
        self.laps = laps
    }

    func response() async throws -> RestResponse {
        switch (request.action, request.resource) {
        case (.read, .relation(let name)): try await read(name)
        case (.insert, .relation(let name)): try await insert(name)
        case (.update, .relation(let name)): try await update(name)
        case (.put, .relation(let name)): try await put(name)
        case (.delete, .relation(let name)): try await delete(name)
        case (.options, .relation(let name)): try options(name)
        case (.options, .routine(let name)): try options(routine: name)
        case (.options, _): Self.allowing(["OPTIONS", "GET", "HEAD"])
        case (.inspect, _):
            // `db-root-spec` names a function that answers in the document's place.
            if let name = configuration.rootFunction { try await call(name) } else { try root() }
        case (.call, .routine(let name)): try await call(name)
        default: throw RestError.unsupportedMethod(request.raw.method)
        }
    }

    var planner: ReadPlanner {
        ReadPlanner(
            cache: cache, schema: request.schema, configuration: configuration,
            isModification: ![.read, .call, .inspect].contains(request.action))
    }

    /// Whether what the request did is undone at its end (`db-tx-end`, `Prefer: tx=`).
    var rollsBack: Bool {
        if configuration.transactionEnd.allowsOverride, let end = request.preferences.transactionEnd {
            return end == .rollback
        }
        return configuration.transactionEnd.rollsBack
    }

    // MARK: Read

    private func read(_ name: String) async throws -> RestResponse {
        var frame = try known.frame(version: cache.catalog.version) { () throws(RestError) in
            try makeFrame(name)
        }
        let isRows = if case .rows = frame.rendering { true } else { false }
        // Only rows are read with the literals set apart.
        if !isRows { frame = try makeFrame(name) }
        laps?.end("plan")
        let plan = frame.planned.plan
        if case .plan(let format) = frame.rendering { return try await explain(plan, format) }
        let output = try await reading { [self, frame] transaction in
            if case .document(let handler, _) = frame.rendering {
                return try Representation(transaction: transaction, type: frame.rendering.rowType).document(
                    plan, by: handler, catalog: cache.catalog, counts: request.preferences.count != nil)
            }
            return try known.rows(frame, literals, in: transaction)
        }
        laps?.end("transaction")
        return try frame.response(output, request.query.canonical)
    }

    /// How a relation's rows are written: in the first accepted type that they can be written in.
    /// - Throws: PGRST107.
    func rendering(of relation: Relation) throws(RestError) -> Rendering {
        let rowType = request.selectsAll ? cache.catalog.rowType(of: relation.id) : nil
        return try request.accepted.rendering(
            handlers: cache.mediaHandlers(of: rowType, exposed: configuration.schemas),
            plans: configuration.plansEnabled)
    }

    /// Everything about the answer that can be known without its rows.
    private func makeFrame(_ name: String) throws(RestError) -> ReadFrame {
        let relation = try cache.relation(name, in: request.schema)
        var plan = try planner.plan(relation, request.query)
        if let range = request.range {
            let page = RowRange(offset: plan.offset ?? 0, limit: plan.limit).intersection(range)
            plan.limit = page.limit
            plan.offset = page.offset
        }
        try request.checkPreferences(configuration)
        let rendering = try rendering(of: plan.relation)
        return ReadFrame(
            planned: PlannedRead(
                version: cache.catalog.version, plan: plan, query: ReadQuery.make(plan, in: cache.catalog),
                count: request.preferences.count.map { _ in ReadQuery.count(plan, in: cache.catalog) }),
            rendering: rendering, location: "/\(encodePercent(name))", headers: applied([]) + Self.warnings(plan))
    }

    /// How the rows of a plan are found. What would write writes nothing.
    func explain(_ plan: ReadPlan, _ format: MediaType.Plan, writing: String? = nil) async throws -> RestResponse {
        let catalog = cache.catalog
        let body = try await reading { transaction in
            try PlanDocument(transaction: transaction, format: format)
                .body(plan, catalog: catalog, operation: writing)
        }
        laps?.end("transaction")
        return RestResponse(
            status: 200, headers: [("Content-Type", MediaType.plan(format).contentType)], body: body)
    }

    /// That a filter called an embed by its target's name although it has an alias.
    static func warnings(_ plan: ReadPlan) -> [(name: String, value: String)] {
        plan.legacyNames.map { ("Warning", warning($0)) }
    }

    private static func warning(_ name: ReadPlan.LegacyName) -> String {
        "299 PostgRESTv16.2 \"Embedded resource was referenced by relation name even though it has an alias. "
            + "This is deprecated and will stop working in a future release. "
            + "Update `\(name.target)` to `\(name.alias)` in query string filters, orders or limits.\""
    }

    // MARK: Others

    private func options(_ name: String) throws -> RestResponse {
        let relation = try cache.relation(name, in: request.schema)
        let done = engine.database.modifications(of: relation)
        var methods = ["OPTIONS", "GET", "HEAD"]
        if done.contains(.insert) { methods.append("POST") }
        if done.isSuperset(of: [.insert, .update]), !cache.primaryKey(of: relation).isEmpty { methods.append("PUT") }
        if done.contains(.update) { methods.append("PATCH") }
        if done.contains(.delete) { methods.append("DELETE") }
        return Self.allowing(methods)
    }

    /// A function may be read from unless it says that it writes.
    private func options(routine name: String) throws -> RestResponse {
        let all = cache.catalog.routines(named: name).filter {
            $0.schema == request.schema && SchemaCache.isCallable($0)
        }
        guard let routine = all.first else {
            throw RestError.unknownRoutine(
                schema: request.schema, name: name, arguments: [], unnamed: nil, suggestion: nil)
        }
        return Self.allowing(["OPTIONS"] + (routine.volatility == .volatile ? [] : ["GET", "HEAD"]) + ["POST"])
    }

    /// What OPTIONS answers, to pages of any origin.
    private static func allowing(_ methods: [String]) -> RestResponse {
        RestResponse(
            status: 200,
            headers: [("Access-Control-Allow-Origin", "*"), ("Allow", methods.joined(separator: ","))], body: [])
    }

    // MARK: Transactions

    /// Runs `body` in a read transaction, after the function of `db-pre-request`.
    func reading<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        let whole: @Sendable (Transaction) throws -> T = { [self] transaction in
            try preRequest(transaction)
            let result = try body(transaction)
            settings.take(from: transaction)
            return result
        }
        return try await engine.database.read(session, whole)
    }

    /// Runs `body` in a write transaction, which ends as the request asks.
    func writing<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        try await engine.database.write(session) { [self] transaction in
            try preRequest(transaction)
            let result = try body(transaction)
            settings.take(from: transaction)
            if rollsBack { transaction.rollback = true }
            return result
        }
    }

    private func preRequest(_ transaction: Transaction) throws {
        guard let name = configuration.preRequest else { return }
        let parts = name.split(separator: ".").map { String($0.filter { $0 != "\"" }) }
        let call = Expression(.call(FunctionCall(name: parts, arguments: [])))
        let select = SelectStatement(.select(PlainSelect(targets: [Target(call)])))
        _ = try transaction.run(try transaction.prepare(.select(select)))
    }

    private func root() throws -> RestResponse {
        guard configuration.openAPIMode != .disabled else { throw RestError.rootDisabled }
        let fits = request.accepted.contains { type in
            switch type {
            case .json, .any, .openAPI: true
            default: false
            }
        }
        guard fits else { throw RestError.notAcceptable(request.accepted.map(\.name)) }
        laps?.end("plan")
        let document = OpenAPIDocument(
            cache: cache, schema: request.schema,
            role: configuration.openAPIMode == .followPrivileges ? session.role : nil, configuration: configuration,
            isWritable: { [engine] in !engine.database.modifications(of: $0).isEmpty })
        let body = document.json.bytes
        laps?.end("transaction")
        return RestResponse(status: 200, headers: [("Content-Type", MediaType.openAPI.contentType)], body: body)
    }

    /// Where a preference of a modification stands in `Preference-Applied`.
    private static func rank(_ name: String) -> Int {
        name.hasPrefix("resolution") ? 0 : name.hasPrefix("missing") ? 1 : 2
    }

    /// `Preference-Applied` with what had an effect, in PostgREST's fixed order.
    func applied(_ own: [String]) -> [(name: String, value: String)] {
        let preferences = request.preferences
        var names = own.sorted { Self.rank($0) < Self.rank($1) }
        if let count = preferences.count { names.append("count=\(count.rawValue)") }
        if configuration.transactionEnd.allowsOverride, let end = preferences.transactionEnd {
            names.append("tx=\(end.rawValue)")
        }
        if let handling = preferences.handling { names.append("handling=\(handling.rawValue)") }
        if let zone = preferences.timeZone { names.append("timezone=\(zone)") }
        if let most = preferences.maxAffected, preferences.handling == .strict {
            names.append("max-affected=\(most)")
        }
        return names.isEmpty ? [] : [("Preference-Applied", names.joined(separator: ", "))]
    }
}
