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
            if isPart(type.id) {
                throw .notSupported("ALTER TYPE … RENAME VALUE of a type that composite types and domains are made of")
            }
            labels[position] = to
            type.kind = .enumeration(labels: labels)
            return try renameLabel(from, to: to, of: type)
        }
        type.kind = .enumeration(labels: labels)
        updateType(type)
    }

    /// Renames a label in what is stored and in the literals of expressions. Views, policies and the like that say it
    /// in another way no longer bind, and so refuse it.
    private mutating func renameLabel(_ from: String, to: String, of type: UserType) throws(PostgresError) {
        let before = catalog
        updateType(type)
        func renamed(_ value: Expression) -> Expression {
            guard value.node == .constant(.string(from)) else { return value }
            return Expression(.constant(.string(to)), location: value.location)
        }
        for relation in catalog.orderedRelations {
            try updateTable(relation.id) { table in
                for index in table.columns.indices where table.columns[index].type.type == type.id {
                    table.columns[index].defaultValue = table.columns[index].defaultValue.map(renamed)
                }
            }
        }
        try rewriteExpressions { expression in
            expression.rewritten { part in
                guard case .cast(let value, let written) = part.node, written.names.last == type.name,
                    written.names.count == 1 || written.names[0] == type.schema, written.arrayDimensions == 0
                else { return part }
                return Expression(.cast(renamed(value), written), location: part.location)
            }
        }
        request(.renameLabel(type.id, from: from, to: to))
        if validates { try checkStoredDefinitions(since: before) }
    }

    /// Whether another type is made of this one or of arrays of it.
    private func isPart(_ id: TypeID) -> Bool {
        let ids: Set<TypeID> = [id, catalog.types[id]?.arrayType ?? id]
        return catalog.types.values.contains { type in
            switch type.kind {
            case .domain(let domain): ids.contains(domain.base.type)
            case .composite(let fields): fields.contains { ids.contains($0.type.type) }
            case .enumeration, .row, .array, .range, .multirange: false
            }
        }
    }

    mutating func createDomain(_ definition: CreateDomain) throws(PostgresError) {
        let schema = try creationSchema(definition.name)
        let name = ObjectNames.clip(definition.name.name)
        try checkTypeFree(schema, name)
        var domain = Domain(base: try domainBase(definition.type))
        try checkCollation(definition.collation, of: domain.base, keptBy: "a domain")
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
            let type = try columnType(field.type, of: field.name)
            try checkCollation(field.collation, of: type, keptBy: "a field")
            result.append(CompositeField(name: field.name, type: type))
        }
        _ = addType(schema: schema, name: typeName, kind: .composite(result))
    }
}
