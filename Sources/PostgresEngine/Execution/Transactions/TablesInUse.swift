import PostgresSyntax
import PostgresTypes

/// What may not be redefined yet: tables that running statements work on, and those with checks put off to COMMIT.
extension Transaction {
    /// - Throws: 55006, as PostgreSQL's `CheckTableNotInUse`.
    func checkNotInUse(_ statement: PostgresSyntax.Statement) throws(PostgresError) {
        guard !deferred.isEmpty || !running.isEmpty else { return }
        switch statement {
        case .alterTable(let change) where change.kind == .table:
            try checkNotInUse(change.name, "ALTER TABLE")
            try checkReferencedNotInUse(change)
        case .createIndex(let index): try checkNotInUse(index.table, "CREATE INDEX")
        case .drop(let drop) where drop.kind == .table:
            for parts in drop.names {
                let schema = parts.count > 1 ? parts[parts.count - 2] : nil
                try checkNotInUse(QualifiedName(schema: schema, parts.last ?? ""), "DROP TABLE")
            }
        default: break
        }
    }

    /// A foreign key has triggers on the table it refers to, which go with it.
    private func checkReferencedNotInUse(_ change: AlterTable) throws(PostgresError) {
        guard let relation = catalog.relation(change.name, searchPath: session.effectivePath) else { return }
        for action in change.actions {
            guard case .dropConstraint(let name, _, _) = action,
                case .foreignKey(let key)? = relation.table?.constraints.first(where: { $0.name == name })?.kind,
                key.referencedTable != relation.id, let referenced = catalog[key.referencedTable]
            else { continue }
            try checkNotInUse(referenced, "ALTER TABLE")
        }
    }

    /// Tables that go with what they are in are no less in use. Tables that are named are checked before.
    /// - Parameter changed: the catalog without them.
    func checkNotInUse(_ statement: PostgresSyntax.Statement, droppedFrom changed: CatalogSnapshot)
        throws(PostgresError)
    {
        guard case .drop(let drop) = statement, drop.kind != .table else { return }
        for event in deferred where changed[event.relation] == nil {
            if let relation = catalog[event.relation] { try checkNotInUse(relation, "DROP TABLE") }
        }
    }

    /// Who may not change the table at all is told that first.
    private func checkNotInUse(_ name: QualifiedName, _ command: String) throws(PostgresError) {
        guard let relation = catalog.relation(name, searchPath: session.effectivePath),
            catalog.isMember(session.role, of: relation.owner)
        else { return }
        try checkNotInUse(relation, command)
    }

    func checkNotInUse(_ relation: Relation, _ command: String) throws(PostgresError) {
        if running.contains(where: { $0.typed.accesses.contains { $0.relation == relation.id } }) {
            throw PostgresError(
                "55006",
                "cannot \(command) \"\(relation.name)\" because it is being used by active queries in this session")
        }
        if deferred.contains(where: { $0.relation == relation.id }) {
            throw PostgresError(
                "55006", "cannot \(command) \"\(relation.name)\" because it has pending trigger events")
        }
    }
}

extension ForeignKeyEvent {
    /// The table whose row it is about.
    fileprivate var relation: RelationID {
        switch self {
        case .childWritten(let reference, _): reference.child
        case .parentChanged(let reference, _, _): reference.parent
        case .uniqueness(let id, _, _, _), .exclusion(let id, _, _): id
        case .trigger(let entry, _, _, _): entry.relation.id
        }
    }
}

extension Modification {
    /// An event that was put off, as the catalog has its table by now; nil when its constraint or trigger has gone.
    func current(_ event: ForeignKeyEvent) throws -> ForeignKeyEvent? {
        func current(_ old: TableRules.Reference) throws -> TableRules.Reference? {
            guard transaction.catalog[old.child] != nil else { return nil }
            return try rules(of: old.child).references.first { $0.constraint.oid == old.constraint.oid }
        }
        switch event {
        case .childWritten(let old, let key): return try current(old).map { .childWritten($0, key: key) }
        case .parentChanged(let old, let before, let after):
            return try current(old).map { .parentChanged($0, old: before, new: after) }
        case .uniqueness(let id, _, _, _), .exclusion(let id, _, _):
            return transaction.catalog[id] == nil ? nil : event
        case .trigger(let entry, let kind, let old, let new):
            guard transaction.catalog[entry.relation.id] != nil else { return nil }
            let now = try rules(of: entry.relation.id).triggers?.afterRow
                .first { $0.trigger.oid == entry.trigger.oid }
            return now.map { .trigger($0, kind, old: old, new: new) }
        }
    }
}
