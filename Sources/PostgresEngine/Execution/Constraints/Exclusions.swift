import PostgresSyntax
import PostgresTypes
import SQLite

/// EXCLUDE constraints: each new row is compared with the stored ones.
extension Modification {
    /// A stored row that excludes `row`, with its number.
    func exclusion(
        of row: [SQLValue], by exclusion: TableRules.Exclusion, except number: Int64?
    ) throws -> (number: Int64, row: [SQLValue])? {
        if let filter = exclusion.filter {
            guard case .integer(1) = try transaction.evaluate(filter, rows: [row])[0] else { return nil }
        }
        var found: (Int64, [SQLValue])?
        try transaction.forEachRow(exclusion.rows, rows: [[], row]) { statement in
            let other = statement.integer(0)
            if found == nil, other != number { found = (other, Array(statement.row.dropFirst())) }
        }
        return found
    }

    /// A row that still stands in the way of one that was written before; nil where either has gone by now.
    func remainingConflict(
        of row: [SQLValue], _ exclusion: TableRules.Exclusion, _ rules: TableRules
    ) throws -> [SQLValue]? {
        let columns = rules.table.columns.enumerated().map { "\($1.name.quotedName) IS ?\($0 + 1)" }
        var stored: Int64?
        try connection.query(
            "SELECT \"#row\" FROM \(rules.relation.storageName.quotedName) WHERE \(columns.joined(separator: " AND "))",
            row
        ) { stored = $0.integer(0) }
        guard let own = stored else { return nil }
        return try self.exclusion(of: row, by: exclusion, except: own)?.row
    }

    func violation(
        _ row: [SQLValue], _ other: [SQLValue], _ exclusion: TableRules.Exclusion, _ rules: TableRules
    ) throws -> PostgresError {
        PostgresError(
            "23P01", "conflicting key value violates exclusion constraint \"\(exclusion.constraint.name)\"",
            detail: try detail(row, other, exclusion, rules, "conflicts with existing key"),
            schema: rules.relation.schema, table: rules.relation.name, constraint: exclusion.constraint.name)
    }

    /// Compares the rows of a table with each other, for a constraint that is being added.
    func checkExclusion(_ exclusion: TableRules.Exclusion, of rows: [[SQLValue]], _ rules: TableRules) throws {
        for entry in rows {
            guard case .integer(let number) = entry[0] else { continue }
            let row = Array(entry.dropFirst())
            guard let (_, other) = try self.exclusion(of: row, by: exclusion, except: number) else { continue }
            throw PostgresError(
                "23P01", "could not create exclusion constraint \"\(exclusion.constraint.name)\"",
                detail: try detail(row, other, exclusion, rules, "conflicts with key"),
                schema: rules.relation.schema, table: rules.relation.name, constraint: exclusion.constraint.name)
        }
    }

    private func detail(
        _ row: [SQLValue], _ other: [SQLValue], _ exclusion: TableRules.Exclusion, _ rules: TableRules, _ verb: String
    ) throws -> String? {
        guard mayDescribeKey(exclusion.index.columns?.compactMap { rules.table.position(of: $0) } ?? [], rules) else {
            return verb == "conflicts with key" ? "Key conflicts exist." : "Key \(verb)."
        }
        let names = transaction.definitionText.keys(of: exclusion.index, on: rules.relation)
        let types = exclusion.keys.columns.map { transaction.catalog.postgresType(of: $0.type.type) }
        func key(_ row: [SQLValue]) throws -> String {
            "(\(names))=(\(text(of: try transaction.evaluate(exclusion.keys, rows: [row]), types)))"
        }
        return "Key \(try key(row)) \(verb) \(try key(other))."
    }
}
