import PostgresSyntax
import PostgresTypes

/// CREATE TRIGGER and what is done to triggers later.
extension CatalogEditor {
    mutating func createTrigger(_ definition: CreateTrigger) throws(PostgresError) {
        let relation = try existing(definition.table)
        try checkKind(definition, relation)
        guard catalog.allows("trigger", on: relation, role: session.role) else {
            throw .permissionDenied(relation.kindName, relation.name)
        }
        for column in definition.columns where !relation.columns.contains(where: { $0.name == column }) {
            throw .undefinedColumn(column, of: relation.name)
        }
        let name = ObjectNames.clip(definition.name)
        let old = relation.triggers.first { $0.name == name }
        guard old == nil || definition.orReplace else {
            throw PostgresError("42710", "trigger \"\(name)\" for relation \"\(relation.name)\" already exists")
        }
        try checkTransitionTables(definition)
        let functions = catalog.routines(definition.function, searchPath: searchPath)
        var found = functions.first { $0.inputs.isEmpty && !$0.isProcedure }
        if found == nil { found = try builtinTriggerFunction(definition.function) }
        guard let function = found else {
            throw PostgresError("42883", "function \(definition.function.display)() does not exist")
        }
        guard function.result.type == .trigger else {
            throw PostgresError("42P17", "function \(definition.function.display) must return type trigger")
        }
        var trigger = Trigger(
            name: name, definition: definition, function: function.id, expressionPath: searchPath)
        trigger.oid = newOID()
        if validates { try checkCondition(of: trigger, on: relation) }
        updateTriggers(of: relation.id) { triggers in
            triggers.removeAll { $0.name == name }
            triggers.append(trigger)
            triggers.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }
    }

    private func checkKind(_ definition: CreateTrigger, _ relation: Relation) throws(PostgresError) {
        func wrongKind(_ detail: String) -> PostgresError {
            PostgresError("42809", "\"\(relation.name)\" is a \(relation.kindName)", detail: detail)
        }
        switch relation.kind {
        case .table(let table):
            if definition.timing == .insteadOf { throw wrongKind("Tables cannot have INSTEAD OF triggers.") }
            if table.partitionOf != nil || table.partitionKey != nil {
                if table.partitionOf != nil { throw .notSupported("a trigger on a partition") }
            }
        case .view(let view) where !view.isMaterialized:
            if definition.timing != .insteadOf, definition.isForEachRow {
                throw wrongKind("Views cannot have row-level BEFORE or AFTER triggers.")
            }
            if definition.events.contains(.truncate) { throw wrongKind("Views cannot have TRUNCATE triggers.") }
        default:
            throw PostgresError(
                "42809", "relation \"\(relation.name)\" cannot have triggers",
                detail: "This operation is not supported for \(relation.kindName)s.")
        }
        if definition.timing == .insteadOf {
            if !definition.isForEachRow { throw PostgresError("0A000", "INSTEAD OF triggers must be FOR EACH ROW") }
            if definition.condition != nil {
                throw PostgresError("0A000", "INSTEAD OF triggers cannot have WHEN conditions")
            }
            if !definition.columns.isEmpty {
                throw PostgresError("0A000", "INSTEAD OF triggers cannot have column lists")
            }
        }
        if definition.events.contains(.truncate), definition.isForEachRow {
            throw PostgresError("0A000", "TRUNCATE FOR EACH ROW triggers are not supported")
        }
    }

    private func checkTransitionTables(_ definition: CreateTrigger) throws(PostgresError) {
        guard definition.oldTable != nil || definition.newTable != nil else { return }
        if definition.timing != .after {
            throw PostgresError("42P17", "transition table name can only be specified for an AFTER trigger")
        }
        if definition.events.count > 1 {
            throw PostgresError("0A000", "transition tables cannot be specified for triggers with more than one event")
        }
        if !definition.columns.isEmpty {
            throw PostgresError("0A000", "transition tables cannot be specified for triggers with column lists")
        }
        if definition.oldTable != nil, !definition.events.contains(where: { $0 == .update || $0 == .delete }) {
            throw PostgresError("42P17", "OLD TABLE can only be specified for a DELETE or UPDATE trigger")
        }
        if definition.newTable != nil, !definition.events.contains(where: { $0 == .update || $0 == .insert }) {
            throw PostgresError("42P17", "NEW TABLE can only be specified for an INSERT or UPDATE trigger")
        }
    }

    private func checkCondition(of trigger: Trigger, on relation: Relation) throws(PostgresError) {
        guard let condition = trigger.definition.condition else { return }
        var refusal: String?
        for name in condition.qualifiers where name == "old" || name == "new" {
            if !trigger.definition.isForEachRow {
                refusal = "statement trigger's WHEN condition cannot reference column values"
            } else if name == "old", trigger.definition.events.contains(.insert) {
                refusal = "INSERT trigger's WHEN condition cannot reference OLD values"
            } else if name == "new", trigger.definition.events.contains(.delete) {
                refusal = "DELETE trigger's WHEN condition cannot reference NEW values"
            }
        }
        if let refusal { throw PostgresError("42P17", refusal) }
        _ = try TriggerRules.condition(of: trigger, on: relation, catalog: catalog, context: context)
    }

    mutating func updateTriggers(of id: RelationID, _ change: (inout [Trigger]) -> Void) {
        updateParts(of: id, \.triggers, \.triggers, change)
    }

    mutating func renameTrigger(_ change: Rename) throws(PostgresError) {
        let relation = try existing(change.name)
        try checkOwner(of: relation)
        guard case .name(let new) = change.change, let old = change.ownName,
            relation.triggers.contains(where: { $0.name == old })
        else { throw .undefinedTrigger(change.ownName ?? "", of: relation.name) }
        if relation.triggers.contains(where: { $0.name == new }) {
            throw PostgresError("42710", "trigger \"\(new)\" for relation \"\(relation.name)\" already exists")
        }
        updateTriggers(of: relation.id) { triggers in
            for position in triggers.indices where triggers[position].name == old {
                triggers[position].name = ObjectNames.clip(new)
            }
            triggers.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }
    }

    /// ENABLE and DISABLE TRIGGER.
    mutating func setTriggers(
        _ selection: TriggerSelection, _ firing: TriggerFiring, of relation: Relation
    ) throws(PostgresError) {
        var name: String?
        if case .named(let given) = selection { name = given }
        if let name, !relation.triggers.contains(where: { $0.name == name }) {
            throw .undefinedTrigger(name, of: relation.name)
        }
        if selection == .all, relation.table != nil {
            try updateTable(relation.id) { $0.skipsForeignKeys = firing == .disabled }
        }
        updateTriggers(of: relation.id) { triggers in
            for position in triggers.indices where name == nil || triggers[position].name == name {
                triggers[position].firing = firing
            }
        }
    }
}

extension PostgresError {
    static func undefinedTrigger(_ name: String, of table: String) -> PostgresError {
        PostgresError("42704", "trigger \"\(name)\" for table \"\(table)\" does not exist")
    }
}

extension Relation {
    package var triggers: [Trigger] {
        switch kind {
        case .table(let table): table.triggers
        case .view(let view): view.triggers
        case .sequence, .index: []
        }
    }
}
