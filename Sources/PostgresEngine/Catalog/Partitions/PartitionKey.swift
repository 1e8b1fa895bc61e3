package import PostgresSyntax
import PostgresTypes

/// By what a partitioned table tells its rows apart, and how: `RANGE (a, date_trunc('month', at))`.
package struct PartitionKey: Hashable, Sendable {
    /// `range`, `list` or `hash`.
    package let strategy: String
    /// Columns, or expressions over them.
    package private(set) var parts: [Expression]
    /// The search path under which the expressions were written: the one to bind them under.
    package let path: [String]

    package init(_ clause: PartitionClause, path: [String]) {
        strategy = clause.strategy
        parts = clause.keys
        self.path = path
    }

    /// Column by column, with nil for an expression.
    package var columns: [String?] {
        parts.map { part in
            guard case .column(let names) = part.node, names.count == 1 else { return nil }
            return names[0]
        }
    }

    /// The columns that it looks at, in expressions too.
    var uses: Set<String> { Set(parts.flatMap(\.columnNames)) }

    var hasExpressions: Bool { columns.contains(nil) }

    mutating func rename(_ column: String, to new: String) {
        parts = parts.map { $0.renamingColumn(column, to: new) }
    }
}

extension CatalogSnapshot {
    /// The parts of a partitioned table's key, bound over its columns.
    func boundKey(of relation: Relation, context: ValueContext) throws(PostgresError) -> [TypedExpression] {
        guard let key = relation.table?.partitionKey else { return [] }
        let binder = Binder(catalog: self, searchPath: key.path, context: context.inDatabaseZone)
        var result: [TypedExpression] = []
        for part in key.parts {
            result.append(try binder.bindExpression(part, overTable: relation.id, purpose: .partitionKey))
        }
        return result
    }
}

extension CatalogEditor {
    /// That rows can be told apart by the key of a new table, as PostgreSQL's `ComputePartitionAttrs`.
    func checkPartitionKey(of id: RelationID) throws(PostgresError) {
        guard let relation = catalog[id], let table = relation.table, let key = table.partitionKey else { return }
        if key.strategy == "list", key.parts.count > 1 {
            throw Self.invalid("cannot use \"list\" partition strategy with more than one column")
        }
        for name in key.columns.compactMap({ $0 }) where table.position(of: name) == nil {
            throw PostgresError("42703", "column \"\(name)\" named in partition key does not exist")
        }
        for column in table.columns where column.generated != nil && key.uses.contains(column.name) {
            throw Self.invalid(
                "cannot use generated column in partition key",
                detail: "Column \"\(column.name)\" is a generated column.")
        }
        guard validates else { return }
        for (part, typed) in zip(key.parts, try catalog.boundKey(of: relation, context: context)) {
            if case .column = part.node {
                // A row of the table is none of its columns.
                guard case .column = typed.node else { throw .notSupported("PARTITION BY of a whole row") }
            } else {
                guard typed.isImmutable(catalog) else {
                    throw Self.invalid("functions in partition key expression must be marked IMMUTABLE")
                }
                if part.columnNames.isEmpty { throw Self.invalid("cannot use constant expression as partition key") }
            }
            try checkOperatorClass(ofPartitionKey: typed.type, isHash: key.strategy == "hash")
            guard key.strategy == "hash" else { continue }
            let type = catalog.postgresType(of: typed.type.type)
            guard PartitionHash.supports(type) else {
                throw .notSupported("PARTITION BY HASH of \(type.displayName())")
            }
        }
    }

    /// That a key of a partitioned table holds the partition key, without which uniqueness within the partitions would
    /// not be that of the whole.
    /// - Parameter columns: nil for a key with expressions.
    func checkUniqueness(
        over columns: [String?], as kind: String, of relation: Relation
    ) throws(PostgresError) {
        guard let key = relation.table?.partitionKey else { return }
        for column in key.columns {
            guard let column else {
                throw PostgresError(
                    "0A000", "unsupported \(kind) constraint with partition key definition",
                    detail: "\(kind) constraints cannot be used when partition keys include expressions.")
            }
            guard !columns.contains(column) else { continue }
            throw PostgresError(
                "0A000", "unique constraint on partitioned table must include all partitioning columns",
                detail: "\(kind) constraint on table \"\(relation.name)\" lacks column \"\(column)\" which is part of "
                    + "the partition key.")
        }
    }

    private static func invalid(_ message: String, detail: String? = nil) -> PostgresError {
        PostgresError("42P17", message, detail: detail)
    }
}
