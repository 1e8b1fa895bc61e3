import PostgresSyntax
import PostgresTypes

/// ALTER TYPE … ADD, DROP, ALTER and RENAME ATTRIBUTE.
extension CatalogEditor {
    mutating func alterComposite(_ change: AlterTable) throws(PostgresError) {
        guard let found = catalog.userType(change.name, searchPath: searchPath) else {
            throw BindError.undefinedRelation(change.name.display)
        }
        guard case .composite = found.kind else {
            if case .row = found.kind { throw .wrongKind(found.name, "a composite type") }
            throw BindError.undefinedRelation(change.name.display)
        }
        guard catalog.isMember(session.role, of: found.owner) else { throw .mustBeOwner("type", found.name) }
        // Postgres drops first, then changes types, then adds.
        for action in change.actions.filter(\.dropsColumn) + change.actions.filter({ !$0.dropsColumn }) {
            guard var type = catalog.types[found.id], case .composite(var fields) = type.kind else { return }
            switch action {
            case .addColumn(let definition, _): try add(definition, to: &fields, of: type)
            case .dropColumn(let name, let ifExists, _):
                guard let position = fields.firstIndex(where: { $0.name == name }) else {
                    guard ifExists else { throw .undefinedColumn(name, of: type.name) }
                    notice("column \"\(name)\" of relation \"\(type.name)\" does not exist, skipping")
                    continue
                }
                if let holder = holder(of: type.id) {
                    throw .notSupported("ALTER TYPE … DROP ATTRIBUTE of a type that column \"\(holder)\" holds")
                }
                fields.remove(at: position)
            case .setType(let name, let written, _, let collation):
                guard let position = fields.firstIndex(where: { $0.name == name }) else {
                    throw .undefinedColumn(name, of: type.name)
                }
                if let holder = holder(of: type.id) {
                    throw PostgresError(
                        "0A000", "cannot alter type \"\(type.name)\" because column \"\(holder)\" uses it")
                }
                let type = try columnType(written, of: name)
                try checkCollation(collation, of: type, keptBy: "a field")
                fields[position].type = type
            default: throw .notSupported("this form of ALTER TYPE")
            }
            type.kind = .composite(fields)
            updateType(type)
        }
    }

    /// A field more. Values that are stored already have NULL there.
    private func add(
        _ definition: ColumnDefinition, to fields: inout [CompositeField], of type: UserType
    ) throws(PostgresError) {
        if fields.contains(where: { $0.name == definition.name }) {
            throw .duplicateColumn(definition.name, of: type.name)
        }
        fields.append(
            CompositeField(
                name: definition.name, type: try columnType(definition.type, of: definition.name)))
    }

    mutating func renameAttribute(_ old: String, to new: String, of type: UserType) throws(PostgresError) {
        guard case .composite(var fields) = type.kind else {
            throw .wrongKind(type.name, "a composite type", hint: "Use ALTER TABLE instead.")
        }
        guard let position = fields.firstIndex(where: { $0.name == old }) else {
            throw PostgresError("42703", "column \"\(old)\" does not exist")
        }
        if fields.contains(where: { $0.name == new }) { throw .duplicateColumn(new, of: type.name) }
        fields[position].name = new
        var changed = type
        changed.kind = .composite(fields)
        updateType(changed)
    }

    /// A table's column that holds values of a type, alone or as parts of others, as `table.column`.
    private func holder(of id: TypeID) -> String? {
        var ids: Set<TypeID> = [id]
        var size = 0
        while size != ids.count {
            size = ids.count
            for type in catalog.types.values {
                let isMade =
                    switch type.kind {
                    case .domain(let domain): ids.contains(domain.base.type)
                    case .composite(let fields): fields.contains { ids.contains($0.type.type) }
                    case .array(let element): ids.contains(element)
                    case .enumeration, .row, .range, .multirange: false
                    }
                if isMade { ids.insert(type.id) }
            }
        }
        for relation in catalog.orderedRelations where relation.isStored {
            if let column = relation.columns.first(where: { ids.contains($0.type.type) }) {
                return "\(relation.name).\(column.name)"
            }
        }
        return nil
    }
}

extension AlterTable.Action {
    var isOwnerChange: Bool { if case .setOwner = self { true } else { false } }
    fileprivate var dropsColumn: Bool { if case .dropColumn = self { true } else { false } }
}
