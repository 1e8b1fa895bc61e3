import PostgresSyntax
import PostgresTypes

/// All parts of a statement see the tables as they were before it: what a modification in WITH changes is copied for
/// the parts that run after it and read the same table.
extension TypedStatement {
    mutating func keepTablesAsTheyWere(_ catalog: CatalogSnapshot) throws(PostgresError) {
        guard !steps.isEmpty || body.hasLateSubquery else { return }
        var snapshot = StatementSnapshot(catalog: catalog, next: steps.count)
        for index in steps.indices { steps[index].body = try snapshot.rewritten(steps[index].body) }
        body = try snapshot.rewritten(body)
        steps += snapshot.copies
    }
}

extension TypedStatement {
    /// The same for what policies ask of the rows that one statement writes: none of them sees another one.
    mutating func keepCheckedTablesAsTheyWere(_ catalog: CatalogSnapshot) {
        guard let target = body.target, body.mayWriteSeveral, body.checks.contains(where: \.condition.hasSubquery)
        else { return }
        var snapshot = StatementSnapshot(catalog: catalog, next: steps.count)
        body = snapshot.keepingChecks(of: body, writing: target)
        steps += snapshot.copies
    }
}

/// Which tables the parts of a statement have changed so far, and the copies taken of them before.
private struct StatementSnapshot {
    let catalog: CatalogSnapshot
    /// The number of the next copy among the statement's steps.
    var next: Int
    private(set) var copies: [TypedStep] = []
    private var numbers: [RelationID: Int] = [:]
    /// Tables that the parts so far have changed.
    private var changed: Set<RelationID> = []

    init(catalog: CatalogSnapshot, next: Int) {
        self.catalog = catalog
        self.next = next
    }

    mutating func rewritten(_ body: TypedStatement.Body) throws(PostgresError) -> TypedStatement.Body {
        var read: Set<RelationID> = []
        var readByViews: Set<RelationID> = []
        // Looked through first, to know what to copy.
        var reader = TypedRewriter()
        reader.viewOwner = { _ in "view" }
        let collector = Collector()
        reader.source = { entry, role in
            if case .table(let id) = entry.source { collector.note(id, isInView: !role.isEmpty) }
            return entry.source
        }
        _ = body.rewritten(reader)
        read = collector.tables.intersection(changed)
        readByViews = collector.inViews.intersection(changed)
        if let id = readByViews.first, let relation = catalog[id] {
            throw .notSupported("reading \"\(relation.name)\" through a view in a statement whose WITH changes it")
        }
        if let target = body.target {
            if changed.contains(target), body.finds, let relation = catalog[target] {
                throw .notSupported("changing \"\(relation.name)\" twice in one statement")
            }
            noteChange(of: target)
        }
        let body = try keepingLateParts(body)
        guard !read.isEmpty else { return body }
        for id in read.sorted(by: { $0.oid < $1.oid }) { copy(id) }
        var rewriter = TypedRewriter()
        rewriter.source = { [numbers] entry, _ in
            guard case .table(let id) = entry.source, read.contains(id), let number = numbers[id] else {
                return entry.source
            }
            return .step(number)
        }
        return body.rewritten(rewriter)
    }

    private mutating func copy(_ id: RelationID) {
        guard numbers[id] == nil, let relation = catalog[id] else { return }
        numbers[id] = next
        next += 1
        let entry = RangeEntry(source: .table(id), name: relation.name, columns: relation.columns)
        copies.append(TypedStep(.query(.reading(entry))))
    }

    /// RETURNING and DO UPDATE are computed when rows have been written; what they read elsewhere is as it was.
    ///
    /// A subquery that does not depend on the row is run beforehand; for another its tables are copied.
    private mutating func keepingLateParts(_ body: TypedStatement.Body) throws(PostgresError) -> TypedStatement.Body {
        guard body.hasLateSubquery else { return body }
        let late = LateParts(changed)
        _ = body.rewritingLateParts(late.reader)
        if let id = late.inViews.first, let relation = catalog[id] {
            throw .notSupported("reading \"\(relation.name)\" through a view in a statement that changes it")
        }
        for id in late.tables.sorted(by: { $0.oid < $1.oid }) { copy(id) }
        let start = next
        next += late.queries.count
        copies += late.queries.map { TypedStep(.query($0)) }
        return body.rewritingLateParts(late.writer(from: start, numbers))
    }

    /// Conditions on written rows are looked at from row to row.
    ///
    /// All rows of an INSERT or UPDATE are looked at before the first is written, but not those that conflict with
    /// others, are merged, or are shown to a VOLATILE function: for these the tables are copied. What does not depend
    /// on the row is run once for all.
    mutating func keepingChecks(of body: TypedStatement.Body, writing target: RelationID) -> TypedStatement.Body {
        noteChange(of: target)
        let late = LateParts(changed)
        _ = body.rewritingChecks(late.reader)
        if body.checksWhileWriting || body.checks.contains(where: { $0.condition.callsVolatile(catalog) }) {
            for id in late.tables.union(late.inViews).sorted(by: { $0.oid < $1.oid }) { copy(id) }
        }
        let start = next
        next += late.queries.count
        copies += late.queries.map { TypedStep(.query($0)) }
        return body.rewritingChecks(late.writer(from: start, numbers))
    }

    /// A table that is written to, and those that its foreign keys' actions reach.
    private mutating func noteChange(of table: RelationID) {
        guard changed.insert(table).inserted else { return }
        for (child, _, key) in catalog.foreignKeys(to: table)
        where ![.noAction, .restrict].contains(key.onDelete) || ![.noAction, .restrict].contains(key.onUpdate) {
            noteChange(of: child.id)
        }
    }

    private final class Collector {
        var tables: Set<RelationID> = []
        var inViews: Set<RelationID> = []

        func note(_ id: RelationID, isInView: Bool) {
            if isInView { inViews.insert(id) } else { tables.insert(id) }
        }
    }
}

extension TypedStatement.Body {
    fileprivate var target: RelationID? {
        switch self {
        case .query: nil
        case .insert(let insert): insert.table
        case .update(let update): update.table
        case .delete(let delete): delete.table
        case .merge(let merge): merge.table
        }
    }

    /// Whether it changes rows that it finds while it writes. UPDATE and DELETE find theirs before, and pass over those
    /// that the statement has written.
    fileprivate var finds: Bool {
        switch self {
        case .query, .update, .delete: false
        case .insert(let insert): insert.onConflict != nil
        case .merge: true
        }
    }

    /// With everything but the target of a modification rewritten.
    fileprivate func rewritten(_ rewriter: TypedRewriter) -> TypedStatement.Body {
        func own(_ value: TypedExpression) -> TypedExpression { rewriter.expression(value, role: "") }
        func own(_ assignments: [TypedAssignment]) -> [TypedAssignment] {
            assignments.map { TypedAssignment(column: $0.column, value: $0.value.map(own)) }
        }
        switch self {
        case .query(let query): return .query(rewriter.query(query, role: ""))
        case .insert(var insert):
            switch insert.source {
            case .query(let query): insert.source = .query(rewriter.query(query, role: ""))
            case .rows(let rows): insert.source = .rows(rows.map { $0.map { $0.map(own) } })
            case .defaults: break
            }
            if var clause = insert.onConflict {
                clause.assignments = clause.assignments.map(own)
                clause.filter = clause.filter.map(own)
                insert.onConflict = clause
            }
            insert.returning = insert.returning.map { rewriter.target($0, role: "") }
            return .insert(insert)
        case .update(var update):
            update.ranges = rewriter.others(update.ranges, role: "")
            update.from = update.from.map { rewriter.from($0, role: "") }
            update.filter = update.filter.map(own)
            update.assignments = own(update.assignments)
            update.returning = update.returning.map { rewriter.target($0, role: "") }
            update.insteadRows = update.insteadRows.map { rewriter.query($0, role: "") }
            return .update(update)
        case .delete(var delete):
            delete.insteadRows = delete.insteadRows.map { rewriter.query($0, role: "") }
            delete.ranges = rewriter.others(delete.ranges, role: "")
            delete.from = delete.from.map { rewriter.from($0, role: "") }
            delete.filter = delete.filter.map(own)
            delete.returning = delete.returning.map { rewriter.target($0, role: "") }
            return .delete(delete)
        case .merge(let merge): return .merge(merge.rewritten(rewriter, role: ""))
        }
    }
}

extension TypedStatement.Body {
    /// Whether what is computed after rows have been written has subqueries.
    fileprivate var hasLateSubquery: Bool {
        var values: [TypedExpression] = []
        switch self {
        case .query, .merge: return false
        case .insert(let insert):
            values = insert.returning.map(\.value)
            values += (insert.onConflict?.assignments ?? []).compactMap(\.value)
            if let filter = insert.onConflict?.filter { values.append(filter) }
        case .update(let update): values = update.returning.map(\.value)
        case .delete(let delete): values = delete.returning.map(\.value)
        }
        return values.contains(where: \.hasSubquery)
    }

    fileprivate func rewritingLateParts(_ rewriter: TypedRewriter) -> TypedStatement.Body {
        func own(_ value: TypedExpression) -> TypedExpression { rewriter.expression(value, role: "") }
        switch self {
        case .query, .merge: return self
        case .insert(var insert):
            if var clause = insert.onConflict {
                clause.assignments = clause.assignments?.map {
                    TypedAssignment(column: $0.column, value: $0.value.map(own))
                }
                clause.filter = clause.filter.map(own)
                insert.onConflict = clause
            }
            insert.returning = insert.returning.map { rewriter.target($0, role: "") }
            return .insert(insert)
        case .update(var update):
            update.returning = update.returning.map { rewriter.target($0, role: "") }
            return .update(update)
        case .delete(var delete):
            delete.returning = delete.returning.map { rewriter.target($0, role: "") }
            return .delete(delete)
        }
    }
}

extension TypedStatement.Body {
    /// What rows have to satisfy when they are written.
    fileprivate var checks: [TypedRowCheck] {
        switch self {
        case .insert(let insert):
            insert.checks + (insert.onConflict?.existingChecks ?? []) + (insert.onConflict?.updatedChecks ?? [])
        case .update(let update): update.checks
        case .merge(let merge):
            merge.insertChecks + merge.updateExistingChecks + merge.updateChecks + merge.deleteChecks
        case .query, .delete: []
        }
    }

    fileprivate var mayWriteSeveral: Bool {
        switch self {
        case .insert(let insert):
            if case .rows(let rows) = insert.source { rows.count > 1 } else { insert.source != .defaults }
        case .update, .merge: true
        case .query, .delete: false
        }
    }

    /// Rows are found and looked at while others are being written.
    fileprivate var checksWhileWriting: Bool {
        switch self {
        case .insert(let insert): insert.onConflict?.assignments != nil
        case .merge: true
        case .query, .update, .delete: false
        }
    }

    fileprivate func rewritingChecks(_ rewriter: TypedRewriter) -> TypedStatement.Body {
        func own(_ checks: [TypedRowCheck]) -> [TypedRowCheck] {
            checks.map { check in
                var check = check
                check.condition = rewriter.expression(check.condition, role: "")
                return check
            }
        }
        switch self {
        case .query, .delete: return self
        case .merge(var merge):
            merge.insertChecks = own(merge.insertChecks)
            merge.updateExistingChecks = own(merge.updateExistingChecks)
            merge.updateChecks = own(merge.updateChecks)
            merge.deleteChecks = own(merge.deleteChecks)
            return .merge(merge)
        case .insert(var insert):
            insert.checks = own(insert.checks)
            if var clause = insert.onConflict {
                clause.existingChecks = own(clause.existingChecks)
                clause.updatedChecks = own(clause.updatedChecks)
                insert.onConflict = clause
            }
            return .insert(insert)
        case .update(var update):
            update.checks = own(update.checks)
            return .update(update)
        }
    }
}

/// The subqueries of a modification that are computed late, and what they read of the tables that it changes.
private final class LateParts {
    private let changed: Set<RelationID>
    /// Those that do not depend on the row at hand, in the order in which they are met.
    private(set) var queries: [TypedQuery] = []
    /// Changed tables that the others read, and that they read through views.
    private(set) var tables: Set<RelationID> = []
    private(set) var inViews: Set<RelationID> = []

    init(_ changed: Set<RelationID>) { self.changed = changed }

    private func readsChanged(_ query: TypedQuery) -> Bool {
        var found = false
        var reader = TypedRewriter()
        reader.source = { [changed] entry, _ in
            if case .table(let id) = entry.source, changed.contains(id) { found = true }
            return entry.source
        }
        _ = reader.query(query, role: "")
        return found
    }

    /// Notes what is read.
    var reader: TypedRewriter {
        var reader = TypedRewriter()
        reader.viewOwner = { _ in "view" }
        reader.subquery = { [self] query in
            guard readsChanged(query) else { return query }
            if query.refersOutside { return nil }
            queries.append(query)
            return query
        }
        reader.source = { [self] entry, role in
            if case .table(let id) = entry.source, changed.contains(id) {
                if role.isEmpty { tables.insert(id) } else { inViews.insert(id) }
            }
            return entry.source
        }
        return reader
    }

    /// Puts the rows of steps in the place of what was noted.
    func writer(from start: Int, _ copies: [RelationID: Int]) -> TypedRewriter {
        var next = start
        var writer = TypedRewriter()
        writer.subquery = { [self] query in
            guard readsChanged(query) else { return query }
            if query.refersOutside { return nil }
            defer { next += 1 }
            return .reading(RangeEntry(source: .step(next), name: "", columns: query.columns))
        }
        writer.source = { [changed] entry, _ in
            guard case .table(let id) = entry.source, changed.contains(id), let number = copies[id] else {
                return entry.source
            }
            return .step(number)
        }
        return writer
    }
}
