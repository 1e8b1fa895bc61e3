package import PostgresTypes
import SQLite

/// Writes SQLite's SQL for what the binder has resolved: by OIDs and types, never by names in a user's text.
package struct SQLGenerator: Sendable {
    let catalog: CatalogSnapshot

    package init(catalog: CatalogSnapshot) { self.catalog = catalog }

    /// A whole query; its rows have the query's columns.
    /// - Parameter keepsRecords: for a routine, which takes records apart; others are given a record's text.
    package func query(
        _ query: TypedQuery, parameters: [TypeReference] = [], keepsRecords: Bool = false
    ) throws(PostgresError) -> GeneratedSQL {
        let generation = Generation(catalog: catalog)
        let text = try generation.query(query, heapOrder: .byScan)
        let sql = keepsRecords ? text : generation.withRecordsAsText(text, columns: query.columns)
        return generation.result(sql, columns: query.columns)
    }

    /// `SELECT e1, e2 …`: defaults, CHECKs, RETURNING, SET of ON CONFLICT, expressions of PL/pgSQL.
    /// - Parameter rowImages: the ranges whose columns the executor supplies, as `.row` bindings.
    package func expressions(
        _ values: [TypedExpression], rowImages: Set<Int> = [], ranges: [RangeEntry] = []
    ) throws(PostgresError) -> GeneratedSQL {
        let generation = Generation(catalog: catalog)
        generation.scopes.append(Scope(ranges: [:], rowImages: rowImages, entries: ranges))
        var items: [String] = []
        for value in values { items.append(try generation.expression(value)) }
        let columns = values.enumerated().map { OutputColumn(name: "c\($0.offset)", type: $0.element.type) }
        return generation.result("SELECT " + items.joined(separator: ", "), columns: columns)
    }

    /// `SELECT 1 WHERE …`: a row when the row of image 0 breaks any of these conditions.
    /// - Parameters:
    ///   - required: conditions that have to be true.
    ///   - unlessFalse: conditions that must not be false.
    func violations(
        required: [TypedExpression], unlessFalse: [TypedExpression], over image: RangeEntry
    ) throws(PostgresError) -> GeneratedSQL {
        let generation = Generation(catalog: catalog)
        generation.scopes.append(Scope(ranges: [:], rowImages: [0], entries: [image]))
        let broken = try generation.violations(required: required, unlessFalse: unlessFalse)
        return generation.result("SELECT 1 WHERE " + broken.joined(separator: " OR "), columns: [])
    }

    /// The same for the rows of a table behind a row number.
    /// - Parameter others: further violations, over the table's alias `c`.
    func violations(
        required: [TypedExpression], unlessFalse: [TypedExpression], orAnyOf others: [String], in relation: Relation,
        after number: Int64
    ) throws(PostgresError) -> GeneratedSQL {
        let generation = Generation(catalog: catalog)
        let columns = relation.columns.map { "c.\($0.name.quotedName)" }
        let entry = RangeEntry(source: .table(relation.id), name: relation.name, columns: relation.columns)
        generation.scopes.append(Scope(ranges: [0: RangeText(columns: columns, entry: entry)], entries: [entry]))
        let broken = try others + generation.violations(required: required, unlessFalse: unlessFalse)
        let start = generation.bind(.constant(.integer(number)))
        return generation.result(
            "SELECT 1 FROM \(relation.storageName.quotedName) AS c WHERE c.\"#row\" > \(start) "
                + "AND (\(broken.isEmpty ? "0" : broken.joined(separator: " OR "))) LIMIT 1", columns: [])
    }

    /// The rows that an UPDATE or DELETE touches, each once: `rowid`, all columns of the target, then `values`.
    /// - Parameter from: the other ranges; range 0 is the target and may be left out.
    /// - Parameter rowImages: ranges whose columns the executor supplies.
    package func targetRows(
        table: RelationID, ranges: [RangeEntry], from: [TypedFrom], filter: TypedExpression?,
        values: [TypedExpression] = [], rowImages: Set<Int> = []
    ) throws(PostgresError) -> GeneratedSQL {
        let generation = Generation(catalog: catalog)
        return try generation.targetRows(
            table: table, ranges: ranges, from: from, filter: filter, values: values, rowImages: rowImages)
    }

    /// An expression over one table for an index or a partial index's WHERE: no bindings, every literal in the text.
    /// - Parameter tableAlias: what columns are qualified with, nil for bare column names.
    package func expression(
        _ value: TypedExpression, over table: RelationID, tableAlias: String? = nil
    ) throws(PostgresError) -> String {
        let generation = Generation(catalog: catalog)
        generation.inlinesConstants = true
        let columns = (catalog[table]?.columns ?? []).map { column in
            (tableAlias.map { $0.quotedName + "." } ?? "") + column.name.quotedName
        }
        generation.scopes.append(Scope(ranges: [0: RangeText(columns: columns, entry: nil)]))
        return try generation.expression(value)
    }
}

extension Generation {
    /// What is true of a row that breaks one of these conditions.
    fileprivate func violations(
        required: [TypedExpression], unlessFalse: [TypedExpression]
    ) throws(PostgresError) -> [String] {
        var broken: [String] = []
        for condition in required { broken.append("\(try expression(condition)) IS NOT 1") }
        for condition in unlessFalse { broken.append("\(try expression(condition)) IS 0") }
        return broken
    }
}

extension String {
    /// As an SQL identifier: always quoted.
    var quotedName: String { "\"" + replacingEach(UInt8(ascii: "\""), with: "\"\"") + "\"" }

    /// As an SQL string literal.
    var quotedLiteral: String { "'" + replacingEach(UInt8(ascii: "'"), with: "''") + "'" }

    private func replacingEach(_ character: UInt8, with replacement: String) -> String {
        guard utf8.contains(character) else { return self }
        return unicodeScalars.reduce(into: "") { result, scalar in
            if scalar.value == character { result += replacement } else { result.unicodeScalars.append(scalar) }
        }
    }
}
