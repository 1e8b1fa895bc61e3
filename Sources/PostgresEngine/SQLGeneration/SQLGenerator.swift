package import PostgresTypes

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

extension String {
    /// As an SQL identifier: always quoted.
    var quotedName: String { "\"" + replacingEach("\"", with: "\"\"") + "\"" }

    /// As an SQL string literal.
    var quotedLiteral: String { "'" + replacingEach("'", with: "''") + "'" }

    private func replacingEach(_ character: Character, with replacement: String) -> String {
        guard contains(character) else { return self }
        return reduce(into: "") { $0 += $1 == character ? replacement : String($1) }
    }
}
