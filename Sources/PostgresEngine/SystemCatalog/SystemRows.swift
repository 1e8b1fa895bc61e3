import PostgresTypes
import SQLite

/// How the rows of each system relation come about.
enum SystemRows {
    typealias Make = @Sendable (SystemFacts) -> [SystemRow]

    /// One entry a relation, under its qualified name.
    static let makers: [String: Make] = {
        var makers: [String: Make] = [
            "pg_catalog.pg_class": classes, "pg_catalog.pg_attribute": attributes, "pg_catalog.pg_attrdef": defaults,
            "pg_catalog.pg_namespace": namespaces, "pg_catalog.pg_type": types, "pg_catalog.pg_enum": enumLabels,
            "pg_catalog.pg_range": ranges, "pg_catalog.pg_constraint": constraints, "pg_catalog.pg_index": indexes,
            "pg_catalog.pg_inherits": inheritance, "pg_catalog.pg_rewrite": rules, "pg_catalog.pg_rules": shownRules,
            "pg_catalog.pg_sequence": sequences,
            "pg_catalog.pg_description": descriptions, "pg_catalog.pg_depend": dependencies,
            "pg_catalog.pg_proc": { functions($0) + routineRows($0) }, "pg_catalog.pg_trigger": triggers,
            "pg_catalog.pg_operator": operators, "pg_catalog.pg_cast": casts,
            "pg_catalog.pg_language": languages, "pg_catalog.pg_am": accessMethods,
            "pg_catalog.pg_collation": collations, "pg_catalog.pg_ts_config": textSearchConfigurations,
            "pg_catalog.pg_event_trigger": eventTriggers, "pg_catalog.pg_ts_config_map": textSearchMappings,
            "pg_catalog.pg_ts_dict": textSearchDictionaries,
            "pg_catalog.pg_roles": roles, "pg_catalog.pg_authid": roles, "pg_catalog.pg_user": users,
            "pg_catalog.pg_auth_members": memberships, "pg_catalog.pg_database": databases,
            "pg_catalog.pg_extension": extensions, "pg_catalog.pg_available_extensions": availableExtensions,
            "pg_catalog.pg_publication": publications, "pg_catalog.pg_publication_rel": publishedRelations,
            "pg_catalog.pg_publication_tables": publishedTables, "pg_catalog.pg_tables": tables,
            "pg_catalog.pg_views": views, "pg_catalog.pg_matviews": materializedViews,
            "pg_catalog.pg_indexes": indexDefinitions, "pg_catalog.pg_sequences": sequenceStates,
            "pg_catalog.pg_policy": policies, "pg_catalog.pg_policies": policyViews,
            "pg_catalog.pg_shdescription": sharedDescriptions, "pg_catalog.pg_partitioned_table": partitionedTables,
            "pg_catalog.pg_opclass": operatorClasses, "pg_catalog.pg_tablespace": tablespaces,
            "pg_catalog.pg_db_role_setting": roleSettings, "pg_catalog.pg_default_acl": defaultPrivileges,
            "pg_catalog.pg_settings": settings, "pg_catalog.pg_timezone_names": timeZones,
        ]
        makers.merge(informationSchema) { own, _ in own }
        // What a database like this one never holds.
        for name in [
            "pg_cursors", "pg_event_trigger", "pg_foreign_data_wrapper", "pg_foreign_server", "pg_foreign_table",
            "pg_inherits", "pg_largeobject", "pg_largeobject_metadata", "pg_locks", "pg_conversion",
            "pg_prepared_statements", "pg_prepared_xacts", "pg_replication_slots", "pg_rules", "pg_seclabel",
            "pg_seclabels", "pg_shseclabel", "pg_statistic_ext", "pg_subscription",
            "pg_user_mapping", "pg_user_mappings", "pg_publication_namespace", "pg_parameter_acl",
            "pg_init_privs", "pg_stat_replication", "pg_stat_subscription", "pg_transform",
        ] where makers["pg_catalog.\(name)"] == nil { makers["pg_catalog.\(name)"] = { _ in [] } }
        return makers
    }()
}

extension SystemRows {
    // MARK: Names of many kinds

    @Sendable static func namespaces(_ facts: SystemFacts) -> [SystemRow] {
        var rows: [SystemRow] = ["pg_catalog", "information_schema"].map { name in
            [
                "oid": .number(SystemID.schema(name)), "nspname": .text(name), "nspowner": .number(10),
                "nspacl": .array(["supabase_admin=UC/supabase_admin", "=U/supabase_admin"]),
            ]
        }
        for schema in facts.catalog.schemas.values.sorted(by: { $0.name < $1.name })
        where schema.name != "pg_catalog" && schema.name != "information_schema" {
            rows.append([
                "oid": .number(SystemID.schema(schema.name)), "nspname": .text(schema.name),
                "nspowner": .number(SystemID.role(schema.owner)),
                "nspacl": AccessList.value(schema.privileges, owner: schema.owner, all: "UC"),
            ])
        }
        return rows
    }

    @Sendable static func languages(_ facts: SystemFacts) -> [SystemRow] {
        languageNames.map {
            [
                "oid": .number($0.id), "lanname": .text($0.name), "lanowner": .number(10),
                "lanispl": .bool($0.name == "plpgsql"), "lanpltrusted": .bool($0.isTrusted),
                "lanplcallfoid": .number($0.name == "plpgsql" ? 13560 : 0),
            ]
        }
    }

    static let languageNames: [(name: String, id: UInt32, isTrusted: Bool)] = [
        ("internal", 12, false), ("c", 13, false), ("sql", 14, true), ("plpgsql", 13563, true),
    ]

    @Sendable static func accessMethods(_ facts: SystemFacts) -> [SystemRow] {
        accessMethodIDs.sorted { $0.value < $1.value }.map { name, id in
            ["oid": .number(id), "amname": .text(name), "amtype": .text(name == "heap" ? "t" : "i")]
        }
    }

    static let accessMethodIDs = [
        "heap": 2, "btree": 403, "hash": 405, "gist": 783, "gin": 2742, "brin": 3580, "spgist": 4000,
    ]

    @Sendable static func collations(_ facts: SystemFacts) -> [SystemRow] {
        collationNames.map {
            [
                "oid": .number($0.id), "collname": .text($0.name), "collnamespace": .number(11),
                "collowner": .number(10), "collprovider": .text($0.provider), "collisdeterministic": .bool(true),
                "collencoding": .number(-1),
            ]
        }
    }

    static let collationNames: [(name: String, id: UInt32, provider: String)] = [
        ("default", 100, "d"), ("C", 950, "c"), ("POSIX", 951, "c"), ("ucs_basic", 12340, "c"),
        ("und-x-icu", 12341, "i"), ("en-x-icu", 12342, "i"), ("en-US-x-icu", 12343, "i"),
    ]

    @Sendable static func eventTriggers(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.eventTriggers.values.sorted { $0.id < $1.id }.map { trigger in
            [
                "oid": .number(trigger.id), "evtname": .text(trigger.name), "evtevent": .text(trigger.event.rawValue),
                "evtowner": .number(SystemID.role(trigger.owner)), "evtfoid": .number(trigger.function.oid),
                "evtenabled": .text(trigger.state), "evttags": trigger.tags.isEmpty ? .null : .array(trigger.tags),
            ]
        }
    }

    @Sendable static func databases(_ facts: SystemFacts) -> [SystemRow] {
        [
            [
                "oid": .number(5), "datname": .text("postgres"), "datdba": .number(SystemID.role("postgres")),
                "encoding": .number(6), "datlocprovider": .text("i"), "datallowconn": .bool(true),
                "datconnlimit": .number(-1), "datcollate": .text("C.UTF-8"), "datctype": .text("C.UTF-8"),
                "daticulocale": .text("en-US"), "dattablespace": .number(1663),
                "datacl": AccessList.value(
                    ifWritten: facts.catalog.databasePrivileges, owner: CatalogSnapshot.databaseOwner,
                    all: AccessList.database),
            ]
        ]
    }

    @Sendable static func operatorClasses(_ facts: SystemFacts) -> [SystemRow] {
        let added = OperatorClass.ofExtensions.filter { $0.extensionName.map(facts.catalog.hasExtension) ?? true }
        return (OperatorClass.all + added).map { item in
            let schema = item.extensionName.flatMap(facts.catalog.schema(ofExtension:)) ?? "pg_catalog"
            return [
                "oid": .number(item.id), "opcmethod": .number(accessMethodIDs[item.method] ?? 0),
                "opcname": .text(item.name), "opcnamespace": .number(SystemID.schema(schema)), "opcowner": .number(10),
                "opcintype": .number(item.type.oid), "opcdefault": .bool(item.isDefault),
                "opckeytype": .number(item.keyType),
            ]
        }
    }

    @Sendable static func tablespaces(_ facts: SystemFacts) -> [SystemRow] {
        [("pg_default", 1663), ("pg_global", 1664)].map {
            ["oid": .number($0.1), "spcname": .text($0.0), "spcowner": .number(10)]
        }
    }

    /// `pg_db_role_setting`: ALTER ROLE … SET, and ALTER DATABASE … SET for all roles.
    @Sendable static func roleSettings(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.defaultSettings.sorted { $0.key < $1.key }.map { role, settings in
            [
                "setdatabase": .number(role.isEmpty ? 5 : 0),
                "setrole": .number(role.isEmpty ? 0 : SystemID.role(role)),
                "setconfig": .array(settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }),
            ]
        }
    }

    // MARK: Roles

    @Sendable static func roles(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.roles.values.sorted { $0.name < $1.name }.map { role in
            [
                "oid": .number(SystemID.role(role.name)), "rolname": .text(role.name),
                "rolsuper": .bool(role.isSuperuser), "rolinherit": .bool(role.inherits),
                "rolcreaterole": .bool(role.isSuperuser || role.name == "postgres"),
                "rolcreatedb": .bool(role.isSuperuser || role.name == "postgres"),
                "rolcanlogin": .bool(role.canLogin), "rolreplication": .bool(role.isSuperuser),
                "rolconnlimit": .number(-1), "rolpassword": .text("********"),
                "rolbypassrls": .bool(role.bypassesRowSecurity),
                "rolconfig": facts.catalog.defaultSettings[role.name].map { settings in
                    .array(settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
                } ?? .null,
            ]
        }
    }

    @Sendable static func users(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.roles.values.filter(\.canLogin).sorted { $0.name < $1.name }.map { role in
            [
                "usename": .text(role.name), "usesysid": .number(SystemID.role(role.name)),
                "usecreatedb": .bool(role.isSuperuser), "usesuper": .bool(role.isSuperuser),
                "userepl": .bool(role.isSuperuser), "usebypassrls": .bool(role.bypassesRowSecurity),
                "passwd": .text("********"),
            ]
        }
    }

    @Sendable static func memberships(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.roles.values.sorted { $0.name < $1.name }.flatMap { role in
            role.memberOf.sorted().map { other in
                [
                    "roleid": .number(SystemID.role(other)), "member": .number(SystemID.role(role.name)),
                    "grantor": .number(role.grantors[other].map(SystemID.role) ?? 10),
                    "admin_option": .bool(role.administers.contains(other)),
                ]
            }
        }
    }

    // MARK: Extensions, publications, settings

    @Sendable static func extensions(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.extensions.sorted { $0.key < $1.key }.map { name, schema in
            [
                "oid": .number(SystemID.named("extension", name)), "extname": .text(name), "extowner": .number(10),
                "extnamespace": .number(SystemID.schema(schema)),
                "extrelocatable": .bool(name != "plpgsql"), "extversion": .text(extensionVersion(name)),
            ]
        }
    }

    @Sendable static func availableExtensions(_ facts: SystemFacts) -> [SystemRow] {
        emulatedExtensions.sorted().map { name in
            let version = SQLValue.text(extensionVersion(name))
            return [
                "name": .text(name), "default_version": version,
                "installed_version": facts.catalog.extensions[name] != nil ? version : .null,
                "comment": .optional(ExtensionDescription.texts[name]),
            ]
        }
    }

    @Sendable static func settings(_ facts: SystemFacts) -> [SystemRow] {
        var values = FunctionTable.defaultSettings
        for (name, value) in facts.session.settings where values[name] != nil { values[name] = value }
        values["TimeZone"] = facts.context.timeZone.name
        values["search_path"] = facts.session.searchPath.map { ObjectNames.quoted($0) }.joined(separator: ", ")
        return values.sorted { $0.key < $1.key }.map { name, value in
            [
                "name": .text(name), "setting": .text(value), "context": .text("user"), "vartype": .text("string"),
                "source": .text("default"), "boot_val": .text(value), "reset_val": .text(value),
                "pending_restart": .bool(false),
            ]
        }
    }

    @Sendable static func timeZones(_ facts: SystemFacts) -> [SystemRow] {
        [
            [
                "name": .text("UTC"), "abbrev": .text("UTC"),
                "utc_offset": .text("00:00:00"), "is_dst": .bool(false),
            ]
        ]
    }
}
