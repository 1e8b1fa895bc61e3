extension Lowering {
    func createTextSearch(_ fields: ParseNode) throws(UnsupportedSyntax) -> CreateTextSearch {
        var options: [CreateTextSearch.Option] = []
        for node in fields.list("definition") {
            let option = try definition(node)
            let value = option.argument?["TypeName"].map { names($0.list("names")) } ?? [words(option)]
            options.append(.init(name: option.name, value: value))
        }
        return CreateTextSearch(
            kind: objectKind(fields.text("kind")), name: try qualifiedName(names(fields.list("defnames"))),
            options: options)
    }

    func alterTextSearch(_ fields: ParseNode) throws(UnsupportedSyntax) -> AlterTextSearchMapping {
        var dictionaries: [QualifiedName] = []
        for node in fields.list("dicts") { dictionaries.append(try qualifiedName(try objectName(node))) }
        let change: AlterTextSearchMapping.Change
        switch (fields.text("kind"), dictionaries.count) {
        case ("ALTER_TSCONFIG_ADD_MAPPING", 1...): change = .add(dictionaries)
        case ("ALTER_TSCONFIG_ALTER_MAPPING_FOR_TOKEN", 1...): change = .alter(dictionaries)
        case ("ALTER_TSCONFIG_REPLACE_DICT", 2), ("ALTER_TSCONFIG_REPLACE_DICT_FOR_TOKEN", 2):
            change = .replace(dictionaries[0], with: dictionaries[1])
        case ("ALTER_TSCONFIG_DROP_MAPPING", 0): change = .drop(ifExists: fields.flag("missing_ok"))
        default: throw UnsupportedSyntax("ALTER TEXT SEARCH CONFIGURATION in this form")
        }
        return AlterTextSearchMapping(
            configuration: try qualifiedName(names(fields.list("cfgname"))), tokens: names(fields.list("tokentype")),
            change: change)
    }
}
