import JSONText
import PostgresEngine
import PostgresSyntax
import PostgresTypes
import SQLite
import World

// GET, HEAD and POST on /rpc.
extension Exchange {
    func call(_ name: String) async throws -> RestResponse {
        let given = try CallArguments(request)
        let (routine, takesWhole) = try cache.routine(name, in: request.schema, given)
        let call = try CallPlan(routine, given, takesWhole: takesWhole, catalog: cache.catalog)
        let plan = try self.plan(call)
        try request.checkPreferences(configuration)
        if request.preferences.handling == .strict, request.preferences.maxAffected != nil, !routine.isSet {
            throw RestError.maxAffectedOfScalar
        }
        let rendering = try request.accepted.rendering(
            handlers: handlers(of: call), plans: configuration.plansEnabled)
        if case .plan(let format) = rendering { return try await explain(plan, format) }
        let output = try await run(call) { [self] transaction in
            try self.output(of: call, plan, rendering, in: transaction)
        }
        let offset = plan.offset ?? 0
        if let total = output.total, offset > total, offset > 0 {
            throw RestError.badRange(
                details: "An offset of \(offset) was requested, but there are only \(total) rows.", total: total)
        }
        return answer(call, plan, output, rendering)
    }

    /// The media type that the function's result is of by its domain, where nothing else is made of the result, and the
    /// aggregates for its rows.
    private func handlers(of call: CallPlan) -> MediaHandlers {
        let type = call.routine.result.type
        switch call.result {
        case .row:
            return cache.mediaHandlers(of: request.selectsAll ? type : nil, exposed: configuration.schemas)
        case .value where !call.routine.isSet && request.selectsAll:
            return MediaHandlers(value: cache.catalog.mediaType(of: type))
        default: return MediaHandlers()
        }
    }

    /// What is read of the rows or values that come back.
    private func plan(_ call: CallPlan) throws(RestError) -> ReadPlan {
        var plan = try planner.plan(call.relation(in: cache.catalog), request.query)
        plan.alias = call.routine.name
        plan.call = call
        if let range = request.range {
            let page = RowRange(offset: plan.offset ?? 0, limit: plan.limit).intersection(range)
            plan.limit = page.limit
            plan.offset = page.offset
        }
        return plan
    }

    /// GET and HEAD read, and so does a POST on what promises not to write.
    private func run(
        _ call: CallPlan, _ body: @escaping @Sendable (Transaction) throws -> Representation.Output
    ) async throws -> Representation.Output {
        laps?.end("plan")
        defer { laps?.end("transaction") }
        if request.raw.method != "POST" || !call.isVolatile {
            return try await reading(body)
        }
        return try await writing { [self] transaction in
            let output = try body(transaction)
            if request.preferences.handling == .strict, let most = request.preferences.maxAffected,
                output.rows > most
            {
                throw RestError.tooManyAffected(rows: output.rows)
            }
            return output
        }
    }

    private func output(
        of call: CallPlan, _ plan: ReadPlan, _ rendering: Rendering, in transaction: Transaction
    ) throws -> Representation.Output {
        let counts = request.preferences.count != nil
        let representation = Representation(transaction: transaction, type: rendering.rowType)
        if case .row = call.result {
            if case .document(let handler, _) = rendering {
                return try representation.document(plan, by: handler, catalog: cache.catalog, counts: counts)
            }
            return try representation.call(plan, isSet: call.routine.isSet, catalog: cache.catalog, counts: counts)
        }
        if case .value = call.result, rendering == .rows(.csv) {
            return try representation.call(plan, isSet: true, catalog: cache.catalog, counts: counts)
        }
        var unpaged = plan
        (unpaged.limit, unpaged.offset) = (nil, nil)
        let query = ReadQuery.make(unpaged, in: cache.catalog)
        let result = try transaction.run(
            try transaction.prepare(query.statement), parameters: query.parameters.values)
        if case .nothing = call.result { return .init(body: [], rows: 1, total: counts ? 1 : nil) }
        guard plan.embeds.isEmpty, result.columns.map(\.name) == [CallPlan.valueName] else {
            throw PostgresError("42703", "column \(plan.alias).\(CallPlan.valueName) does not exist")
        }
        if case .raw = rendering {
            let value = result.rows.first?.first ?? .null
            let body = Representation.raw(value, of: result.types[0], context: result.context)
            return .init(body: body, rows: 1, total: counts ? 1 : nil)
        }
        return try representation.values(
            of: result, isSet: call.routine.isSet, offset: plan.offset ?? 0, limit: plan.limit, counts: counts)
    }

    private func answer(
        _ call: CallPlan, _ plan: ReadPlan, _ output: Representation.Output, _ rendering: Rendering
    ) -> RestResponse {
        if case .nothing = call.result {
            let range = RowRange.contentRange(offset: 0, rows: 1, total: output.total)
            return RestResponse(
                status: 204, headers: [("Content-Range", range)] + applied([]), body: [], sendsLength: false)
        }
        let range = RowRange.contentRange(offset: plan.offset ?? 0, rows: output.rows, total: output.total)
        let headers =
            [("Content-Type", rendering.contentType), ("Content-Range", range)] + applied([]) + Self.warnings(plan)
        let isPartial = output.total.map { output.rows < $0 } ?? false
        return RestResponse(status: isPartial ? 206 : 200, headers: headers, body: output.body)
    }
}

extension Representation {
    /// The rows of a call, run once: what is beyond the page is counted only.
    func call(_ plan: ReadPlan, isSet: Bool, catalog: CatalogSnapshot, counts: Bool) throws -> Output {
        var unpaged = plan
        if counts {
            unpaged.limit = nil
            unpaged.offset = nil
        }
        let query = ReadQuery.make(unpaged, in: catalog)
        let page = counts ? (offset: plan.offset ?? 0, limit: plan.limit ?? .max) : nil
        return try collect(
            try transaction.prepare(query.statement), parameters: query.parameters.values,
            hiddenCount: query.hiddenCount,
            children: query.children, page: page, isBareRow: !isSet)
    }

    /// Plain values: one on its own, or all of a set in an array.
    func values(of result: ResultSet, isSet: Bool, offset: Int, limit: Int?, counts: Bool) throws -> Output {
        let rows = result.rows.dropFirst(offset).prefix(limit ?? .max)
        var body: [UInt8] = []
        if case .object = type, rows.count != 1 { throw RestError.notSingular(rows: rows.count) }
        let isArray = isSet && { if case .object = type { false } else { true } }()
        if isArray { body.append(UInt8(ascii: "[")) }
        for (index, row) in rows.enumerated() {
            if index > 0 { body.append(contentsOf: [0x2C, 0x20, 0x0A, 0x20]) }
            if row[0].isNull {
                body.append(contentsOf: "null".utf8)
            } else {
                result.types[0].writeJSON(row[0], to: &body, context: result.context)
            }
        }
        if isArray { body.append(UInt8(ascii: "]")) }
        if !isArray, rows.isEmpty { body.append(contentsOf: "null".utf8) }
        return Output(body: body, rows: rows.count, total: counts ? result.rows.count : nil)
    }
}

extension CatalogSnapshot {
    /// The media type that a domain is named after, in lower case.
    func mediaType(of type: TypeID) -> String? {
        guard let user = types[type], case .domain = user.kind else { return nil }
        if user.name == "*/*" { return user.name }
        let parts = user.name.split(separator: "/", omittingEmptySubsequences: false)
        let isMediaType =
            parts.count == 2
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || ".-+".contains($0) }
            }
        return isMediaType && !parts[0].contains("+") ? user.name.lowercased() : nil
    }
}
