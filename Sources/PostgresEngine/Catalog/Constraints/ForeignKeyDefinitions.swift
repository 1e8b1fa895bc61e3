import PostgresSyntax
import PostgresTypes

/// Foreign keys: what makes one valid, and its name.
extension CatalogEditor {
    mutating func addForeignKey(
        _ key: ForeignKeyDefinition, _ definition: ConstraintDefinition, to id: RelationID, isNew: Bool
    ) throws(PostgresError) {
        guard let relation = catalog[id], let table = relation.table else { return }
        let parent = try existing(key.referencedTable)
        guard parent.isTemporary == relation.isTemporary else {
            throw PostgresError(
                "42P16",
                relation.isTemporary
                    ? "constraints on temporary tables may reference only temporary tables"
                    : "constraints on permanent tables may reference only permanent tables")
        }
        guard let parentTable = parent.table else {
            throw PostgresError("42809", "referenced relation \"\(parent.name)\" is not a table")
        }
        if parentTable.partitionOf != nil || table.partitionOf != nil {
            throw .notSupported("a foreign key of a partition alone")
        }
        guard catalog.allows("references", on: parent, role: session.role) else {
            throw .permissionDenied("table", parent.name)
        }
        let columns = try positions(of: key.columns, in: table)
        let referenced = try referencedColumns(key, parent, parentTable)
        guard columns.count == referenced.count else {
            throw PostgresError("42830", "number of referencing and referenced columns for foreign key disagree")
        }
        let name: String
        if let given = definition.name {
            name = ObjectNames.clip(given)
            if table.constraints.contains(where: { $0.name == name }) {
                throw .duplicateConstraint(name, of: relation.name)
            }
        } else {
            let editor = self
            name = ObjectNames.choose(relation.name, ObjectNames.joined(key.columns), label: "fkey") {
                editor.isConstraintNameTaken(relation.schema, $0)
            }
        }
        for (column, other) in zip(columns, referenced) {
            try checkComparable(table.columns[column], parentTable.columns[other], constraint: name)
        }
        for column in key.onDeleteColumns where !key.columns.contains(column) {
            throw PostgresError(
                "42P10",
                "column \"\(column)\" referenced in ON DELETE SET action must be part of foreign key")
        }
        let foreignKey = ForeignKey(
            columns: key.columns, referencedTable: parent.id,
            referencedColumns: referenced.map { parentTable.columns[$0].name }, onDelete: key.onDelete,
            onUpdate: key.onUpdate, onDeleteColumns: key.onDeleteColumns, isMatchFull: key.isMatchFull)
        var constraint = Constraint(
            name: name, kind: .foreignKey(foreignKey), isValid: !definition.isNotValid || isNew,
            isDeferrable: definition.isDeferrable || definition.isInitiallyDeferred,
            isInitiallyDeferred: definition.isInitiallyDeferred)
        constraint.oid = newOID()
        try updateTable(id) { $0.constraints.append(constraint) }
        if !isNew && !definition.isNotValid { request(.checkConstraint(id, name: name)) }
    }

    private func positions(of columns: [String], in table: Table) throws(PostgresError) -> [Int] {
        var result: [Int] = []
        for column in columns {
            guard let position = table.position(of: column) else {
                throw PostgresError(
                    "42703", "column \"\(column)\" referenced in foreign key constraint does not exist")
            }
            result.append(position)
        }
        return result
    }

    /// The columns referred to: those named, which must be unique together, or the primary key.
    private func referencedColumns(
        _ key: ForeignKeyDefinition, _ parent: Relation, _ table: Table
    ) throws(PostgresError) -> [Int] {
        if key.referencedColumns.isEmpty {
            guard !table.primaryKey.isEmpty else {
                throw PostgresError("42704", "there is no primary key for referenced table \"\(parent.name)\"")
            }
            let key = table.constraints.first { if case .primaryKey = $0.kind { true } else { false } }
            if key?.isDeferrable == true {
                throw PostgresError(
                    "55000", "cannot use a deferrable primary key for referenced table \"\(parent.name)\"")
            }
            return table.primaryKey
        }
        let columns = try positions(of: key.referencedColumns, in: table)
        let wanted = Set(key.referencedColumns)
        let isUnique = table.indexes.contains { index in
            index.isUnique && index.filter == nil && index.columns.map(Set.init) == wanted
                && wanted.count == key.referencedColumns.count
        }
        guard isUnique else {
            throw PostgresError(
                "42830", "there is no unique constraint matching given keys for referenced table \"\(parent.name)\"")
        }
        let names = key.referencedColumns
        let isDeferrable = table.constraints.contains { $0.isDeferrable && $0.keyColumns.map(Set.init) == wanted }
        if isDeferrable {
            throw PostgresError(
                "55000", "cannot use a deferrable unique constraint for referenced table \"\(parent.name)\"",
                column: names.first)
        }
        return columns
    }

    /// Checks the foreign keys of a table in both directions again, after a column changed type.
    func checkForeignKeys(of id: RelationID) throws(PostgresError) {
        guard let table = catalog[id]?.table else { return }
        var keys: [(child: Table, constraint: Constraint, key: ForeignKey)] = []
        for constraint in table.constraints {
            if case .foreignKey(let key) = constraint.kind { keys.append((table, constraint, key)) }
        }
        for (child, constraint, key) in catalog.foreignKeys(to: id) where child.id != id {
            if let child = child.table { keys.append((child, constraint, key)) }
        }
        for (child, constraint, key) in keys {
            guard let parent = catalog[key.referencedTable]?.table else { continue }
            for (name, other) in zip(key.columns, key.referencedColumns) {
                guard let column = child.columns.first(where: { $0.name == name }),
                    let referenced = parent.columns.first(where: { $0.name == other })
                else { continue }
                try checkComparable(column, referenced, constraint: constraint.name)
            }
        }
    }

    private func checkComparable(_ column: Column, _ other: Column, constraint: String) throws(PostgresError) {
        let (left, right) = (catalog.postgresType(of: column.type.type), catalog.postgresType(of: other.type.type))
        guard left == right || comparisonFamily(left) == comparisonFamily(right) && comparisonFamily(left) != nil
        else {
            let leftName = catalog.typeName(TypeReference(column.type.type), searchPath: searchPath)
            let rightName = catalog.typeName(TypeReference(other.type.type), searchPath: searchPath)
            throw PostgresError(
                "42804", "foreign key constraint \"\(constraint)\" cannot be implemented",
                detail: "Key columns \"\(column.name)\" and \"\(other.name)\" are of incompatible types: "
                    + "\(leftName) and \(rightName).")
        }
        guard left.storageClass == right.storageClass else {
            throw .notSupported(
                "a foreign key from \(left.displayName(modifier: -1)) to \(right.displayName(modifier: -1))")
        }
    }

    /// Types between which `=` compares stored values as they are.
    private func comparisonFamily(_ type: PostgresType) -> String? {
        switch type {
        case .int2, .int4, .int8, .oid: "integer"
        case .numeric: "integer"
        case .float4, .float8: "integer"
        case .text, .varchar, .name: "text"
        case .bpchar, .citext: "text"
        default: nil
        }
    }
}
