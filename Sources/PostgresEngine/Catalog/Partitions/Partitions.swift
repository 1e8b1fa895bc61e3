import PostgresSyntax
import PostgresTypes

/// Partitions. The rows of a partitioned table live in the topmost that it is a partition of; a partition is a name for
/// those that satisfy its bound and those above it. Rows can be inserted and read through it; what else would act on it
/// alone is refused.
extension CatalogEditor {
    mutating func createPartition(
        _ definition: CreateTable, _ schema: String, _ name: String, of parentName: QualifiedName
    ) throws(PostgresError) {
        let parent = try existing(parentName)
        let table = try partitioned(parent)
        guard definition.columns.isEmpty else { throw .notSupported("PARTITION OF with columns of its own") }
        try checkAlone(definition.constraints, on: table)
        try checkFree(schema, name, takesType: true)
        let id = RelationID(newOID())
        let rowType = addType(schema: schema, name: name, kind: .row(id))
        var partition = Table(columns: table.columns, rowType: rowType)
        partition.disownSequences()
        partition.partitionOf = parent.id
        partition.partitionBound = definition.partitionBound ?? "default"
        partition.partitionKey = definition.partitionBy.map { PartitionKey($0, path: searchPath) }
        try checkBound(partition.partitionBound, of: parent)
        add(Relation(id: id, schema: schema, name: name, owner: session.role, kind: .table(partition)))
        try checkPartitionKey(of: id)
        for constraint in table.constraints {
            guard let columns = constraint.keyColumns, let relation = catalog[id] else { continue }
            let isPrimaryKey = if case .primaryKey = constraint.kind { true } else { false }
            try checkUniqueness(over: columns, as: isPrimaryKey ? "PRIMARY KEY" : "UNIQUE", of: relation)
        }
        _ = try catalog.partitionCondition(id)
        request(.checkPartition(id))
        try shareIndexes(of: parent.id, with: id)
        try addConstraints(definition.constraints, to: id, isNew: true)
    }

    /// Refuses constraints of one partition alone that the emulator does not look at: it keeps the rows of all together.
    private func checkAlone(_ constraints: [ConstraintDefinition], on table: Table) throws(PostgresError) {
        for constraint in constraints {
            switch constraint.kind {
            case .check, .unique: continue
            case .primaryKey(let columns):
                // NOT NULL would hold of all partitions.
                let isNotNull = columns.allSatisfy { name in
                    table.columns.first { $0.name == name }?.isNotNull ?? true
                }
                if isNotNull { continue }
                throw .notSupported("a primary key of a partition alone, over columns that are not NOT NULL")
            default: throw .notSupported("a foreign key or EXCLUDE of a partition alone")
            }
        }
    }

    /// ALTER TABLE and ALTER INDEX … ATTACH PARTITION.
    mutating func attach(_ name: QualifiedName, bound: String, to parent: Relation) throws(PostgresError) {
        if case .index = parent.kind { return try attachIndex(name, to: parent) }
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
        guard !catalog.ancestors(of: parent.id).contains(partition.id) else {
            throw PostgresError(
                "42P07", "circular inheritance not allowed",
                detail: "\"\(parent.name)\" is already a child of \"\(partition.name)\".")
        }
        try checkRules(of: partition, own, goWith: table, of: parent)
        try checkBound(bound, of: parent)
        try updateTable(partition.id) {
            $0.partitionOf = parent.id
            $0.partitionBound = bound
        }
        _ = try catalog.partitionCondition(partition.id)
        request(.checkPartition(partition.id))
        request(.mergePartition(partition.id))
        let root = catalog.partitionRoot(of: parent.id)
        for constraint in catalog[root]?.table?.constraints ?? [] {
            switch constraint.kind {
            case .check, .foreignKey, .exclusion: request(.checkConstraint(root, name: constraint.name))
            case .primaryKey, .unique: break
            }
        }
        for column in table.columns where column.isNotNull { request(.checkNotNull(root, column: column.name)) }
        request(.dropTable(storage: partition.storageName))
        for relation in [partition] + catalog.descendants(of: partition.id) {
            for index in relation.indexes where index.isUnique { request(.createIndex(index.id, on: relation.id)) }
        }
        try shareIndexes(of: parent.id, with: partition.id)
    }

    /// That what holds of a table which becomes a partition is what holds of its parent: the emulator keeps the rows of
    /// both together.
    private func checkRules(
        of partition: Relation, _ own: Table, goWith table: Table, of parent: Relation
    ) throws(PostgresError) {
        for (column, other) in zip(table.columns, own.columns) where column.isNotNull && !other.isNotNull {
            throw PostgresError("42804", "column \"\(column.name)\" in child table must be marked NOT NULL")
        }
        let definitions = DefinitionText(catalog: catalog, searchPath: searchPath, context: context)
        func text(_ constraint: Constraint, _ relation: Relation) -> String {
            definitions.constraint(constraint, of: relation)
        }
        // What a partition has from above is kept there only.
        let above = [parent] + catalog.ancestors(of: parent.id).compactMap { catalog[$0] }
        for relation in above {
            for constraint in relation.table?.constraints ?? [] {
                guard case .check = constraint.kind else { continue }
                guard let same = own.constraints.first(where: { $0.name == constraint.name }) else {
                    throw PostgresError("42804", "child table is missing constraint \"\(constraint.name)\"")
                }
                guard text(same, partition) == text(constraint, relation) else {
                    throw PostgresError(
                        "42804",
                        "child table \"\(partition.name)\" has different definition for check constraint "
                            + "\"\(constraint.name)\"")
                }
            }
        }
        func alone(_ what: String) -> PostgresError { .notSupported("ATTACH PARTITION of a table with \(what)") }
        let tables = [own] + catalog.descendants(of: partition.id).compactMap(\.table)
        if tables.contains(where: { !$0.triggers.isEmpty }) { throw alone("triggers") }
        for constraint in tables.flatMap(\.constraints) {
            switch constraint.kind {
            case .check, .primaryKey, .unique: break
            case .foreignKey(let key):
                let shared = above.compactMap(\.table).flatMap(\.constraints).contains { other in
                    guard case .foreignKey(let whole) = other.kind else { return false }
                    return whole.columns == key.columns && whole.referencedTable == key.referencedTable
                        && whole.referencedColumns == key.referencedColumns && whole.onDelete == key.onDelete
                        && whole.onUpdate == key.onUpdate
                }
                if !shared { throw alone("a foreign key that its parent has not") }
            case .exclusion: throw alone("an EXCLUDE constraint")
            }
        }
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
            $0.disownSequences()
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
        separateIndexes(of: partition.id)
    }

    /// That the values of a bound are constants of the key's types.
    private func checkBound(_ bound: String?, of parent: Relation) throws(PostgresError) {
        guard let bound, bound.lowercased() != "default" else { return }
        let context = context.inDatabaseZone
        let groups = try PartitionBound.bind(bound, of: parent, catalog: catalog, context: context)
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
        for table in [relation] + catalog.descendants(of: relation.id) {
            if let key = table.table?.partitionKey { try checkPartitionKey(key, of: table, action) }
        }
        guard isPartition || hasPartitions else { return }
        if isPartition, let refusal = Self.refusal(ofInherited: action) { throw refusal }
        switch action {
        case .addIdentity, .setIdentity, .dropIdentity, .dropExpression:
            throw .notSupported("this ALTER TABLE of a partitioned table")
        case .validateConstraint:
            if isPartition { throw .notSupported("this ALTER TABLE of a partition alone") }
        case .dropConstraint(let name, _, _) where isPartition:
            let above = catalog.ancestors(of: relation.id).compactMap { catalog[$0]?.table }
            guard let own = relation.table?.constraints.first(where: { $0.name == name }) else {
                // What the emulator keeps with the parent alone.
                guard above.contains(where: { $0.constraints.contains { $0.name == name } }) else { return }
                throw Self.inherited(name, relation)
            }
            let isKey = own.keyColumns != nil
            let isInherited = isKey ? isCovered(own, of: relation) : catalog.isInherited(own, by: relation)
            if isInherited { throw Self.inherited(name, relation) }
        case .addConstraint(let definition) where isPartition:
            if let table = relation.table { try checkAlone([definition], on: table) }
        case .setDefault(let name, let value) where isPartition:
            // Dumps say the parent's once more.
            let whole = relation.table?.partitionOf.flatMap { catalog[$0]?.table }?.columns.first { $0.name == name }
            guard whole?.defaultValue == value else {
                throw .notSupported("another default of a column in one partition than in its table")
            }
        case .setNotNull(let name, let flag):
            if isPartition, relation.table?.columns.first(where: { $0.name == name })?.isNotNull == flag { return }
            if isPartition { throw .notSupported("this ALTER TABLE of a partition alone") }
        default: return
        }
    }
}

extension CatalogEditor {
    private static func inherited(_ name: String, _ relation: Relation) -> PostgresError {
        PostgresError("42P16", "cannot drop inherited constraint \"\(name)\" of relation \"\(relation.name)\"")
    }

    private func isCovered(_ key: Constraint, of partition: Relation) -> Bool {
        guard let index = partition.indexes.first(where: { $0.constraint == key.name }) else { return false }
        return catalog.isCovered(index, of: partition)
    }

    /// The columns of a partition are its parent's.
    private static func refusal(ofInherited action: AlterTable.Action) -> PostgresError? {
        switch action {
        case .addColumn: PostgresError("42809", "cannot add column to a partition")
        case .dropColumn(let name, _, _): PostgresError("42P16", "cannot drop inherited column \"\(name)\"")
        case .setType(let name, _, _, _): PostgresError("42P16", "cannot alter inherited column \"\(name)\"")
        default: nil
        }
    }

    private func checkPartitionKey(
        _ key: PartitionKey, of relation: Relation, _ action: AlterTable.Action
    ) throws(PostgresError) {
        let (verb, column) =
            switch action {
            case .dropColumn(let name, _, _): ("drop", name)
            case .setType(let name, _, _, _): ("alter", name)
            default: ("", "")
            }
        guard key.uses.contains(column) else { return }
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
                table.disownSequences()
                for index in columns.indices {
                    let same = own.count == columns.count ? old[index] : old.first { $0.name == columns[index].name }
                    table.columns[index].privileges = same?.privileges ?? []
                }
            }
            try shareColumns(of: partition.id)
        }
    }
}

extension CatalogSnapshot {
    /// The partitions of a table, the default one last.
    package func partitions(of id: RelationID) -> [Relation] {
        // Asked of every table that is given an index.
        if let table = self[id]?.table, table.partitionKey == nil { return [] }
        let all = orderedRelations.filter { $0.table?.partitionOf == id }
        return all.filter { !$0.isDefaultPartition } + all.filter(\.isDefaultPartition)
    }

    /// The tables that it is a partition of, from its parent up.
    func ancestors(of id: RelationID) -> [RelationID] {
        var found: [RelationID] = []
        var next = self[id]?.table?.partitionOf
        while let parent = next {
            found.append(parent)
            next = self[parent]?.table?.partitionOf
        }
        return found
    }

    /// The table that holds the rows of a partition; another table holds its own.
    package func partitionRoot(of id: RelationID) -> RelationID { ancestors(of: id).last ?? id }

    /// All partitions below a table, level by level as PostgreSQL lists them.
    func descendants(of id: RelationID) -> [Relation] {
        guard self[id]?.table?.partitionKey != nil else { return [] }
        var found: [Relation] = []
        var level = [id]
        while !level.isEmpty {
            let next = level.flatMap { parent in orderedRelations.filter { $0.table?.partitionOf == parent } }
            found += next
            level = next.map(\.id)
        }
        return found
    }

    /// Whether a unique index of a partition is that of a table above it, which keeps the rows of all apart.
    func isCovered(_ index: Index, of partition: Relation) -> Bool { covering(index, of: partition) != nil }

    /// The topmost unique index over the same keys of a table above a partition.
    func covering(_ index: Index, of partition: Relation) -> Index? {
        for id in ancestors(of: partition.id).reversed() {
            let found = (self[id]?.indexes ?? []).first {
                $0.isUnique && $0.keys.map(\.value) == index.keys.map(\.value) && $0.filter == index.filter
                    && $0.nullsNotDistinct == index.nullsNotDistinct
            }
            if let found { return found }
        }
        return nil
    }

    /// Whether a table above a partition has a constraint of that name.
    func isInherited(_ constraint: Constraint, by partition: Relation) -> Bool {
        ancestors(of: partition.id).contains { id in
            (self[id]?.table?.constraints ?? []).contains { $0.name == constraint.name }
        }
    }

    /// What the rows of a partition satisfy among those of its parent.
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

    /// What the rows of a partition satisfy among those of the table `root` above it, whose columns are its own too.
    func boundPartitionCondition(
        _ id: RelationID, below root: RelationID, context: ValueContext
    ) throws(PostgresError) -> TypedExpression {
        var conditions: [Expression] = []
        var path = ["pg_catalog"]
        var partition = id
        while partition != root, let parent = self[partition]?.table?.partitionOf {
            conditions.insert(try partitionCondition(partition), at: 0)
            path += self[parent]?.table?.partitionKey?.path ?? []
            partition = parent
        }
        let condition = conditions.count == 1 ? conditions[0] : Expression(.and(conditions))
        return try ColumnExpressions(catalog: self, context: context).bindCheck(condition, over: root, path: path)
    }
}

extension Relation {
    var isDefaultPartition: Bool { table?.partitionBound?.lowercased() == "default" }
}

extension Expression {
    fileprivate static var constantFalse: Expression { Expression(.constant(.bool(false))) }
}

extension Table {
    /// Sequences, and with them identities, are the partitioned table's alone.
    fileprivate mutating func disownSequences() {
        for column in columns.indices {
            columns[column].identity = nil
            columns[column].sequence = nil
        }
    }
}
