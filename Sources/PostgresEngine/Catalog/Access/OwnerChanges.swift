import PostgresSyntax
import PostgresTypes

/// ALTER … OWNER TO.
extension CatalogEditor {
    mutating func setOwner(_ role: String, of relation: Relation) throws(PostgresError) {
        let role = try roleName(role)
        var changed = relation
        changed.owner = role
        update(changed)
        for index in relation.indexes {
            if var entry = catalog[index.id] {
                entry.owner = role
                update(entry)
            }
        }
        for column in relation.table?.columns ?? [] {
            if var sequence = column.sequence.flatMap({ catalog[$0] }) {
                sequence.owner = role
                update(sequence)
            }
        }
    }

    /// ALTER … OWNER TO of what is not a relation.
    mutating func alterOwner(_ change: AlterTable) throws(PostgresError) {
        for action in change.actions {
            guard case .setOwner(let role) = action else {
                throw .notSupported("ALTER \(change.kind.rawValue.uppercased())")
            }
            // Dumps name the owner of `public` that PostgreSQL 15 gives it.
            bringPredefinedRole(role)
            let owner = try roleName(role)
            switch change.kind {
            case .schema:
                guard let schema = catalog.schemas[change.name.name] else {
                    throw .undefinedSchema(change.name.name)
                }
                guard catalog.isMember(session.role, of: schema.owner) else {
                    throw .mustBeOwner("schema", schema.name)
                }
                edit { $0.schemas[schema.name]?.owner = owner }
            case .type, .domain:
                guard var type = catalog.userType(change.name, searchPath: searchPath) else {
                    throw PostgresError("42704", "type \"\(change.name.display)\" does not exist")
                }
                guard catalog.isMember(session.role, of: type.owner) else { throw .mustBeOwner("type", type.name) }
                type.owner = owner
                updateType(type)
            case .function, .procedure, .routine, .aggregate: try alterRoutineOwner(change, to: owner)
            case .textSearchConfiguration, .textSearchDictionary:
                try changeTextSearch(change.kind, change.name) { _, own in own = owner }
            case .eventTrigger:
                let trigger = try eventTrigger(change.name.name)
                edit { $0.eventTriggers[trigger.name]?.owner = owner }
            // Nothing asks who owns these.
            case .statistics: break
            case .publication:
                guard catalog.publications[change.name.name] != nil else {
                    throw PostgresError("42704", "publication \"\(change.name.name)\" does not exist")
                }
            default: throw .notSupported("ALTER \(change.kind.rawValue.uppercased()) … OWNER TO")
            }
        }
    }
}
