import PostgresSyntax
import PostgresTypes
import Snowball

/// What the user made for full text search, by OID.
struct TextSearchObjects: Sendable {
    struct Dictionary: Sendable {
        var name: QualifiedName
        var owner: String
        var dictionary: TextSearchDictionary
    }

    struct Configuration: Sendable {
        var name: QualifiedName
        var owner: String
        var configuration: TextSearchConfiguration
    }

    var dictionaries: [UInt32: Dictionary] = [:]
    var configurations: [UInt32: Configuration] = [:]

    func uses(_ dictionary: UInt32) -> [UInt32] {
        configurations.filter { _, made in
            made.configuration.mapping.values.contains { $0.contains { $0.id == dictionary } }
        }.keys.sorted()
    }
}

/// CREATE and ALTER of text search configurations and dictionaries.
extension CatalogEditor {
    mutating func createTextSearch(_ definition: CreateTextSearch) throws(PostgresError) {
        let schema = try creationSchema(definition.name)
        let name = QualifiedName(schema: schema, ObjectNames.clip(definition.name.name))
        if definition.kind == .textSearchDictionary {
            let template = try template(definition.options)
            guard catalog.textSearch.dictionaries.values.allSatisfy({ $0.name != name }) else {
                throw duplicate("pg_ts_dict_dictname_index", "dictname, dictnamespace", name)
            }
            let id = newOID()
            let made = TextSearchObjects.Dictionary(
                name: name, owner: session.role, dictionary: TextSearchDictionary(id: id, template: template))
            edit { $0.textSearch.dictionaries[id] = made }
            return
        }
        let mapping = try mapping(definition.options)
        guard catalog.textSearch.configurations.values.allSatisfy({ $0.name != name }) else {
            throw duplicate("pg_ts_config_cfgname_index", "cfgname, cfgnamespace", name)
        }
        let id = newOID()
        let made = TextSearchObjects.Configuration(
            name: name, owner: session.role, configuration: TextSearchConfiguration(mapping: mapping))
        edit { $0.textSearch.configurations[id] = made }
    }

    private func duplicate(_ index: String, _ columns: String, _ name: QualifiedName) -> PostgresError {
        var error = PostgresError(
            "23505", "duplicate key value violates unique constraint \"\(index)\"",
            detail: "Key (\(columns))=(\(name.name), \(SystemID.schema(name.schema ?? ""))) already exists.")
        error.constraint = index
        return error
    }

    /// What a new configuration starts from: another one's dictionaries, or none.
    private func mapping(
        _ options: [CreateTextSearch.Option]
    ) throws(PostgresError) -> [TokenKind: [TextSearchDictionary]] {
        var copied: UInt32?
        var parser: QualifiedName?
        for option in options {
            switch option.name.lowercased() {
            case "copy": copied = try textSearchConfiguration(name(option.value))
            case "parser": parser = name(option.value)
            default:
                throw .syntax("text search configuration parameter \"\(option.name)\" not recognized")
            }
        }
        if let parser {
            guard parser.name == "default", parser.schema ?? "pg_catalog" == "pg_catalog" else {
                throw PostgresError("42704", "text search parser \"\(parser.display)\" does not exist")
            }
            guard copied == nil else {
                throw .syntax("cannot specify both PARSER and COPY options")
            }
            return [:]
        }
        guard let copied else { throw PostgresError("42P17", "text search parser is required") }
        return try TextSearchConfiguration.find(copied, catalog).mapping
    }

    /// The two templates that need no files, with their options.
    private func template(
        _ options: [CreateTextSearch.Option]
    ) throws(PostgresError) -> TextSearchDictionary.Template {
        guard let wanted = options.first(where: { $0.name.lowercased() == "template" }) else {
            throw PostgresError("42P17", "text search template is required")
        }
        let template = name(wanted.value)
        let isBuiltin = template.schema ?? "pg_catalog" == "pg_catalog"
        var language: SnowballLanguage?
        var stopWords: SnowballLanguage?
        var accepts = true
        for option in options where option.name.lowercased() != "template" {
            let value = option.value.joined(separator: ".")
            switch (template.name, option.name.lowercased()) {
            case ("simple", "stopwords"), ("snowball", "stopwords"): stopWords = try stopWordList(value)
            case ("simple", "accept"):
                switch value.lowercased() {
                case "true", "on", "1": accepts = true
                case "false", "off", "0": accepts = false
                default: throw .syntax("accept requires a Boolean value")
                }
            case ("snowball", "language"):
                guard let known = SnowballLanguage(rawValue: value.lowercased()) else {
                    throw PostgresError(
                        "42704", "no Snowball stemmer available for language \"\(value)\" and encoding \"UTF8\"")
                }
                language = known
            case ("simple", _):
                throw PostgresError("22023", "unrecognized simple dictionary parameter: \"\(option.name)\"")
            case ("snowball", _):
                throw PostgresError("22023", "unrecognized Snowball parameter: \"\(option.name)\"")
            default: break
            }
        }
        switch template.name {
        case "simple" where isBuiltin: return .simple(stopWords: stopWords, accepts: accepts)
        case "snowball" where isBuiltin:
            guard let language else { throw PostgresError("22023", "missing Language parameter") }
            return .stem(language, stopWords: stopWords)
        case "ispell" where isBuiltin, "synonym" where isBuiltin, "thesaurus" where isBuiltin:
            throw .notSupported("text search template \"\(template.name)\"")
        default: throw PostgresError("42704", "text search template \"\(template.display)\" does not exist")
        }
    }

    private func stopWordList(_ name: String) throws(PostgresError) -> SnowballLanguage {
        guard let language = SnowballLanguage(rawValue: name.lowercased()), language.hasStopWords else {
            let file = "/usr/share/postgresql/15/tsearch_data/\(name).stop"
            throw PostgresError("F0000", "could not open stop-word file \"\(file)\": No such file or directory")
        }
        return language
    }

    // MARK: Which dictionaries see which tokens

    mutating func alterTextSearch(_ change: AlterTextSearchMapping) throws(PostgresError) {
        let id = try textSearchConfiguration(change.configuration)
        guard var made = catalog.textSearch.configurations[id],
            catalog.isMember(session.role, of: made.owner)
        else { throw .mustBeOwner("text search configuration", change.configuration.name) }
        var kinds: [TokenKind] = []
        for token in change.tokens {
            guard let kind = TokenKind.allCases.first(where: { $0.alias == token }) else {
                throw PostgresError("22023", "token type \"\(token)\" does not exist")
            }
            kinds.append(kind)
        }
        var mapping = made.configuration.mapping
        switch change.change {
        case .add(let names):
            let dictionaries = try textSearchDictionaries(names)
            for kind in kinds {
                guard mapping[kind] == nil else {
                    var error = PostgresError(
                        "23505", "duplicate key value violates unique constraint \"pg_ts_config_map_index\"",
                        detail: "Key (mapcfg, maptokentype, mapseqno)=(\(id), \(kind.rawValue), 1) already exists.")
                    error.constraint = "pg_ts_config_map_index"
                    throw error
                }
                mapping[kind] = dictionaries
            }
        case .alter(let names):
            let dictionaries = try textSearchDictionaries(names)
            for kind in kinds { mapping[kind] = dictionaries }
        case .replace(let old, let new):
            let pair = try textSearchDictionaries([old, new])
            for kind in kinds.isEmpty ? TokenKind.allCases : kinds {
                mapping[kind] = mapping[kind]?.map { $0 == pair[0] ? pair[1] : $0 }
            }
        case .drop(let ifExists):
            for kind in kinds where mapping.removeValue(forKey: kind) == nil {
                let message = "mapping for token type \"\(kind.alias)\" does not exist"
                guard ifExists else { throw PostgresError("42704", message) }
                notice("\(message), skipping")
            }
        }
        made.configuration = TextSearchConfiguration(mapping: mapping)
        let changed = made
        edit { $0.textSearch.configurations[id] = changed }
    }

    private func textSearchDictionaries(
        _ names: [QualifiedName]
    ) throws(PostgresError) -> [TextSearchDictionary] {
        var found: [TextSearchDictionary] = []
        for name in names { found.append(try TextSearchDictionary.find(textSearchDictionary(name), catalog)) }
        return found
    }

    func textSearchConfiguration(_ name: QualifiedName) throws(PostgresError) -> UInt32 {
        try CatalogNames(catalog, searchPath).textSearchConfiguration(parts(name))
    }

    func textSearchDictionary(_ name: QualifiedName) throws(PostgresError) -> UInt32 {
        try CatalogNames(catalog, searchPath).textSearchDictionary(parts(name))
    }

    private func parts(_ name: QualifiedName) -> [String] { (name.schema.map { [$0] } ?? []) + [name.name] }

    private func name(_ parts: [String]) -> QualifiedName {
        QualifiedName(schema: parts.count > 1 ? parts[parts.count - 2] : nil, parts.last ?? "")
    }

    // MARK: Names and owners

    /// The name of one of the user's objects, to be changed by whoever may.
    mutating func changeTextSearch(
        _ kind: ObjectKind, _ name: QualifiedName, _ change: (inout QualifiedName, inout String) -> Void
    ) throws(PostgresError) {
        func checkOwner(_ owner: String?) throws(PostgresError) {
            guard let owner, catalog.isMember(session.role, of: owner) else {
                throw .mustBeOwner(kind.rawValue, name.name)
            }
        }
        if kind == .textSearchDictionary {
            let id = try textSearchDictionary(name)
            try checkOwner(catalog.textSearch.dictionaries[id]?.owner)
            edit { catalog in
                guard var made = catalog.textSearch.dictionaries[id] else { return }
                change(&made.name, &made.owner)
                catalog.textSearch.dictionaries[id] = made
            }
            return
        }
        let id = try textSearchConfiguration(name)
        try checkOwner(catalog.textSearch.configurations[id]?.owner)
        edit { catalog in
            guard var made = catalog.textSearch.configurations[id] else { return }
            change(&made.name, &made.owner)
            catalog.textSearch.configurations[id] = made
        }
    }
}

extension CatalogEditor {
    mutating func renameTextSearch(_ change: Rename) throws(PostgresError) {
        switch change.change {
        case .name(let name):
            try changeTextSearch(change.kind, change.name) { own, _ in own.name = ObjectNames.clip(name) }
        case .schema(let schema):
            guard catalog.schemas[schema] != nil else { throw .undefinedSchema(schema) }
            try changeTextSearch(change.kind, change.name) { own, _ in own.schema = schema }
        case .column, .constraint: throw .notSupported("ALTER \(change.kind.rawValue.uppercased())")
        }
    }
}
