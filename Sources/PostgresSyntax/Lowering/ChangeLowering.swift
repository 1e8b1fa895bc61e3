// ALTER … OWNER, RENAME and SET SCHEMA, DROP, TRUNCATE, COMMENT.

extension Lowering {
    /// ALTER … OWNER TO of anything that is no relation.
    func alterOwner(_ fields: ParseNode) throws(UnsupportedSyntax) -> AlterTable {
        guard let object = fields["object"] else { throw UnsupportedSyntax("ALTER … OWNER without an object") }
        var alter = AlterTable(
            kind: try requiredKind(fields.text("objectType"), of: "ALTER"),
            name: try qualifiedName(try objectName(object)),
            actions: [.setOwner(fields["newowner"].map(role) ?? "")], ifExists: false)
        alter.signature = signature(object)
        return alter
    }

    func rename(_ fields: ParseNode) throws(UnsupportedSyntax) -> Rename {
        let type = fields.text("renameType")
        let newName = fields.text("newname") ?? ""
        let ownName = fields.text("subname")
        var kind = try requiredKind(type, of: "ALTER", unless: ["OBJECT_ATTRIBUTE": .column])
        var change = Rename.Change.name(newName)
        switch kind {
        case .column:
            kind = try requiredKind(fields.text("relationType"), of: "ALTER")
            change = .column(ownName ?? "", to: newName)
        case .constraint:
            kind = .table
            change = .constraint(ownName ?? "", to: newName)
        case .domainConstraint:
            kind = .domain
            change = .constraint(ownName ?? "", to: newName)
        default: break
        }
        var rename = Rename(
            kind: kind, name: try renamed(fields) ?? QualifiedName(ownName ?? ""), change: change,
            ifExists: fields.flag("missing_ok"))
        if [.policy, .trigger, .rule].contains(kind) { rename.ownName = ownName }
        rename.signature = fields["object"].flatMap(signature)
        return rename
    }

    func setSchema(_ fields: ParseNode) throws(UnsupportedSyntax) -> Rename {
        guard let name = try renamed(fields) else { throw UnsupportedSyntax("SET SCHEMA without an object") }
        var rename = Rename(
            kind: try requiredKind(fields.text("objectType"), of: "ALTER"), name: name,
            change: .schema(fields.text("newschema") ?? ""), ifExists: fields.flag("missing_ok"))
        rename.signature = fields["object"].flatMap(signature)
        return rename
    }

    /// The relation or object; nil where only `subname` names it (schemas, roles, databases).
    private func renamed(_ fields: ParseNode) throws(UnsupportedSyntax) -> QualifiedName? {
        if let relation = fields["relation"] { return try qualifiedName(relation) }
        guard let object = fields["object"] else { return nil }
        return try qualifiedName(try objectName(object))
    }

    private func requiredKind(
        _ word: String?, of statement: String, unless exceptions: [String: ObjectKind]
    ) throws(UnsupportedSyntax) -> ObjectKind {
        if let word, let kind = exceptions[word] { return kind }
        return try requiredKind(word, of: statement)
    }

    func drop(_ fields: ParseNode) throws(UnsupportedSyntax) -> Drop {
        let nodes = fields.list("objects")
        var drop = Drop(
            kind: try requiredKind(fields.text("removeType"), of: "DROP"), names: try nodes.map(objectName),
            ifExists: fields.flag("missing_ok"), cascade: isCascade(fields))
        if nodes.contains(where: { $0["ObjectWithArgs"] != nil }) { drop.signatures = nodes.map(signature) }
        return drop
    }

    /// DROP … IF EXISTS of a kind of object that cannot be made here: there is none.
    func absence(_ fields: ParseNode) -> Statement? {
        guard fields.flag("missing_ok"), let kind = fields.text("removeType")?.dropFirst("OBJECT_".utf8.count),
            Self.absentKinds.contains(String(kind))
        else { return nil }
        return .withoutEffect(tag: "DROP \(kind.split(separator: "_").joined(separator: " "))", relations: [])
    }

    private static let absentKinds: Set<String> = [
        "ACCESS_METHOD", "COLLATION", "CONVERSION", "FDW", "FOREIGN_SERVER", "OPCLASS",
        "OPERATOR", "OPFAMILY", "TRANSFORM", "TSPARSER", "TSTEMPLATE",
    ]

    func dropRoles(_ fields: ParseNode) -> Drop {
        Drop(
            kind: .role, names: fields.list("roles").map { [role($0)] }, ifExists: fields.flag("missing_ok"),
            cascade: false)
    }

    func isCascade(_ fields: ParseNode) -> Bool { fields.text("behavior") == "DROP_CASCADE" }

    func truncate(_ fields: ParseNode) throws(UnsupportedSyntax) -> Statement {
        var tables: [QualifiedName] = []
        for node in fields.list("relations") {
            guard let range = node["RangeVar"] else { throw UnsupportedSyntax("TRUNCATE without a table") }
            try refuseOnly(range)
            tables.append(try qualifiedName(range))
        }
        return .truncate(tables, restartIdentity: fields.flag("restart_seqs"), cascade: isCascade(fields))
    }

    func comment(_ fields: ParseNode) throws(UnsupportedSyntax) -> Statement {
        guard let object = fields["object"] else { throw UnsupportedSyntax("COMMENT without an object") }
        // An empty comment is no comment, as in Postgres.
        let text = fields.text("comment")
        return .comment(
            objectKind(fields.text("objtype")), name: try objectName(object), signature: signature(object),
            text: text == "" ? nil : text)
    }
}
