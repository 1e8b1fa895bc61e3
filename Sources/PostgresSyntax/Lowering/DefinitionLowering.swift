// CREATE of everything but tables, sequences and routines.

extension Lowering {
    func createSchema(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateSchema {
        let owner = fields["authrole"].map(role)
        guard let name = fields.text("schemaname") ?? owner else { throw UnsupportedSyntax("a schema without a name") }
        var schema = CreateSchema(name: name, ifNotExists: fields.flag("if_not_exists"), owner: owner)
        schema.elements = fields.list("schemaElts").map(statement)
        return schema
    }

    func createTableAs(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateTableAs {
        guard let into = fields["into"] else { throw UnsupportedSyntax("CREATE TABLE AS without a table") }
        return try createTableAs(
            into, try select(tagged: fields["query"]), isMaterializedView: fields.text("objtype") == "OBJECT_MATVIEW",
            ifNotExists: fields.flag("if_not_exists"))
    }

    /// SELECT … INTO, which stands in the first SELECT of a set operation; nil for any other query.
    func selectInto(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateTableAs? {
        var first = fields
        while let left = first["larg"] { first = left }
        guard let into = first["intoClause"] else { return nil }
        return try createTableAs(into, select(fields).withoutInto)
    }

    private func createTableAs(
        _ into: ParseNode, _ query: SelectStatement, isMaterializedView: Bool = false, ifNotExists: Bool = false
    ) throws(UnsupportedSyntax) -> CreateTableAs {
        var table = CreateTableAs(
            name: try qualifiedName(into["rel"]), columns: names(into.list("colNames")), query: query,
            isMaterializedView: isMaterializedView, ifNotExists: ifNotExists, withData: !into.flag("skipData"))
        table.isTemporary = into["rel"]?.text("relpersistence") == "t"
        table.onCommit = commitAction(into)
        return table
    }

    func createView(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateView {
        let checkOption: String? =
            switch fields.text("withCheckOption") {
            case "LOCAL_CHECK_OPTION": "local"
            case "CASCADED_CHECK_OPTION": "cascaded"
            default: nil
            }
        var view = CreateView(
            name: try qualifiedName(fields["view"]), columns: names(fields.list("aliases")),
            query: try select(tagged: fields["query"]), orReplace: fields.flag("replace"),
            options: try optionWords(fields.list("options")), checkOption: checkOption)
        view.isTemporary = fields["view"]?.text("relpersistence") == "t"
        return view
    }

    func createIndex(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateIndex {
        var keys: [CreateIndex.Key] = []
        for node in fields.list("indexParams") {
            guard let element = node["IndexElem"] else { throw UnsupportedSyntax("an unknown index key") }
            keys.append(
                CreateIndex.Key(
                    try indexValue(element), isDescending: element.text("ordering") == "SORTBY_DESC",
                    nullsFirst: nullsFirst(element.text("nulls_ordering")),
                    operatorClass: names(element.list("opclass"))
                ))
        }
        var index = CreateIndex(
            name: fields.text("idxname"), table: try qualifiedName(fields["relation"]),
            method: fields.text("accessMethod") ?? "btree", keys: keys,
            including: fields.list("indexIncludingParams").compactMap { $0["IndexElem"]?.text("name") },
            filter: expression(optional: fields["whereClause"]), isUnique: fields.flag("unique"),
            nullsNotDistinct: fields.flag("nulls_not_distinct"), ifNotExists: fields.flag("if_not_exists"))
        index.isOnly = fields["relation"].map { !$0.flag("inh") } ?? false
        return index
    }

    func alterEnum(_ fields: ParseNode) throws(UnsupportedSyntax) -> AlterEnum {
        let label = fields.text("newVal") ?? ""
        let action: AlterEnum.Action =
            if let old = fields.text("oldVal") {
                .rename(from: old, to: label)
            } else {
                .add(
                    label: label, before: !fields.flag("newValIsAfter"), neighbour: fields.text("newValNeighbor"),
                    ifNotExists: fields.flag("skipIfNewValExists"))
            }
        return AlterEnum(name: try qualifiedName(names(fields.list("typeName"))), action: action)
    }

    func createDomain(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateDomain {
        guard let type = fields["typeName"] else { throw UnsupportedSyntax("a domain without a type") }
        var domain = CreateDomain(
            name: try qualifiedName(names(fields.list("domainname"))), type: typeName(type),
            constraints: try columnConstraints(fields.list("constraints")))
        domain.collation = fields["collClause"].map { names($0.list("collname")) }
        return domain
    }

    func createComposite(_ fields: ParseNode) throws(UnsupportedSyntax) -> Statement {
        .createComposite(
            try qualifiedName(fields["typevar"]), fields: try fields.list("coldeflist").map(columnDefinition))
    }

    func createRule(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateRule {
        let events: [String: CreateTrigger.Event] = [
            "CMD_INSERT": .insert, "CMD_UPDATE": .update, "CMD_DELETE": .delete,
        ]
        return CreateRule(
            name: fields.text("rulename") ?? "", table: try qualifiedName(fields["relation"]),
            event: events[fields.text("event") ?? ""], isInstead: fields.flag("instead"),
            orReplace: fields.flag("replace"), hasCondition: fields["whereClause"] != nil,
            actions: fields.list("actions").map(statement))
    }

    func createRange(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateRange {
        var range = CreateRange(name: try qualifiedName(names(fields.list("typeName"))))
        var seen: Set<String> = []
        for node in fields.list("params") {
            guard let element = node["DefElem"], let name = element.text("defname") else { continue }
            if !seen.insert(name).inserted { range.hasRepeatedOption = true }
            let type = element["arg"]?["TypeName"]
            let words = type.map { names($0.list("names")) } ?? []
            func object() throws(UnsupportedSyntax) -> QualifiedName {
                if words.isEmpty { throw UnsupportedSyntax("\(name) of a range") }
                return try qualifiedName(words)
            }
            switch name {
            case "subtype":
                guard let type else { throw UnsupportedSyntax("subtype of a range") }
                range.subtype = typeName(type)
            case "subtype_diff": range.difference = try object()
            case "canonical": range.canonical = try object()
            case "subtype_opclass": range.operatorClass = try object()
            case "collation": range.collation = try object()
            case "multirange_type_name": range.multirangeName = try object()
            default: range.unknownOption = range.unknownOption ?? name
            }
        }
        return range
    }

    func createExtension(_ fields: ParseNode) throws(UnsupportedSyntax) -> Statement {
        .createExtension(
            name: fields.text("extname") ?? "", schema: try optionWords(fields.list("options"))["schema"],
            ifNotExists: fields.flag("if_not_exists"))
    }
}

extension SelectStatement {
    /// The query that SELECT … INTO stores the rows of.
    fileprivate var withoutInto: SelectStatement {
        let stored: SelectBody
        switch body {
        case .select(var select):
            select.unsupported = nil
            stored = .select(select)
        case .setOperation(let operation, let all, let left, let right):
            stored = .setOperation(operation, all: all, left: left.withoutInto, right: right)
        case .values: return self
        }
        return SelectStatement(
            stored, with: with, order: order, limit: limit, offset: offset, locking: locking,
            lockedTables: lockedTables)
    }
}
