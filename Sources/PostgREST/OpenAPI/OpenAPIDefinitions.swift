import JSONText
import PostgresEngine
import PostgresSyntax
import PostgresTypes

/// The definitions of the OpenAPI document: a relation as an object, its columns with type, format, default and keys.
struct OpenAPIDefinitions {
    let cache: SchemaCache

    private var catalog: CatalogSnapshot { cache.catalog }

    func definition(of relation: Relation) -> JSON {
        let key = Set(cache.primaryKey(of: relation))
        var definition: JSON = [:]
        if let comment = catalog.comment(on: relation) { definition.set("description", .string(comment)) }
        let required = relation.table?.columns.filter { $0.isNotNull || isNotNull($0.type.type) }.map(\.name) ?? []
        if !required.isEmpty { definition.set("required", .array(required.map(JSON.string))) }
        definition.set(
            "properties",
            .object(
                relation.columns.map { column in
                    .init(
                        column.name,
                        property(
                            column, of: relation, isKey: key.contains(column.name),
                            default: relation.table?.columns.first { $0.name == column.name }?.defaultValue))
                }))
        definition.set("type", "object")
        return definition
    }

    private func property(
        _ column: OutputColumn, of relation: Relation, isKey: Bool, default value: Expression?
    ) -> JSON {
        let type = shownType(column.type)
        let name = type.name
        var property: JSON = [:]
        if let value, let shown = Self.value(value, kind: Self.kind(name)) { property.set("default", shown) }
        if let text = description(column, of: relation, isKey: isKey) { property.set("description", .string(text)) }
        if let user = catalog.types[type.reference.type], case .enumeration(let labels) = user.kind {
            property.set("enum", .array(labels.map(JSON.string)))
        }
        property.set("format", .string(Self.format(name)))
        if [.bpchar, .varchar].contains(type.reference.type), type.reference.modifier >= 4 {
            property.set("maxLength", .integer(type.reference.modifier - 4))
        }
        if let kind = Self.kind(name) { property.set("type", .string(kind)) }
        if name.hasSuffix("[]") {
            property.set("items", Self.kind(String(name.dropLast(2))).map { ["type": .string($0)] } ?? [:])
        }
        return property
    }

    /// The column's comment, then what keys it belongs to.
    private func description(_ column: OutputColumn, of relation: Relation, isKey: Bool) -> String? {
        let comment = catalog.comment(on: column.name, of: relation)
        var notes: [String] = []
        if isKey { notes.append("This is a Primary Key.<pk/>") }
        if let key = cache.foreignKey(of: column.name, in: relation), let far = key.columns.first?.far {
            let table = key.targetName
            notes.append("This is a Foreign Key to `\(table).\(far)`.<fk table='\(table)' column='\(far)'/>")
        }
        guard !notes.isEmpty else { return comment }
        return (comment.map { $0 + "\n\n" } ?? "") + (["Note:"] + notes).joined(separator: "\n")
    }

    // MARK: Types

    private func isNotNull(_ type: TypeID) -> Bool {
        guard case .domain(let domain)? = catalog.types[type]?.kind else { return false }
        return domain.isNotNull || isNotNull(domain.base.type)
    }

    /// The type as `information_schema` shows it: without length, domains over Postgres' own types as those, users'
    /// types with their schema.
    private func shownType(_ reference: TypeReference) -> (reference: TypeReference, name: String) {
        if case .domain(let domain)? = catalog.types[reference.type]?.kind, catalog.types[domain.base.type] == nil {
            return shownType(domain.base)
        }
        let name = catalog.typeName(TypeReference(reference.type), searchPath: ["pg_catalog"])
        let plain = name.hasSuffix("[]") ? String(name.dropLast(2)) : name
        // Without any modifier, not even an unset one, char(n) is called by its SQL name.
        guard plain == "bpchar" else { return (reference, name) }
        return (reference, "character" + name.dropFirst(plain.count))
    }

    /// Swagger's type; nil for JSON, which may be anything.
    static func kind(_ name: String) -> String? {
        switch name {
        case "boolean": "boolean"
        case "smallint", "integer", "bigint": "integer"
        case "numeric", "real", "double precision": "number"
        case "json", "jsonb": nil
        default: name.hasSuffix("[]") ? "array" : "string"
        }
    }

    static func format(_ name: String) -> String {
        switch name {
        case "smallint", "integer": "int32"
        case "bigint": "int64"
        default: name
        }
    }

    // MARK: Defaults

    /// A default that is a constant, as JSON; of string types a plain call as well, as its text.
    private static func value(_ expression: Expression, kind: String?) -> JSON? {
        switch expression.node {
        case .constant(.bool(let value)) where kind == "boolean": .bool(value)
        case .constant(.integer(let value)) where kind == "integer" || kind == "number": .integer(value)
        case .constant(.number(let digits)) where kind == "number" || kind == "integer": .number(digits)
        case .constant(.string(let text)) where kind == "string": .string(text)
        case .cast(let inner, _) where kind == "string":
            if case .constant(.string(let text)) = inner.node { .string(text) } else { nil }
        case .call(let call) where kind == "string" && call.arguments.isEmpty && call.name.count == 1:
            .string("\(call.name[0])()")
        default: nil
        }
    }
}
