import PostgresSyntax
import PostgresTypes

/// CREATE TYPE … AS ENUM, ALTER TYPE … ADD VALUE, CREATE DOMAIN, CREATE TYPE … AS (…).
extension CatalogEditor {
    private func checkTypeFree(_ schema: String, _ name: String) throws(PostgresError) {
        if catalog.typeIDs[QualifiedName(schema: schema, name)] != nil { throw .duplicateType(name) }
    }

    mutating func createEnum(_ name: QualifiedName, labels: [String]) throws(PostgresError) {
        let schema = try creationSchema(name)
        let typeName = ObjectNames.clip(name.name)
        try checkTypeFree(schema, typeName)
        var seen: Set<String> = []
        for label in labels {
            try checkLabel(label)
            guard seen.insert(label).inserted else {
                throw PostgresError(
                    "23505", "duplicate key value violates unique constraint \"pg_enum_typid_label_index\"")
            }
        }
        _ = addType(schema: schema, name: typeName, kind: .enumeration(labels: labels))
    }

    private func checkLabel(_ label: String) throws(PostgresError) {
        guard label.utf8.count <= ObjectNames.limit else {
            throw PostgresError(
                "42602", "invalid enum label \"\(label)\"", detail: "Labels must be 63 bytes or less.")
        }
    }

    mutating func alterEnum(_ change: AlterEnum) throws(PostgresError) {
        guard var type = catalog.userType(change.name, searchPath: searchPath) else {
            throw PostgresError("42704", "type \"\(change.name.display)\" does not exist")
        }
        guard case .enumeration(var labels) = type.kind else {
            throw .wrongKind(change.name.name, "an enum")
        }
        guard catalog.isMember(session.role, of: type.owner) else { throw .mustBeOwner("type", type.name) }
        switch change.action {
        case .add(let label, let before, let neighbour, let ifNotExists):
            try checkLabel(label)
            if labels.contains(label) {
                if ifNotExists { return notice("enum label \"\(label)\" already exists, skipping", code: "42710") }
                throw PostgresError("42710", "enum label \"\(label)\" already exists")
            }
            var position = labels.count
            if let neighbour {
                guard let found = labels.firstIndex(of: neighbour) else {
                    throw PostgresError("22023", "\"\(neighbour)\" is not an existing enum label")
                }
                position = before ? found : found + 1
            }
            labels.insert(label, at: position)
        case .rename(let from, let to):
            guard let position = labels.firstIndex(of: from) else {
                throw PostgresError("22023", "\"\(from)\" is not an existing enum label")
            }
            guard !labels.contains(to) else {
                throw PostgresError("42710", "enum label \"\(to)\" already exists")
            }
            labels[position] = to
            type.kind = .enumeration(labels: labels)
            return try renameLabel(from, to: to, of: type)
        }
        type.kind = .enumeration(labels: labels)
        updateType(type)
    }

    /// Labels are kept by their text: those that are stored change, and so do defaults. What else mentions the old one
    /// is not looked through, but refused.
    private mutating func renameLabel(_ from: String, to: String, of type: UserType) throws(PostgresError) {
        guard !isPartOfType(type.id) else {
            throw .notSupported("ALTER TYPE … RENAME VALUE of a type that arrays, domains or rows are made of")
        }
        let before = catalog
        updateType(type)
        for relation in catalog.orderedRelations where relation.isStored {
            let columns = relation.columns.filter { $0.type.type == type.id }.map(\.name)
            if columns.isEmpty { continue }
            if var table = relation.table {
                for index in table.columns.indices where columns.contains(table.columns[index].name) {
                    table.columns[index].defaultValue = table.columns[index].defaultValue?.rewritten { part in
                        guard case .constant(.string(from)) = part.node else { return part }
                        return Expression(.constant(.string(to)), location: part.location)
                    }
                }
                try updateTable(relation.id) { $0.columns = table.columns }
                if table.partitionOf != nil { continue }
            }
            for column in columns { request(.replaceValue(relation.id, column: column, from: from, to: to)) }
        }
        guard validates else { return }
        try checkStoredDefinitions(since: before)
        for relation in catalog.orderedRelations {
            for index in relation.indexes {
                guard let filter = index.filter else { continue }
                do throws(PostgresError) {
                    _ = try ColumnExpressions(catalog: catalog, context: context).bindFilter(
                        filter, over: relation.id, path: index.expressionPath)
                } catch { throw .notSupported("renaming what index \"\(index.name)\" uses") }
            }
            for trigger in relation.triggers {
                do throws(PostgresError) {
                    _ = try TriggerRules.condition(of: trigger, on: relation, catalog: catalog, context: context)
                } catch { throw .notSupported("renaming what trigger \"\(trigger.name)\" uses") }
            }
        }
    }

    /// Whether arrays in columns, domains or composite types are made of the type.
    private func isPartOfType(_ id: TypeID) -> Bool {
        let ids: Set<TypeID> = [id, catalog.types[id]?.arrayType ?? id]
        return catalog.relations.values.contains { relation in
            relation.isStored && relation.columns.contains { $0.type.type != id && ids.contains($0.type.type) }
        }
            || catalog.types.values.contains { type in
                switch type.kind {
                case .domain(let domain): ids.contains(domain.base.type)
                case .composite(let fields): fields.contains { ids.contains($0.type.type) }
                case .enumeration, .row, .array: false
                }
            }
    }

    mutating func createDomain(_ definition: CreateDomain) throws(PostgresError) {
        let schema = try creationSchema(definition.name)
        let name = ObjectNames.clip(definition.name.name)
        try checkTypeFree(schema, name)
        var domain = Domain(base: try catalog.resolveType(definition.type, searchPath: searchPath))
        domain.expressionPath = searchPath
        var checks: [ConstraintDefinition] = []
        var isNullable: Bool?
        for constraint in definition.constraints {
            switch constraint.kind {
            case .notNull, .null:
                let nullable = constraint.kind == .null
                guard (isNullable ?? nullable) == nullable else {
                    throw .syntax("conflicting NULL/NOT NULL constraints")
                }
                isNullable = nullable
                domain.isNotNull = !nullable
            case .defaultValue(let value):
                guard domain.defaultValue == nil else { throw .syntax("multiple default expressions") }
                domain.defaultValue = value
            case .check: checks.append(constraint)
            case .primaryKey: throw .syntax("primary key constraints not possible for domains")
            case .unique: throw .syntax("unique constraints not possible for domains")
            case .foreignKey: throw .syntax("foreign key constraints not possible for domains")
            case .exclusion: throw .syntax("exclusion constraints not possible for domains")
            case .identity, .generated, .usingIndex: throw .notSupported("this constraint of a domain")
            }
        }
        for check in checks {
            guard case .check(let expression) = check.kind else { continue }
            domain.checks.append(try domainCheck(expression, named: check.name, domain: name, of: domain))
        }
        _ = addType(schema: schema, name: name, kind: .domain(domain))
    }

    mutating func createComposite(_ name: QualifiedName, fields: [ColumnDefinition]) throws(PostgresError) {
        let schema = try creationSchema(name)
        let typeName = ObjectNames.clip(name.name)
        if catalog.relation(schema, typeName) != nil { throw .duplicateRelation(typeName) }
        try checkTypeFree(schema, typeName)
        var result: [CompositeField] = []
        for field in fields {
            guard !result.contains(where: { $0.name == field.name }) else {
                throw PostgresError("42701", "column \"\(field.name)\" specified more than once")
            }
            result.append(
                CompositeField(
                    name: field.name, type: try catalog.resolveType(field.type, searchPath: searchPath)))
        }
        _ = addType(schema: schema, name: typeName, kind: .composite(result))
    }
}
