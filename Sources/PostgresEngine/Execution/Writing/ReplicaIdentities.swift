import PostgresSyntax
import PostgresTypes

extension CatalogSnapshot {
    /// What is published of a table that cannot say which of its rows was changed: it may be inserted into only.
    func unidentifiedChanges(of relation: Relation) -> Set<String> {
        guard let table = relation.table, !relation.hasReplicaIdentity(table) else { return [] }
        let name = QualifiedName(schema: relation.schema, relation.name)
        var changes: Set<String> = []
        for publication in publications.values {
            let isMember =
                publication.isForAllTables || publication.schemas.contains(relation.schema)
                || publication.tables.contains { $0 == name || $0.schema == nil && $0.name == name.name }
            guard isMember else { continue }
            let published = publication.options["publish"] ?? "insert, update, delete, truncate"
            changes.formUnion(published.split(separator: ",").map { String($0.filter { $0 != " " }) })
        }
        return changes.intersection(["update", "delete"])
    }
}

extension Relation {
    fileprivate func hasReplicaIdentity(_ table: Table) -> Bool {
        switch table.replicaIdentity {
        case .full: true
        case .nothing: false
        case .index(let name): table.indexes.contains { $0.name == name }
        case .standard:
            table.constraints.contains { constraint in
                if case .primaryKey = constraint.kind { !constraint.isDeferrable } else { false }
            }
        }
    }
}

extension Modification {
    /// Refuses to change rows of a published table whose subscribers could not tell which.
    func checkReplicaIdentity(_ event: CreateTrigger.Event, _ rules: TableRules) throws(PostgresError) {
        let isUpdate = event == .update
        guard rules.unidentifiedChanges.contains(isUpdate ? "update" : "delete") else { return }
        throw PostgresError(
            "55000",
            "cannot \(isUpdate ? "update" : "delete from") table \"\(rules.relation.name)\" because it does not have a "
                + "replica identity and publishes \(isUpdate ? "updates" : "deletes")",
            hint:
                "To enable \(isUpdate ? "updating" : "deleting from") the table, set REPLICA IDENTITY using ALTER TABLE."
        )
    }
}
