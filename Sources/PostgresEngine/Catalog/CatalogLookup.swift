package import PostgresSyntax
import PostgresTypes

extension CatalogSnapshot {
    /// The relation a name means under a search path, nil when there is none.
    package func relation(_ name: QualifiedName, searchPath: [String]) -> Relation? {
        if let schema = name.schema { return relation(schema, name.name) }
        for schema in searchPath {
            if let found = relation(schema, name.name) { return found }
        }
        return nil
    }

    /// The user's type a name means under a search path. Built-in types are the binder's.
    package func userType(_ name: QualifiedName, searchPath: [String]) -> UserType? {
        if let schema = name.schema {
            return typeIDs[QualifiedName(schema: Self.actualSchema(schema), name.name)].flatMap { types[$0] }
        }
        for schema in searchPath {
            if let id = typeIDs[QualifiedName(schema: schema, name.name)] { return types[id] }
        }
        return nil
    }

    /// A relation's name for messages: with its schema where the search path does not lead to it.
    package func display(_ relation: Relation, searchPath: [String]) -> String {
        self.relation(QualifiedName(relation.name), searchPath: searchPath)?.id == relation.id
            || relation.schema == "pg_catalog"
            ? ObjectNames.quoted(relation.name)
            : "\(ObjectNames.quoted(CatalogSnapshot.shownSchema(relation.schema))).\(ObjectNames.quoted(relation.name))"
    }

    /// All relations in the order they were made.
    package var orderedRelations: [Relation] { relations.values.sorted { $0.id.oid < $1.id.oid } }

    /// The table or materialized view an index belongs to, with the index.
    package func index(_ id: RelationID) -> (Relation, Index)? {
        guard case .index(let owner)? = relations[id]?.kind, let relation = relations[owner] else { return nil }
        return relation.indexes.first { $0.id == id }.map { (relation, $0) }
    }

    /// Foreign keys of any table that refer to `table`, in the order of their tables.
    package func foreignKeys(to table: RelationID) -> [(child: Relation, constraint: Constraint, key: ForeignKey)] {
        let found = relations.values.compactMap { relation in
            let keys = relation.foreignKeys(to: table)
            return keys.isEmpty ? nil : (relation, keys)
        }
        return found.sorted { $0.0.id.oid < $1.0.id.oid }.flatMap { child, keys in
            keys.map { (child, $0.constraint, $0.key) }
        }
    }
}

extension Relation {
    fileprivate func foreignKeys(to table: RelationID) -> [(constraint: Constraint, key: ForeignKey)] {
        guard case .table(let own) = kind else { return [] }
        return own.constraints.compactMap { constraint in
            guard case .foreignKey(let key) = constraint.kind, key.referencedTable == table else { return nil }
            return (constraint, key)
        }
    }

    package var indexes: [Index] {
        switch kind {
        case .table(let table): table.indexes
        case .view(let view): view.indexes
        case .sequence, .index: []
        }
    }

    package var sequence: Sequence? { if case .sequence(let sequence) = kind { sequence } else { nil } }

    /// What Postgres calls its kind in messages.
    package var kindName: String {
        switch kind {
        case .table: "table"
        case .view(let view): view.isMaterialized ? "materialized view" : "view"
        case .sequence: "sequence"
        case .index: "index"
        }
    }

    /// Whether rows of its own are stored: tables and materialized views.
    package var isStored: Bool {
        switch kind {
        case .table: true
        case .view(let view): view.isMaterialized
        case .sequence, .index: false
        }
    }
}

extension Session {
    /// The search path with `$user` replaced by the role. Temporary objects come first unless the path names them
    /// elsewhere.
    package var effectivePath: [String] {
        guard hasTemporaryObjects else { return lastingPath }
        let path = searchPath.map { $0 == "$user" ? role : CatalogSnapshot.actualSchema($0) }
        let temporary = CatalogSnapshot.temporarySchema
        return path.contains(temporary) ? path : [temporary] + path
    }

    /// The search path to what outlives the session: where new objects go, and what stored expressions are bound under.
    package var lastingPath: [String] {
        searchPath.compactMap { $0 == "$user" ? role : $0 == "pg_temp" ? nil : $0 }
    }
}
