import PostgresTypes
import SQLite
import World

extension PostgresDatabase {
    /// What is wrong with the database, a line each; nothing where all is well. The file by SQLite's own check, then
    /// whether its tables and indexes are the catalog's, then whether the definitions in it make the same catalog again.
    package func inconsistencies() async throws -> [String] {
        do {
            return try await storage.withWriter { connection in
                // Indexes may call functions, which run in a transaction.
                let transaction = Transaction(
                    database: self, connection: connection, catalog: self.catalog, session: Session(), isReadOnly: true)
                let check = ConsistencyCheck(
                    catalog: self.catalog, connection: connection, context: transaction.valueContext)
                return try withExtendedLifetime(transaction) { try check.problems() }
            }
        } catch {
            throw PostgresError.translated(error)
        }
    }
}

/// Looks at a file and a catalog that are to fit each other.
private struct ConsistencyCheck {
    let catalog: CatalogSnapshot
    let connection: Connection
    let context: ValueContext

    func problems() throws -> [String] { try fileProblems() + tableProblems() + indexProblems() + replayProblems() }

    private func texts(_ query: String, _ bindings: [SQLValue] = []) throws -> [String] {
        try connection.rows(query, bindings).compactMap { if case .text(let text) = $0[0] { text } else { nil } }
    }

    private func fileProblems() throws -> [String] {
        try texts("PRAGMA integrity_check").filter { $0 != "ok" }.map { "integrity_check: \($0)" }
    }

    // MARK: Tables and indexes

    private func tableProblems() throws -> [String] {
        var problems: [String] = []
        var stored = Set(
            try texts("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '#%' ESCAPE '\\'"))
        stored = stored.filter { !$0.hasPrefix("sqlite_") }
        for relation in catalog.relations.values where relation.isStored && relation.table?.partitionOf == nil {
            let name = relation.storageName
            guard stored.remove(name) != nil else {
                problems.append("\(name) has no table in the file")
                continue
            }
            let found = Set(try texts("SELECT name FROM pragma_table_info(?1)", [.text(name)]))
            let wanted = Set(relation.columns.map(\.name) + ["#row"])
            if found != wanted {
                problems.append(
                    "\(name) has the columns \(found.sorted()) in the file, \(wanted.sorted()) in the catalog")
            }
        }
        return problems + stored.sorted().map { "the table \($0) is in no catalog" }
    }

    private func indexProblems() throws -> [String] {
        var problems: [String] = []
        var stored: [String: String] = [:]
        try connection.query("SELECT name, tbl_name FROM sqlite_schema WHERE type = 'index' AND name LIKE '#index %'") {
            stored[$0.text(0)] = $0.text(1)
        }
        for relation in catalog.relations.values {
            let root = catalog[catalog.partitionRoot(of: relation.id)]
            for index in relation.indexes {
                let table = stored.removeValue(forKey: "#index \(index.id.oid)")
                if relation.table?.partitionOf != nil {
                    if let table, table != root?.storageName {
                        problems.append("the index \(index.name) of a partition stands on \(table)")
                    }
                    continue
                }
                if let table, table != relation.storageName {
                    problems.append("the index \(index.name) stands on \(table), not on \(relation.storageName)")
                }
                if table == nil, let owner = relation.table, index.isUnique, index.isEnforcedByStorage(in: owner),
                    hasRows(relation.storageName)
                {
                    problems.append("the unique index \(index.name) is not in the file")
                }
            }
        }
        return problems + stored.keys.sorted().map { "the index \($0) is in no catalog" }
    }

    /// A table without rows may lack its indexes; one that is not there has been told of.
    private func hasRows(_ storage: String) -> Bool {
        let found = try? connection.rows("SELECT 1 FROM \(storage.quotedName) LIMIT 1")
        return found?.isEmpty == false
    }

    // MARK: Definitions

    private func replayProblems() throws -> [String] {
        let replayed: CatalogSnapshot
        do {
            replayed = try DefinitionLog.replay(from: connection, context: context)
        } catch {
            return ["the definitions cannot be read again: \(PostgresError.from(error).message)"]
        }
        let (before, after) = (catalog.inventory, replayed.inventory)
        return before.keys.sorted().filter { after[$0] != before[$0] }.map { "after a start \($0) would be another" }
            + after.keys.sorted().filter { before[$0] == nil }.map { "after a start there would be \($0)" }
    }
}

extension CatalogSnapshot {
    /// Every object by kind, name and OID, with what tells it from another.
    var inventory: [String: AnyHashable] {
        var all: [String: AnyHashable] = [:]
        for relation in relations.values {
            all["\(relation.kindName) \(relation.schema).\(relation.name) (\(relation.id.oid))"] = relation.traits
        }
        for type in types.values { all["type \(type.schema).\(type.name) (\(type.id.oid))"] = type.owner }
        for routine in routines.values {
            all["function \(routine.schema).\(routine.name) (\(routine.id.oid))"] = routine.parameters
        }
        for schema in schemas.values { all["schema \(schema.name)"] = schema }
        for role in roles.values { all["role \(role.name)"] = role }
        for (name, schema) in extensions { all["extension \(name)"] = schema }
        for (name, text) in comments { all["comment on \(name)"] = text }
        return all
    }
}

extension Relation {
    fileprivate var traits: [AnyHashable] {
        var traits = [AnyHashable(owner), AnyHashable(columns), AnyHashable(indexes)]
        switch kind {
        case .table(let table):
            traits.append(AnyHashable(table.columns))
            traits.append(AnyHashable(table.constraints))
            traits.append(AnyHashable(table.policies))
            traits.append(AnyHashable(table.triggers))
            traits.append(AnyHashable([table.isRowSecurityEnabled, table.isRowSecurityForced]))
            traits.append(AnyHashable(table.partitionOf))
            traits.append(AnyHashable(table.partitionBound))
        case .view(let view):
            traits.append(AnyHashable(view.query))
            traits.append(AnyHashable(view.searchPath))
            traits.append(AnyHashable(view.options))
        case .sequence(let sequence): traits.append(AnyHashable(sequence))
        case .index: break
        }
        return traits
    }
}
