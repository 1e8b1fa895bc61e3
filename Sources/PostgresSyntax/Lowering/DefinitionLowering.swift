// CREATE of everything but tables, sequences and routines.

extension Lowering {
    func createSchema(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateSchema {
        if fields["schemaElts"] != nil { throw UnsupportedSyntax("CREATE SCHEMA with objects in it") }
        let owner = fields["authrole"].map(role)
        guard let name = fields.text("schemaname") ?? owner else { throw UnsupportedSyntax("a schema without a name") }
        return CreateSchema(name: name, ifNotExists: fields.flag("if_not_exists"), owner: owner)
    }

    func createTableAs(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateTableAs {
        guard let into = fields["into"] else { throw UnsupportedSyntax("CREATE TABLE AS without a table") }
        if into["rel"]?.text("relpersistence") == "t" { throw UnsupportedSyntax("CREATE TEMPORARY TABLE AS") }
        return CreateTableAs(
            name: try qualifiedName(into["rel"]), columns: names(into.list("colNames")),
            query: try select(tagged: fields["query"]), isMaterializedView: fields.text("objtype") == "OBJECT_MATVIEW",
            ifNotExists: fields.flag("if_not_exists"), withData: !into.flag("skipData"))
    }

    func createView(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateView {
        if fields["view"]?.text("relpersistence") == "t" { throw UnsupportedSyntax("CREATE TEMPORARY VIEW") }
        let checkOption: String? =
            switch fields.text("withCheckOption") {
            case "LOCAL_CHECK_OPTION": "local"
            case "CASCADED_CHECK_OPTION": "cascaded"
            default: nil
            }
        return CreateView(
            name: try qualifiedName(fields["view"]), columns: names(fields.list("aliases")),
            query: try select(tagged: fields["query"]), orReplace: fields.flag("replace"),
            options: try optionWords(fields.list("options")), checkOption: checkOption)
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
        return CreateIndex(
            name: fields.text("idxname"), table: try qualifiedName(fields["relation"]),
            method: fields.text("accessMethod") ?? "btree", keys: keys,
            including: fields.list("indexIncludingParams").compactMap { $0["IndexElem"]?.text("name") },
            filter: expression(optional: fields["whereClause"]), isUnique: fields.flag("unique"),
            nullsNotDistinct: fields.flag("nulls_not_distinct"), ifNotExists: fields.flag("if_not_exists"))
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

    func createExtension(_ fields: ParseNode) throws(UnsupportedSyntax) -> Statement {
        .createExtension(
            name: fields.text("extname") ?? "", schema: try optionWords(fields.list("options"))["schema"],
            ifNotExists: fields.flag("if_not_exists"))
    }
}
