import PostgresSyntax
import PostgresTypes
import SQLite

// The user's functions and procedures.
extension SystemRows {
    /// `pg_proc` without the built-in functions.
    @Sendable static func routineRows(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.orderedRoutines.map { routine in
            let signature = routine.signature
            let language = ["sql": 14, "plpgsql": 13563][routine.language] ?? 13
            var row: SystemRow = [
                "oid": .number(routine.id.oid), "proname": .text(routine.name),
                "pronamespace": .number(SystemID.schema(routine.schema)),
                "proowner": .number(SystemID.role(routine.owner)), "prolang": .number(language), "procost": .real(100),
                "prorows": .real(routine.isSet ? 1000 : 0), "provariadic": .number(signature.variadic?.oid ?? 0),
                "prokind": .text(routine.aggregate != nil ? "a" : routine.isProcedure ? "p" : "f"),
                "prosecdef": .bool(routine.isSecurityDefiner),
                "proisstrict": .bool(routine.isStrict), "proretset": .bool(routine.isSet),
                "provolatile": .text(String(UnicodeScalar(signature.volatility))), "proparallel": .text("u"),
                "pronargs": .number(signature.arguments.count), "pronargdefaults": .number(signature.defaultCount),
                "prorettype": .number(routine.result.type.oid),
                "proargtypes": .vector(signature.arguments.map(\.oid)),
                "prosrc": .text(facts.definitions.source(of: routine)),
                "proacl": AccessList.value(routine.privileges, owner: routine.owner, all: AccessList.function),
            ]
            row["procost"] = .real(routine.cost ?? 100)
            if routine.isSet { row["prorows"] = .real(routine.estimatedRows ?? 1000) }
            row["proparallel"] = .text(String((routine.parallel ?? "unsafe").prefix(1)))
            if signature.allArguments.isEmpty, routine.parameters.contains(where: { $0.mode == .variadic }) {
                row["proallargtypes"] = .array(routine.parameters.map(\.type.type.oid))
                row["proargmodes"] = .array(routine.parameters.map { String(UnicodeScalar($0.modeLetter)) })
            }
            if !signature.allArguments.isEmpty {
                row["proallargtypes"] = .array(signature.allArguments.map(\.oid))
                row["proargmodes"] = .array(signature.modes.map { String(UnicodeScalar($0)) })
            }
            let defaults = routine.parameters.compactMap { facts.definitions.defaultText(of: $0, routine) }
            if !defaults.isEmpty { row["proargdefaults"] = .text(defaults.joined(separator: ", ")) }
            if !signature.names.isEmpty { row["proargnames"] = .array(signature.names) }
            if !routine.settings.isEmpty {
                row["proconfig"] = .array(
                    routine.settings.map { setting in
                        let values = setting.values ?? []
                        // A list of names shows each as an identifier.
                        let shown = setting.name == "search_path" ? values.map { ObjectNames.quoted($0) } : values
                        return "\(setting.name)=\(shown.joined(separator: ", "))"
                    })
            }
            return row
        }
    }

    private static func specific(_ routine: Routine) -> SQLValue { .text("\(routine.name)_\(routine.id.oid)") }

    private static func visible(_ facts: SystemFacts) -> [Routine] {
        let roles = facts.catalog.inheritedRoles(of: facts.role)
        return facts.catalog.orderedRoutines.filter { routine in
            facts.catalog.isMember(facts.role, of: routine.owner) || routine.privileges.allow("execute", to: roles)
        }
    }

    /// `information_schema.routines`: those the role may call.
    @Sendable static func routinesOfSchema(_ facts: SystemFacts) -> [SystemRow] {
        visible(facts).map { routine in
            let isOwned = facts.catalog.isMember(facts.role, of: routine.owner)
            var row: SystemRow = [
                "specific_catalog": database, "specific_schema": .text(routine.schema),
                "specific_name": specific(routine), "routine_catalog": database,
                "routine_schema": .text(routine.schema), "routine_name": .text(routine.name),
                "routine_type": .text(routine.isProcedure ? "PROCEDURE" : "FUNCTION"),
                "routine_body": .text(routine.language == "sql" ? "SQL" : "EXTERNAL"),
                "routine_definition": isOwned ? .text(facts.definitions.source(of: routine)) : .null,
                "external_language": .text(routine.language.uppercased()), "parameter_style": .text("GENERAL"),
                "is_deterministic": .yesOrNo(routine.volatility == .immutable), "sql_data_access": .text("MODIFIES"),
                "is_null_call": routine.isProcedure ? .null : .yesOrNo(routine.isStrict),
                "schema_level_routine": .text("YES"), "max_dynamic_result_sets": .number(0),
                "security_type": .text(routine.isSecurityDefiner ? "DEFINER" : "INVOKER"),
                "as_locator": .text("NO"), "is_udt_dependent": .text("NO"),
            ]
            guard !routine.isProcedure else { return row }
            let described = typeColumns(routine.result, facts)
            row["data_type"] = described["data_type"]
            row["type_udt_catalog"] = database
            row["type_udt_schema"] = described["udt_schema"]
            row["type_udt_name"] = described["udt_name"]
            row["dtd_identifier"] = .text("0")
            return row
        }
    }

    /// `information_schema.parameters`.
    @Sendable static func parameterRows(_ facts: SystemFacts) -> [SystemRow] {
        visible(facts).flatMap { routine in
            routine.parameters.enumerated().map { index, parameter in
                let described = typeColumns(parameter.type, facts)
                let mode =
                    switch parameter.mode {
                    case .input, .variadic: "IN"
                    case .output, .table: "OUT"
                    case .inputOutput: "INOUT"
                    }
                return [
                    "specific_catalog": database, "specific_schema": .text(routine.schema),
                    "specific_name": specific(routine), "ordinal_position": .number(index + 1),
                    "parameter_mode": .text(mode), "is_result": .text("NO"), "as_locator": .text("NO"),
                    "parameter_name": .optional(parameter.name), "data_type": described["data_type"] ?? .null,
                    "udt_catalog": database, "udt_schema": described["udt_schema"] ?? .null,
                    "udt_name": described["udt_name"] ?? .null, "dtd_identifier": .text("\(index + 1)"),
                    "parameter_default": .optional(facts.definitions.defaultText(of: parameter, routine)),
                ]
            }
        }
    }

    /// `information_schema.routine_privileges`.
    @Sendable static func routineGrants(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.orderedRoutines.flatMap { routine in
            let owner = PrivilegeEntry(grantee: routine.owner, privileges: ["execute"], grantable: ["execute"])
            return ([owner] + routine.privileges.filter { $0.grantee != routine.owner }).map { entry in
                [
                    "grantor": .text(entry.grantor ?? routine.owner),
                    "grantee": .text(entry.grantee == "public" ? "PUBLIC" : entry.grantee),
                    "specific_catalog": database, "specific_schema": .text(routine.schema),
                    "specific_name": specific(routine), "routine_catalog": database,
                    "routine_schema": .text(routine.schema), "routine_name": .text(routine.name),
                    "privilege_type": .text("EXECUTE"),
                    "is_grantable": .yesOrNo(entry.grantable.contains("execute")),
                ]
            }
        }
    }
}
