package import PostgresSyntax
import PostgresTypes
import SQLite
import World

/// Statements of every kind, as scripts have them.
extension Transaction {
    /// Executes one statement and returns what it answers. DDL takes effect in this transaction at once.
    /// - Parameter text: the statement's text, which is how DDL is kept.
    package func execute(_ statement: PostgresSyntax.Statement, text: String) throws -> ResultSet {
        if callDepth == 0 { context.statementText = text }
        defer { if callDepth == 0 { context.statementText = "" } }
        do {
            try checkTables()
            if callDepth == 0 { startTimeout() }
            return try dispatch(statement, text: text)
        } catch {
            throw PostgresError.translated(error)
        }
    }

    private func dispatch(_ statement: PostgresSyntax.Statement, text: String) throws -> ResultSet {
        switch statement {
        case .select, .insert, .update, .delete, .merge: return try run(prepare(statement))
        case .set(let variable):
            try run(variable)
            return ResultSet(tag: statement.definitionTag)
        case .show(let name): return try show(name)
        case .notify: return ResultSet(tag: "NOTIFY")
        case .setConstraints(let names, let isDeferred):
            try setConstraints(names, isDeferred: isDeferred)
            return ResultSet(tag: "SET CONSTRAINTS")
        case .withoutEffect(let tag, let relations):
            for name in relations { _ = try catalog.resolveRelation(name, searchPath: session.effectivePath) }
            return ResultSet(tag: tag)
        case .copyToStandardOutput(let copy): return try run(copy)
        case .explain(let explain): return try self.explain(explain)
        case .prepare(let prepare):
            try self.prepare(prepare)
            return ResultSet(tag: "PREPARE")
        case .executePrepared(let name, let arguments): return try executePrepared(name, arguments)
        case .deallocate(let name):
            try deallocate(name)
            return ResultSet(tag: statement.definitionTag)
        case .declareCursor(let cursor):
            try declare(cursor)
            return ResultSet(tag: statement.definitionTag)
        case .fetch(let fetch): return try self.fetch(fetch)
        case .closeCursor(let name):
            try closeCursor(name)
            return ResultSet(tag: statement.definitionTag)
        case .discard(let what):
            try discard(what)
            return ResultSet(tag: statement.definitionTag)
        case .transaction:
            throw PostgresError("25001", "transaction control is the caller's in this context")
        case .copyFromStandardInput(let copy):
            try checkWritable("COPY FROM")
            return ResultSet(tag: "COPY", count: 0).counted(try run(copy))
        case .truncate(let names, let restartIdentity, let cascade):
            try checkWritable("TRUNCATE TABLE")
            try truncate(names, restartIdentity: restartIdentity, cascade: cascade)
            return ResultSet(tag: "TRUNCATE TABLE")
        case .refreshMaterializedView(let name, let concurrently):
            try checkWritable("REFRESH MATERIALIZED VIEW")
            try refresh(name, concurrently: concurrently)
            return ResultSet(tag: "REFRESH MATERIALIZED VIEW")
        case .anonymousBlock(let body):
            try runBlock(body)
            return ResultSet(tag: "DO")
        case .call(let call): return try self.call(call)
        case .unsupported(let tag): throw PostgresError.notSupported(tag)
        default:
            try checkWritable(statement.definitionTag)
            let count = try defineWithTriggers(statement, text: text)
            return ResultSet(tag: count.map { "SELECT \($0)" } ?? statement.definitionTag, count: count ?? 0)
        }
    }

    private func checkWritable(_ what: String) throws(PostgresError) {
        if isReadOnly { throw PostgresError("25006", "cannot execute \(what) in a read-only transaction") }
    }

    /// Applies DDL between the event triggers that are for it.
    private func defineWithTriggers(_ statement: PostgresSyntax.Statement, text: String) throws -> Int? {
        guard !catalog.eventTriggers.isEmpty, Self.firesEventTriggers(statement) else {
            return try define(statement, text: text)
        }
        let tag = statement.definitionTag
        try fire(.commandStart, tag)
        let before = catalog
        let count = try define(statement, text: text)
        let changes = DefinitionChanges(before: before, after: catalog)
        let dropped = changes.dropped(by: statement)
        if !dropped.isEmpty { try fire(.drop, tag, dropped) }
        try fire(
            .commandEnd, tag, changes.commands(of: statement, tag: tag, searchPath: session.effectivePath))
        return count
    }

    /// Applies DDL: the catalog first, then what it asks of the file, then the log that it is replayed from.
    /// - Returns: the number of rows that CREATE TABLE AS stored.
    func define(_ statement: PostgresSyntax.Statement, text: String) throws -> Int? {
        let (statement, text) = try withComputedBound(statement, text)
        try checkDates(in: statement, text)
        let isTemporary = statement.isTemporary(in: catalog, session: session)
        if isTemporary, case .drop(let drop) = statement {
            let parts = drop.parted(in: catalog, session: session)
            if parts.count > 1 {
                for part in parts { _ = try define(.drop(part), text: part.text) }
                return nil
            }
        }
        try checkNotInUse(statement)
        // What says 'now' is kept as what it means now.
        let moment = text.meansPassingMoment ? valueContext.now.microseconds : nil
        let kept = try moment.map { try Script.parseDefinition(text, at: $0) } ?? statement
        var context = valueContext
        if context.timeZone.name != "UTC", kept.isReadLater { context.definitionZone = context.timeZone }
        var editor = CatalogEditor(
            catalog: catalog, session: session, context: context, validates: validatesDefinitions,
            isTemporary: isTemporary)
        try editor.apply(kept)
        for notice in editor.notices { tell(notice) }
        var changed = editor.catalog
        try checkNotInUse(statement, droppedFrom: changed)
        changed.version = database.newVersion()
        let before = catalog
        if !isTemporary, before.hasTemporaryObjects { try checkLasting(statement, without: before) }
        catalog = changed
        session.hasTemporaryObjects = changed.hasTemporaryObjects
        domainRules = [:]
        do {
            let count = try StorageEditor(self, before: before).apply(editor.changes)
            if isTemporary {
                madeTemporaryObjects = true
            } else {
                hasDefinitions = true
                definitions.append(
                    .init(
                        text: lastingText(of: statement) ?? text, searchPath: session.lastingPath, role: session.role,
                        moment: moment))
            }
            if case .createTableAs(let definition) = statement, definition.withData, !editor.changes.isEmpty {
                return count
            }
            return nil
        } catch {
            catalog = before
            session.hasTemporaryObjects = before.hasTemporaryObjects
            domainRules = [:]
            throw error
        }
    }

    // MARK: TRUNCATE and REFRESH

    private func truncate(_ names: [QualifiedName], restartIdentity: Bool, cascade: Bool) throws {
        var targets: [Relation] = []
        for name in names {
            let relation = try catalog.resolveRelation(name, searchPath: session.effectivePath)
            guard relation.table != nil else { throw PostgresError.wrongKind(relation.name, "a table") }
            guard relation.id.oid >= TypeID.firstUserOID else {
                throw PostgresError("42501", "permission denied: \"\(relation.name)\" is a system catalog")
            }
            targets.append(relation)
        }
        var position = 0
        while position < targets.count {
            let relation = targets[position]
            position += 1
            guard catalog.allows("truncate", on: relation, role: session.role) else {
                throw PostgresError.permissionDenied("table", relation.name)
            }
            try checkNotInUse(relation, "TRUNCATE")
            for (child, _, _) in catalog.foreignKeys(to: relation.id)
            where !targets.contains(where: { $0.id == child.id }) {
                guard cascade else {
                    throw PostgresError(
                        "0A000", "cannot truncate a table referenced in a foreign key constraint",
                        detail: "Table \"\(child.name)\" references \"\(relation.name)\".",
                        hint: "Truncate table \"\(child.name)\" at the same time, or use TRUNCATE ... CASCADE.")
                }
                tell(Notice(.notice, "truncate cascades to table \"\(child.name)\""))
                targets.append(child)
            }
        }
        let modification = Modification(self)
        for relation in targets {
            try modification.fireStatement(.before, .truncate, try modification.rules(of: relation.id))
        }
        for relation in targets {
            try clear(relation, in: catalog)
            guard restartIdentity else { continue }
            for sequence in catalog.orderedRelations where sequence.sequence?.ownedBy == relation.id {
                replaceCounter(sequence.id, by: .init(value: sequence.sequence?.start ?? 1, isCalled: false))
            }
        }
        for relation in targets {
            try modification.fireStatement(.after, .truncate, try modification.rules(of: relation.id))
        }
        try modification.finish()
    }

    /// Deletes all rows of a table; of a partition, its part of its parent's.
    func clear(_ relation: Relation, in catalog: CatalogSnapshot) throws {
        let root = catalog.partitionRoot(of: relation.id)
        guard root != relation.id, let parent = catalog[root] else {
            try connection.run("DELETE FROM \(relation.storageName.quotedName)")
            return
        }
        let condition = try condition(ofPartition: relation, in: catalog)
        try connection.run("DELETE FROM \(parent.storageName.quotedName) WHERE \(condition)")
    }

    /// Which rows of the table that holds them are a partition's, as SQLite's condition.
    func condition(ofPartition relation: Relation, in catalog: CatalogSnapshot) throws -> String {
        let root = catalog.partitionRoot(of: relation.id)
        let bound = try catalog.boundPartitionCondition(relation.id, below: root, context: valueContext)
        return try SQLGenerator(catalog: catalog).expression(bound, over: root)
    }

    private func refresh(_ name: QualifiedName, concurrently: Bool) throws {
        let relation = try catalog.resolveRelation(name, searchPath: session.effectivePath)
        guard let view = relation.view, view.isMaterialized else {
            throw relation.table == nil
                ? PostgresError("42809", "\"\(relation.name)\" is not a table or materialized view")
                : PostgresError("0A000", "\"\(relation.name)\" is not a materialized view")
        }
        guard catalog.isMember(session.role, of: relation.owner) else {
            throw PostgresError.mustBeOwner("materialized view", relation.name)
        }
        if concurrently { try checkConcurrentRefresh(of: relation, view) }
        let editor = StorageEditor(self, before: catalog)
        _ = try editor.apply([.clear(relation.id), .fill(relation.id, from: view.query, searchPath: view.searchPath)])
        if !view.isPopulated {
            let text = "REFRESH MATERIALIZED VIEW \(relation.schema.quotedName).\(relation.name.quotedName)"
            let name = QualifiedName(schema: relation.schema, relation.name)
            _ = try define(.refreshMaterializedView(name, concurrently: false), text: text)
        }
    }

    /// Without a key PostgreSQL could not tell which rows are new.
    private func checkConcurrentRefresh(of relation: Relation, _ view: View) throws(PostgresError) {
        guard view.isPopulated else {
            throw PostgresError("0A000", "CONCURRENTLY cannot be used when the materialized view is not populated")
        }
        let hasKey = relation.indexes.contains { index in
            index.isUnique && index.filter == nil && index.columns != nil
        }
        guard hasKey else {
            throw PostgresError(
                "55000",
                "cannot refresh materialized view \"\(relation.schema).\(relation.name)\" concurrently",
                hint: "Create a unique index with no WHERE clause on one or more columns of the materialized view.")
        }
    }
}

extension PostgresSyntax.Statement {
    /// Its expressions are kept, and not only computed once.
    fileprivate var isReadLater: Bool {
        if case .createTableAs(let definition) = self { definition.isMaterializedView } else { true }
    }
}

extension ResultSet {
    fileprivate func counted(_ count: Int) -> ResultSet {
        var result = self
        result.tag = "\(tag) \(count)"
        result.count = count
        return result
    }
}
