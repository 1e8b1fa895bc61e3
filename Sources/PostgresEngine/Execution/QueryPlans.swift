import SQLite

/// One line of how SQLite goes about a query.
package struct QueryPlanStep: Hashable, Sendable {
    package var id: Int
    /// The step that this one is part of; 0: none.
    package var parent: Int
    /// `SEARCH r0 USING INDEX i (a=?)` and the like.
    package var detail: String
    /// The table or view that it reads, without its schema.
    package var relation: String?
}

extension Transaction {
    /// How the rows of a query would be found. The parts of a statement that writes are statements of their own: it has
    /// no steps here.
    package func planSteps(of prepared: PreparedStatement) throws -> [QueryPlanStep] {
        guard case .query(let generated) = prepared.plan else { return [] }
        let names = Self.tables(in: generated.sql)
        return try connection.rows("EXPLAIN QUERY PLAN " + generated.sql).compactMap { row in
            guard row.count == 4, case .integer(let id) = row[0], case .integer(let parent) = row[1],
                case .text(let detail) = row[3]
            else { return nil }
            let alias = detail.split(separator: " ").dropFirst().first.map(String.init)
            return QueryPlanStep(
                id: Int(id), parent: Int(parent), detail: detail, relation: alias.flatMap { names[$0] })
        }
    }

    /// What `"schema.table" AS alias` says of every alias.
    private static func tables(in sql: String) -> [String: String] {
        var names: [String: String] = [:]
        let pieces = sql.split(separator: " AS ")
        for (before, after) in zip(pieces, pieces.dropFirst()) {
            guard before.last == "\"", let open = before.dropLast().lastIndex(of: "\"") else { continue }
            let name = before[before.index(after: open)...].dropLast()
            let alias = after.prefix { $0.isLetter || $0.isNumber }
            names[String(alias)] = name.split(separator: ".").last.map(String.init)
        }
        return names
    }
}
