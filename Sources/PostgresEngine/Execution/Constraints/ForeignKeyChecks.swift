import PostgresSyntax
import PostgresTypes
import SQLite

/// A check or action that waits for the end of the statement, or of the transaction.
enum ForeignKeyEvent: Sendable {
    /// A child row was written: its key must be in the parent.
    case childWritten(TableRules.Reference, key: [SQLValue])
    /// A parent row went or changed its key: `new` is nil when it was deleted.
    case parentChanged(TableRules.Reference, old: [SQLValue], new: [SQLValue]?)
    /// A key of a deferrable unique constraint was written.
    case uniqueness(RelationID, Constraint, keys: [SQLValue], row: [SQLValue])
    /// A row was written that a deferrable EXCLUDE constraint does not allow beside others.
    case exclusion(RelationID, Constraint, row: [SQLValue])
    /// An AFTER trigger is to fire; of a statement's there is no row.
    case trigger(TriggerRules.Entry, CreateTrigger.Event, old: [SQLValue]?, new: [SQLValue]?)
}

/// Keys of one foreign key; most have one column.
struct KeySet {
    private var single: Set<SQLValue> = []
    private var several: Set<[SQLValue]> = []

    /// - Returns: whether the key of the row was not there yet.
    mutating func insert(_ columns: [Int], of row: [SQLValue]) -> Bool {
        if columns.count == 1 { return single.insert(row[columns[0]]).inserted }
        return several.insert(columns.map { row[$0] }).inserted
    }
}

/// Foreign keys in both directions, at the statement's end, with Postgres' actions and words.
extension Modification {
    func queue(_ event: ForeignKeyEvent) {
        if event.isDeferred(transaction.constraintModes) {
            transaction.deferred.append(event)
        } else {
            events.append(event)
        }
    }

    /// Whether the triggers behind a table's foreign keys are on.
    func checksKeys(_ rules: TableRules) -> Bool { !isReplica && !rules.table.skipsForeignKeys }

    func queueAfterInsert(_ row: [SQLValue], _ rules: TableRules) throws {
        if checksKeys(rules) { for reference in rules.references { queueChild(row, reference) } }
        try queueTriggers(.insert, old: nil, new: row, rules)
    }

    /// - Parameter isPutOff: whether a deferred constraint may wait; one that is added to rows that are there does not.
    func queueChild(_ row: [SQLValue], _ reference: TableRules.Reference, isPutOff: Bool = true) {
        let columns = reference.childColumns
        if columns.contains(where: { row[$0].isNull }),
            !(reference.key.isMatchFull && columns.contains { !row[$0].isNull })
        {
            return
        }
        // Many rows often share a parent: one look is enough.
        guard queuedKeys[ObjectIdentifier(reference), default: KeySet()].insert(columns, of: row) else { return }
        let event = ForeignKeyEvent.childWritten(reference, key: columns.map { row[$0] })
        if isPutOff { queue(event) } else { events.append(event) }
    }

    func queueAfterUpdate(
        from old: [SQLValue], to new: [SQLValue], changing changed: Set<Int>?, _ rules: TableRules
    ) throws {
        for reference in rules.references
        where checksKeys(rules) && reference.childColumns.contains(where: { old[$0] != new[$0] }) {
            queueChild(new, reference)
        }
        for reference in rules.referrers
        where checksKeys(rules) && reference.parentColumns.contains(where: { old[$0] != new[$0] }) {
            queueParent(old, new, reference)
        }
        try queueTriggers(.update, old: old, new: new, changing: changed, rules)
    }

    func queueAfterDelete(_ row: [SQLValue], _ rules: TableRules) throws {
        if checksKeys(rules) { for reference in rules.referrers { queueParent(row, nil, reference) } }
        try queueTriggers(.delete, old: row, new: nil, rules)
    }

    private func queueParent(_ old: [SQLValue], _ new: [SQLValue]?, _ reference: TableRules.Reference) {
        let key = reference.parentColumns.map { old[$0] }
        if key.contains(.null) { return }
        queue(.parentChanged(reference, old: key, new: new.map { new in reference.parentColumns.map { new[$0] } }))
    }

    /// Runs events first in, first out; actions queue further ones.
    func runEvents() throws {
        var position = 0
        while position < events.count {
            let event = events[position]
            position += 1
            try run(event)
        }
        events = []
        queuedKeys = [:]
    }

    func run(_ event: ForeignKeyEvent) throws {
        switch event {
        case .trigger(let entry, let event, let old, let new):
            guard transaction.catalog[entry.relation.id] != nil else { return }
            rest()
            _ = try call(entry, event, old: old, new: new)
        case .childWritten(let reference, let key): try checkChild(reference, key)
        case .parentChanged(let reference, let old, let new): try parentChanged(reference, old, new)
        case .exclusion(let id, let constraint, let row):
            let rules = try rules(of: id)
            guard let exclusion = rules.exclusions.first(where: { $0.constraint.name == constraint.name }),
                let other = try remainingConflict(of: row, exclusion, rules)
            else { return }
            throw try violation(row, other, exclusion, rules)
        case .uniqueness(let id, let constraint, let keys, let row):
            let rules = try rules(of: id)
            guard let unique = rules.uniques.first(where: { $0.index.constraint == constraint.name }) else { return }
            var count = 0
            let probe = unique.probe.replacingLimit()
            try connection.query(probe, keys + [.integer(0)]) { _ in count += 1 }
            if count > 1 { throw try violation(row, unique, rules) }
        }
    }

    // MARK: The child's side

    private func checkChild(_ reference: TableRules.Reference, _ key: [SQLValue]) throws {
        if key.contains(.null) {
            guard try exists(reference.childProbe, key) || reference.key.isMatchFull else { return }
            throw missingParent(
                reference, try rules(of: reference.child).relation,
                detail: "MATCH FULL does not allow mixing of null and nonnull key values.")
        }
        if try hasParent(reference, key) { return }
        // The row may have gone again since, by an action or a later part of the statement.
        guard try exists(reference.childProbe, key) else { return }
        let child = try rules(of: reference.child)
        let parent = try rules(of: reference.parent)
        let holder = try childRows(reference, key).last.map { self.holder(of: $0.row, child) } ?? child.relation
        let shown = mayDescribeKey(reference.childColumns, child, in: holder)
        let description = shown ? "Key \(keyText(reference.key.columns, key, child, reference.childColumns))" : "Key"
        throw missingParent(
            reference, holder,
            detail: "\(description) is not present in table \"\(parent.relation.name)\".")
    }

    private func hasParent(_ reference: TableRules.Reference, _ key: [SQLValue]) throws -> Bool {
        let probe: SQLite.Statement
        if let known = parentProbes[ObjectIdentifier(reference)] {
            probe = known
        } else {
            probe = try connection.hold(reference.parentProbe)
            parentProbes[ObjectIdentifier(reference)] = probe
        }
        try probe.bind(key)
        return try probe.hasRow()
    }

    private func missingParent(
        _ reference: TableRules.Reference, _ child: Relation, detail: String
    ) -> PostgresError {
        PostgresError(
            "23503",
            "insert or update on table \"\(child.name)\" violates foreign key constraint "
                + "\"\(reference.constraint.name)\"",
            detail: detail, schema: child.schema, table: child.name, constraint: reference.constraint.name)
    }

    private func exists(_ probe: String, _ key: [SQLValue]) throws -> Bool {
        var found = false
        try connection.query(probe, key) { _ in found = true }
        return found
    }

    private func keyText(_ names: [String], _ key: [SQLValue], _ rules: TableRules, _ columns: [Int]) -> String {
        "(\(names.joined(separator: ", ")))=(\(text(of: key, columns.map { rules.types[$0] })))"
    }

    // MARK: The parent's side

    private func parentChanged(_ reference: TableRules.Reference, _ old: [SQLValue], _ new: [SQLValue]?) throws {
        let action = new == nil ? reference.key.onDelete : reference.key.onUpdate
        if let child = transaction.catalog[reference.child], ![.noAction, .restrict].contains(action),
            child.rule(on: new == nil && action == .cascade ? .delete : .update) != nil
        {
            let parent = try rules(of: reference.parent).relation
            throw PostgresError(
                "XX000",
                "referential integrity query on \"\(parent.name)\" from constraint "
                    + "\"\(reference.constraint.name)\" on \"\(child.name)\" gave unexpected result",
                hint: "This is most likely due to a rule having rewritten the query.")
        }
        if let child = transaction.catalog[reference.child], ![.noAction, .restrict].contains(action) {
            return try transaction.within(.action(reference, on: child, isDelete: new == nil)) {
                try act(action, reference, old, new)
            }
        }
        try act(action, reference, old, new)
    }

    private func act(
        _ action: ReferentialAction, _ reference: TableRules.Reference, _ old: [SQLValue], _ new: [SQLValue]?
    ) throws {
        switch action {
        case .noAction:
            // Another row may have taken the key over.
            if try exists(reference.parentProbe, old) { return }
            try refuseReferenced(reference, old)
        case .restrict: try refuseReferenced(reference, old)
        case .cascade:
            let child = try rules(of: reference.child)
            let columns = Set(reference.childColumns)
            try checkReplicaIdentity(new == nil ? .delete : .update, child)
            try fireStatement(.before, new == nil ? .delete : .update, changing: columns, child)
            for (number, row) in try childRows(reference, old) {
                guard let new else {
                    if try fireBefore(.delete, old: row, new: nil, child) != nil { try delete(number, row, child) }
                    continue
                }
                var changed = row
                for (column, value) in zip(reference.childColumns, new) { changed[column] = value }
                try rewrite(number, row, changed, columns, child)
            }
            try fireStatement(.after, new == nil ? .delete : .update, changing: columns, child)
        case .setNull, .setDefault:
            let child = try rules(of: reference.child)
            let named = new == nil ? reference.key.onDeleteColumns : []
            try checkReplicaIdentity(.update, child)
            for (number, row) in try childRows(reference, old) {
                var changed = row
                for column in reference.childColumns {
                    if !named.isEmpty && !named.contains(child.table.columns[column].name) { continue }
                    changed[column] = action == .setNull ? .null : try defaultValue(of: column, child)
                }
                try rewrite(number, row, changed, Set(reference.childColumns), child)
            }
            // A default equal to the old key changes nothing, but the key is gone all the same.
            if action == .setDefault, try !exists(reference.parentProbe, old) {
                try refuseReferenced(reference, old)
            }
        }
    }

    private func rewrite(
        _ number: Int64, _ old: [SQLValue], _ new: [SQLValue], _ columns: Set<Int>, _ rules: TableRules
    ) throws {
        guard var row = try fireBefore(.update, old: old, new: new, changing: columns, rules) else { return }
        try complete(&row, rules)
        _ = try update(number, from: old, to: row, changing: columns, rules)
    }

    private func childRows(
        _ reference: TableRules.Reference, _ key: [SQLValue]
    ) throws -> [(number: Int64, row: [SQLValue])] {
        var rows: [(number: Int64, row: [SQLValue])] = []
        try connection.query(reference.childRows, key) { rows.append(($0.integer(0), Array($0.row.dropFirst()))) }
        return rows
    }

    private func refuseReferenced(_ reference: TableRules.Reference, _ key: [SQLValue]) throws {
        guard try exists(reference.childProbe, key) else { return }
        let child = try rules(of: reference.child).relation
        let parent = try rules(of: reference.parent)
        let shown = mayDescribeKey(reference.parentColumns, parent)
        let description =
            shown ? "Key \(keyText(reference.key.referencedColumns, key, parent, reference.parentColumns))" : "Key"
        throw PostgresError(
            "23503",
            "update or delete on table \"\(parent.relation.name)\" violates foreign key constraint "
                + "\"\(reference.constraint.name)\" on table \"\(child.name)\"",
            detail: "\(description) is still referenced from table \"\(child.name)\".", schema: child.schema,
            table: child.name, constraint: reference.constraint.name)
    }
}

extension String {
    /// A probe that looks for more than one row.
    fileprivate func replacingLimit() -> String {
        hasSuffix(" LIMIT 1") ? String(dropLast(1)) + "2" : self
    }
}
