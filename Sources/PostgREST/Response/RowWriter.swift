import JSONText
import PostgresEngine
import PostgresTypes
import SQLite

/// Writes rows as PostgREST's SQL would: a row is `row_to_json` (compact, columns in order), everything embedded has
/// been through `jsonb` (blanks after `:` and `,`, keys by length and then bytes, numbers normalised).
struct RowWriter {
    let transaction: Transaction
    let context: ValueContext

    /// How a row is laid out.
    enum Layout { case row, jsonb }

    /// A statement's output columns with everything that can be known before the first row.
    struct Shape {
        var names: [String]
        var types: [PostgresType]
        var children: [(query: ReadQuery, prepared: PreparedStatement, name: String, isToOne: Bool, columns: [Int])]
        /// How many of the statement's columns are shown.
        var shown: Int
        /// For the jsonb layout: positions of columns (below `shown`) and children (from there on) in key order.
        var keyOrder: [Int]
    }

    func shape(
        _ prepared: PreparedStatement, hiddenCount: Int, children: [ReadQuery.Child]
    ) throws -> Shape {
        let shown = prepared.columns.count - hiddenCount
        let names = prepared.columns.prefix(shown).map(\.name) + children.map(\.name)
        // Of equal keys jsonb keeps the last.
        var last: [String: Int] = [:]
        for (index, name) in names.enumerated() { last[name] = index }
        let order = last.sorted { ($0.key.utf8.count, $0.key) < ($1.key.utf8.count, $1.key) }.map(\.value)
        return Shape(
            names: Array(names), types: prepared.columnTypes,
            children: try children.map { child in
                (
                    child.query, try transaction.prepare(child.query.statement), child.name, child.isToOne,
                    child.parentColumns.map { shown + $0 }
                )
            },
            shown: shown, keyOrder: order)
    }

    /// Writes the row that `statement` stands on.
    func write(_ statement: SQLite.Statement, _ shape: Shape, _ layout: Layout, to buffer: inout [UInt8]) throws {
        buffer.append(UInt8(ascii: "{"))
        switch layout {
        case .row:
            for index in 0..<shape.names.count {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                JSON.write(string: shape.names[index], to: &buffer)
                buffer.append(UInt8(ascii: ":"))
                if index < shape.shown {
                    shape.types[index].writeJSON(column: index, of: statement, to: &buffer, context: context)
                } else {
                    try write(child: index - shape.shown, of: statement, shape, to: &buffer)
                }
            }
        case .jsonb:
            for (position, index) in shape.keyOrder.enumerated() {
                if position > 0 { buffer.append(contentsOf: [0x2C, 0x20]) }
                JSON.write(string: shape.names[index], to: &buffer)
                buffer.append(contentsOf: [0x3A, 0x20])
                if index < shape.shown {
                    try writeNormalised(index, of: statement, shape.types[index], to: &buffer)
                } else {
                    try write(child: index - shape.shown, of: statement, shape, to: &buffer)
                }
            }
        }
        buffer.append(UInt8(ascii: "}"))
    }

    /// The embedded rows of one child for the parent row that `statement` stands on.
    private func write(
        child index: Int, of statement: SQLite.Statement, _ shape: Shape, to buffer: inout [UInt8]
    ) throws {
        let child = shape.children[index]
        let parameters =
            child.columns.map { ParameterValue.value(statement.value($0)) } + child.query.parameters
        let inner = try self.shape(
            child.prepared, hiddenCount: child.query.hiddenCount, children: child.query.children)
        var count = 0
        if !child.isToOne { buffer.append(UInt8(ascii: "[")) }
        try transaction.forEachRow(child.prepared, parameters: parameters) { row in
            // A to-one relationship over data that does not hold it shows its first row, as PostgREST's LIMIT 1 does.
            if child.isToOne && count > 0 { return }
            if count > 0 { buffer.append(contentsOf: [0x2C, 0x20]) }
            try write(row, inner, .jsonb, to: &buffer)
            count += 1
        }
        if !child.isToOne {
            buffer.append(UInt8(ascii: "]"))
        } else if count == 0 {
            buffer.append(contentsOf: "null".utf8)
        }
    }

    /// A column as `jsonb` would hold it: types whose JSON is not already normal go through the jsonb input.
    private func writeNormalised(
        _ column: Int, of statement: SQLite.Statement, _ type: PostgresType, to buffer: inout [UInt8]
    ) throws {
        switch type {
        case .json, .float4, .float8, .array, .composite, .record:
            var text: [UInt8] = []
            type.writeJSON(column: column, of: statement, to: &text, context: context)
            let value = try PostgresType.jsonb.decode(text: String(decoding: text, as: UTF8.self), context: context)
            PostgresType.jsonb.writeJSON(value, to: &buffer, context: context)
        default:
            type.writeJSON(column: column, of: statement, to: &buffer, context: context)
        }
    }
}
