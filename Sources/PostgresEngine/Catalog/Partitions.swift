import PostgresSyntax
import PostgresTypes

/// Partitions. A partitioned table is stored like any other; its partitions are not emulated yet.
extension CatalogEditor {
    mutating func createPartition(
        _ definition: CreateTable, _ schema: String, _ name: String, of parent: QualifiedName
    ) throws(PostgresError) {
        throw .notSupported("CREATE TABLE … PARTITION OF")
    }

    mutating func attach(_ partition: QualifiedName, to parent: Relation) throws(PostgresError) {
        if case .index = parent.kind { return }
        throw .notSupported("ATTACH PARTITION")
    }
}
