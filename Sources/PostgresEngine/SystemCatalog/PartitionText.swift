import PostgresSyntax
import PostgresTypes
import SQLite

// Partition keys and bounds as PostgreSQL prints them.
extension DefinitionText {
    /// `RANGE (at)`.
    func partitionKey(of table: Table) -> String? {
        guard let key = PartitionKey(table.partitionKey) else { return nil }
        return "\(key.strategy.uppercased()) (\(key.columns.map(ObjectNames.quoted).joined(separator: ", ")))"
    }

    /// `FOR VALUES FROM (1) TO (10)`, `DEFAULT`: nil for what is no partition.
    func partitionBound(of relation: Relation) -> String? {
        guard let bound = relation.table?.partitionBound, let parent = relation.table?.partitionOf,
            let table = catalog[parent]?.table
        else { return nil }
        if relation.isDefaultPartition { return "DEFAULT" }
        if let place = PartitionBound.hashPlace(bound) {
            return "FOR VALUES WITH (modulus \(place.modulus), remainder \(place.remainder))"
        }
        do throws(PostgresError) {
            let groups = try PartitionBound.bind(bound, of: table, catalog: catalog, context: context)
            let lists = groups.map { group in "(" + group.map(text).joined(separator: ", ") + ")" }
            return "FOR VALUES "
                + (lists.count == 2 ? "FROM \(lists[0]) TO \(lists[1])" : "IN \(lists.joined())")
        } catch { return nil }
    }

    private func text(_ value: PartitionBound.Value) -> String {
        switch value {
        case .minimum: "MINVALUE"
        case .maximum: "MAXVALUE"
        case .value(let expression):
            ExpressionText(catalog: catalog, searchPath: searchPath, context: context).bareConstant(expression)
        }
    }

    /// What the rows of a partition satisfy, as an expression.
    func partitionConstraint(of relation: Relation) -> String? {
        guard let parent = relation.table?.partitionOf else { return nil }
        do throws(PostgresError) {
            var condition = try catalog.partitionCondition(relation.id)
            if relation.isDefaultPartition {
                let others = catalog.partitions(of: parent).filter { !$0.isDefaultPartition }
                guard !others.isEmpty else { return nil }
                var conditions: [Expression] = []
                for other in others { conditions.append(try shown(catalog.partitionCondition(other.id))) }
                let all = conditions.count == 1 ? conditions[0] : Expression(.or(conditions))
                condition = Expression(.not(all))
            } else {
                condition = shown(condition)
            }
            let typed = try Binder(catalog: catalog, searchPath: [], context: context)
                .bindCondition(condition, overTable: parent)
            return text(typed, over: catalog[parent])
        } catch { return nil }
    }

    /// The condition of a list with what PostgreSQL says about NULL.
    private func shown(_ condition: Expression) -> Expression {
        switch condition.node {
        case .inList(let key, let items, _):
            let test =
                items.count == 1
                ? Expression(.operation(OperatorName("="), left: key, right: items[0])) : condition
            return Expression(.and([Expression(.isNull(key, negated: true)), test]))
        case .or(let parts): return Expression(.or(parts.reversed()))
        default: return condition
        }
    }

}

extension ExpressionText {
    /// A constant without its type, after whatever conversions it went through.
    func bareConstant(_ value: TypedExpression) -> String {
        var inner = value
        while case .coercion(_, let source, _) = inner.node { inner = source }
        guard case .constant(let constant) = inner.node else { return Self.finished(text(value)) }
        if constant.isNull { return "NULL" }
        let text = catalog.postgresType(of: inner.type.type).encode(constant, context: context)
        switch value.type.type {
        case .bool: return text == "t" ? "true" : "false"
        case .int4 where !text.hasPrefix("-"): return text
        case .numeric where text.first?.isNumber == true && text.contains("."): return text
        default: return Quoting.literal(text)
        }
    }
}

extension FunctionTable {
    /// `pg_get_partkeydef` and its kin.
    mutating func addPartitionTexts() {
        scalar("pg_get_partkeydef(oid)") { call in
            guard let table = try call.relation(0)?.table else { return .null }
            return .optional(try call.definitions.partitionKey(of: table))
        }
        scalar("pg_get_partition_constraintdef(oid)") { call in
            .optional(try call.relation(0).flatMap { try call.definitions.partitionConstraint(of: $0) })
        }
        scalar("pg_partition_root(regclass)") { call in
            guard let relation = try call.relation(0), relation.isInPartitionTree else { return .null }
            return .number((relation.table?.partitionOf ?? relation.id).oid)
        }
        rows("pg_partition_ancestors(regclass)") { call in
            guard let relation = try call.relation(0), relation.isInPartitionTree else { return [] }
            return [relation.id, relation.table?.partitionOf].compactMap { $0 }.map { [.number($0.oid)] }
        }
        rows("pg_partition_tree(regclass)") { call in
            guard let relation = try call.relation(0), relation.isInPartitionTree else { return [] }
            let parent = relation.table?.partitionOf
            let own: [SQLValue] = [
                .number(relation.id.oid), parent.map { .number($0.oid) } ?? .null, .bool(parent != nil), .integer(0),
            ]
            return [own]
                + (try call.context.catalog.orderedRelations.filter { $0.table?.partitionOf == relation.id }.map {
                    [.number($0.id.oid), .number(relation.id.oid), .bool(true), .integer(1)]
                })
        }
    }
}

extension Relation {
    fileprivate var isInPartitionTree: Bool { table?.partitionKey != nil || table?.partitionOf != nil }
}

extension SystemRows {
    /// `pg_partitioned_table`.
    @Sendable static func partitionedTables(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.compactMap { relation in
            guard let table = relation.table, let key = PartitionKey(table.partitionKey) else { return nil }
            let columns = key.columns
            let rest = facts.catalog.partitions(of: relation.id).first(where: \.isDefaultPartition)
            return [
                "partrelid": .number(relation.id.oid),
                "partstrat": .text(String(key.strategy.prefix(1))),
                "partnatts": .number(columns.count), "partdefid": .number(rest?.id.oid ?? 0),
                "partattrs": .vector(columns.map { (table.position(of: $0) ?? -1) + 1 }),
                "partclass": .array(columns.map { _ in 0 }), "partcollation": .array(columns.map { _ in 0 }),
            ]
        }
    }
}
