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
    /// What the request has of its own, of a read that others share.
    var literals = ReadLiterals.none

    private var context: ValueContext { transaction.context.valueContext }
    private var writer: RowWriter { RowWriter(transaction: transaction, context: context, literals: literals) }

    func read(_ planned: PlannedRead) throws -> Output {
        let query = planned.query
        let (prepared, shape) = try query.prepared(in: transaction, writer)
        var output = try collect(
            prepared, parameters: query.parameters.filled(with: literals), hiddenCount: query.hiddenCount,
            children: query.children, shape: shape)
        if let count = planned.count { output.total = try count.run(literals, in: transaction) }
        return output
    }

    /// Runs a modification and writes the rows it returns, in the order the request asks for.
    func collect(_ query: MutationQuery) throws -> Output {
        try collect(
            try transaction.prepare(query.statement), parameters: query.parameters, hiddenCount: query.hiddenCount,
            children: query.children, order: query.order, tests: query.tests)
    }

    /// Runs `prepared` and writes every row it returns.
    /// - Parameter shape: the rows' as `RowWriter.shape` finds it, of a statement just found to be current.
    /// - Throws: PGRST116 when one object is wanted and there is not exactly one row.
    func collect(
        _ prepared: PreparedStatement, parameters: [ParameterValue], hiddenCount: Int, children: [ReadQuery.Child],
        order: [MutationQuery.SortKey] = [], tests: Range<Int> = 0..<0, page: (offset: Int, limit: Int)? = nil,
        isBareRow: Bool = false, shape known: RowWriter.Shape? = nil
    ) throws -> Output {
        let shown = prepared.columns.count - hiddenCount
        let keys = order.map { prepared.columnTypes[shown + $0.column] }
        var rows: [Row] = []
        func keep(_ bytes: [UInt8], _ statement: SQLite.Statement) {
            rows.append(Row(bytes: bytes, keys: order.map { statement.value(shown + $0.column) }))
        }
        var total = 0
        func isShown(_ statement: SQLite.Statement) -> Bool {
            if let page {
                total += 1
                if total <= page.offset || total - page.offset > page.limit { return false }
            }
            return tests.allSatisfy { statement.value(shown + $0) == .integer(1) }
        }
        let writer = writer
        let shape = try known ?? writer.shape(prepared, hiddenCount: hiddenCount, children: children)
        if case .csv = type {
            guard !shape.hasSpreads else {
                let written = try Representation(transaction: transaction, type: .json, literals: literals).collect(
                    prepared, parameters: parameters, hiddenCount: hiddenCount, children: children, order: order,
                    tests: tests, page: page)
                let rows = try WrittenRows(written.body, of: prepared, hiddenCount, children, transaction)
                let select = PlainSelect(
                    targets: [Target(Expression(.star(qualifier: [])))], from: [rows.item("pgrst_source")])
                var output = try collect(
                    try transaction.prepare(.select(SelectStatement(.select(select)))), parameters: [rows.parameter],
                    hiddenCount: 0, children: [])
                output.total = written.total
                return output
            }
            let lines = CSVWriter(names: shape.members.map(\.name), types: prepared.columnTypes, context: context)
            try transaction.forEachRow(prepared, parameters: parameters) { statement in
                guard isShown(statement) else { return }
                keep(lines.line(statement, embeds: try writer.embeds(of: statement, shape)), statement)
            }
            sort(&rows, by: order, keys)
            return Output(
                body: lines.document(rows.map(\.bytes)), rows: rows.count, total: page == nil ? nil : total)
        }
        let isObject = if case .object = type { true } else { false }
        let isArray = !isObject && !isBareRow
        var body: [UInt8] = []
        body.reserveCapacity(1024)
        if isArray { body.append(UInt8(ascii: "[")) }
        // json_agg puts a comma, a blank, a newline and a blank between rows.
        let separator: [UInt8] = [0x2C, 0x20, 0x0A, 0x20]
        var count = 0
        try transaction.forEachRow(prepared, isCurrent: known != nil, parameters: parameters) { statement in
            guard isShown(statement) else { return }
            count += 1
            if order.isEmpty {
                if count > 1 { body.append(contentsOf: separator) }
                try writer.write(statement, shape, .row, to: &body)
            } else {
                var row: [UInt8] = []
                try writer.write(statement, shape, .row, to: &row)
                keep(row, statement)
            }
        }
        if isObject, count != 1 { throw RestError.notSingular(rows: count) }
        if !rows.isEmpty {
            sort(&rows, by: order, keys)
            body.append(contentsOf: rows.map(\.bytes).joined(separator: separator))
        }
        if isArray { body.append(UInt8(ascii: "]")) }
        if isBareRow, count == 0 { body.append(contentsOf: "null".utf8) }
        return Output(body: try stripped(body), rows: count, total: page == nil ? nil : total)
    }

    /// A written row that is still to be sorted.
    private struct Row {
        var bytes: [UInt8]
        var keys: [SQLValue]
    }

    /// Sorts as ORDER BY would; rows with equal keys keep their order.
    private func sort(_ rows: inout [Row], by order: [MutationQuery.SortKey], _ types: [PostgresType]) {
        guard !order.isEmpty else { return }
        let sorted = rows.enumerated().sorted { left, right in
            for (index, term) in order.enumerated() {
                let (a, b) = (left.element.keys[index], right.element.keys[index])
                if a.isNull != b.isNull { return a.isNull == term.nullsFirst }
                if a.isNull { continue }
                let difference = types[index].compare(a, b)
                if difference != 0 { return (difference < 0) != term.isDescending }
            }
            return left.offset < right.offset
        }
        rows = sorted.map(\.element)
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
