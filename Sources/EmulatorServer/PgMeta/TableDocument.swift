import JSONText
import PostgresEngine
import PostgresSyntax
import PostgresTypes

/// Tables as postgres-meta describes them, read from the catalog.
struct TableDocument {
    /// What of the catalog is wanted: postgres-meta's parameters.
    struct Selection {
        var includesColumns = true
        var includesSystemSchemas = false
        var excludedSchemas: Set<String> = []
        /// Empty: every schema.
        var includedSchemas: Set<String> = []

        func takes(_ schema: String) -> Bool {
            if !includesSystemSchemas, ["information_schema", "pg_catalog", "pg_toast"].contains(schema) {
                return false
            }
            return !excludedSchemas.contains(schema) && (includedSchemas.isEmpty || includedSchemas.contains(schema))
        }
    }

    let catalog: CatalogSnapshot
    /// Rows of each table, by OID.
    let rowCounts: [UInt32: Int]

    /// Every table that is selected, in postgres-meta's order: by schema and name is left to the client, so by OID.
    static func tables(in catalog: CatalogSnapshot, _ selection: Selection) -> [Relation] {
        catalog.orderedRelations.filter { $0.table != nil && selection.takes($0.schema) }
    }

    /// One table.
    func json(_ relation: Relation, includingColumns: Bool) -> JSON {
        guard let table = relation.table else { return .null }
        var json: JSON = [
            "id": .integer(relation.id.oid), "schema": .string(relation.schema), "name": .string(relation.name),
            "rls_enabled": .bool(table.isRowSecurityEnabled), "rls_forced": .bool(table.isRowSecurityForced),
            "replica_identity": "DEFAULT",
            // Neither is known: rows are not kept in pages of Postgres' here.
            "bytes": .null, "size": .null,
            "live_rows_estimate": .integer(rowCounts[relation.id.oid] ?? 0), "dead_rows_estimate": 0,
            "comment": .optional(catalog.comment(on: relation)),
        ]
        if includingColumns { json.set("columns", .array(columns(of: relation, table))) }
        json.set(
            "primary_keys",
            .array(
                table.primaryKey.map { position in
                    [
                        "schema": .string(relation.schema), "table_name": .string(relation.name),
                        "name": .string(table.columns[position].name), "table_id": .integer(relation.id.oid),
                    ]
                }))
        json.set("relationships", .array(relationships(of: relation, table)))
        return json
    }

    // MARK: Relationships

    /// Foreign keys from the table and to it, a column pair each.
    private func relationships(of relation: Relation, _ table: PostgresEngine.Table) -> [JSON] {
        var found: [JSON] = []
        for constraint in table.constraints {
            if case .foreignKey(let key) = constraint.kind { found += pairs(relation, constraint, key) }
        }
        for (child, constraint, key) in catalog.foreignKeys(to: relation.id) where child.id != relation.id {
            found += pairs(child, constraint, key)
        }
        return found
    }

    private func pairs(_ source: Relation, _ constraint: Constraint, _ key: ForeignKey) -> [JSON] {
        guard let target = catalog[key.referencedTable] else { return [] }
        return zip(key.columns, key.referencedColumns).map { near, far in
            [
                "id": .integer(constraint.oid), "constraint_name": .string(constraint.name),
                "source_schema": .string(source.schema), "source_table_name": .string(source.name),
                "source_column_name": .string(near), "target_table_schema": .string(target.schema),
                "target_table_name": .string(target.name), "target_column_name": .string(far),
            ]
        }
    }

    // MARK: Columns

    private func columns(of relation: Relation, _ table: PostgresEngine.Table) -> [JSON] {
        table.columns.enumerated().map { index, column in
            let expressions = ExpressionText(catalog: catalog)
            let shown = TypeShown(column.type, catalog)
            let defaultText: String? =
                column.generated.map(expressions.text)
                ?? (column.identity == nil ? column.defaultValue : nil).map {
                    expressions.defaultValue($0, of: column.type)
                }
            return [
                "table_id": .integer(relation.id.oid), "schema": .string(relation.schema),
                "table": .string(relation.name), "id": .string("\(relation.id.oid).\(index + 1)"),
                "ordinal_position": .integer(index + 1), "name": .string(column.name),
                "default_value": .optional(defaultText), "data_type": .string(shown.dataType),
                "format": .string(shown.format), "is_identity": .bool(column.identity != nil),
                "identity_generation": column.identity.map { $0 == .always ? "ALWAYS" : "BY DEFAULT" } ?? .null,
                "is_generated": .bool(column.generated != nil), "is_nullable": .bool(!column.isNotNull),
                "is_updatable": true, "is_unique": .bool(isUnique(column.name, table)),
                "enums": .array(shown.labels.map(JSON.string)), "check": .optional(check(column.name, table)),
                "comment": .optional(
                    catalog.comment(on: column.name, of: relation)),
            ]
        }
    }

    /// A unique constraint over the column alone; the primary key is told apart.
    private func isUnique(_ column: String, _ table: PostgresEngine.Table) -> Bool {
        table.constraints.contains {
            if case .unique([column], _) = $0.kind { true } else { false }
        }
    }

    /// The first check that is about the column alone.
    private func check(_ column: String, _ table: PostgresEngine.Table) -> String? {
        for constraint in table.constraints {
            guard case .check(let expression) = constraint.kind else { continue }
            let used = Set(table.columns.map(\.name).filter { expression.mentions($0) })
            if used == [column] { return ExpressionText(catalog: catalog).check(expression) }
        }
        return nil
    }
}

/// A type in `information_schema`'s and `pg_type`'s words.
private struct TypeShown {
    var dataType: String
    var format: String
    var labels: [String]

    init(_ reference: TypeReference, _ catalog: CatalogSnapshot) {
        var base = reference.type
        while case .domain(let domain)? = catalog.types[base]?.kind { base = domain.base.type }
        labels = []
        if let builtin = BuiltinCatalog.shared.type(base) {
            format = builtin.name
            dataType =
                builtin.name.hasPrefix("_") && builtin.element != nil
                ? "ARRAY" : catalog.typeName(TypeReference(base), searchPath: ["pg_catalog"])
            return
        }
        guard let user = catalog.types[base] else {
            (dataType, format) = ("USER-DEFINED", "unknown")
            return
        }
        dataType = "USER-DEFINED"
        format = user.name
        switch user.kind {
        case .array: dataType = "ARRAY"
        case .enumeration(let labels): self.labels = labels
        default: break
        }
    }
}

extension Expression {
    /// Whether a column of that name stands anywhere in it.
    fileprivate func mentions(_ column: String) -> Bool {
        switch node {
        case .column(let names): names.last == column
        case .operation(_, let left, let right): left?.mentions(column) == true || right.mentions(column)
        case .anyAll(_, let left, let array, _): left.mentions(column) || array.mentions(column)
        case .inList(let left, let items, _): ([left] + items).contains { $0.mentions(column) }
        case .between(let value, let low, let high, _, _): [value, low, high].contains { $0.mentions(column) }
        case .isDistinct(let left, let right, _), .nullIf(let left, let right):
            left.mentions(column) || right.mentions(column)
        case .and(let parts), .or(let parts), .coalesce(let parts), .array(let parts), .row(let parts):
            parts.contains { $0.mentions(column) }
        case .extremum(let parts, _): parts.contains { $0.mentions(column) }
        case .not(let inner), .isNull(let inner, _), .isTruth(let inner, _, _), .cast(let inner, _),
            .collate(let inner, _), .field(let inner, _):
            inner.mentions(column)
        case .call(let call): call.arguments.contains { $0.value.mentions(column) }
        case .caseWhen(let operand, let branches, let otherwise):
            [operand, otherwise].compactMap { $0 }.contains { $0.mentions(column) }
                || branches.contains { $0.condition.mentions(column) || $0.result.mentions(column) }
        default: false
        }
    }
}
