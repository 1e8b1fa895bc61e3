import PostgresSyntax
import PostgresTypes
import SQLite

/// The triggers of one relation, made ready to fire.
struct TriggerRules: Sendable {
    /// A trigger with its condition over OLD (record 1) and NEW (record 0).
    final class Entry: Sendable {
        let trigger: Trigger
        let relation: Relation
        let condition: (generated: GeneratedSQL, uses: [VariableScope.Use])?
        /// Positions of the columns of UPDATE OF; empty: any.
        let columns: Set<Int>

        init(
            _ trigger: Trigger, on relation: Relation, catalog: CatalogSnapshot, context: ValueContext
        ) throws(PostgresError) {
            self.trigger = trigger
            self.relation = relation
            condition = try TriggerRules.condition(of: trigger, on: relation, catalog: catalog, context: context)
            let names = relation.columns.map(\.name)
            columns = Set(trigger.definition.columns.compactMap { names.firstIndex(of: $0) })
        }

        /// - Parameter asReplica: in a session with `session_replication_role = replica`.
        func fires(on event: CreateTrigger.Event, changing changed: Set<Int>?, asReplica: Bool) -> Bool {
            let isEnabled =
                switch trigger.firing {
                case .origin: !asReplica
                case .replica: asReplica
                case .always: true
                case .disabled: false
                }
            guard isEnabled, trigger.definition.events.contains(event) else { return false }
            guard event == .update, !columns.isEmpty, let changed else { return true }
            return !columns.isDisjoint(with: changed)
        }
    }

    let beforeRow: [Entry]
    let afterRow: [Entry]
    let beforeStatement: [Entry]
    let afterStatement: [Entry]
    let insteadOf: [Entry]
    /// Whether any wants to see all rows that a statement changed.
    let hasTransitionTables: Bool

    /// nil when nothing can fire.
    init?(_ relation: Relation, catalog: CatalogSnapshot, context: ValueContext) throws(PostgresError) {
        guard !relation.triggers.isEmpty else { return nil }
        var entries: [Entry] = []
        for trigger in relation.triggers {
            entries.append(try Entry(trigger, on: relation, catalog: catalog, context: context))
        }
        func those(_ timing: CreateTrigger.Timing, row: Bool) -> [Entry] {
            entries.filter { $0.trigger.definition.timing == timing && $0.trigger.definition.isForEachRow == row }
        }
        beforeRow = those(.before, row: true)
        afterRow = those(.after, row: true)
        beforeStatement = those(.before, row: false)
        afterStatement = those(.after, row: false)
        insteadOf = those(.insteadOf, row: true)
        hasTransitionTables = relation.triggers.contains {
            $0.definition.oldTable != nil || $0.definition.newTable != nil
        }
    }

    /// A WHEN condition over the variables NEW and OLD.
    static func condition(
        of trigger: Trigger, on relation: Relation, catalog: CatalogSnapshot, context: ValueContext
    ) throws(PostgresError) -> (generated: GeneratedSQL, uses: [VariableScope.Use])? {
        guard let condition = trigger.definition.condition else { return nil }
        let type = TypeReference(relation.rowTypeID ?? .record)
        let scope = VariableScope(conflict: .variable, arguments: []) { name in
            guard let index = ["new", "old"].firstIndex(of: name) else { return nil }
            return VariableScope.Variable(
                index: index, name: name, type: type, isRow: true, columns: relation.columns)
        }
        let select = SelectStatement(.select(PlainSelect(targets: [Target(condition)])))
        let typed = try Binder(catalog: catalog, searchPath: trigger.expressionPath, context: context)
            .bindValue(select, as: TypeReference(.bool), throughText: false, variables: scope)
        guard case .query(let query) = typed.body else { return nil }
        return (try SQLGenerator(catalog: catalog).query(query, parameters: typed.parameters), scope.uses)
    }
}

/// Triggers around the rows of a modification.
extension Modification {
    /// What became of a row on its way past the BEFORE triggers: another row, or nil when one of them dropped it.
    func fireBefore(
        _ event: CreateTrigger.Event, old: [SQLValue]?, new: [SQLValue]?, changing changed: Set<Int>? = nil,
        _ rules: TableRules
    ) throws -> [SQLValue]? {
        guard let triggers = rules.triggers else { return new ?? old }
        // A row finds its partition before its triggers see it.
        if event == .insert, let new { try checkPartition(new, rules) }
        var row = new ?? old ?? []
        // What is generated is generated after them.
        if new != nil { for (column, _) in rules.generated { row[column] = .null } }
        for entry in triggers.beforeRow where entry.fires(on: event, changing: changed, asReplica: isReplica) {
            let current = new == nil ? nil : row
            guard try isMet(entry, old: old, new: current) else { continue }
            guard let result = try call(entry, event, old: old, new: current) else { return nil }
            // What a DELETE's trigger returns only says whether to go on.
            if event == .insert, moves(from: row, to: result, rules) {
                let holder = holder(of: row, rules)
                throw PostgresError(
                    "0A000", "moving row to another partition during a BEFORE FOR EACH ROW trigger is not supported",
                    detail: "Before executing trigger \"\(entry.trigger.name)\", the row was to be in partition "
                        + "\"\(holder.schema).\(holder.name)\".")
            }
            if new != nil { row = result }
        }
        return row
    }

    /// Whether functions that are called before each row might look at tables: they see the rows that the statement has
    /// written before.
    func looksAtTablesBeforeRows(
        _ event: CreateTrigger.Event, changing changed: Set<Int>? = nil, _ rules: TableRules
    ) -> Bool {
        rules.triggers?.beforeRow.contains { entry in
            entry.fires(on: event, changing: changed, asReplica: isReplica)
                && entry.mayLookAtTables(transaction.catalog)
        } ?? false
    }

    func queueTriggers(
        _ event: CreateTrigger.Event, old: [SQLValue]?, new: [SQLValue]?, changing changed: Set<Int>? = nil,
        _ rules: TableRules
    ) throws {
        guard let triggers = rules.triggers else { return }
        if triggers.hasTransitionTables {
            let key = Transition.Key(table: rules.relation.id, event: event)
            if let old { transitions[key, default: Transition()].old.append(old) }
            if let new { transitions[key, default: Transition()].new.append(new) }
        }
        if event == .update, let old, let new, moves(from: old, to: new, rules) {
            // A row that goes to another partition is deleted from the one and inserted into the other.
            try queueRowTriggers(.delete, old: old, new: nil, changing: nil, triggers)
            return try queueRowTriggers(.insert, old: nil, new: new, changing: nil, triggers)
        }
        try queueRowTriggers(event, old: old, new: new, changing: changed, triggers)
    }

    private func queueRowTriggers(
        _ event: CreateTrigger.Event, old: [SQLValue]?, new: [SQLValue]?, changing changed: Set<Int>?,
        _ triggers: TriggerRules
    ) throws {
        for entry in triggers.afterRow where entry.fires(on: event, changing: changed, asReplica: isReplica) {
            guard try isMet(entry, old: old, new: new) else { continue }
            queue(.trigger(entry, event, old: old, new: new))
        }
    }

    func fireStatement(
        _ timing: CreateTrigger.Timing, _ event: CreateTrigger.Event, changing changed: Set<Int>? = nil,
        _ rules: TableRules
    ) throws {
        // A statement that names a partition is none of the table's above it.
        guard let triggers = rules.triggers, namedPartition(of: rules) == nil else { return }
        try fireStatement(timing, event, changing: changed, triggers, rules.relation)
    }

    func fireStatement(
        _ timing: CreateTrigger.Timing, _ event: CreateTrigger.Event, changing changed: Set<Int>?,
        _ triggers: TriggerRules, _ relation: Relation
    ) throws {
        let entries = timing == .before ? triggers.beforeStatement : triggers.afterStatement
        for entry in entries where entry.fires(on: event, changing: changed, asReplica: isReplica) {
            guard try isMet(entry, old: nil, new: nil) else { continue }
            if timing == .after {
                queue(.trigger(entry, event, old: nil, new: nil))
            } else {
                _ = try call(entry, event, old: nil, new: nil)
            }
        }
    }

    private func isMet(_ entry: TriggerRules.Entry, old: [SQLValue]?, new: [SQLValue]?) throws -> Bool {
        guard let condition = entry.condition else { return true }
        let relation = entry.relation
        let type = TypeReference(relation.rowTypeID ?? .record)
        let values = condition.uses.map { use -> SQLValue in
            switch use {
            case .variable(let index):
                guard let row = index == 0 ? new : old else { return .null }
                return transaction.rowValue(row, RecordShape(columns: relation.columns, type: type))
            case .field(let index, let field):
                return (index == 0 ? new : old)?[field] ?? .null
            case .transition: return .null
            }
        }
        guard case .integer(1) = try transaction.evaluate(condition.generated, parameters: values)[0] else {
            return false
        }
        return true
    }

    func call(
        _ entry: TriggerRules.Entry, _ event: CreateTrigger.Event, old: [SQLValue]?, new: [SQLValue]?
    ) throws -> [SQLValue]? {
        let key = Transition.Key(table: entry.relation.id, event: event)
        var holder: Relation?
        if entry.trigger.definition.isForEachRow, entry.relation.table?.partitionKey != nil,
            let row = old ?? new
        {
            holder = self.holder(of: row, try rules(of: entry.relation.id))
        }
        return try transaction.callTrigger(
            TriggerContext(
                entry: entry, relation: holder ?? entry.relation, event: event, old: old, new: new,
                transition: transitions.isEmpty ? nil : transitions[key]))
    }
}

extension TriggerRules.Entry {
    /// Whether the function may look at tables, as far as the words of its body tell: it has a statement of SQL, or calls
    /// a function of the user.
    fileprivate func mayLookAtTables(_ catalog: CatalogSnapshot) -> Bool {
        guard case .text(let text)? = catalog[trigger.function]?.body else { return true }
        let statements: Set<Substring> = [
            "select", "perform", "execute", "insert", "update", "delete", "merge", "call", "table", "for", "open",
            "fetch",
        ]
        return text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "_") }.contains {
            statements.contains($0) || catalog.routineIDs[String($0)] != nil
        }
    }
}

/// All rows that a statement changed in one way, for triggers with transition tables.
struct Transition {
    struct Key: Hashable {
        var table: RelationID
        var event: CreateTrigger.Event
    }

    var old: [[SQLValue]] = []
    var new: [[SQLValue]] = []
}
