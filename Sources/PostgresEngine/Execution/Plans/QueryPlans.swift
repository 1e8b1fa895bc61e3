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
    /// The index that it goes by.
    package var index: String?
}

extension Transaction {
    /// How the rows of a query would be found. The parts of a statement that writes are statements of their own: it has
    /// no steps here.
    package func planSteps(of prepared: PreparedStatement) throws -> [QueryPlanStep] {
        guard case .query(let generated) = prepared.plan else { return [] }
        if !isReadOnly {
            // Indexes that wait for the first row of their table are to be seen.
            let relations = prepared.typed.accesses.compactMap { catalog.relations[$0.relation] }
            for relation in relations where relation.isStored { try completeIndexes(of: relation) }
        }
        let names = Self.tables(in: generated.sql)
        return try connection.rows("EXPLAIN QUERY PLAN " + generated.sql).compactMap { row in
            guard row.count == 4, case .integer(let id) = row[0], case .integer(let parent) = row[1],
                case .text(let detail) = row[3]
            else { return nil }
            let words = detail.split(separator: " ").map(String.init)
            return QueryPlanStep(
                id: Int(id), parent: Int(parent), detail: detail,
                relation: words.count > 1 ? names[words[1]].map(relationName) : nil, index: index(in: words))
        }
    }

    /// Temporary tables are stored by their numbers: `#temp 16412`.
    private func relationName(_ storage: String) -> String {
        guard storage.hasPrefix("#temp "), let number = UInt32(storage.dropFirst(6)) else { return storage }
        return catalog[RelationID(number)]?.name ?? storage
    }

    /// Indexes are stored by their numbers: `#index 16412`.
    private func index(in words: [String]) -> String? {
        guard let place = words.firstIndex(of: "#index"), words.indices.contains(place + 1),
            let number = UInt32(words[place + 1])
        else { return nil }
        return catalog[RelationID(number)]?.name
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
