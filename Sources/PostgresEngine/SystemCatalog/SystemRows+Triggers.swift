import PostgresSyntax
import PostgresTypes
import SQLite

// Triggers of tables and views.
extension SystemRows {
    /// `pg_trigger`.
    @Sendable static func triggers(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.flatMap { relation in
            relation.triggers.map { trigger in
                let definition = trigger.definition
                var bits = definition.isForEachRow ? 1 : 0
                if definition.timing == .before { bits |= 2 }
                if definition.timing == .insteadOf { bits |= 64 }
                for event in definition.events {
                    switch event {
                    case .insert: bits |= 4
                    case .delete: bits |= 8
                    case .update: bits |= 16
                    case .truncate: bits |= 32
                    }
                }
                let names = relation.columns.map(\.name)
                return [
                    "oid": .number(trigger.oid), "tgrelid": .number(relation.id.oid), "tgname": .text(trigger.name),
                    "tgfoid": .number(trigger.function.oid), "tgtype": .number(bits),
                    "tgenabled": .text(trigger.firing.rawValue),
                    "tgconstraint": .number(id(ofConstraintOf: trigger) ?? 0),
                    // Each argument ends in a zero.
                    "tgargs": .blob(definition.arguments.flatMap { Array($0.utf8) + [0] }),
                    "tgdeferrable": .bool(definition.isDeferrable),
                    "tginitdeferred": .bool(definition.isInitiallyDeferred),
                    "tgnargs": .number(definition.arguments.count),
                    "tgattr": .vector(definition.columns.compactMap { names.firstIndex(of: $0).map { $0 + 1 } }),
                    "tgqual": .optional(facts.definitions.condition(of: trigger, on: relation)),
                    "tgoldtable": .optional(definition.oldTable), "tgnewtable": .optional(definition.newTable),
                ]
            }
        }
    }

    /// A constraint trigger is a constraint too.
    static func id(ofConstraintOf trigger: Trigger) -> UInt32? {
        trigger.definition.isConstraint ? SystemID.named("constraint trigger", "\(trigger.oid)") : nil
    }

    /// The rows of `pg_constraint` for constraint triggers.
    static func triggerConstraints(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.flatMap { relation in
            relation.triggers.compactMap { trigger -> SystemRow? in
                guard let id = id(ofConstraintOf: trigger) else { return nil }
                return [
                    "oid": .number(id), "conname": .text(trigger.name),
                    "connamespace": .number(SystemID.schema(relation.schema)), "contype": .text("t"),
                    "condeferrable": .bool(trigger.definition.isDeferrable),
                    "condeferred": .bool(trigger.definition.isInitiallyDeferred), "convalidated": .bool(true),
                    "conrelid": .number(relation.id.oid), "conislocal": .bool(true), "connoinherit": .bool(true),
                    "confupdtype": .text(" "), "confdeltype": .text(" "), "confmatchtype": .text(" "),
                ]
            }
        }
    }

    /// One row for each event of each trigger.
    @Sendable static func triggersOfSchema(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.filter { facts.catalog.isMember(facts.role, of: $0.owner) }.flatMap { relation -> [SystemRow] in
            var orders: [String: Int] = [:]
            return relation.triggers.sorted { $0.name < $1.name }.flatMap { trigger -> [SystemRow] in
                let definition = trigger.definition
                let timing = DefinitionText.words(definition.timing)
                return definition.events.filter { $0 != .truncate }.map { event in
                    let word = DefinitionText.words(event)
                    let group = "\(word) \(timing) \(definition.isForEachRow)"
                    orders[group, default: 0] += 1
                    return [
                        "trigger_catalog": database, "trigger_schema": .text(relation.schema),
                        "trigger_name": .text(trigger.name), "event_manipulation": .text(word),
                        "event_object_catalog": database, "event_object_schema": .text(relation.schema),
                        "event_object_table": .text(relation.name), "action_order": .number(orders[group] ?? 1),
                        "action_condition": .optional(facts.definitions.condition(of: trigger, on: relation)),
                        "action_statement": .text("EXECUTE FUNCTION \(facts.definitions.call(of: trigger))"),
                        "action_orientation": .text(definition.isForEachRow ? "ROW" : "STATEMENT"),
                        "action_timing": .text(timing),
                        "action_reference_old_table": .optional(definition.oldTable),
                        "action_reference_new_table": .optional(definition.newTable),
                    ]
                }
            }
        }
    }
}

extension DefinitionText {
    static func deferral(of trigger: CreateTrigger) -> String {
        (trigger.isDeferrable ? " DEFERRABLE" : "") + (trigger.isInitiallyDeferred ? " INITIALLY DEFERRED" : "")
    }

    static func words(_ timing: CreateTrigger.Timing) -> String {
        switch timing {
        case .before: "BEFORE"
        case .after: "AFTER"
        case .insteadOf: "INSTEAD OF"
        }
    }

    static func words(_ event: CreateTrigger.Event) -> String {
        switch event {
        case .insert: "INSERT"
        case .update: "UPDATE"
        case .delete: "DELETE"
        case .truncate: "TRUNCATE"
        }
    }

    /// `f('argument')`.
    func call(of trigger: Trigger) -> String {
        let name = CatalogNames(catalog, searchPath).name(trigger.function.oid, .regproc) ?? "?"
        return "\(name)(\(trigger.definition.arguments.map(Quoting.literal).joined(separator: ", ")))"
    }

    /// The WHEN of a trigger, over rows called `old` and `new`.
    func condition(of trigger: Trigger, on relation: Relation) -> String? {
        guard let condition = trigger.definition.condition else { return nil }
        let name = QualifiedName(schema: relation.schema, relation.name)
        let rows = ["new", "old"].map { FromItem.relation(name, alias: Alias($0), location: -1) }
        do throws(PostgresError) {
            let select = SelectStatement(.select(PlainSelect(targets: [Target(condition)], from: rows)))
            let query = try Binder(catalog: catalog, searchPath: trigger.expressionPath, context: context)
                .bindQuery(select).query
            guard case .select(let bound) = query.body, let value = bound.targets.first else { return nil }
            var writer = ExpressionText(catalog: catalog, searchPath: searchPath, context: context, isPretty: isPretty)
            writer.scopes = [.init(ranges: bound.ranges, isQualified: true, names: bound.ranges.map(\.name))]
            return ExpressionText.finished(writer.text(value))
        } catch { return nil }
    }

    /// The whole statement that makes it.
    func trigger(_ trigger: Trigger, of relation: Relation) -> String {
        let definition = trigger.definition
        let events = [CreateTrigger.Event.insert, .delete, .update, .truncate].filter(definition.events.contains).map {
            event in
            guard event == .update, !definition.columns.isEmpty else { return Self.words(event) }
            return "UPDATE OF " + definition.columns.map(ObjectNames.quoted).joined(separator: ", ")
        }
        var text =
            "CREATE \(definition.isConstraint ? "CONSTRAINT " : "")TRIGGER \(ObjectNames.quoted(trigger.name)) "
            + "\(Self.words(definition.timing)) \(events.joined(separator: " OR ")) "
            + "ON \(qualified(relation)) "
        if definition.isConstraint {
            text += definition.isDeferrable ? "DEFERRABLE " : "NOT DEFERRABLE "
            text += definition.isInitiallyDeferred ? "INITIALLY DEFERRED " : "INITIALLY IMMEDIATE "
        }
        if definition.oldTable != nil || definition.newTable != nil {
            text += "REFERENCING "
            if let old = definition.oldTable { text += "OLD TABLE AS \(ObjectNames.quoted(old)) " }
            if let new = definition.newTable { text += "NEW TABLE AS \(ObjectNames.quoted(new)) " }
        }
        text += definition.isForEachRow ? "FOR EACH ROW " : "FOR EACH STATEMENT "
        if let condition = condition(of: trigger, on: relation) { text += "WHEN (\(condition)) " }
        return text + "EXECUTE FUNCTION \(call(of: trigger))"
    }
}
