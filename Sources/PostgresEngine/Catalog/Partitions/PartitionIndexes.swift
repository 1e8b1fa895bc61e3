import PostgresSyntax
import PostgresTypes

/// The indexes that partitions have because a table above them has one: objects with names of their own, which errors
/// tell and tools list. In the file an index of the topmost table does the work of them all.
extension CatalogEditor {
    /// Gives a partition what its parent has of indexes, in the order in which they were made.
    mutating func shareIndexes(of parent: RelationID, with partition: RelationID) throws(PostgresError) {
        for index in (catalog[parent]?.indexes ?? []).sorted(by: { $0.id.oid < $1.id.oid }) {
            try share(index, of: parent, with: partition)
        }
    }

    /// Gives the partitions of a table a new index of it.
    mutating func shareIndex(_ index: Index, of parent: RelationID) throws(PostgresError) {
        for partition in catalog.partitions(of: parent) { try share(index, of: parent, with: partition.id) }
    }

    /// Makes an equal index of the partition a part of `index`, or makes one for it.
    private mutating func share(
        _ index: Index, of parent: RelationID, with partition: RelationID
    ) throws(PostgresError) {
        guard let relation = catalog[partition], !relation.indexes.contains(where: { $0.parent == index.id }) else {
            return
        }
        let equal = relation.indexes.first {
            $0.parent == nil && $0.isEqual(to: index) && (index.constraint == nil || $0.constraint != nil)
        }
        if let equal {
            return attach(equal, of: partition, to: index)
        }
        let whole = catalog[parent]?.table?.constraints.first { $0.name == index.constraint }
        var isPrimaryKey = false
        if case .primaryKey? = whole?.kind { isPrimaryKey = true }
        let columns = index.keys.columnNames + index.including
        var copy = index
        copy.id = RelationID(newOID())
        copy.parent = index.id
        copy.name =
            whole == nil
            ? indexName(columns, on: relation)
            : try keyName(nil, columns, isPrimaryKey: isPrimaryKey, on: relation)
        if var constraint = whole {
            copy.constraint = copy.name
            constraint.name = copy.name
            constraint.oid = newOID()
            try updateTable(partition) { $0.constraints.append(constraint) }
        }
        updateIndexes(of: partition) { $0.append(copy) }
        add(
            Relation(
                id: copy.id, schema: relation.schema, name: copy.name, owner: relation.owner, kind: .index(partition)))
        try shareIndex(copy, of: partition)
    }

    /// ALTER INDEX … ATTACH PARTITION: says which index of a partition is a part of which.
    mutating func attachIndex(_ name: QualifiedName, to parent: Relation) throws(PostgresError) {
        let child = try existing(name)
        guard let (table, whole) = catalog.index(parent.id) else { return }
        guard let (partition, index) = catalog.index(child.id) else {
            throw PostgresError("42P17", "\"\(child.name)\" is not an index")
        }
        if index.parent == whole.id { return }
        func refusal(_ code: String, _ detail: String) -> PostgresError {
            PostgresError(
                code, "cannot attach index \"\(index.name)\" as a partition of index \"\(whole.name)\"", detail: detail)
        }
        if partition.indexes.contains(where: { $0.parent == whole.id }) {
            throw refusal("55000", "Another index is already attached for partition \"\(partition.name)\".")
        }
        if index.parent != nil {
            throw refusal("55000", "Index \"\(index.name)\" is already attached to another index.")
        }
        guard partition.table?.partitionOf == table.id else {
            throw refusal(
                "55000", "Index \"\(index.name)\" is not an index on any partition of table \"\(table.name)\".")
        }
        guard index.isEqual(to: whole) else { throw refusal("42P17", "The index definitions do not match.") }
        if whole.constraint != nil, index.constraint == nil {
            throw refusal(
                "42P17",
                "The index \"\(whole.name)\" belongs to a constraint in table \"\(table.name)\" but no constraint "
                    + "exists for index \"\(index.name)\".")
        }
        attach(index, of: partition.id, to: whole)
    }

    private mutating func attach(_ index: Index, of partition: RelationID, to whole: Index) {
        updateIndexes(of: partition) { indexes in
            for position in indexes.indices where indexes[position].id == index.id {
                indexes[position].parent = whole.id
            }
        }
    }

    /// Lets the indexes of a partition stand alone.
    mutating func separateIndexes(of partition: RelationID) {
        updateIndexes(of: partition) { indexes in
            for position in indexes.indices { indexes[position].parent = nil }
        }
    }

    /// Takes the parts of an index that partitions have, with the constraints that they are for.
    mutating func removeParts(ofIndex id: RelationID, of table: RelationID) throws(PostgresError) {
        for partition in catalog.partitions(of: table) {
            for part in partition.indexes where part.parent == id {
                if let name = part.constraint {
                    try updateTable(partition.id) { $0.constraints.removeAll { $0.name == name } }
                }
                try removeIndex(part.id)
            }
        }
    }

    /// What ALTER TABLE ONLY would change of a table whose partitions share it.
    func checkOnly(_ relation: Relation, _ action: AlterTable.Action) throws(PostgresError) {
        guard relation.table?.partitionKey != nil else { return }
        func refusal(_ message: String, _ hint: String? = nil) -> PostgresError {
            PostgresError("42P16", message, hint: hint)
        }
        let hint = "Do not specify the ONLY keyword."
        if case .addConstraint(let definition) = action, case .foreignKey(let key) = definition.kind {
            throw PostgresError(
                "42809",
                "cannot use ONLY for foreign key on partitioned table \"\(relation.name)\" referencing relation "
                    + "\"\(key.referencedTable.name)\"")
        }
        guard !catalog.partitions(of: relation.id).isEmpty else { return }
        switch action {
        case .addColumn: throw refusal("column must be added to child tables too")
        case .dropColumn:
            throw refusal("cannot drop column from only the partitioned table when partitions exist", hint)
        case .setType(let name, _, _, _):
            throw refusal("type of inherited column \"\(name)\" must be changed in child tables too")
        case .setNotNull(_, true): throw refusal("constraint must be added to child tables too", hint)
        case .setNotNull(_, false):
            throw refusal("cannot remove constraint from only the partitioned table when partitions exist", hint)
        case .addConstraint(let definition):
            if case .check = definition.kind { throw refusal("constraint must be added to child tables too") }
        case .dropConstraint(let name, _, _):
            guard case .check? = relation.table?.constraints.first(where: { $0.name == name })?.kind else { return }
            throw refusal("cannot remove constraint from only the partitioned table when partitions exist", hint)
        default: return
        }
    }
}

extension Index {
    /// Whether it keeps the same rows apart, or finds them, in the same way.
    fileprivate func isEqual(to other: Index) -> Bool {
        method == other.method && isUnique == other.isUnique && nullsNotDistinct == other.nullsNotDistinct
            && filter == other.filter && including == other.including
            && keys.map(\.value) == other.keys.map(\.value)
            && keys.map(\.operatorClass) == other.keys.map(\.operatorClass)
    }
}
