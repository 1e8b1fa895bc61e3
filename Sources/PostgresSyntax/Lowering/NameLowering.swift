// The kinds and names by which DROP, COMMENT, GRANT and ALTER point at objects.

extension Lowering {
    func objectKind(_ word: String?) -> ObjectKind { word.flatMap { Self.objectKinds[$0] } ?? .other }

    /// The kind, where not knowing it would make the statement meaningless.
    func requiredKind(_ word: String?, of statement: String) throws(UnsupportedSyntax) -> ObjectKind {
        guard let word, let kind = Self.objectKinds[word] else {
            throw UnsupportedSyntax("\(statement) \(kindWords(word))")
        }
        return kind
    }

    /// `OBJECT_EVENT_TRIGGER` as `EVENT TRIGGER`.
    func kindWords(_ word: String?) -> String {
        (word ?? "").replacing("OBJECT_", with: "").replacing("_", with: " ")
    }

    /// An object's name in its parts, whatever kind of node holds it.
    func objectName(_ node: ParseNode) throws(UnsupportedSyntax) -> [String] {
        guard let (tag, fields) = node.tagged else { throw UnsupportedSyntax("an object without a name") }
        switch tag {
        case "String": return [fields.text("sval") ?? ""]
        case "List":
            var parts: [String] = []
            for item in fields.list("items") { parts += try objectName(item) }
            return parts
        case "TypeName": return names(fields.list("names"))
        case "ObjectWithArgs": return names(fields.list("objname"))
        case "RangeVar":
            let name = try qualifiedName(fields)
            return (name.schema.map { [$0] } ?? []) + [name.name]
        case "RoleSpec": return [role(fields)]
        default: throw UnsupportedSyntax("\(tag) as a name")
        }
    }

    /// The input types after a function's name, nil where none were written.
    func signature(_ node: ParseNode) -> [TypeName]? {
        guard let fields = node["ObjectWithArgs"], !fields.flag("args_unspecified") else { return nil }
        return fields.list("objargs").map(typeName)
    }

    private static let objectKinds: [String: ObjectKind] = [
        "OBJECT_TABLE": .table, "OBJECT_VIEW": .view, "OBJECT_MATVIEW": .materializedView, "OBJECT_INDEX": .index,
        "OBJECT_SEQUENCE": .sequence, "OBJECT_SCHEMA": .schema, "OBJECT_TYPE": .type, "OBJECT_DOMAIN": .domain,
        "OBJECT_FUNCTION": .function, "OBJECT_PROCEDURE": .procedure, "OBJECT_ROUTINE": .routine,
        "OBJECT_TRIGGER": .trigger, "OBJECT_POLICY": .policy, "OBJECT_ROLE": .role,
        "OBJECT_EXTENSION": .extensionObject,
        "OBJECT_COLUMN": .column, "OBJECT_TABCONSTRAINT": .constraint, "OBJECT_PUBLICATION": .publication,
        "OBJECT_DATABASE": .database, "OBJECT_CAST": .cast, "OBJECT_AGGREGATE": .aggregate, "OBJECT_RULE": .rule,
        "OBJECT_DOMCONSTRAINT": .domainConstraint, "OBJECT_OPERATOR": .operatorObject,
        "OBJECT_STATISTIC_EXT": .statistics, "OBJECT_EVENT_TRIGGER": .eventTrigger,
        "OBJECT_TSCONFIGURATION": .textSearchConfiguration, "OBJECT_TSDICTIONARY": .textSearchDictionary,
        "OBJECT_COLLATION": .collation, "OBJECT_LANGUAGE": .language, "OBJECT_FOREIGN_TABLE": .foreignTable,
    ]
}
