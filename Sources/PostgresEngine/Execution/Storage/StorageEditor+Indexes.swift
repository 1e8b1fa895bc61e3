import PostgresSyntax
import PostgresTypes
import SQLite

/// The indexes of tables in the file.
extension StorageEditor {
    /// Indexes are named by OID in the file, so that renaming one is the catalog's business alone.
    func storageName(ofIndex id: RelationID) -> String { "\"#index \(id.oid)\"" }

    func createIndex(_ id: RelationID, on owner: RelationID) throws {
        guard let (relation, index) = catalog.index(id) else { return }
        if relation.table?.partitionOf != nil, index.isUnique { return try makeUnique(index, within: relation) }
        guard index.isStored(for: relation) else { return }
        if try mayWait(index, relation) { return transaction.context.indexes.isPutOff(of: relation.id) }
        transaction.context.indexes.isMadeAtOnce(of: relation.id)
        try make(index, relation)
    }

    /// Makes the indexes of a table that wait for its first row.
    func createMissingIndexes(of relation: Relation) throws {
        let wanted = relation.indexes.filter { $0.isStored(for: relation) }
        if wanted.isEmpty { return }
        var present: Set<String> = []
        if !transaction.context.indexes.isFresh(relation.id) {
            try connection.query(
                "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1", [.text(relation.storageName)]
            ) { present.insert($0.text(0).quotedName) }
        }
        for index in wanted where !present.contains(storageName(ofIndex: index.id)) {
            transaction.context.indexes.isUncertain = true
            try make(index, relation)
        }
    }

    /// Whether an index need not be there before its table has rows. What SQLite might refuse is tried at once.
    private func mayWait(_ index: Index, _ relation: Relation) throws -> Bool {
        if relation.isTemporary { return false }
        if index.isUnique, index.columns == nil || index.filter != nil { return false }
        return try transaction.context.indexes.isFresh(relation.id)
            || connection.rows("SELECT 1 FROM \(relation.storageName.quotedName) LIMIT 1").isEmpty
    }

    private func make(_ index: Index, _ relation: Relation) throws {
        let isUnique = relation.table.map { index.isEnforcedByStorage(in: $0) } ?? index.isUnique
        guard let parts = try indexParts(index, relation) else { return }
        let place = relation.isTemporary ? "temp." : ""
        let keys = parts.keys.map { $0.sql + ($0.isDescending ? " DESC" : "") }.joined(separator: ", ")
        let prefix = "\(place)\(storageName(ofIndex: index.id)) ON \(relation.storageName.quotedName) (\(keys))"
        let sql = "\(isUnique ? "UNIQUE " : "")INDEX \(prefix)\(parts.filter)"
        do {
            try connection.execute("CREATE \(sql)")
        } catch let error as SQLiteError where error.isUniqueViolation {
            throw try duplicates(index, relation, parts)
        } catch  where !index.isUnique {
            // An index that SQLite cannot make changes no result.
            return
        }
        if index.isUnique && !isUnique, let duplicate = try? duplicates(index, relation, parts) {
            if duplicate.detail != nil { throw duplicate }
        }
    }

    /// Keeps the rows of one partition apart, where no table above it does so for all.
    private func makeUnique(_ index: Index, within partition: Relation) throws {
        guard !catalog.isCovered(index, of: partition), let root = catalog[catalog.partitionRoot(of: partition.id)],
            let owner = partition.table, var parts = try indexParts(index, root)
        else { return }
        let condition = try transaction.condition(ofPartition: partition, in: catalog)
        parts.filter = (parts.filter.isEmpty ? " WHERE " : parts.filter + " AND ") + "(\(condition))"
        let keys = parts.keys.map { $0.sql + ($0.isDescending ? " DESC" : "") }.joined(separator: ", ")
        let isUnique = index.isEnforcedByStorage(in: owner)
        do {
            try connection.execute(
                "CREATE \(isUnique ? "UNIQUE " : "")INDEX \(storageName(ofIndex: index.id)) ON "
                    + "\(root.storageName.quotedName) (\(keys))\(parts.filter)")
        } catch let error as SQLiteError where error.isUniqueViolation {
            throw try duplicates(index, root, parts)
        } catch is SQLiteError {
            throw PostgresError.notSupported("a unique index of this partition alone")
        }
    }

    /// What an index is made of, in SQLite's words.
    private struct IndexParts {
        var keys: [(sql: String, type: TypeID, isDescending: Bool)]
        /// With its WHERE; empty without one.
        var filter: String
    }

    /// The keys and WHERE of an index; nil when one cannot be said in SQLite and nothing depends on it.
    private func indexParts(_ index: Index, _ relation: Relation) throws -> IndexParts? {
        let expressions = ColumnExpressions(catalog: catalog, context: transaction.valueContext)
        let generator = SQLGenerator(catalog: catalog)
        do {
            var keys: [(sql: String, type: TypeID, isDescending: Bool)] = []
            for key in index.keys {
                if case .column(let names) = key.value.node, names.count == 1,
                    let column = relation.columns.first(where: { $0.name == names[0] })
                {
                    keys.append((names[0].quotedName, column.type.type, key.isDescending))
                    continue
                }
                let typed = try expressions.bindKey(key.value, over: relation.id, path: index.expressionPath)
                var text = try generator.expression(typed, over: relation.id)
                if case .column = key.value.node {
                } else {
                    text = "(\(text))"
                    if let collation = catalog.postgresType(of: typed.type.type).collation {
                        text += " COLLATE \(collation)"
                    }
                }
                keys.append((text, typed.type.type, key.isDescending))
            }
            var filter = ""
            if let condition = index.filter {
                let typed = try expressions.bindFilter(
                    condition, over: relation.id, path: index.expressionPath)
                filter = " WHERE \(try generator.expression(typed, over: relation.id))"
            }
            return IndexParts(keys: keys, filter: filter)
        } catch {
            if index.isUnique { throw error }
            return nil
        }
    }

    /// The error for rows that a new unique index would not hold.
    private func duplicates(_ index: Index, _ relation: Relation, _ parts: IndexParts) throws -> PostgresError {
        var error = PostgresError(
            "23505", "could not create unique index \"\(index.name)\"", schema: relation.schema,
            table: relation.name, constraint: index.name)
        let keys = parts.keys.map(\.sql)
        let list = keys.joined(separator: ", ")
        let notNull = index.nullsNotDistinct ? [] : keys.map { "\($0) IS NOT NULL" }
        let condition =
            parts.filter.isEmpty
            ? (notNull.isEmpty ? "" : " WHERE " + notNull.joined(separator: " AND "))
            : parts.filter + notNull.map { " AND \($0)" }.joined()
        let rows = try connection.rows(
            "SELECT \(list) FROM \(relation.storageName.quotedName)\(condition) GROUP BY \(list) "
                + "HAVING count(*) > 1 LIMIT 1")
        guard let row = rows.first else { return error }
        let text = Modification(transaction).text(of: row, parts.keys.map { catalog.postgresType(of: $0.type) })
        let names = DefinitionText(
            catalog: catalog, searchPath: transaction.session.effectivePath, context: transaction.valueContext
        ).keys(of: index, on: relation)
        error.detail = "Key (\(names))=(\(text)) is duplicated."
        return error
    }
}

extension Index {
    /// Whether SQLite has an index for it. A partition has no rows of its own to index.
    func isStored(for relation: Relation) -> Bool {
        (method == "btree" || method == "hash") && relation.table?.partitionOf == nil
    }
}
