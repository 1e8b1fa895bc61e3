import PostgresSyntax
import PostgresTypes
import SQLite

/// Carries out on the file what a change of the catalog asks for, inside the transaction of the DDL statement.
struct StorageEditor {
    let transaction: Transaction
    /// The catalog before the statement.
    let before: CatalogSnapshot

    init(_ transaction: Transaction, before: CatalogSnapshot) {
        self.transaction = transaction
        self.before = before
    }

    var connection: Connection { transaction.connection }
    var catalog: CatalogSnapshot { transaction.catalog }

    /// - Returns: the number of rows that fills stored.
    func apply(_ changes: [StorageChange]) throws -> Int {
        if changes.isEmpty { return 0 }
        transaction.forgetRowNumbers()
        let onlyAddsColumns = changes.allSatisfy(\.leavesColumns)
        var count = 0
        for change in changes {
            if onlyAddsColumns, case .addColumn(let id, let name) = change, try remake(id, upTo: name) { continue }
            count += try apply(change)
        }
        return count
    }

    private func apply(_ change: StorageChange) throws -> Int {
        switch change {
        case .createTable(let id):
            guard let relation = catalog[id] ?? before[id] else { return 0 }
            try createTable(relation.storageName, relation.columns, isTemporary: relation.isTemporary)
            transaction.context.indexes.isMade(id)
        case .dropTable(let storage):
            do {
                try connection.execute("DROP TABLE IF EXISTS \(storage.quotedName)")
            } catch let error as SQLiteError where error.isLocked && storage.hasPrefix("#temp ") {
                // A query that calls the function which drops it is still reading: it goes when the session ends.
            }
        case .renameTable(let storage, let new):
            try connection.execute("ALTER TABLE \(storage.quotedName) RENAME TO \(new.quotedName)")
        case .addColumn(let id, let name):
            guard let relation = catalog[id], let column = relation.columns.first(where: { $0.name == name }) else {
                return 0
            }
            try connection.execute(
                "ALTER TABLE \(relation.storageName.quotedName) ADD COLUMN \(definition(of: column))")
        case .fillColumn(let id, let name): try fillColumn(name, of: id)
        case .dropColumn(let storage, let column):
            try connection.execute("ALTER TABLE \(storage.quotedName) DROP COLUMN \(column.quotedName)")
        case .renameColumn(let storage, let old, let new):
            try connection.execute(
                "ALTER TABLE \(storage.quotedName) RENAME COLUMN \(old.quotedName) TO \(new.quotedName)")
        case .convertColumn(let id, let column, let using, let old):
            try convert(id, column, using: using, before: old)
        case .renameLabel(let type, let from, let to): try renameLabel(of: type, from: from, to: to)
        case .createIndex(let id, let owner): try createIndex(id, on: owner)
        case .dropIndex(let id): try connection.execute("DROP INDEX IF EXISTS \(storageName(ofIndex: id))")
        case .checkPartition(let id): try checkPartition(id)
        case .mergePartition(let id): try merge(id)
        case .checkNotNull(let id, let column): try checkNotNull(id, column)
        case .checkConstraint(let id, let name): try checkConstraint(id, name)
        case .checkDomain(let type, let constraint): try checkDomain(type, constraint)
        case .separatePartition(let id): try separate(id)
        case .createSequence(let id), .dropSequence(let id): transaction.replaceCounter(id, by: nil)
        case .restartSequence(let id, let value):
            transaction.replaceCounter(id, by: .init(value: value, isCalled: false))
        case .clearPartition(let id):
            if let relation = before[id] { try transaction.clear(relation, in: before) }
        case .fill(let id, let query, let path): return try fill(id, query, path)
        case .clear(let id):
            if let relation = catalog[id] {
                try connection.execute("DELETE FROM \(relation.storageName.quotedName)")
            }
        }
        return 0
    }

    // MARK: Tables

    /// Whether a table is the transaction's own and has never had a row.
    private func isFresh(_ relation: Relation) -> Bool {
        !relation.isTemporary && relation.table?.partitionOf == nil && transaction.context.indexes.isFresh(relation.id)
    }

    /// Whether SQLite is sure to take the columns: what it refuses has to be told of the statement that asks for it.
    private func areSureToBeTaken(_ columns: [OutputColumn]) -> Bool {
        columns.count < 1600 && !columns.contains { $0.name.hasPrefix("#") }
    }

    private func definition(of column: OutputColumn) -> String {
        let type = catalog.postgresType(of: column.type.type)
        let collation = type.collation.map { " COLLATE \($0)" } ?? ""
        return "\(column.name.quotedName) \(type.storageClass.rawValue)\(collation)"
    }

    /// A STRICT table with a hidden row number that keeps the order of writing; keys are indexes of their own, so that
    /// constraints come and go without a rebuild.
    private func createTable(_ storage: String, _ columns: [OutputColumn], isTemporary: Bool) throws {
        let sql = creation(of: storage, columns, isTemporary: isTemporary)
        let isBeside = !isTemporary && areSureToBeTaken(columns)
        try isBeside ? transaction.makeBeside(sql) : connection.execute(sql)
    }

    private func creation(of storage: String, _ columns: [OutputColumn], isTemporary: Bool) -> String {
        let list = (["\"#row\" INTEGER PRIMARY KEY"] + columns.map(definition)).joined(separator: ", ")
        return "CREATE \(isTemporary ? "TEMP " : "")TABLE \(storage.quotedName) (\(list)) STRICT"
    }

    /// Makes a table without rows again instead of adding a column to it: for that, SQLite reads the definitions of all
    /// tables.
    /// - Returns: false where it has to be added.
    private func remake(_ id: RelationID, upTo name: String) throws -> Bool {
        guard let relation = catalog[id], let table = relation.table, let position = table.position(of: name),
            !relation.isTemporary, table.partitionOf == nil, table.partitionKey == nil
        else { return false }
        let storage = relation.storageName
        let columns = Array(relation.columns.prefix(position + 1))
        guard areSureToBeTaken(columns) else { return false }
        let sql = "DROP TABLE \(storage.quotedName); " + creation(of: storage, columns, isTemporary: false)
        if isFresh(relation) {
            try transaction.makeBeside(sql)
            return true
        }
        guard try connection.rows("SELECT 1 FROM \(storage.quotedName) LIMIT 1").isEmpty else { return false }
        do {
            try connection.execute(sql)
        } catch let error as SQLiteError where error.isLocked {
            // A statement that is running reads it.
            return false
        }
        for index in relation.indexes where before[index.id] != nil { try createIndex(index.id, on: id) }
        return true
    }

    private func fillColumn(_ name: String, of id: RelationID) throws {
        guard let relation = catalog[id], let position = relation.table?.position(of: name) else { return }
        let rules = try TableRules(relation, catalog: catalog, context: transaction.valueContext)
        if isFresh(relation) { return }
        let modification = Modification(transaction)
        let target = relation.storageName.quotedName
        switch rules.defaults[position] {
        case .null where rules.table.columns[position].generated == nil:
            if try connection.rows("SELECT 1 FROM \(target) LIMIT 1").isEmpty { return }
            return try checkDomains([.null], rules, position)
        case .constant(let value):
            if try connection.rows("SELECT 1 FROM \(target) LIMIT 1").isEmpty { return }
            try checkDomains([value], rules, position)
            try connection.run("UPDATE \(target) SET \(name.quotedName) = ?1", [value])
            return
        default: break
        }
        // Columns that the same statement adds after this one are not there yet.
        let stored = try storedColumns(relation.storageName)
        let names = rules.table.columns.map { stored.contains($0.name) ? $0.name.quotedName : "NULL" }
            .joined(separator: ", ")
        let rows = try connection.rows("SELECT \"#row\", \(names) FROM \(target) ORDER BY \"#row\"")
        for row in rows {
            let value: SQLValue
            if let generated = rules.generated.first(where: { $0.column == position }) {
                value = try transaction.evaluate(generated.value.get(), rows: [Array(row.dropFirst())])[0]
            } else {
                value = try modification.defaultValue(of: position, rules)
            }
            try checkDomains([value], rules, position)
            try connection.run("UPDATE \(target) SET \(name.quotedName) = ?1 WHERE \"#row\" = ?2", [value, row[0]])
        }
    }

    private func storedColumns(_ storage: String) throws -> Set<String> {
        let rows = try connection.rows("SELECT name FROM pragma_table_info(?1)", [.text(storage)])
        return Set(rows.compactMap { if case .text(let name) = $0[0] { name } else { nil } })
    }

    private func checkDomains(_ values: [SQLValue], _ rules: TableRules, _ position: Int) throws {
        guard let domain = rules.domains.first(where: { $0.column == position }) else { return }
        for value in values { try transaction.checkDomain(domain.type, value) }
    }

    /// Moves the rows of a partition out of its parent's table.
    private func separate(_ id: RelationID) throws {
        guard let relation = catalog[id], let partition = before[id],
            let parent = before[before.partitionRoot(of: id)]
        else { return }
        try createTable(relation.storageName, relation.columns, isTemporary: false)
        let names = (["#row"] + relation.columns.map(\.name)).map(\.quotedName).joined(separator: ", ")
        let condition = try transaction.condition(ofPartition: partition, in: before)
        try connection.run(
            "INSERT INTO \(relation.storageName.quotedName) (\(names)) SELECT \(names) "
                + "FROM \(parent.storageName.quotedName) WHERE \(condition)")
        try transaction.clear(partition, in: before)
        for index in relation.indexes where before[index.id] != nil {
            try connection.execute("DROP INDEX IF EXISTS \(storageName(ofIndex: index.id))")
            try createIndex(index.id, on: id)
        }
    }

    /// Rewrites a table whose column changed type.
    private func convert(
        _ id: RelationID, _ column: String, using: Expression, before old: CatalogSnapshot
    ) throws {
        guard let relation = old[id], let new = catalog[id],
            let type = new.columns.first(where: { $0.name == column })?.type,
            let position = relation.table?.position(of: column)
        else { return }
        var target = relation.table!.columns[position]
        target.type = type
        let typed = try ColumnExpressions(catalog: old, context: transaction.valueContext).bindConversion(
            using, over: id, column: target, path: transaction.session.effectivePath)
        let storage = relation.storageName
        let rows = try SQLGenerator(catalog: old).targetRows(
            table: id,
            ranges: [RangeEntry(source: .table(id), name: relation.name, columns: relation.columns)], from: [],
            filter: nil, values: [typed])
        var columns = relation.columns
        columns[position].type = type
        for index in relation.indexes { _ = try apply(.dropIndex(index.id)) }
        try connection.execute("DROP TABLE IF EXISTS \"#rewritten\"")
        try createTable("#rewritten", columns, isTemporary: relation.isTemporary)
        let places = (1...columns.count + 1).map { "?\($0)" }.joined(separator: ", ")
        try transaction.forEachRow(rows) { row in
            var values = Array(row.row.dropLast())
            values[position + 1] = row.value(columns.count + 1)
            try connection.run("INSERT INTO \"#rewritten\" VALUES (\(places))", values)
        }
        try connection.execute("DROP TABLE \(storage.quotedName)")
        try connection.execute("ALTER TABLE \"#rewritten\" RENAME TO \(storage.quotedName)")
        for index in relation.indexes where catalog.relations[index.id] != nil {
            try createIndex(index.id, on: id)
        }
        for partition in catalog.descendants(of: id) {
            for index in partition.indexes where index.isUnique { try createIndex(index.id, on: partition.id) }
        }
    }

    /// Stores the rows of a query.
    private func fill(_ id: RelationID, _ query: SelectStatement, _ path: [String]) throws -> Int {
        guard let relation = catalog[id] else { return 0 }
        let (bound, read) = try Binder(
            catalog: before[id] == nil ? before : catalog, searchPath: path, context: transaction.valueContext
        ).bindQuery(query)
        let role = transaction.session.role
        let security = RowSecurity(catalog: catalog, role: role, context: transaction.valueContext)
        let typed = security.concerns(read) ? try security.apply(to: bound) : bound
        try catalog.check(read + security.accesses, role: role)
        let generated = try SQLGenerator(catalog: catalog).query(typed)
        var rows: [[SQLValue]] = []
        try transaction.forEachRow(generated) { rows.append($0.row) }
        try transaction.completeIndexes(of: relation)
        guard !relation.columns.isEmpty else { return rows.count }
        let names = relation.columns.map(\.name.quotedName).joined(separator: ", ")
        let places = (1...relation.columns.count).map { "?\($0)" }.joined(separator: ", ")
        let sql = "INSERT INTO \(relation.storageName.quotedName) (\(names)) VALUES (\(places))"
        for row in rows { try connection.run(sql, row) }
        return rows.count
    }

    // MARK: Checks of what is there

    private func checkNotNull(_ id: RelationID, _ column: String) throws {
        guard let relation = catalog[id], !isFresh(relation) else { return }
        let rows = try connection.rows(
            "SELECT 1 FROM \(relation.storageName.quotedName) WHERE \(column.quotedName) IS NULL LIMIT 1")
        guard rows.isEmpty else {
            throw PostgresError(
                "23502", "column \"\(column)\" of relation \"\(relation.name)\" contains null values",
                schema: relation.schema, table: relation.name, column: column)
        }
    }

    private func checkConstraint(_ id: RelationID, _ name: String) throws {
        guard let relation = catalog[id], let table = relation.table,
            let constraint = table.constraints.first(where: { $0.name == name }), !isFresh(relation)
        else { return }
        guard let root = catalog[catalog.partitionRoot(of: id)] else { return }
        let target = root.storageName.quotedName
        if try connection.rows("SELECT 1 FROM \(target) LIMIT 1").isEmpty { return }
        let rules = try TableRules(relation, catalog: catalog, context: transaction.valueContext)
        let names = table.columns.map(\.name.quotedName).joined(separator: ", ")
        let condition = root.id == id ? "TRUE" : try transaction.condition(ofPartition: relation, in: catalog)
        let rows = try connection.rows("SELECT \(names) FROM \(target) WHERE \(condition) ORDER BY \"#row\"")
        switch constraint.kind {
        case .check:
            guard let check = rules.checks.first(where: { $0.name == name }) else { return }
            for row in rows {
                guard case .integer(0) = try transaction.evaluate(check.condition.get(), rows: [row])[0] else {
                    continue
                }
                throw PostgresError(
                    "23514", "check constraint \"\(name)\" of relation \"\(relation.name)\" is violated by some row",
                    schema: relation.schema, table: relation.name, constraint: name)
            }
        case .foreignKey:
            guard let reference = rules.references.first(where: { $0.constraint.name == name }) else { return }
            let modification = Modification(transaction)
            for row in rows { modification.queueChild(row, reference, isPutOff: false) }
            try modification.runEvents()
        case .exclusion:
            guard let exclusion = rules.exclusions.first(where: { $0.constraint.name == name }) else { return }
            let numbered = try connection.rows("SELECT \"#row\", \(names) FROM \(target) ORDER BY \"#row\"")
            try Modification(transaction).checkExclusion(exclusion, of: numbered, rules)
        case .primaryKey, .unique: break
        }
    }

    private func renameLabel(of type: TypeID, from old: String, to new: String) throws {
        for relation in catalog.orderedRelations where relation.isStored && relation.table?.partitionOf == nil {
            let target = relation.storageName.quotedName
            for column in relation.columns {
                let name = column.name.quotedName
                if column.type.type == type {
                    try connection.run(
                        "UPDATE \(target) SET \(name) = ?2 WHERE \(name) = ?1", [.text(old), .text(new)])
                    continue
                }
                guard case .array(type)? = catalog.types[column.type.type]?.kind else { continue }
                let element = catalog.postgresType(of: type)
                let rows = try connection.rows("SELECT \"#row\", \(name) FROM \(target) WHERE \(name) IS NOT NULL")
                for row in rows {
                    guard case .text(let stored) = row[1] else { continue }
                    var array = ArrayValue(stored: stored, element: element)
                    array.elements = array.elements.map { $0 == .text(old) ? .text(new) : $0 }
                    try connection.run(
                        "UPDATE \(target) SET \(name) = ?2 WHERE \"#row\" = ?1", [row[0], array.stored])
                }
            }
        }
    }

    private func checkDomain(_ type: TypeID, _ constraint: String?) throws {
        let rules = try transaction.domainRules(of: type)
        let check = rules?.checks.first { $0.name == constraint }
        for relation in catalog.orderedRelations {
            guard let table = relation.table else { continue }
            for column in table.columns where column.type.type == type {
                let values = try connection.rows(
                    "SELECT \(column.name.quotedName) FROM \(relation.storageName.quotedName)")
                let place = "column \"\(column.name)\" of table \"\(relation.name)\""
                for value in values {
                    if let check {
                        guard case .integer(0) = try transaction.evaluate(check.condition, rows: [value])[0] else {
                            continue
                        }
                        throw PostgresError("23514", "\(place) contains values that violate the new constraint")
                    } else if constraint == nil, value[0].isNull {
                        throw PostgresError("23502", "\(place) contains null values")
                    }
                }
            }
        }
    }
}

extension StorageChange {
    /// Whether it takes no column of a table away and renames none, nor the table.
    fileprivate var leavesColumns: Bool {
        switch self {
        case .dropTable, .renameTable, .dropColumn, .renameColumn, .convertColumn, .mergePartition, .separatePartition:
            false
        default: true
        }
    }
}
