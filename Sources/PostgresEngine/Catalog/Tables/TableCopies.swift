import PostgresSyntax
import PostgresTypes

/// CREATE TABLE (LIKE source INCLUDING …).
extension CatalogEditor {
    /// The columns of a LIKE's source. NOT NULL comes with them; defaults, identities and generation where asked for.
    mutating func add(_ clause: LikeClause, to build: inout TableBuild) throws(PostgresError) {
        let source = try copied(clause.source)
        guard let table = source.table else {
            build.columns += source.columns.map { Column(name: $0.name, type: $0.type) }
            return
        }
        for original in table.columns {
            var column = Column(
                name: original.name, type: original.type, isNotNull: original.isNotNull, collation: original.collation)
            column.expressionPath = original.expressionPath
            if clause.including.contains(.defaults) { column.defaultValue = original.defaultValue }
            if clause.including.contains(.generated) { column.generated = original.generated }
            if clause.including.contains(.identity), original.identity != nil,
                var sequence = original.sequence.flatMap({ catalog[$0]?.sequence })
            {
                sequence.ownedBy = nil
                sequence.ownedByColumn = nil
                column.identity = original.identity
                column.sequence = try addSequence(for: column.name, of: build, sequence).id
            }
            build.columns.append(column)
        }
    }

    /// The relation that LIKE names: one with columns, whose rows may be read.
    private func copied(_ name: QualifiedName) throws(PostgresError) -> Relation {
        if catalog.relation(name, searchPath: searchPath) == nil,
            let type = catalog.userType(name, searchPath: searchPath), case .composite(let fields) = type.kind
        {
            let columns = fields.map { OutputColumn(name: $0.name, type: $0.type) }
            let view = View(
                columns: columns, query: SelectStatement(.values([])), searchPath: [], rowType: type.id)
            return Relation(
                id: RelationID(0), schema: type.schema, name: type.name, owner: type.owner, kind: .view(view))
        }
        let relation = try existing(name)
        switch relation.kind {
        case .table, .view: break
        case .sequence, .index:
            throw PostgresError(
                "42809", "relation \"\(relation.name)\" is invalid in LIKE clause",
                detail: "This operation is not supported for "
                    + (relation.kindName == "index" ? "indexes." : "sequences."))
        }
        guard catalog.allows("select", on: relation, role: session.role) else {
            throw .permissionDenied(relation.kindName, relation.name)
        }
        return relation
    }

    /// What belongs to the table as a whole: CHECKs, keys and indexes, comments. Indexes get names of their own.
    mutating func copyParts(_ clause: LikeClause, to id: RelationID) throws(PostgresError) {
        guard let relation = catalog[id], let source = catalog.relation(clause.source, searchPath: searchPath),
            let table = source.table
        else { return }
        if clause.including.contains(.constraints) {
            for constraint in table.constraints {
                guard case .check = constraint.kind else { continue }
                guard catalog[id]?.table?.constraints.contains(where: { $0.name == constraint.name }) != true else {
                    throw .duplicateConstraint(constraint.name, of: relation.name)
                }
                var copy = constraint
                copy.oid = newOID()
                copy.isValid = true
                try updateTable(id) { $0.constraints.append(copy) }
            }
        }
        if clause.including.contains(.indexes) { try copyIndexes(of: table, to: relation) }
        if clause.including.contains(.comments) { copyComments(of: source, table, to: relation) }
    }

    /// Keys and indexes like another table's, with names of their own.
    mutating func copyIndexes(of table: Table, to relation: Relation) throws(PostgresError) {
        for constraint in table.constraints {
            var definition: ConstraintDefinition
            switch constraint.kind {
            case .primaryKey(let columns): definition = ConstraintDefinition(.primaryKey(columns: columns))
            case .unique(let columns, let nullsNotDistinct):
                definition = ConstraintDefinition(.unique(columns: columns, nullsNotDistinct: nullsNotDistinct))
            case .exclusion(let exclusion): definition = ConstraintDefinition(.exclusion(exclusion))
            case .check, .foreignKey: continue
            }
            definition.isDeferrable = constraint.isDeferrable
            definition.isInitiallyDeferred = constraint.isInitiallyDeferred
            try addConstraints([definition], to: relation.id, isNew: true)
        }
        for index in table.indexes where index.constraint == nil {
            try createIndex(
                CreateIndex(
                    name: nil, table: QualifiedName(schema: relation.schema, relation.name), method: index.method,
                    keys: index.keys, including: index.including, filter: index.filter, isUnique: index.isUnique,
                    nullsNotDistinct: index.nullsNotDistinct))
        }
    }

    private mutating func copyComments(of source: Relation, _ table: Table, to relation: Relation) {
        func copy(_ old: CommentKey, _ new: CommentKey) {
            if let text = catalog.comments[old] { edit { $0.comments[new] = text } }
        }
        func key(_ relation: Relation, column: String) -> CommentKey {
            CommentKey(classID: SystemID.classes, objectID: relation.id.oid, column: column)
        }
        func key(_ constraint: Constraint, _ relation: Relation) -> CommentKey {
            CommentKey(classID: 2606, objectID: SystemRows.id(of: constraint, on: relation.id.oid))
        }
        for column in table.columns { copy(key(source, column: column.name), key(relation, column: column.name)) }
        for constraint in table.constraints {
            guard let own = catalog[relation.id]?.table?.constraints.first(where: { $0.name == constraint.name }) else {
                continue
            }
            copy(key(constraint, source), key(own, relation))
        }
    }
}
