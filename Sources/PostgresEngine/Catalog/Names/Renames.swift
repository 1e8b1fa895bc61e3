import PostgresSyntax
import PostgresTypes

/// ALTER … RENAME and ALTER … SET SCHEMA.
///
/// Views and expressions are kept as they were written, not by OID as in Postgres: their mentions of what is renamed
/// are rewritten. Whatever then no longer binds makes the rename be refused by its name.
extension CatalogEditor {
    mutating func rename(_ change: Rename) throws(PostgresError) {
        let before = catalog
        switch change.kind {
        case .table, .view, .materializedView, .index, .sequence, .foreignTable, .column, .constraint:
            guard let relation = try altered(change.name, ifExists: change.ifExists) else { return }
            try checkOwner(of: relation)
            try rename(relation, change.change)
        case .schema: try renameSchema(change.name.name, change.change)
        case .type, .domain: try renameType(change)
        case .policy: try renamePolicy(change)
        case .role: try renameRole(change.name.name, change.change)
        case .function, .procedure, .routine: try renameRoutine(change)
        case .trigger: try renameTrigger(change)
        case .extensionObject: try moveExtension(change.name.name, change.change)
        case .textSearchConfiguration, .textSearchDictionary: try renameTextSearch(change)
        default: throw .notSupported("ALTER \(change.kind.rawValue.uppercased()) … RENAME")
        }
        if validates { try checkStoredDefinitions(since: before) }
    }

    private mutating func rename(_ relation: Relation, _ change: Rename.Change) throws(PostgresError) {
        switch change {
        case .name(let name): try move(relation, schema: relation.schema, name: ObjectNames.clip(name))
        case .schema(let schema):
            guard catalog.schemas[schema] != nil else { throw .undefinedSchema(schema) }
            guard schema != relation.schema else { return }
            try move(relation, schema: schema, name: relation.name)
            for index in relation.indexes {
                if let entry = catalog[index.id] { try move(entry, schema: schema, name: entry.name) }
            }
            for column in relation.table?.columns ?? [] {
                if let sequence = column.sequence.flatMap({ catalog[$0] }) {
                    try move(sequence, schema: schema, name: sequence.name)
                }
            }
        case .column(let old, let new): try renameColumn(old, to: ObjectNames.clip(new), of: relation)
        case .constraint(let old, let new):
            guard let table = relation.table, let position = table.constraints.firstIndex(where: { $0.name == old })
            else { throw .undefinedConstraint(old, of: relation.name) }
            let new = ObjectNames.clip(new)
            if table.constraints.contains(where: { $0.name == new }) {
                throw .duplicateConstraint(new, of: relation.name)
            }
            if let index = table.indexes.first(where: { $0.constraint == old }), let entry = catalog[index.id] {
                try move(entry, schema: entry.schema, name: new)
            } else {
                try updateTable(relation.id) { $0.constraints[position].name = new }
            }
        }
    }

    /// Gives a relation another name or schema; defaults that call a moved sequence follow it.
    private mutating func move(_ relation: Relation, schema: String, name: String) throws(PostgresError) {
        guard schema != relation.schema || name != relation.name else {
            throw .duplicateRelation(name)
        }
        try checkFree(schema, name, takesType: relation.rowTypeID != nil)
        let before = catalog
        var moved = relation
        moved.schema = schema
        moved.name = name
        edit { catalog in
            catalog.relationIDs[QualifiedName(schema: relation.schema, relation.name)] = nil
            catalog.relationIDs[QualifiedName(schema: schema, name)] = relation.id
            catalog.relations[relation.id] = moved
        }
        if let type = relation.rowTypeID { moveType(type, schema: schema, name: name) }
        if relation.rowTypeID != nil {
            try follow(.relation(relation, to: QualifiedName(schema: schema, name)), before: before)
        }
        // The rows of a partition are in its parent's storage.
        if relation.isStored, relation.table?.partitionOf == nil, moved.storageName != relation.storageName {
            request(.renameTable(storage: relation.storageName, to: moved.storageName))
        }
        if case .index(let owner) = relation.kind {
            var constraint: String?
            updateIndexes(of: owner) { indexes in
                guard let position = indexes.firstIndex(where: { $0.id == relation.id }) else { return }
                indexes[position].name = name
                constraint = indexes[position].constraint
                if constraint != nil { indexes[position].constraint = name }
            }
            if let constraint {
                try updateTable(owner) { table in
                    for position in table.constraints.indices where table.constraints[position].name == constraint {
                        table.constraints[position].name = name
                    }
                }
            }
        }
        if relation.sequence != nil { try redirectDefaults(from: relation, to: moved) }
    }

    private mutating func redirectDefaults(from old: Relation, to new: Relation) throws(PostgresError) {
        for relation in catalog.orderedRelations {
            for (position, column) in (relation.table?.columns ?? []).enumerated() {
                func isOld(_ name: QualifiedName) -> Bool {
                    name.name == old.name && name.schema ?? old.schema == old.schema
                }
                guard let value = column.defaultValue, value.calledSequences.contains(where: isOld) else { continue }
                let call = nextValueCall(of: new)
                let changed = value.rewritten { $0.nextValueSequence.map(isOld) == true ? call : $0 }
                try updateTable(relation.id) { $0.columns[position].defaultValue = changed }
            }
        }
    }

    private mutating func renameColumn(_ old: String, to new: String, of relation: Relation) throws(PostgresError) {
        let before = catalog
        if var view = relation.view {
            guard let position = view.columns.firstIndex(where: { $0.name == old }) else {
                throw PostgresError("42703", "column \"\(old)\" does not exist")
            }
            guard !view.columns.contains(where: { $0.name == new }) else {
                throw .duplicateColumn(new, of: relation.name)
            }
            view.columns[position].name = new
            moveComment(ofColumn: old, to: new, of: relation.id)
            var changed = relation
            changed.kind = .view(view)
            update(changed)
            try follow(.column(of: relation, old, to: new), before: before)
            if view.isMaterialized {
                request(.renameColumn(storage: relation.storageName, from: old, to: new))
            }
            return
        }
        if relation.table?.partitionOf != nil {
            throw PostgresError("42P16", "cannot rename inherited column \"\(old)\"")
        }
        guard let position = relation.table?.position(of: old) else {
            throw PostgresError("42703", "column \"\(old)\" does not exist")
        }
        guard relation.table?.position(of: new) == nil else { throw .duplicateColumn(new, of: relation.name) }
        try updateTable(relation.id) { table in
            table.columns[position].name = new
            table.partitionKey?.rename(old, to: new)
            for index in table.columns.indices {
                table.columns[index].generated = table.columns[index].generated?.renamingColumn(old, to: new)
            }
            for index in table.constraints.indices {
                table.constraints[index].rename(column: old, to: new, ofParent: relation.id)
            }
            for index in table.indexes.indices { table.indexes[index].rename(column: old, to: new) }
        }
        for partition in catalog.descendants(of: relation.id) {
            try updateTable(partition.id) { table in
                table.partitionKey?.rename(old, to: new)
                for index in table.constraints.indices {
                    table.constraints[index].rename(column: old, to: new, ofParent: partition.id)
                }
                for index in table.indexes.indices { table.indexes[index].rename(column: old, to: new) }
            }
        }
        moveComment(ofColumn: old, to: new, of: relation.id)
        for (child, constraint, _) in catalog.foreignKeys(to: relation.id) {
            try updateTable(child.id) { table in
                for index in table.constraints.indices where table.constraints[index].name == constraint.name {
                    table.constraints[index].rename(referencedColumn: old, to: new)
                }
            }
        }
        if let sequenceID = relation.table?.columns[position].sequence, var sequence = catalog[sequenceID],
            var definition = sequence.sequence
        {
            definition.ownedByColumn = new
            sequence.kind = .sequence(definition)
            update(sequence)
        }
        try checkColumnNames(catalog[relation.id]?.table?.columns ?? [])
        try shareColumns(of: relation.id)
        try follow(.column(of: relation, old, to: new), before: before)
        request(.renameColumn(storage: relation.storageName, from: old, to: new))
    }

    private mutating func renameSchema(_ old: String, _ change: Rename.Change) throws(PostgresError) {
        guard case .name(let new) = change else { throw .notSupported("ALTER SCHEMA") }
        guard var schema = catalog.schemas[old] else { throw .undefinedSchema(old) }
        guard catalog.schemas[new] == nil else {
            throw PostgresError("42P06", "schema \"\(new)\" already exists")
        }
        schema.name = new
        edit { catalog in
            catalog.schemas[old] = nil
            catalog.schemas[new] = schema
        }
        for relation in catalog.orderedRelations where relation.schema == old {
            try move(relation, schema: new, name: relation.name)
        }
        for type in catalog.types.values where type.schema == old && type.isStandalone {
            moveType(type.id, schema: new, name: type.name)
        }
    }

    private mutating func renameType(_ change: Rename) throws(PostgresError) {
        guard let type = catalog.userType(change.name, searchPath: searchPath) else {
            throw PostgresError("42704", "type \"\(change.name.display)\" does not exist")
        }
        guard catalog.isMember(session.role, of: type.owner) else { throw .mustBeOwner("type", type.name) }
        let schema: String
        let name: String
        switch change.change {
        case .name(let new): (schema, name) = (type.schema, ObjectNames.clip(new))
        case .schema(let new):
            guard catalog.schemas[new] != nil else { throw .undefinedSchema(new) }
            (schema, name) = (new, type.name)
        case .constraint(let old, let new):
            guard case .domain(var domain) = type.kind,
                let position = domain.checks.firstIndex(where: { $0.name == old })
            else {
                throw PostgresError("42704", "constraint \"\(old)\" for domain \"\(type.name)\" does not exist")
            }
            domain.checks[position].name = new
            var changed = type
            changed.kind = .domain(domain)
            return updateType(changed)
        case .column(let old, let new): return try renameAttribute(old, to: ObjectNames.clip(new), of: type)
        }
        guard type.isStandalone else {
            throw .wrongKind(type.name, "a composite type", hint: "Use ALTER TABLE instead.")
        }
        if catalog.typeIDs[QualifiedName(schema: schema, name)] != nil { throw .duplicateType(name) }
        let before = catalog
        moveType(type.id, schema: schema, name: name)
        try follow(.type(type, to: QualifiedName(schema: schema, name)), before: before)
    }

    /// Applies a change to every stored expression of tables and indexes.
    mutating func rewriteExpressions(_ change: (Expression) -> Expression) throws(PostgresError) {
        for relation in catalog.orderedRelations {
            try updateTable(relation.id) { table in
                for index in table.columns.indices {
                    table.columns[index].defaultValue = table.columns[index].defaultValue.map(change)
                    table.columns[index].generated = table.columns[index].generated.map(change)
                }
                for index in table.constraints.indices {
                    if case .check(let condition) = table.constraints[index].kind {
                        table.constraints[index].kind = .check(change(condition))
                    }
                }
                for index in table.indexes.indices {
                    table.indexes[index].filter = table.indexes[index].filter.map(change)
                    for key in table.indexes[index].keys.indices {
                        table.indexes[index].keys[key].value = change(table.indexes[index].keys[key].value)
                    }
                }
            }
        }
    }

    /// Binds every view and expression again; what was fine before and is not now is what the rename would break.
    func checkStoredDefinitions(since before: CatalogSnapshot) throws(PostgresError) {
        for relation in catalog.orderedRelations {
            if let view = relation.view, before[relation.id] != nil {
                do {
                    _ = try Binder(catalog: catalog, searchPath: view.searchPath, context: context)
                        .bindQuery(view.query)
                } catch {
                    throw .notSupported("renaming what \(relation.kindName) \"\(relation.name)\" uses")
                }
            }
            guard let table = relation.table else { continue }
            let expressions = ColumnExpressions(catalog: catalog, context: context)
            for column in table.columns {
                guard let value = column.generated ?? column.defaultValue, value.nextValueSequence == nil else {
                    continue
                }
                do {
                    _ = try expressions.bind(
                        value, over: column.generated == nil ? nil : relation.id, column: column,
                        path: column.expressionPath)
                } catch {
                    throw .notSupported(
                        "renaming what the expression of column \"\(column.name)\" of \"\(relation.name)\" uses")
                }
            }
            for constraint in table.constraints {
                guard case .check(let condition) = constraint.kind else { continue }
                do {
                    _ = try expressions.bindCheck(
                        condition, over: relation.id, path: constraint.expressionPath)
                } catch {
                    throw .notSupported("renaming what constraint \"\(constraint.name)\" uses")
                }
            }
            for policy in table.policies {
                for expression in [policy.using, policy.check].compactMap({ $0 }) {
                    do {
                        _ = try expressions.bindPolicy(expression, over: relation.id)
                    } catch {
                        throw .notSupported("renaming what policy \"\(policy.name)\" uses")
                    }
                }
            }
        }
    }
}

extension Constraint {
    fileprivate mutating func rename(column old: String, to new: String, ofParent id: RelationID) {
        func renamed(_ names: [String]) -> [String] { names.map { $0 == old ? new : $0 } }
        switch kind {
        case .primaryKey(let columns): kind = .primaryKey(renamed(columns))
        case .unique(let columns, let flag): kind = .unique(renamed(columns), nullsNotDistinct: flag)
        case .check(let condition): kind = .check(condition.renamingColumn(old, to: new))
        case .exclusion(var exclusion):
            for index in exclusion.elements.indices {
                exclusion.elements[index].key = exclusion.elements[index].key.renamingColumn(old, to: new)
            }
            exclusion.filter = exclusion.filter?.renamingColumn(old, to: new)
            kind = .exclusion(exclusion)
        case .foreignKey(var key):
            key.columns = renamed(key.columns)
            key.onDeleteColumns = renamed(key.onDeleteColumns)
            kind = .foreignKey(key)
        }
    }

    fileprivate mutating func rename(referencedColumn old: String, to new: String) {
        guard case .foreignKey(var key) = kind else { return }
        key.referencedColumns = key.referencedColumns.map { $0 == old ? new : $0 }
        kind = .foreignKey(key)
    }
}

extension Index {
    fileprivate mutating func rename(column old: String, to new: String) {
        for position in keys.indices { keys[position].value = keys[position].value.renamingColumn(old, to: new) }
        including = including.map { $0 == old ? new : $0 }
        filter = filter?.renamingColumn(old, to: new)
    }
}
