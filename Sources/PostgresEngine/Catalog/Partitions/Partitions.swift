import PostgresSyntax
import PostgresTypes

/// Partitions. The rows of a partitioned table live in it; a partition is a name for those that satisfy its bound. Rows
/// can be inserted and read through it; what else would act on it alone is refused.
extension CatalogEditor {
    mutating func createPartition(
        _ definition: CreateTable, _ schema: String, _ name: String, of parentName: QualifiedName
    ) throws(PostgresError) {
        let parent = try existing(parentName)
        let table = try partitioned(parent)
        guard definition.columns.isEmpty, definition.constraints.isEmpty, definition.partitionBy == nil else {
            throw .notSupported("PARTITION OF with columns, constraints or partitions of its own")
        }
        try checkFree(schema, name, takesType: true)
        let id = RelationID(newOID())
        let rowType = addType(schema: schema, name: name, kind: .row(id))
        var partition = Table(columns: table.columns, rowType: rowType)
        partition.partitionOf = parent.id
        partition.partitionBound = definition.partitionBound ?? "default"
        try checkBound(partition.partitionBound, of: table)
        add(Relation(id: id, schema: schema, name: name, owner: session.role, kind: .table(partition)))
        _ = try catalog.partitionCondition(id)
        request(.checkPartition(id))
    }

    /// ALTER TABLE … ATTACH PARTITION. Of an index it only says which one belongs to which.
    mutating func attach(_ name: QualifiedName, bound: String, to parent: Relation) throws(PostgresError) {
        if case .index = parent.kind { return }
        let table = try partitioned(parent, as: "table ")
        let partition = try existing(name)
        guard let own = partition.table else { throw .wrongKind(partition.name, "a table") }
        guard own.partitionOf == nil else {
            throw PostgresError("42809", "\"\(partition.name)\" is already a partition")
        }
        for column in own.columns where table.position(of: column.name) == nil {
            throw PostgresError(
                "42804",
                "table \"\(partition.name)\" contains column \"\(column.name)\" not found in parent \"\(parent.name)\"",
                detail: "The new partition may contain only the columns present in parent.")
        }
        guard own.columns.map(\.name) == table.columns.map(\.name),
            own.columns.map(\.type) == table.columns.map(\.type)
        else { throw .notSupported("a partition whose columns are not its parent's in their order") }
        try checkBound(bound, of: table)
        try updateTable(partition.id) {
            $0.partitionOf = parent.id
            $0.partitionBound = bound
        }
        _ = try catalog.partitionCondition(partition.id)
        request(.checkPartition(partition.id))
        request(.mergePartition(partition.id))
        for constraint in table.constraints {
            switch constraint.kind {
            case .check, .foreignKey, .exclusion:
                request(.checkConstraint(parent.id, name: constraint.name))
            case .primaryKey, .unique: break
            }
        }
        for column in table.columns where column.isNotNull { request(.checkNotNull(parent.id, column: column.name)) }
        request(.dropTable(storage: partition.storageName))
    }

    /// ALTER TABLE … DETACH PARTITION: a table of its own from then on, with constraints and indexes like the parent's.
    mutating func detach(_ name: QualifiedName, from parent: Relation) throws(PostgresError) {
        let table = try partitioned(parent, as: "table ")
        let partition = try existing(name)
        guard partition.table?.partitionOf == parent.id else {
            throw PostgresError(
                "42P01", "relation \"\(partition.name)\" is not a partition of relation \"\(parent.name)\"")
        }
        try updateTable(partition.id) {
            $0.partitionOf = nil
            $0.partitionBound = nil
            for column in $0.columns.indices {
                $0.columns[column].identity = nil
                $0.columns[column].sequence = nil
            }
        }
        request(.separatePartition(partition.id))
        let own = Set(partition.table?.constraints.map(\.name) ?? [])
        for constraint in table.constraints where !own.contains(constraint.name) {
            switch constraint.kind {
            case .check, .foreignKey:
                var copy = constraint
                copy.oid = newOID()
                try updateTable(partition.id) { $0.constraints.append(copy) }
            case .primaryKey, .unique, .exclusion: break
            }
        }
        let keys = Set((partition.table?.constraints ?? []).compactMap(\.keyColumns))
        var missing = table
        missing.constraints.removeAll { $0.keyColumns.map(keys.contains) ?? false }
        if let detached = catalog[partition.id] { try copyIndexes(of: missing, to: detached) }
    }

    /// That the values of a bound are constants of the key's types.
    private func checkBound(_ bound: String?, of table: Table) throws(PostgresError) {
        guard let bound, bound.lowercased() != "default" else { return }
        let context = context.inDatabaseZone
        let groups = try PartitionBound.bind(bound, of: table, catalog: catalog, context: context)
        for case .value(let value) in groups.joined() where !value.isImmutable(catalog) {
            throw .notSupported("a partition bound that is no constant")
        }
    }

    /// - Parameter kind: what messages call it, with a blank.
    private func partitioned(_ parent: Relation, as kind: String = "") throws(PostgresError) -> Table {
        guard let table = parent.table, table.partitionKey != nil else {
            throw PostgresError("42P17", "\(kind)\"\(parent.name)\" is not partitioned")
        }
        try checkOwner(of: parent)
        return table
    }

    /// Refuses what would act on a partition alone, or on the columns that it shares.
    func checkPartitions(_ relation: Relation, _ action: AlterTable.Action) throws(PostgresError) {
        let isPartition = relation.table?.partitionOf != nil
        let hasPartitions =
            relation.table?.partitionKey != nil
            && catalog.relations.values.contains { $0.table?.partitionOf == relation.id }
        if let key = PartitionKey(relation.table?.partitionKey) { try checkPartitionKey(key, of: relation, action) }
        guard isPartition || hasPartitions else { return }
        if isPartition, let refusal = Self.refusal(ofInherited: action) { throw refusal }
        switch action {
        case .addIdentity, .setIdentity, .dropIdentity, .dropExpression:
            throw .notSupported("this ALTER TABLE of a partitioned table")
        case .dropConstraint, .validateConstraint:
            if isPartition { throw .notSupported("this ALTER TABLE of a partition alone") }
        case .addConstraint(let definition) where isPartition:
            // A key that the parent has too holds through the parent.
            let parent = relation.table?.partitionOf.flatMap { catalog[$0]?.table }
            let keys = parent?.constraints.compactMap(\.keyColumns) ?? []
            switch definition.kind {
            case .primaryKey(let columns) where keys.contains(columns): return
            case .unique(let columns, _) where keys.contains(columns): return
            default: throw .notSupported("a constraint on a partition alone")
            }
        case .setNotNull, .setDefault:
            if isPartition { throw .notSupported("this ALTER TABLE of a partition alone") }
        default: return
        }
    }
}

extension CatalogEditor {
    /// The columns of a partition are its parent's.
    private static func refusal(ofInherited action: AlterTable.Action) -> PostgresError? {
        switch action {
        case .addColumn: PostgresError("42809", "cannot add column to a partition")
        case .dropColumn(let name, _, _): PostgresError("42P16", "cannot drop inherited column \"\(name)\"")
        case .setType(let name, _, _): PostgresError("42P16", "cannot alter inherited column \"\(name)\"")
        default: nil
        }
    }

    private func checkPartitionKey(
        _ key: PartitionKey, of relation: Relation, _ action: AlterTable.Action
    ) throws(PostgresError) {
        let (verb, column) =
            switch action {
            case .dropColumn(let name, _, _): ("drop", name)
            case .setType(let name, _, _): ("alter", name)
            default: ("", "")
            }
        guard key.columns.contains(column) else { return }
        throw PostgresError(
            "42P16",
            "cannot \(verb) column \"\(column)\" because it is part of the partition key of relation "
                + "\"\(relation.name)\"")
    }

    /// Gives the partitions of a table the columns that it has now. What is granted on theirs stays.
    mutating func shareColumns(of id: RelationID) throws(PostgresError) {
        guard let table = catalog[id]?.table, table.partitionKey != nil else { return }
        let columns = table.columns
        for partition in catalog.partitions(of: id) {
            let own = partition.columns
            try updateTable(partition.id) { table in
                let old = table.columns
                table.columns = columns
                for index in columns.indices {
                    let same = own.count == columns.count ? old[index] : old.first { $0.name == columns[index].name }
                    table.columns[index].privileges = same?.privileges ?? []
                }
            }
        }
    }
}

extension CatalogSnapshot {
    /// The partitions of a table, the default one last.
    package func partitions(of id: RelationID) -> [Relation] {
        let all = orderedRelations.filter { $0.table?.partitionOf == id }
        return all.filter { !$0.isDefaultPartition } + all.filter(\.isDefaultPartition)
    }

    /// What the rows of a partition satisfy, over the parent's columns.
    func partitionCondition(_ id: RelationID) throws(PostgresError) -> Expression {
        guard let relation = self[id], let parentID = relation.table?.partitionOf,
            let key = self[parentID]?.table?.partitionKey
        else { throw PostgresError("XX000", "not a partition") }
        if !relation.isDefaultPartition {
            return try PartitionBound.condition(
                key: key, bound: relation.table?.partitionBound ?? "", of: parentID)
        }
        var others: [Expression] = []
        for partition in partitions(of: parentID) where !partition.isDefaultPartition {
            others.append(try partitionCondition(partition.id))
        }
        return Expression(.isTruth(Expression(.or(others + [.constantFalse, .constantFalse])), .isTrue, negated: true))
    }
}

extension CatalogEditor {
    /// That rows can be told apart by the hash of a key.
    func checkHashKey(_ key: String, _ columns: [Column]) throws(PostgresError) {
        guard let key = PartitionKey(key), key.strategy == "hash" else { return }
        for name in key.columns {
            guard let column = columns.first(where: { $0.name == name }) else { continue }
            let type = catalog.postgresType(of: column.type.type)
            guard PartitionHash.supports(type) else {
                throw .notSupported("PARTITION BY HASH of \(type.displayName())")
            }
        }
    }
}

extension Relation {
    var isDefaultPartition: Bool { table?.partitionBound?.lowercased() == "default" }
}

extension Expression {
    fileprivate static var constantFalse: Expression { Expression(.constant(.bool(false))) }
}
