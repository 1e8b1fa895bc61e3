import PostgresEngine
import PostgresSyntax
import PostgresTypes
import SQLite

/// Bodies that the database itself has written.
extension Representation {
    /// What an aggregate makes of the rows of a read.
    func document(
        _ plan: ReadPlan, by handler: MediaHandler, catalog: CatalogSnapshot, counts: Bool
    ) throws -> Output {
        let query = ReadQuery.make(plan, in: catalog)
        var output: Output
        if query.children.isEmpty, query.hiddenCount == 0, case .select(let select) = query.statement {
            let rows = FromItem.subquery(select, alias: Alias(Self.source), isLateral: false)
            output = try document(from: rows, with: nil, query.parameters.values, by: handler)
        } else {
            let prepared = try query.prepared(in: transaction)
            let written = try Representation(transaction: transaction, type: .json).collect(
                prepared, parameters: query.parameters.values, hiddenCount: query.hiddenCount,
                children: query.children)
            let rows = try WrittenRows(written.body, of: prepared, query.hiddenCount, query.children, transaction)
            output = try document(from: rows.item(Self.source), with: nil, [rows.parameter], by: handler)
        }
        if counts {
            output.total = try ReadQuery.count(plan, in: catalog).run(.none, in: transaction)
        }
        return output
    }

    /// What it makes of the rows that a modification returns.
    func document(_ query: MutationQuery, by handler: MediaHandler) throws -> Output {
        guard query.children.isEmpty, query.hiddenCount == 0, query.order.isEmpty else {
            let written = try Representation(transaction: transaction, type: .json).collect(query)
            let rows = try WrittenRows(
                written.body, of: try transaction.prepare(query.statement), query.hiddenCount, query.children,
                transaction)
            return try document(from: rows.item(Self.source), with: nil, [rows.parameter], by: handler)
        }
        let table = CommonTable(name: Self.source, statement: query.statement)
        let rows = FromItem.relation(QualifiedName(Self.source), alias: nil, location: -1)
        return try document(from: rows, with: WithClause(tables: [table]), query.parameters, by: handler)
    }

    private static let source = "pgrst_source"

    private func document(
        from rows: FromItem, with clause: WithClause?, _ parameters: [ParameterValue], by handler: MediaHandler
    ) throws -> Output {
        var row = Expression(.column([Self.source]))
        if let target = handler.target { row = Expression(.cast(row, target)) }
        var count = FunctionCall(name: ["pg_catalog", "count"], arguments: [])
        count.isStar = true
        var body = FunctionCall(name: [handler.schema, handler.name], arguments: [.init(row)])
        body.function = handler.function.oid
        let select = PlainSelect(
            targets: [Target(Expression(.call(count))), Target(Expression(.call(body)))], from: [rows])
        let statement = SelectStatement(.select(select), with: clause)
        let result = try transaction.run(try transaction.prepare(.select(statement)), parameters: parameters)
        guard let values = result.rows.first, case .integer(let shown) = values[0] else {
            return Output(body: [], rows: 0)
        }
        return Output(body: Self.raw(values[1], of: result.types[1], context: result.context), rows: Int(shown))
    }

    /// The bytes of one value, none of a null.
    static func raw(_ value: SQLValue, of type: PostgresType, context: ValueContext) -> [UInt8] {
        if value.isNull { return [] }
        if case .blob(let bytes) = value, case .bytea = type { return bytes }
        let text = Array(type.encode(value, context: context).utf8)
        // A value goes out in its binary form: jsonb's begins with a version.
        if case .jsonb = type { return [1] + text }
        return text
    }
}
