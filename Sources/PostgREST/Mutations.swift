import JSONText
import PostgresEngine
import PostgresSyntax
import PostgresTypes
import SQLite
import World

// POST, PUT, PATCH and DELETE.
extension Exchange {
    func insert(_ name: String) async throws -> RestResponse {
        let (relation, payload) = try target(name)
        let conflict = try onConflict(relation, payload)
        let plan = try planner.plan(relation, mutationQuery())
        try request.checkPreferences(configuration)
        let rendering = try rendering(of: relation)
        if case .plan(let format) = rendering { return try await explain(plan, format, writing: "Insert") }
        let appliesDefaults = request.preferences.missing == .applyDefaults
        let returning = returning(plan, relation)
        let result = try await modify(rendering) { [self] transaction in
            var inserted = 0
            var output = Representation.Output(body: Array("[]".utf8), rows: 0)
            var location: String?
            if payload.columns.isEmpty, !payload.rows.isEmpty {
                // `{}` rows take every default; Postgres has no multi-row form for that.
                for _ in payload.rows {
                    let query = MutationQuery.insertDefaults(
                        into: relation, catalog: cache.catalog, returning: returning)
                    output = try run(query, in: transaction, rendering, onto: output, location: &location, relation)
                    inserted += transaction.insertedRows
                }
            } else if !payload.rows.isEmpty {
                let query = MutationQuery.insert(
                    payload, into: relation, catalog: cache.catalog, onConflict: conflict,
                    appliesDefaults: appliesDefaults, returning: returning)
                output = try run(query, in: transaction, rendering, onto: nil, location: &location, relation)
                inserted += transaction.insertedRows
            }
            // Only an upsert that merged every row, or had none, has created nothing.
            let merges = request.preferences.resolution == .merge
            let created = conflict?.assignments == nil ? !payload.rows.isEmpty : inserted > 0
            return Outcome(output: output, location: location, created: created || !merges)
        }
        var own: [String] = []
        let hasKey = !cache.primaryKey(of: relation).isEmpty || request.query.onConflict != nil
        if let resolution = request.preferences.resolution, hasKey {
            own.append("resolution=\(resolution.rawValue)")
        }
        if let missing = request.preferences.missing { own.append("missing=\(missing.rawValue)") }
        let total = request.preferences.count == nil ? "*" : String(result.output.rows)
        return answer(result, plan, rendering, status: result.created ? 201 : 200, range: "*/\(total)", own: own)
    }

    func update(_ name: String) async throws -> RestResponse {
        let (relation, payload) = try target(name)
        let plan = try planner.plan(relation, request.query)
        try request.checkPreferences(configuration)
        let rendering = try rendering(of: relation)
        if case .plan(let format) = rendering { return try await explain(plan, format, writing: "Update") }
        let isNoOperation = payload.columns.isEmpty || payload.rows.isEmpty
        let returning = returning(plan, relation)
        let result = try await modify(rendering) { [self] transaction in
            if isNoOperation { return Outcome(output: .init(body: Array("[]".utf8), rows: 0)) }
            let query = MutationQuery.update(
                payload, plan: plan, catalog: cache.catalog,
                appliesDefaults: request.preferences.missing == .applyDefaults, returning: returning)
            var location: String?
            return Outcome(
                output: try run(query, in: transaction, rendering, onto: nil, location: &location, relation))
        }
        let own = request.preferences.missing.map { ["missing=\($0.rawValue)"] } ?? []
        let total = request.preferences.count == nil ? nil : result.output.rows
        let range = RowRange.contentRange(offset: 0, rows: result.output.rows, total: total)
        return answer(result, plan, rendering, status: 200, range: range, own: own)
    }

    func delete(_ name: String) async throws -> RestResponse {
        let relation = try cache.relation(name, in: request.schema)
        let plan = try planner.plan(relation, request.query)
        try request.checkPreferences(configuration)
        let rendering = try rendering(of: relation)
        if case .plan(let format) = rendering { return try await explain(plan, format, writing: "Delete") }
        let returning = returning(plan, relation)
        let result = try await modify(rendering) { [self] transaction in
            let query = MutationQuery.delete(plan: plan, catalog: cache.catalog, returning: returning)
            var location: String?
            return Outcome(
                output: try run(query, in: transaction, rendering, onto: nil, location: &location, relation))
        }
        let total = request.preferences.count == nil ? "*" : String(result.output.rows)
        return answer(result, plan, rendering, status: 200, range: "*/\(total)", own: [])
    }

    /// A single-row upsert: the URL names the whole primary key, the body agrees with it.
    func put(_ name: String) async throws -> RestResponse {
        var (relation, payload) = try target(name)
        let key = cache.primaryKey(of: relation)
        let filters = request.query.filters.compactMap { filter -> (String, String)? in
            guard filter.path.isEmpty, !filter.value.isNegated, filter.value.field.path.isEmpty,
                case .compare("=", let value, nil) = filter.value.operation
            else { return nil }
            return (filter.value.field.name, value)
        }
        guard filters.count == request.query.filters.count, request.query.logic.isEmpty, !key.isEmpty,
            Set(filters.map(\.0)) == Set(key), filters.count == key.count
        else { throw RestError.putFilters }
        payload.rows = Array(payload.rows.prefix(1))
        guard let row = payload.rows.first,
            filters.allSatisfy({ name, value in
                payload.columns.firstIndex(of: name).flatMap { row[$0] }.map { $0.stringValue ?? $0.text } == value
            })
        else { throw RestError.putMismatch }
        let others = payload.columns.map { Assignment(column: $0, value: Expression(.column(["excluded", $0]))) }
        let conflict = OnConflict(
            target: .columns(key.map { Expression(.column([$0])) }, filter: nil), assignments: others)
        let plan = try planner.plan(relation, mutationQuery())
        try request.checkPreferences(configuration)
        let rendering = try rendering(of: relation)
        if case .plan(let format) = rendering { return try await explain(plan, format, writing: "Insert") }
        let (rows, target, returning) = (payload, relation, returning(plan, relation))
        let result = try await modify(rendering) { [self] transaction in
            let query = MutationQuery.insert(
                rows, into: target, catalog: cache.catalog, onConflict: conflict, appliesDefaults: true,
                returning: returning)
            var location: String?
            let output = try run(query, in: transaction, rendering, onto: nil, location: &location, target)
            return Outcome(output: output, created: transaction.insertedRows > 0)
        }
        return answer(result, plan, rendering, status: result.created ? 201 : 200, range: nil, own: [])
    }

    // MARK: Shared steps

    /// What a modification did.
    struct Outcome: Sendable {
        var output: Representation.Output
        var location: String?
        var created = false
    }

    private func target(_ name: String) throws -> (Relation, Payload) {
        let relation = try cache.relation(name, in: request.schema)
        guard let payload = request.payload else { throw RestError.badPayload("Empty or invalid json") }
        let known = Set(relation.columns.map(\.name))
        for column in payload.columns where !known.contains(column) {
            throw RestError.unknownColumn(column, relation: relation.name)
        }
        for column in request.query.onConflict ?? [] where !known.contains(column) {
            throw RestError.unknownColumn(column, relation: relation.name)
        }
        return (relation, payload)
    }

    /// On POST and PUT filters restrict nothing at the root: only what is said of embeds counts.
    private func mutationQuery() -> QueryParameters {
        var query = request.query
        query.filters.removeAll { $0.path.isEmpty }
        query.logic.removeAll { $0.path.isEmpty }
        return query
    }

    private func onConflict(_ relation: Relation, _ payload: Payload) throws -> OnConflict? {
        guard let resolution = request.preferences.resolution else { return nil }
        let key = cache.primaryKey(of: relation)
        let columns = request.query.onConflict ?? key
        guard !columns.isEmpty else { return nil }
        let target = OnConflict.ConflictTarget.columns(columns.map { Expression(.column([$0])) }, filter: nil)
        if resolution == .ignore || payload.columns.isEmpty { return OnConflict(target: target, assignments: nil) }
        return OnConflict(
            target: target,
            assignments: payload.columns.map {
                Assignment(column: $0, value: Expression(.column(["excluded", $0])))
            })
    }

    private func returning(_ plan: ReadPlan, _ relation: Relation) -> MutationQuery.Returning {
        switch request.preferences.returning {
        case .representation: return .plan(plan)
        case .headersOnly where request.action == .insert:
            let key = cache.primaryKey(of: relation)
            return key.isEmpty ? .nothing : .columns(key)
        default: return .nothing
        }
    }

    /// Runs the body in a write transaction, with the checks that undo it when they fail.
    private func modify(
        _ rendering: Rendering, _ body: @escaping @Sendable (Transaction) throws -> Outcome
    ) async throws -> Outcome {
        laps?.end("plan")
        defer { laps?.end("transaction") }
        return try await writing { [self] transaction in
            let outcome = try body(transaction)
            let rows = outcome.output.rows
            if case .object = rendering.rowType, rows != 1 {
                throw RestError.notSingular(rows: rows)
            }
            if request.preferences.handling == .strict, let most = request.preferences.maxAffected, rows > most {
                throw RestError.tooManyAffected(rows: rows)
            }
            return outcome
        }
    }

    private func run(
        _ query: MutationQuery, in transaction: Transaction, _ rendering: Rendering,
        onto earlier: Representation.Output?,
        location: inout String?, _ relation: Relation
    ) throws -> Representation.Output {
        guard request.preferences.returning == .representation else {
            let prepared = try transaction.prepare(query.statement)
            let result = try transaction.run(prepared, parameters: query.parameters)
            location = Self.location(result, relation)
            return .init(body: [], rows: (earlier?.rows ?? 0) + result.count)
        }
        let representation = Representation(transaction: transaction, type: rendering.rowType)
        if case .document(let handler, _) = rendering {
            guard earlier?.rows ?? 0 == 0 else {
                throw RestError.unsupported(
                    feature: "postgrest.media.defaults",
                    message: "Several rows of nothing but defaults in a media type of one's own are not emulated yet")
            }
            return try representation.document(query, by: handler)
        }
        var output = try representation.collect(query)
        if let earlier, earlier.rows > 0, output.rows > 0 {
            output.body = Array(earlier.body.dropLast()) + Array(", \n ".utf8) + output.body.dropFirst()
            output.rows += earlier.rows
        }
        return output
    }

    /// `/relation?key=eq.value` of the one row inserted, null keys as `is.null`.
    private static func location(_ result: ResultSet, _ relation: Relation) -> String? {
        guard result.rows.count == 1, let row = result.rows.first, !row.isEmpty else { return nil }
        let context = ValueContext(now: .init(microseconds: 0))
        let pairs = zip(result.columns, zip(result.types, row)).map { column, typed in
            let value = typed.1.isNull ? "is.null" : "eq.\(typed.0.encode(typed.1, context: context))"
            return "\(encodePercent(column.name))=\(encodePercent(value))"
        }
        return "/\(encodePercent(relation.name))?\(pairs.joined(separator: "&"))"
    }

    private func answer(
        _ outcome: Outcome, _ plan: ReadPlan, _ rendering: Rendering, status: Int, range: String?, own: [String]
    ) -> RestResponse {
        let returning = request.preferences.returning
        var headers: [(name: String, value: String)] = []
        if let range { headers.append(("Content-Range", range)) }
        let own = own + (returning.map { ["return=\($0.rawValue)"] } ?? [])
        headers += applied(own) + Self.warnings(plan)
        if returning == .representation {
            headers.append(("Content-Type", rendering.contentType))
            return RestResponse(status: status, headers: headers, body: outcome.output.body)
        }
        if let location = outcome.location, returning == .headersOnly { headers.append(("Location", location)) }
        let isInsert = request.action == .insert
        return RestResponse(status: isInsert ? status : 204, headers: headers, body: [], sendsLength: isInsert)
    }
}
