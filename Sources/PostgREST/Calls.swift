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
        var plan = try self.plan(call)
        if let range = request.range {
            let page = RowRange(offset: plan.offset ?? 0, limit: plan.limit).intersection(range)
            plan.limit = page.limit
            plan.offset = page.offset
        }
        try request.checkPreferences(configuration)
        if request.preferences.handling == .strict, request.preferences.maxAffected != nil, !routine.isSet {
            throw RestError.maxAffectedOfScalar
        }
        let type = try request.rowType()
        let planned = plan
        let result = try await run(call) { transaction in
            try self.output(of: call, planned, type: type, in: transaction)
        }
        return answer(call, plan, result, type: type)
    }

    /// What is read of the rows that come back.
    private func plan(_ call: CallPlan) throws(RestError) -> ReadPlan {
        var plan: ReadPlan
        let relation = call.relation(in: cache.catalog)
        if case .row = call.result {
            plan = try planner.plan(relation, request.query)
        } else {
            plan = ReadPlan(relation: relation, alias: relation.name, fields: [.star])
            plan.limit = request.query.limits.first { $0.path.isEmpty }?.value
            plan.offset = request.query.offsets.first { $0.path.isEmpty }?.value
            if let most = configuration.maxRows { plan.limit = min(plan.limit ?? most, most) }
        }
        plan.alias = call.routine.name
        plan.call = call
        return plan
    }

    /// GET and HEAD read, and so does a POST on what promises not to write.
    private func run(
        _ call: CallPlan, _ body: @escaping @Sendable (Transaction) throws -> Representation.Output
    ) async throws -> Representation.Output {
        laps.end("plan")
        defer { laps.end("transaction") }
        if request.raw.method != "POST" || !call.isVolatile {
            return try await reading(body)
        }
        return try await writing { transaction in
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
        of call: CallPlan, _ plan: ReadPlan, type: MediaType, in transaction: Transaction
    ) throws -> Representation.Output {
        let counts = request.preferences.count != nil
        let representation = Representation(transaction: transaction, type: type)
        if case .row = call.result {
            return try representation.call(plan, isSet: call.routine.isSet, catalog: cache.catalog, counts: counts)
        }
        var builder = ConditionBuilder(catalog: cache.catalog)
        let item = builder.call(call, alias: plan.alias)
        let select = PlainSelect(targets: [Target(Expression(.column([plan.alias])))], from: [item])
        let prepared = try transaction.prepare(.select(SelectStatement(.select(select))))
        let result = try transaction.run(prepared, parameters: builder.parameters)
        if case .nothing = call.result { return .init(body: [], rows: 1, total: counts ? 1 : nil) }
        return try representation.values(
            of: result, isSet: call.routine.isSet, offset: plan.offset ?? 0, limit: plan.limit, counts: counts)
    }

    private func answer(
        _ call: CallPlan, _ plan: ReadPlan, _ output: Representation.Output, type: MediaType
    ) -> RestResponse {
        let offset = plan.offset ?? 0
        var headers: [(name: String, value: String)] = []
        var isPartial = false
        if case .nothing = call.result {
            headers.append(("Content-Range", RowRange.contentRange(offset: 0, rows: 1, total: output.total)))
            headers += applied([])
            return RestResponse(status: 204, headers: headers, body: [], sendsLength: false)
        }
        headers.append(("Content-Type", type.contentType))
        headers.append(
            ("Content-Range", RowRange.contentRange(offset: offset, rows: output.rows, total: output.total)))
        headers += applied([]) + Self.warnings(plan)
        isPartial = output.total.map { output.rows < $0 } ?? false
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
            try transaction.prepare(query.statement), parameters: query.parameters, hiddenCount: query.hiddenCount,
            children: query.children, page: page, isBareRow: !isSet)
    }

    /// Plain values: one on its own, or all of a set in an array.
    func values(of result: ResultSet, isSet: Bool, offset: Int, limit: Int?, counts: Bool) throws -> Output {
        let rows = result.rows.dropFirst(offset).prefix(limit ?? .max)
        var body: [UInt8] = []
        if case .csv = type {
            body = Array(((result.columns.first?.name ?? "") + "\n").utf8)
            body += rows.map { row in
                row[0].isNull ? [] : Array(result.types[0].encode(row[0], context: result.context).utf8)
            }.joined(separator: [UInt8(ascii: "\n")])
            return Output(body: body, rows: rows.count, total: counts ? result.rows.count : nil)
        }
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
