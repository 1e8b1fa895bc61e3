import PostgresTypes
import SQLite

/// A partition as its table's rules know it: what its rows satisfy among those of its parent, and its own partitions.
struct PartitionNode: Sendable {
    let relation: Relation
    let condition: Result<GeneratedSQL, PostgresError>
    /// The default one last.
    let parts: [PartitionNode]
}

/// Rows on their way to the partition that they belong to.
extension Modification {
    /// The partitions that a row is in, from the top down.
    private struct Place {
        var partitions: [Relation] = []
        /// Whether the last one has no partitions of its own, and so takes the row.
        var isFound: Bool
    }

    private func place(of row: [SQLValue], _ rules: TableRules) throws -> Place {
        var place = Place(isFound: rules.table.partitionKey == nil)
        var level = rules.partitions
        while !place.isFound {
            guard
                let next = try level.first(where: {
                    try transaction.evaluate($0.condition.get(), rows: [row])[0] == .integer(1)
                })
            else { break }
            place.partitions.append(next.relation)
            place.isFound = next.relation.table?.partitionKey == nil
            level = next.parts
        }
        return place
    }

    /// What errors and triggers call the relation of a row: of a partitioned table the partition it belongs to.
    func holder(of row: [SQLValue], _ rules: TableRules) -> Relation {
        guard !rules.partitions.isEmpty, let place = try? place(of: row, rules), place.isFound else {
            return rules.relation
        }
        return place.partitions.last ?? rules.relation
    }

    /// The partition that the statement names, of this table.
    func namedPartition(of rules: TableRules) -> RelationID? {
        guard let partition, transaction.catalog.partitionRoot(of: partition) == rules.relation.id else { return nil }
        return partition
    }

    /// Refuses a row that belongs to no partition, or not to the one that the statement names.
    func checkPartition(_ row: [SQLValue], _ rules: TableRules) throws {
        guard rules.table.partitionKey != nil else { return }
        let place = try place(of: row, rules)
        if let named = namedPartition(of: rules), !place.partitions.contains(where: { $0.id == named }),
            let relation = transaction.catalog[named]
        {
            throw PostgresError(
                "23514", "new row for relation \"\(relation.name)\" violates partition constraint",
                detail: describe(row, rules), schema: relation.schema, table: relation.name)
        }
        guard !place.isFound else { return }
        let holder = place.partitions.last ?? rules.relation
        let key = try transaction.catalog.boundKey(of: holder, context: transaction.valueContext)
        let image = RangeEntry(source: .table(rules.relation.id), name: holder.name, columns: holder.columns)
        let generated = try SQLGenerator(catalog: transaction.catalog)
            .expressions(key, rowImages: [0], ranges: [image])
        let values = text(
            of: try transaction.evaluate(generated, rows: [row]),
            key.map { transaction.catalog.postgresType(of: $0.type.type) })
        let definitions = DefinitionText(
            catalog: transaction.catalog, searchPath: transaction.session.effectivePath,
            context: transaction.valueContext)
        let shown = definitions.partitionKeyParts(of: holder, isBare: true).joined(separator: ", ")
        throw PostgresError(
            "23514", "no partition of relation \"\(holder.name)\" found for row",
            detail: "Partition key of the failing row contains (\(shown)) = (\(values)).", schema: holder.schema,
            table: holder.name)
    }

    /// Whether a row that is changed goes to another partition.
    func moves(from old: [SQLValue], to new: [SQLValue], _ rules: TableRules) -> Bool {
        !rules.partitions.isEmpty && holder(of: old, rules).id != holder(of: new, rules).id
    }
}
