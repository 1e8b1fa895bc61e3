import PostgresTypes
import SQLite

/// What a new partition asks of the others and of the rows that are there.
extension StorageEditor {
    /// An end of a range as a value to compare: MINVALUE and MAXVALUE lie outside all values.
    private enum Bound {
        case minimum, maximum
        case value(SQLValue)
    }

    /// That a partition's rows are none of another's, and that no row of the default partition would be its own.
    func checkPartition(_ id: RelationID) throws {
        guard let partition = transaction.catalog[id], let parentID = partition.table?.partitionOf,
            let parent = transaction.catalog[parentID]
        else { return }
        let root = transaction.catalog.partitionRoot(of: parentID)
        guard let whole = transaction.catalog[root] else { return }
        let others = transaction.catalog.partitions(of: parentID).filter { $0.id != id }
        let standard = others.first(where: \.isDefaultPartition)
        if partition.isDefaultPartition {
            guard let standard else { return }
            throw Self.invalid(
                "partition \"\(partition.name)\" conflicts with existing default partition \"\(standard.name)\"")
        }
        let types = try transaction.catalog.boundKey(of: parent, context: transaction.valueContext).map {
            transaction.catalog.postgresType(of: $0.type.type)
        }
        let bounds = try values(of: partition, parent)
        try checkOrder(bounds, types, partition)
        var overlapping: [(name: String, bounds: [[Bound]])] = []
        for other in others where !other.isDefaultPartition {
            let found = try values(of: other, parent)
            if Self.overlap(bounds, found, types) { overlapping.append((other.name, found)) }
        }
        let first = overlapping.min { Self.compare($0.bounds.first ?? [], $1.bounds.first ?? [], types) < 0 }
        if let first {
            throw Self.invalid("partition \"\(partition.name)\" would overlap partition \"\(first.name)\"")
        }
        guard let standard else { return }
        let condition = try transaction.condition(ofPartition: partition, in: transaction.catalog)
        let rows = try transaction.connection.rows(
            "SELECT 1 FROM \(whole.storageName.quotedName) WHERE \(condition) LIMIT 1")
        guard rows.isEmpty else {
            throw PostgresError(
                "23514",
                "updated partition constraint for default partition \"\(standard.name)\" would be violated by some row",
                schema: standard.schema, table: standard.name)
        }
    }

    /// Moves the rows of a table that becomes a partition into its parent's, whose rules they are to satisfy.
    func merge(_ id: RelationID) throws {
        guard let old = before[id], let partition = transaction.catalog[id],
            let parent = transaction.catalog[transaction.catalog.partitionRoot(of: id)]
        else { return }
        let connection = transaction.connection
        let source = old.storageName.quotedName
        if try connection.rows("SELECT 1 FROM \(source) LIMIT 1").isEmpty { return }
        let target = parent.storageName.quotedName
        try transaction.completeIndexes(of: parent)
        let last = try connection.rows("SELECT coalesce(max(\"#row\"), 0) FROM \(target)")[0][0]
        let names = parent.columns.map(\.name.quotedName).joined(separator: ", ")
        do {
            try connection.run(
                "INSERT INTO \(target) (\(names)) SELECT \(names) FROM \(source) ORDER BY \"#row\"")
        } catch is SQLiteError {
            throw PostgresError.notSupported("ATTACH PARTITION of a table with rows that break a key of its parent")
        }
        let condition = try transaction.condition(ofPartition: partition, in: transaction.catalog)
        let strangers = try connection.rows(
            "SELECT 1 FROM \(target) WHERE \"#row\" > ?1 AND (\(condition)) IS NOT TRUE LIMIT 1", [last])
        guard strangers.isEmpty else {
            throw PostgresError(
                "23514", "partition constraint of relation \"\(partition.name)\" is violated by some row",
                schema: partition.schema, table: partition.name)
        }
    }

    private static func invalid(_ message: String, detail: String? = nil) -> PostgresError {
        PostgresError("42P17", message, detail: detail)
    }

    /// The bound's values: those of a list as one group, the two ends of a range as two.
    private func values(of partition: Relation, _ parent: Relation) throws -> [[Bound]] {
        let catalog = transaction.catalog
        let groups = try PartitionBound.bind(
            partition.table?.partitionBound ?? "", of: parent, catalog: catalog,
            context: transaction.valueContext.inDatabaseZone)
        return try groups.map { group in
            try group.map { value in
                switch value {
                case .minimum: .minimum
                case .maximum: .maximum
                case .value(let expression):
                    .value(try transaction.evaluate(SQLGenerator(catalog: catalog).expressions([expression]))[0])
                }
            }
        }
    }

    private func checkOrder(
        _ bounds: [[Bound]], _ types: [PostgresType], _ partition: Relation
    ) throws {
        guard bounds.count == 2, Self.compare(bounds[0], bounds[1], types) >= 0 else { return }
        let definitions = DefinitionText(
            catalog: transaction.catalog, searchPath: transaction.session.effectivePath,
            context: transaction.valueContext)
        let shown = definitions.partitionBound(of: partition) ?? ""
        let ends = shown.components(between: "FROM ", and: " TO ")
        throw Self.invalid(
            "empty range bound specified for partition \"\(partition.name)\"",
            detail: "Specified lower bound \(ends.0) is greater than or equal to upper bound \(ends.1).")
    }

    private static func overlap(_ left: [[Bound]], _ right: [[Bound]], _ types: [PostgresType]) -> Bool {
        if left.count == 2, right.count == 2 {
            return compare(left[0], right[1], types) < 0 && compare(right[0], left[1], types) < 0
        }
        return left.joined().contains { value in
            right.joined().contains { compare([value], [$0], types) == 0 }
        }
    }

    /// How two ends of ranges lie, column by column. After a MINVALUE or MAXVALUE nothing more counts.
    private static func compare(_ left: [Bound], _ right: [Bound], _ types: [PostgresType]) -> Int {
        for (index, type) in types.enumerated() where index < left.count && index < right.count {
            switch (left[index], right[index]) {
            case (.minimum, .minimum), (.maximum, .maximum): return 0
            case (.minimum, _), (_, .maximum): return -1
            case (_, .minimum), (.maximum, _): return 1
            case (.value(let one), .value(let other)):
                if one.isNull || other.isNull { return one.isNull && other.isNull ? 0 : one.isNull ? 1 : -1 }
                let order = type.compare(one, other)
                if order != 0 { return order }
            }
        }
        return 0
    }
}

extension String {
    /// What stands between `opening` and `mark`, and what follows `mark`.
    fileprivate func components(between opening: String, and mark: String) -> (String, String) {
        var start = startIndex
        while start < endIndex, !self[start...].hasPrefix(opening) { start = index(after: start) }
        let rest = self[start...].dropFirst(opening.count)
        var middle = rest.startIndex
        while middle < rest.endIndex, !rest[middle...].hasPrefix(mark) { middle = rest.index(after: middle) }
        return (String(rest[..<middle]), String(rest[middle...].dropFirst(mark.count)))
    }
}
