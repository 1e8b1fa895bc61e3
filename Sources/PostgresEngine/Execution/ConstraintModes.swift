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

    mutating func setAll(_ isDeferred: Bool) { self = ConstraintModes(all: isDeferred) }

    mutating func set(_ constraint: Constraint, of table: RelationID, _ isDeferred: Bool) {
        named[Key(table: table, name: constraint.name)] = isDeferred
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
        case .uniqueness(let table, let constraint, _, _): modes.isDeferred(constraint, of: table)
        case .trigger(let entry, _, _, _, _): entry.trigger.definition.isInitiallyDeferred
        }
    }
}

extension Transaction {
    func setConstraints(_ names: [QualifiedName], isDeferred: Bool) throws {
        if names.isEmpty { constraintModes.setAll(isDeferred) }
        for name in names {
            let found = catalog.orderedRelations.flatMap { relation in
                (relation.table?.constraints ?? []).filter { constraint in
                    constraint.name == name.name && (name.schema == nil || name.schema == relation.schema)
                }.map { (relation.id, $0) }
            }
            guard !found.isEmpty else {
                throw PostgresError("42704", "constraint \"\(name.name)\" does not exist")
            }
            for (table, constraint) in found {
                guard constraint.isDeferrable else {
                    throw PostgresError("42809", "constraint \"\(name.name)\" is not deferrable")
                }
                constraintModes.set(constraint, of: table, isDeferred)
            }
        }
        if !isDeferred { try runDeferred(all: false) }
    }
}
