import PostgresSyntax
import PostgresTypes

/// Constraints of tables: at creation and by ALTER TABLE … ADD CONSTRAINT.
extension CatalogEditor {
    /// Adds constraints in Postgres' order: CHECKs, then the keys with the primary one first, then foreign keys.
    /// - Parameter isNew: the table was made by this very statement, so it has no rows to check.
    mutating func addConstraints(
        _ definitions: [ConstraintDefinition], to id: RelationID, isNew: Bool
    ) throws(PostgresError) {
        for definition in definitions {
            if case .check(let expression) = definition.kind {
                try addCheck(expression, definition, to: id, isNew: isNew)
            }
        }
        for definition in definitions {
            if case .primaryKey(let columns) = definition.kind {
                try addKey(columns, definition, to: id, isNew: isNew)
            }
        }
        for definition in definitions {
            switch definition.kind {
            case .unique(let columns, _): try addKey(columns, definition, to: id, isNew: isNew)
            case .usingIndex(let index, let isPrimaryKey):
                try addKey(usingIndex: index, isPrimaryKey: isPrimaryKey, definition, to: id)
            case .exclusion(let exclusion): try addExclusion(exclusion, definition, to: id, isNew: isNew)
            default: break
            }
        }
        for definition in definitions {
            if case .foreignKey(let key) = definition.kind {
                try addForeignKey(key, definition, to: id, isNew: isNew)
            }
        }
    }

    /// The name a constraint asked for, checked against those the table has.
    private func checkedName(_ name: String, on relation: Relation) throws(PostgresError) -> String {
        let name = ObjectNames.clip(name)
        guard relation.table?.constraints.contains(where: { $0.name == name }) != true else {
            throw .duplicateConstraint(name, of: relation.name)
        }
        return name
    }

    private mutating func addCheck(
        _ expression: Expression, _ definition: ConstraintDefinition, to id: RelationID, isNew: Bool
    ) throws(PostgresError) {
        guard let relation = catalog[id], let table = relation.table else { return }
        if validates { try checkBoolean(expression, over: id) }
        let name: String
        if let given = definition.name {
            name = try checkedName(given, on: relation)
        } else {
            let columns = expression.columnNames.filter { table.position(of: $0) != nil }
            let editor = self
            name = ObjectNames.choose(relation.name, columns.count == 1 ? columns[0] : nil, label: "check") {
                editor.isConstraintNameTaken(relation.schema, $0)
            }
        }
        var constraint = Constraint(name: name, kind: .check(expression), isValid: !definition.isNotValid || isNew)
        constraint.expressionPath = searchPath
        constraint.oid = newOID()
        try updateTable(id) { $0.constraints.append(constraint) }
        if !isNew && !definition.isNotValid { request(.checkConstraint(id, name: name)) }
    }

    /// Binds a condition of a table (nil: of nothing) to see that it is one.
    func checkBoolean(_ expression: Expression, over id: RelationID?) throws(PostgresError) {
        _ = try ColumnExpressions(catalog: catalog, context: context).bindCheck(
            expression, over: id, path: searchPath)
    }

    private mutating func addKey(
        _ columns: [String], _ definition: ConstraintDefinition, to id: RelationID, isNew: Bool
    ) throws(PostgresError) {
        guard let relation = catalog[id], let table = relation.table else { return }
        let isPrimaryKey = if case .primaryKey = definition.kind { true } else { false }
        var nullsNotDistinct = false
        if case .unique(_, let flag) = definition.kind { nullsNotDistinct = flag }
        if isPrimaryKey && !table.primaryKey.isEmpty {
            throw PostgresError("42P16", "multiple primary keys for table \"\(relation.name)\" are not allowed")
        }
        var seen: Set<String> = []
        for column in columns {
            guard let position = table.position(of: column) else {
                throw PostgresError("42703", "column \"\(column)\" named in key does not exist")
            }
            if validates { try checkOperatorClass(of: table.columns[position].type, method: "btree") }
            guard seen.insert(column).inserted else {
                throw PostgresError(
                    "42701",
                    "column \"\(column)\" appears twice in \(isPrimaryKey ? "primary key" : "unique") constraint")
            }
        }
        try checkUniqueness(over: columns, as: isPrimaryKey ? "PRIMARY KEY" : "UNIQUE", of: relation)
        // CREATE TABLE makes one index of two UNIQUE clauses over the same columns.
        let isRepeated = table.constraints.contains {
            if case .unique(columns, nullsNotDistinct) = $0.kind { true } else { false }
        }
        if isNew, !isPrimaryKey, definition.name == nil, isRepeated { return }

        let name = try keyName(definition.name, columns, isPrimaryKey: isPrimaryKey, on: relation)
        let index = Index(
            id: RelationID(newOID()), name: name, method: "btree",
            keys: columns.map { CreateIndex.Key(Expression(.column([$0]))) }, isUnique: true,
            nullsNotDistinct: nullsNotDistinct, constraint: name)
        if isPrimaryKey { try makeNotNull(columns, of: id, isNew: isNew) }
        var constraint = Constraint(
            name: name,
            kind: isPrimaryKey ? .primaryKey(columns) : .unique(columns, nullsNotDistinct: nullsNotDistinct),
            isDeferrable: definition.isDeferrable || definition.isInitiallyDeferred,
            isInitiallyDeferred: definition.isInitiallyDeferred)
        constraint.oid = newOID()
        try updateTable(id) { table in
            table.indexes.append(index)
            table.constraints.append(constraint)
        }
        add(
            Relation(
                id: index.id, schema: relation.schema, name: name, owner: relation.owner, kind: .index(id)))
        request(.createIndex(index.id, on: id))
    }

    /// The name of a key: a given one must be free.
    func keyName(
        _ given: String?, _ columns: [String], isPrimaryKey: Bool, on relation: Relation
    ) throws(PostgresError) -> String {
        if let given {
            let name = try checkedName(given, on: relation)
            try checkFree(relation.schema, name, takesType: false)
            return name
        }
        return ObjectNames.choose(
            relation.name, isPrimaryKey ? nil : ObjectNames.joined(columns), label: isPrimaryKey ? "pkey" : "key"
        ) {
            isRelationNameTaken(relation.schema, $0) || isConstraintNameTaken(relation.schema, $0)
        }
    }

    /// Marks columns NOT NULL; existing rows are scanned.
    mutating func makeNotNull(_ columns: [String], of id: RelationID, isNew: Bool) throws(PostgresError) {
        for name in columns {
            guard let table = catalog[id]?.table, let position = table.position(of: name),
                !table.columns[position].isNotNull
            else { continue }
            try updateTable(id) { $0.columns[position].isNotNull = true }
            if !isNew { request(.checkNotNull(id, column: name)) }
        }
    }

    private mutating func addKey(
        usingIndex indexName: String, isPrimaryKey: Bool, _ definition: ConstraintDefinition, to id: RelationID
    ) throws(PostgresError) {
        guard let relation = catalog[id], let table = relation.table else { return }
        guard let position = table.indexes.firstIndex(where: { $0.name == indexName }) else {
            throw PostgresError("42704", "index \"\(indexName)\" does not exist")
        }
        let index = table.indexes[position]
        let columns = index.columns
        guard index.isUnique, let columns else {
            throw PostgresError(
                "42809", "\"\(indexName)\" is not a unique index",
                detail: "Cannot create a primary key or unique constraint using such an index.")
        }
        guard index.filter == nil else {
            throw PostgresError(
                "42809", "\"\(indexName)\" is a partial index",
                detail: "Cannot create a primary key or unique constraint using such an index.")
        }
        if isPrimaryKey && !table.primaryKey.isEmpty {
            throw PostgresError("42P16", "multiple primary keys for table \"\(relation.name)\" are not allowed")
        }
        let name =
            try definition.name.map { name throws(PostgresError) in try checkedName(name, on: relation) }
            ?? indexName
        if name != indexName, var indexRelation = catalog[index.id] {
            notice("ALTER TABLE / ADD CONSTRAINT USING INDEX will rename index \"\(indexName)\" to \"\(name)\"")
            remove(indexRelation)
            indexRelation.name = name
            add(indexRelation)
        }
        if isPrimaryKey { try makeNotNull(columns, of: id, isNew: false) }
        try updateTable(id) { table in
            table.indexes[position].name = name
            table.indexes[position].constraint = name
            table.constraints.append(
                Constraint(
                    name: name,
                    kind: isPrimaryKey
                        ? .primaryKey(columns) : .unique(columns, nullsNotDistinct: index.nullsNotDistinct),
                    isDeferrable: definition.isDeferrable, isInitiallyDeferred: definition.isInitiallyDeferred))
        }
    }
}

extension Index {
    /// Its key columns, nil when a key is an expression.
    package var columns: [String]? {
        var names: [String] = []
        for key in keys {
            guard case .column(let parts) = key.value.node, let name = parts.last else { return nil }
            names.append(name)
        }
        return names
    }
}
