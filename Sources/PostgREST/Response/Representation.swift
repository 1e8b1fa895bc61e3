import JSONText
import PostgresEngine
import PostgresSyntax
import PostgresTypes
import SQLite
import World

/// Runs the statements of a read, or takes the rows a modification returns, and writes the body.
struct Representation {
    struct Output: Sendable {
        var body: [UInt8]
        var rows: Int
        /// With `count=`: how many rows there are without the page.
        var total: Int?
    }

    let transaction: Transaction
    let type: MediaType

    private var context: ValueContext { transaction.context.valueContext }

    func read(_ plan: ReadPlan, catalog: CatalogSnapshot, counts: Bool) throws -> Output {
        let query = ReadQuery.make(plan, in: catalog)
        let prepared = try transaction.prepare(query.statement)
        var output = try collect(
            prepared, parameters: query.parameters, hiddenCount: query.hiddenCount, children: query.children)
        if counts {
            let (statement, parameters) = ReadQuery.count(plan, in: catalog)
            let rows = try transaction.run(try transaction.prepare(statement), parameters: parameters).rows
            if case .integer(let total)? = rows.first?.first { output.total = Int(total) }
        }
        return output
    }

    /// Runs `prepared` and writes every row it returns.
    func collect(
        _ prepared: PreparedStatement, parameters: [ParameterValue], hiddenCount: Int, children: [ReadQuery.Child]
    ) throws -> Output {
        if case .csv = type {
            let shown = prepared.columns.count - hiddenCount
            var writer = CSVWriter(
                names: prepared.columns.prefix(shown).map(\.name), types: prepared.columnTypes, context: context)
            guard children.isEmpty else {
                throw RestError.unsupported(
                    feature: "postgrest.csv.embeds", message: "Embeds in text/csv are not emulated yet")
            }
            var rows = 0
            try transaction.forEachRow(prepared, parameters: parameters) { statement in
                writer.append(statement)
                rows += 1
            }
            return Output(body: writer.result, rows: rows)
        }
        let writer = RowWriter(transaction: transaction, context: context)
        let shape = try writer.shape(prepared, hiddenCount: hiddenCount, children: children)
        let isObject = if case .object = type { true } else { false }
        var body: [UInt8] = isObject ? [] : [UInt8(ascii: "[")]
        var rows = 0
        try transaction.forEachRow(prepared, parameters: parameters) { statement in
            // json_agg puts a comma, a blank, a newline and a blank between rows.
            if rows > 0 { body.append(contentsOf: [0x2C, 0x20, 0x0A, 0x20]) }
            try writer.write(statement, shape, .row, to: &body)
            rows += 1
        }
        if !isObject { body.append(UInt8(ascii: "]")) }
        return Output(body: try stripped(body), rows: rows)
    }

    /// `nulls=stripped`: as `json_strip_nulls`, objects lose members that are null, arrays keep theirs.
    private func stripped(_ body: [UInt8]) throws -> [UInt8] {
        switch type {
        case .object(stripsNulls: true), .array(stripsNulls: true):
            body.isEmpty ? body : Self.withoutNulls(try JSON(parsing: body)).bytes
        default: body
        }
    }

    private static func withoutNulls(_ value: JSON) -> JSON {
        switch value {
        case .object(let members):
            .object(members.filter { !$0.value.isNull }.map { .init($0.key, withoutNulls($0.value)) })
        case .array(let items): .array(items.map(withoutNulls))
        default: value
        }
    }
}
