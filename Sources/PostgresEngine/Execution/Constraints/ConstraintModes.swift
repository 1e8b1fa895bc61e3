import PostgresSyntax
import PostgresTypes

/// Which constraints wait for COMMIT: those declared so, and what SET CONSTRAINTS says for the transaction.
struct ConstraintModes: Sendable {
    private var all: Bool?
    private var named: [Key: Bool] = [:]

    private struct Key: Hashable {
        var table: RelationID
        var name: String
    }

    func isDeferred(_ constraint: Constraint, of table: RelationID) -> Bool {
        guard constraint.isDeferrable else { return false }
        return named[Key(table: table, name: constraint.name)] ?? all ?? constraint.isInitiallyDeferred
    }

    /// Constraint triggers bear the names of constraints.
    func isDeferred(_ trigger: Trigger, of table: RelationID) -> Bool {
        let definition = trigger.definition
        guard definition.isDeferrable || definition.isInitiallyDeferred else { return false }
        return named[Key(table: table, name: trigger.name)] ?? all ?? definition.isInitiallyDeferred
    }

    mutating func setAll(_ isDeferred: Bool) { self = ConstraintModes(all: isDeferred) }

    mutating func set(_ name: String, of table: RelationID, _ isDeferred: Bool) {
        named[Key(table: table, name: name)] = isDeferred
    }
}

extension ForeignKeyEvent {
    func isDeferred(_ modes: ConstraintModes) -> Bool {
        switch self {
        case .childWritten(let reference, _): modes.isDeferred(reference.constraint, of: reference.child)
        case .parentChanged(let reference, _, let new):
            // Only NO ACTION can wait; actions happen at the statement's end.
            (new == nil ? reference.key.onDelete : reference.key.onUpdate) == .noAction
                && modes.isDeferred(reference.constraint, of: reference.child)
        case .uniqueness(let table, let constraint, _, _), .exclusion(let table, let constraint, _):
            modes.isDeferred(constraint, of: table)
        case .trigger(let entry, _, _, _): modes.isDeferred(entry.trigger, of: entry.relation.id)
        }
    }
}

extension Transaction {
    func setConstraints(_ names: [QualifiedName], isDeferred: Bool) throws {
        if names.isEmpty { constraintModes.setAll(isDeferred) }
        for name in names {
            let found = catalog.orderedRelations.flatMap { relation -> [(table: RelationID, isDeferrable: Bool)] in
                guard name.schema == nil || name.schema == relation.schema else { return [] }
                let constraints = (relation.table?.constraints ?? []).filter { $0.name == name.name }
                let triggers = relation.triggers.filter { $0.definition.isConstraint && $0.name == name.name }
                return constraints.map { (relation.id, $0.isDeferrable) }
                    + triggers.map { (relation.id, $0.definition.isDeferrable || $0.definition.isInitiallyDeferred) }
            }
            guard !found.isEmpty else {
                throw PostgresError("42704", "constraint \"\(name.name)\" does not exist")
            }
            guard found.allSatisfy(\.isDeferrable) else {
                throw PostgresError("42809", "constraint \"\(name.name)\" is not deferrable")
            }
            for constraint in found { constraintModes.set(name.name, of: constraint.table, isDeferred) }
        }
        if !isDeferred { try runDeferred(all: false) }
    }
}
