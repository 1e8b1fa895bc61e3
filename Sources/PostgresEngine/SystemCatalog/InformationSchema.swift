import PostgresSyntax
import PostgresTypes
import SQLite

// information_schema: what the role may see, in the words of the SQL standard.
extension SystemRows {
    static let informationSchema: [String: Make] = {
        let makers: [String: Make] = [
            "tables": tableRows, "columns": columnRows, "views": viewRows, "schemata": schemaRows,
            "table_constraints": tableConstraints, "key_column_usage": keyColumns,
            "constraint_column_usage": constraintColumns, "constraint_table_usage": constraintTables,
            "referential_constraints": referentialConstraints, "check_constraints": checkConstraints,
            "sequences": sequenceRows, "domains": domainRows, "domain_constraints": domainConstraints,
            "table_privileges": tablePrivileges, "role_table_grants": tablePrivileges,
            "column_privileges": columnPrivileges, "role_column_grants": columnPrivileges,
            "element_types": elementTypes, "view_table_usage": viewTables,
            "view_column_usage": viewColumns, "enabled_roles": enabledRoles,
            "applicable_roles": applicableRoles, "information_schema_catalog_name": catalogName,
            "user_defined_types": userDefinedTypes, "attributes": attributeRows, "routines": routinesOfSchema,
            "parameters": parameterRows, "routine_privileges": routineGrants, "role_routine_grants": routineGrants,
            "triggers": triggersOfSchema,
        ]
        return Dictionary(uniqueKeysWithValues: makers.map { ("information_schema.\($0.key)", $0.value) })
    }()

    static let database = SQLValue.text("postgres")

    private static func visible(_ facts: SystemFacts) -> [Relation] { facts.relations.filter(facts.isVisible) }

    @Sendable static func catalogName(_ facts: SystemFacts) -> [SystemRow] { [["catalog_name": database]] }

    // MARK: Schemas, tables, views

    @Sendable static func schemaRows(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.schemas.values.sorted { $0.name < $1.name }.filter { schema in
            facts.catalog.isMember(facts.role, of: schema.owner)
                || facts.catalog.allows("create", on: schema, role: facts.role)
                || facts.catalog.allows("usage", on: schema, role: facts.role)
        }.map { schema in
            ["catalog_name": database, "schema_name": .text(schema.name), "schema_owner": .text(schema.owner)]
        }
            + ["information_schema", "pg_catalog"].map { name in
                ["catalog_name": database, "schema_name": .text(name), "schema_owner": .text("supabase_admin")]
            }
    }

    @Sendable static func tableRows(_ facts: SystemFacts) -> [SystemRow] {
        func row(_ schema: String, _ name: String, _ type: String, isInsertable: Bool) -> SystemRow {
            [
                "table_catalog": database, "table_schema": .text(schema), "table_name": .text(name),
                "table_type": .text(type), "is_insertable_into": .yesOrNo(isInsertable), "is_typed": .text("NO"),
            ]
        }
        let users = visible(facts).compactMap { relation -> SystemRow? in
            switch relation.kind {
            case .table:
                row(
                    relation.schema, relation.name, relation.isTemporary ? "LOCAL TEMPORARY" : "BASE TABLE",
                    isInsertable: true)
            case .view(let view) where !view.isMaterialized:
                row(relation.schema, relation.name, "VIEW", isInsertable: facts.isUpdatable(relation))
            case .view, .sequence, .index: nil
            }
        }
        return users
            + SystemCatalog.queryable.values.map { system in
                let isTable = system.relation.schema == "pg_catalog"
                return row(
                    system.relation.schema, system.relation.name, isTable ? "BASE TABLE" : "VIEW", isInsertable: false)
            }
    }

    @Sendable static func viewRows(_ facts: SystemFacts) -> [SystemRow] {
        visible(facts).compactMap { relation in
            guard let view = relation.view, !view.isMaterialized else { return nil }
            let isUpdatable = facts.isUpdatable(relation)
            let isOwned = facts.catalog.isMember(facts.role, of: relation.owner)
            return [
                "table_catalog": database, "table_schema": .text(relation.schema), "table_name": .text(relation.name),
                "view_definition": isOwned ? .optional(facts.definitions.view(view)) : .null,
                "check_option": .text((view.options["check_option"] ?? "none").uppercased()),
                "is_updatable": .yesOrNo(isUpdatable), "is_insertable_into": .yesOrNo(isUpdatable),
                "is_trigger_updatable": .text("NO"), "is_trigger_deletable": .text("NO"),
                "is_trigger_insertable_into": .text("NO"),
            ]
        }
    }

    @Sendable static func viewTables(_ facts: SystemFacts) -> [SystemRow] {
        viewUses(facts).map { view, used, _ in usage(of: used, by: view) }
    }

    @Sendable static func viewColumns(_ facts: SystemFacts) -> [SystemRow] {
        viewUses(facts).flatMap { view, used, columns in
            used.columns.map(\.name).filter(columns.contains).map { column in
                var row = usage(of: used, by: view)
                row["column_name"] = .text(column)
                return row
            }
        }
    }

    /// What plain views read, of what the role owns.
    private static func viewUses(
        _ facts: SystemFacts
    ) -> [(view: Relation, used: Relation, columns: Set<String>)] {
        facts.relations.flatMap { relation -> [(view: Relation, used: Relation, columns: Set<String>)] in
            guard let view = relation.view, !view.isMaterialized else { return [] }
            return view.uses.sorted { $0.key.oid < $1.key.oid }.compactMap { id, columns in
                guard let used = facts.catalog[id], facts.catalog.isMember(facts.role, of: used.owner) else {
                    return nil
                }
                return (relation, used, columns)
            }
        }
    }

    private static func usage(of used: Relation, by view: Relation) -> SystemRow {
        [
            "view_catalog": database, "view_schema": .text(view.schema), "view_name": .text(view.name),
            "table_catalog": database, "table_schema": .text(used.schema), "table_name": .text(used.name),
        ]
    }

    // MARK: Columns

    @Sendable static func columnRows(_ facts: SystemFacts) -> [SystemRow] {
        (visible(facts) + SystemCatalog.queryable.values.map(\.relation)).flatMap { relation -> [SystemRow] in
            switch relation.kind {
            case .sequence, .index: return []
            case .view(let view) where view.isMaterialized: return []
            default: break
            }
            let columns = relation.table?.columns
            let isUpdatable = relation.id.oid >= TypeID.firstUserOID && facts.isUpdatable(relation)
            return relation.columns.enumerated().map { index, output in
                var row = typeColumns(output.type, facts)
                row.merge([
                    "table_catalog": database, "table_schema": .text(relation.schema),
                    "table_name": .text(relation.name), "column_name": .text(output.name),
                    "ordinal_position": .number(index + 1), "dtd_identifier": .text("\(index + 1)"),
                    "is_nullable": .text("YES"), "is_self_referencing": .text("NO"), "is_identity": .text("NO"),
                    "identity_cycle": .text("NO"), "is_generated": .text("NEVER"),
                    "is_updatable": .yesOrNo(isUpdatable),
                ]) { $1 }
                if let column = columns?[index] { row.merge(tableColumn(column, relation, facts)) { $1 } }
                return row
            }
        }
    }

    private static func tableColumn(_ column: Column, _ relation: Relation, _ facts: SystemFacts) -> SystemRow {
        var isNotNull = column.isNotNull
        if case .domain(let domain) = facts.catalog.types[column.type.type]?.kind {
            isNotNull = isNotNull || domain.isNotNull
        }
        var row: SystemRow = ["is_nullable": .yesOrNo(!isNotNull)]
        let text = facts.definitions.expression(of: column, in: relation)
        if column.generated != nil {
            row["is_generated"] = .text("ALWAYS")
            row["generation_expression"] = .optional(text)
        } else {
            row["column_default"] = .optional(text)
        }
        if let collation = column.collation?.last {
            row["collation_catalog"] = database
            row["collation_schema"] = .text("pg_catalog")
            row["collation_name"] = .text(collation)
        }
        if let identity = column.identity, let sequence = column.sequence.flatMap({ facts.catalog[$0]?.sequence }) {
            row["is_identity"] = .text("YES")
            row["identity_generation"] = .text(identity == .always ? "ALWAYS" : "BY DEFAULT")
            row["identity_start"] = .text("\(sequence.start)")
            row["identity_increment"] = .text("\(sequence.increment)")
            row["identity_maximum"] = .text("\(sequence.maximum)")
            row["identity_minimum"] = .text("\(sequence.minimum)")
            row["identity_cycle"] = .yesOrNo(sequence.cycle)
        }
        return row
    }

    /// What describes a type wherever one is described.
    static func typeColumns(_ type: TypeReference, _ facts: SystemFacts) -> SystemRow {
        let base = facts.catalog.baseType(of: type)
        var row: SystemRow = ["udt_catalog": database]
        if base.type != type.type, let domain = facts.catalog.types[type.type] {
            row["domain_catalog"] = database
            row["domain_schema"] = .text(domain.schema)
            row["domain_name"] = .text(domain.name)
        }
        let builtin = BuiltinCatalog.shared.type(base.type)
        let user = facts.catalog.types[base.type]
        row["udt_schema"] = .text(
            user?.schema ?? builtin?.extensionName.flatMap(facts.catalog.schema(ofExtension:)) ?? "pg_catalog")
        row["udt_name"] = .text(user?.name ?? builtin?.name ?? "")
        let shape = facts.catalog.postgresType(of: base.type)
        if case .array = shape {
            row["data_type"] = .text("ARRAY")
        } else if user != nil || builtin?.extensionName != nil {
            row["data_type"] = .text("USER-DEFINED")
        } else {
            row["data_type"] = .text(facts.typeName(TypeReference(base.type)))
        }
        row.merge(measures(shape, base.modifier)) { $1 }
        return row
    }

    private static func measures(_ shape: PostgresType, _ modifier: Int32) -> SystemRow {
        func number(_ precision: Int, radix: Int, scale: Int? = nil) -> SystemRow {
            [
                "numeric_precision": .number(precision), "numeric_precision_radix": .number(radix),
                "numeric_scale": scale.map { .number($0) } ?? .null,
            ]
        }
        switch shape {
        case .text: return ["character_octet_length": .number(1_073_741_824)]
        case .varchar, .bpchar:
            let length = modifier >= 4 ? Int(modifier) - 4 : nil
            return [
                "character_maximum_length": length.map { .number($0) } ?? .null,
                "character_octet_length": .number(length.map { min($0 * 4, 1_073_741_824) } ?? 1_073_741_824),
            ]
        case .bit, .varbit: return ["character_maximum_length": modifier >= 0 ? .number(modifier) : .null]
        case .int2: return number(16, radix: 2, scale: 0)
        case .int4: return number(32, radix: 2, scale: 0)
        case .int8: return number(64, radix: 2, scale: 0)
        case .float4: return number(24, radix: 2)
        case .float8: return number(53, radix: 2)
        case .numeric:
            guard modifier >= 4 else { return ["numeric_precision_radix": .number(10)] }
            return number(Int(modifier - 4) >> 16, radix: 10, scale: Int((modifier - 4) & 0x7FF))
        case .date: return ["datetime_precision": .number(0)]
        case .time, .timetz, .timestamp, .timestamptz:
            return ["datetime_precision": .number(modifier >= 0 ? Int(modifier) : 6)]
        case .interval:
            let digits = modifier < 0 || modifier & 0xFFFF == 0xFFFF ? 6 : Int(modifier & 0xFFFF)
            return ["datetime_precision": .number(digits)]
        default: return [:]
        }
    }

    @Sendable static func elementTypes(_ facts: SystemFacts) -> [SystemRow] {
        visible(facts).flatMap { relation -> [SystemRow] in
            guard relation.table != nil || relation.view != nil else { return [] }
            return relation.columns.enumerated().compactMap { index, column in
                let base = facts.catalog.baseType(of: column.type)
                guard let element = facts.catalog.elementType(of: base.type) else { return nil }
                var row = typeColumns(TypeReference(element), facts)
                for key in [
                    "character_maximum_length", "character_octet_length", "numeric_precision",
                    "numeric_precision_radix", "numeric_scale", "datetime_precision",
                ] { row[key] = nil }
                row.merge([
                    "object_catalog": database, "object_schema": .text(relation.schema),
                    "object_name": .text(relation.name),
                    "object_type": .text(relation.table == nil ? "VIEW" : "TABLE"),
                    "collection_type_identifier": .text("\(index + 1)"),
                    "dtd_identifier": .text("a\(index + 1)"),
                ]) { $1 }
                return row
            }
        }
    }

    // MARK: Types

    @Sendable static func domainRows(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.types.values.sorted { $0.id.oid < $1.id.oid }.compactMap { type in
            guard case .domain(let domain) = type.kind else { return nil }
            var row = typeColumns(facts.catalog.baseType(of: domain.base), facts)
            row.merge([
                "domain_catalog": database, "domain_schema": .text(type.schema), "domain_name": .text(type.name),
                "dtd_identifier": .text("1"), "domain_default": .optional(facts.definitions.defaultText(of: domain)),
            ]) { $1 }
            return row
        }
    }

    @Sendable static func domainConstraints(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.types.values.sorted { $0.id.oid < $1.id.oid }.flatMap { type -> [SystemRow] in
            guard case .domain(let domain) = type.kind else { return [] }
            return domain.checks.map { check in
                [
                    "constraint_catalog": database, "constraint_schema": .text(type.schema),
                    "constraint_name": .text(check.name), "domain_catalog": database,
                    "domain_schema": .text(type.schema), "domain_name": .text(type.name),
                    "is_deferrable": .text("NO"), "initially_deferred": .text("NO"),
                ]
            }
        }
    }

    @Sendable static func userDefinedTypes(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.types.values.sorted { $0.id.oid < $1.id.oid }.compactMap { type in
            guard case .composite = type.kind else { return nil }
            return [
                "user_defined_type_catalog": database, "user_defined_type_schema": .text(type.schema),
                "user_defined_type_name": .text(type.name), "user_defined_type_category": .text("STRUCTURED"),
                "is_instantiable": .text("YES"),
            ]
        }
    }

    @Sendable static func attributeRows(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.types.values.sorted { $0.id.oid < $1.id.oid }.flatMap { type -> [SystemRow] in
            guard case .composite(let fields) = type.kind else { return [] }
            return fields.enumerated().map { index, field in
                let described = typeColumns(field.type, facts)
                var row: SystemRow = [
                    "udt_catalog": database, "udt_schema": .text(type.schema), "udt_name": .text(type.name),
                    "attribute_name": .text(field.name), "ordinal_position": .number(index + 1),
                    "is_nullable": .text("YES"), "data_type": described["data_type"] ?? .null,
                    "attribute_udt_catalog": database, "attribute_udt_schema": described["udt_schema"] ?? .null,
                    "attribute_udt_name": described["udt_name"] ?? .null, "dtd_identifier": .text("\(index + 1)"),
                    "is_derived_reference_attribute": .text("NO"),
                ]
                for key in [
                    "character_maximum_length", "character_octet_length", "numeric_precision",
                    "numeric_precision_radix", "numeric_scale", "datetime_precision",
                ] { row[key] = described[key] }
                return row
            }
        }
    }

    @Sendable static func sequenceRows(_ facts: SystemFacts) -> [SystemRow] {
        visible(facts).compactMap { relation in
            guard let sequence = relation.sequence else { return nil }
            // Those behind identity columns belong to their column.
            if let owner = sequence.ownedBy.flatMap({ facts.catalog[$0]?.table }),
                owner.columns.contains(where: { $0.sequence == relation.id && $0.identity != nil })
            {
                return nil
            }
            let precision = sequence.type == .int8 ? 64 : sequence.type == .int2 ? 16 : 32
            return [
                "sequence_catalog": database, "sequence_schema": .text(relation.schema),
                "sequence_name": .text(relation.name), "data_type": .text(facts.typeName(TypeReference(sequence.type))),
                "numeric_precision": .number(precision), "numeric_precision_radix": .number(2),
                "numeric_scale": .number(0), "start_value": .text("\(sequence.start)"),
                "minimum_value": .text("\(sequence.minimum)"), "maximum_value": .text("\(sequence.maximum)"),
                "increment": .text("\(sequence.increment)"), "cycle_option": .yesOrNo(sequence.cycle),
            ]
        }
    }
}

extension SystemFacts {
    /// Whether rows can be written through a relation: a table, or a view over one that keeps its rows apart.
    func isUpdatable(_ relation: Relation) -> Bool {
        if relation.table != nil { return true }
        guard relation.view?.isMaterialized == false else { return false }
        do throws(PostgresError) {
            _ = try UpdatableView(relation, verb: "insert into", catalog: catalog, context: context)
            return true
        } catch { return false }
    }
}

extension CatalogSnapshot {
    /// The element type of an array.
    func elementType(of array: TypeID) -> TypeID? {
        if case .array(let element) = types[array]?.kind { return element }
        guard let builtin = BuiltinCatalog.shared.type(array), builtin.subscripting == .array else { return nil }
        return builtin.element
    }
}
