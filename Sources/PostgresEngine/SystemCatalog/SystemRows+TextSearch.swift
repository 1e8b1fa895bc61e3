import PostgresSyntax
import PostgresTypes
import SQLite

/// `pg_ts_config`, `pg_ts_config_map` and `pg_ts_dict`.
extension SystemRows {
    @Sendable static func textSearchConfigurations(_ facts: SystemFacts) -> [SystemRow] {
        func row(_ id: UInt32, _ name: String, _ schema: UInt32, _ owner: UInt32) -> SystemRow {
            [
                "oid": .number(id), "cfgname": .text(name), "cfgnamespace": .number(schema),
                "cfgowner": .number(owner), "cfgparser": .number(3722),
            ]
        }
        let builtin = TextSearchConfiguration.objectIDs.sorted { $0.value < $1.value }.map { name, id in
            row(id, name, 11, 10)
        }
        let made = facts.catalog.textSearch.configurations.sorted { $0.key < $1.key }.map { id, made in
            row(id, made.name.name, SystemID.schema(made.name.schema ?? ""), SystemID.role(made.owner))
        }
        return builtin + made
    }

    @Sendable static func textSearchMappings(_ facts: SystemFacts) -> [SystemRow] {
        var all = TextSearchConfiguration.builtin
        for (id, made) in facts.catalog.textSearch.configurations { all[id] = made.configuration }
        return all.sorted { $0.key < $1.key }.flatMap { id, configuration in
            configuration.mapping.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap { kind, dictionaries in
                dictionaries.enumerated().map { position, dictionary in
                    [
                        "mapcfg": .number(id), "maptokentype": .number(UInt32(kind.rawValue)),
                        "mapseqno": .number(UInt32(position + 1)), "mapdict": .number(dictionary.id),
                    ]
                }
            }
        }
    }

    @Sendable static func textSearchDictionaries(_ facts: SystemFacts) -> [SystemRow] {
        func row(_ dictionary: TextSearchDictionary, _ name: String, _ schema: UInt32, _ owner: UInt32) -> SystemRow {
            let template: UInt32
            switch dictionary.template {
            case .simple: template = 3727
            case .stem: template = 13150
            case .unaccent: template = 12361
            }
            return [
                "oid": .number(dictionary.id), "dictname": .text(name), "dictnamespace": .number(schema),
                "dictowner": .number(owner), "dicttemplate": .number(template),
                "dictinitoption": dictionary.optionsText.map { .text($0) } ?? .null,
            ]
        }
        let hasUnaccent = facts.catalog.hasExtension("unaccent")
        let builtin = TextSearchDictionary.builtin.sorted { $0.value.id < $1.value.id }.compactMap {
            name, dictionary -> SystemRow? in
            if name != "unaccent" { return row(dictionary, name, 11, 10) }
            return hasUnaccent
                ? row(
                    dictionary, name, SystemID.schema(facts.catalog.schema(ofExtension: "unaccent") ?? "extensions"), 10
                ) : nil
        }
        let made = facts.catalog.textSearch.dictionaries.sorted { $0.key < $1.key }.map { _, made in
            row(
                made.dictionary, made.name.name, SystemID.schema(made.name.schema ?? ""), SystemID.role(made.owner))
        }
        return builtin + made
    }
}
