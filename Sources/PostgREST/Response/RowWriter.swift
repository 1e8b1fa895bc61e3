import JSONText
import PostgresEngine
import PostgresTypes
import SQLite

/// Writes rows as PostgREST's SQL would: a row is `row_to_json` (compact, columns in order), everything embedded has
/// been through `jsonb` (blanks after `:` and `,`, keys by length and then bytes, numbers normalised).
struct RowWriter {
    let transaction: Transaction
    let context: ValueContext
    /// What the request whose rows they are has of its own.
    var literals = ReadLiterals.none

    /// How a row is laid out.
    enum Layout { case row, jsonb }

    /// A statement's output with everything that can be known before the first row.
    struct Shape: Sendable {
        /// The members of the object, columns first, then the embeds; a spread has as many as its own rows.
        var members: [(name: String, source: Source)]
        var types: [PostgresType]
        var children: [Child]
        /// The members in the order of jsonb's keys.
        var keyOrder: [Int]
        var hasSpreads: Bool
        /// What stands before each value, in the order they are written in: bracket or comma, name, colon.
        var labels: [[UInt8]]
        var jsonbLabels: [[UInt8]]
    }

    /// Where a member's value is.
    enum Source: Sendable {
        case column(Int)
        case embed(Int)
        case spread(child: Int, member: Int)
    }

    struct Child: Sendable {
        var query: ReadQuery
        var prepared: PreparedStatement
        var isToOne: Bool
        var isSpread: Bool
        /// The parent's columns that are bound to the first parameters.
        var columns: [Int]
        var shape: Shape
    }

    func shape(
        _ prepared: PreparedStatement, hiddenCount: Int, children: [ReadQuery.Child]
    ) throws -> Shape {
        let shown = prepared.columns.count - hiddenCount
        var members = prepared.columns.prefix(shown).enumerated().map { index, column in
            (name: column.name, source: Source.column(index))
        }
        var known: [Child] = []
        for (index, child) in children.enumerated() {
            let statement = try child.query.prepared(in: transaction)
            let shape = try shape(statement, hiddenCount: child.query.hiddenCount, children: child.query.children)
            known.append(
                Child(
                    query: child.query, prepared: statement, isToOne: child.isToOne, isSpread: child.isSpread,
                    columns: child.parentColumns.map { shown + $0 }, shape: shape))
            if child.isSpread {
                members += shape.members.enumerated().map { ($1.name, .spread(child: index, member: $0)) }
            } else {
                members.append((child.name, .embed(index)))
            }
        }
        // Of equal keys jsonb keeps the last.
        var last: [String: Int] = [:]
        for (index, member) in members.enumerated() { last[member.name] = index }
        let order = last.sorted { ($0.key.utf8.count, $0.key) < ($1.key.utf8.count, $1.key) }.map(\.value)
        return Shape(
            members: members, types: prepared.columnTypes, children: known, keyOrder: order,
            hasSpreads: known.contains(where: \.isSpread),
            labels: Self.labels(members.map(\.name), comma: ",", colon: ":"),
            jsonbLabels: Self.labels(order.map { members[$0].name }, comma: ", ", colon: ": "))
    }

    private static func labels(_ names: [String], comma: String, colon: String) -> [[UInt8]] {
        names.enumerated().map { index, name in
            var label = Array((index == 0 ? "{" : comma).utf8)
            JSON.write(string: name, to: &label)
            label.append(contentsOf: colon.utf8)
            return label
        }
    }

    /// Writes the row that `statement` stands on.
    func write(_ statement: SQLite.Statement, _ shape: Shape, _ layout: Layout, to buffer: inout [UInt8]) throws {
        let spreads = try spreads(of: statement, shape, layout)
        switch layout {
        case .row:
            for index in shape.labels.indices {
                buffer.append(contentsOf: shape.labels[index])
                try write(member: index, of: statement, shape, layout, spreads, to: &buffer)
            }
        case .jsonb:
            for (position, index) in shape.keyOrder.enumerated() {
                buffer.append(contentsOf: shape.jsonbLabels[position])
                try write(member: index, of: statement, shape, layout, spreads, to: &buffer)
            }
        }
        if shape.members.isEmpty { buffer.append(UInt8(ascii: "{")) }
        buffer.append(UInt8(ascii: "}"))
    }

    /// A comma and a blank.
    private static let comma: [UInt8] = [0x2C, 0x20]

    private func write(
        member index: Int, of statement: SQLite.Statement, _ shape: Shape, _ layout: Layout,
        _ spreads: [[[UInt8]]], to buffer: inout [UInt8]
    ) throws {
        switch (shape.members[index].source, layout) {
        case (.column(let column), .row):
            shape.types[column].writeJSON(column: column, of: statement, to: &buffer, context: context)
        case (.column(let column), .jsonb):
            try writeNormalised(column, of: statement, shape.types[column], to: &buffer)
        case (.embed(let child), _): try write(child: shape.children[child], of: statement, to: &buffer)
        case (.spread(let child, let member), _): buffer.append(contentsOf: spreads[child][member])
        }
    }

    /// The embedded rows of one child for the parent row that `statement` stands on.
    private func write(child: Child, of statement: SQLite.Statement, to buffer: inout [UInt8]) throws {
        var count = 0
        if !child.isToOne { buffer.append(UInt8(ascii: "[")) }
        try forEachRow(of: child, statement) { row in
            if count > 0 { buffer.append(contentsOf: Self.comma) }
            try write(row, child.shape, .jsonb, to: &buffer)
            count += 1
        }
        if !child.isToOne {
            buffer.append(UInt8(ascii: "]"))
        } else if count == 0 {
            buffer.append(contentsOf: "null".utf8)
        }
    }

    /// The embeds of a row on their own, for CSV: the text of each, nil for a to-one without a row.
    func embeds(of statement: SQLite.Statement, _ shape: Shape) throws -> [String?] {
        try shape.children.map { child in
            var text: [UInt8] = []
            try write(child: child, of: statement, to: &text)
            let isNull = child.isToOne && text == Array("null".utf8)
            return isNull ? nil : String(decoding: text, as: UTF8.self)
        }
    }

    private func forEachRow(
        of child: Child, _ statement: SQLite.Statement, _ body: (SQLite.Statement) throws -> Void
    ) throws {
        let parameters =
            child.columns.map { ParameterValue.value(statement.value($0)) }
            + child.query.parameters.filled(with: literals)
        var isFirst = true
        try transaction.forEachRow(child.prepared, parameters: parameters) { row in
            // A to-one relationship over data that does not hold it shows its first row, as PostgREST's LIMIT 1 does.
            if child.isToOne, !isFirst { return }
            isFirst = false
            try body(row)
        }
    }

    // MARK: Spreads

    /// For every child that is a spread the values of its members, written.
    private func spreads(of statement: SQLite.Statement, _ shape: Shape, _ layout: Layout) throws -> [[[UInt8]]] {
        guard shape.hasSpreads else { return [] }
        return try shape.children.map { child in
            guard child.isSpread else { return [] }
            var values: [[UInt8]]?
            if child.isToOne {
                try forEachRow(of: child, statement) { values = try members(of: $0, child.shape, layout) }
                return values ?? child.shape.members.map { _ in Array("null".utf8) }
            }
            // One array for every member, all of the same length and order.
            var arrays = child.shape.members.map { _ in [UInt8(ascii: "[")] }
            var count = 0
            try forEachRow(of: child, statement) { row in
                for (index, value) in try members(of: row, child.shape, .jsonb).enumerated() {
                    if count > 0 { arrays[index].append(contentsOf: Self.comma) }
                    arrays[index].append(contentsOf: value)
                }
                count += 1
            }
            return arrays.map { $0 + [UInt8(ascii: "]")] }
        }
    }

    private func members(of statement: SQLite.Statement, _ shape: Shape, _ layout: Layout) throws -> [[UInt8]] {
        let spreads = try spreads(of: statement, shape, layout)
        return try shape.members.indices.map { index in
            var value: [UInt8] = []
            try write(member: index, of: statement, shape, layout, spreads, to: &value)
            return value
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
