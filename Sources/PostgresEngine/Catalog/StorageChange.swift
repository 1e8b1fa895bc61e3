package import PostgresSyntax
package import PostgresTypes

/// What a change of the catalog asks of the file. Made by the pure part of DDL, carried out inside the same
/// transaction by `StorageEditor`; relations are looked up in the catalog after the change unless said otherwise.
package enum StorageChange: Sendable {
    case createTable(RelationID)
    case dropTable(storage: String)
    case renameTable(storage: String, to: String)
    /// Adds an empty column; a `fillColumn` follows where existing rows need a value.
    case addColumn(RelationID, column: String)
    /// Computes the default or generated value of a column for the rows that exist.
    case fillColumn(RelationID, column: String)
    case dropColumn(storage: String, column: String)
    case renameColumn(storage: String, from: String, to: String)
    /// Rewrites a table after its column changed type: each value becomes `using`, bound against `before`.
    case convertColumn(RelationID, column: String, using: Expression, before: CatalogSnapshot)
    case createIndex(RelationID, on: RelationID)
    case dropIndex(RelationID)
    /// That a partition's bound leaves the rows of other partitions alone.
    case checkPartition(RelationID)
    /// Moves the rows of a table that is now a partition into its parent's.
    case mergePartition(RelationID)
    /// Scans the rows that exist.
    case checkNotNull(RelationID, column: String)
    case checkConstraint(RelationID, name: String)
    /// Scans every column of the domain for one CHECK, or for NOT NULL when nil.
    case checkDomain(TypeID, constraint: String?)
    /// Puts the rows of what was a partition into the table that is now its own.
    case separatePartition(RelationID)
    /// Gives the values of an enum another label, wherever they are stored.
    case renameLabel(TypeID, from: String, to: String)
    case createSequence(RelationID)
    case dropSequence(RelationID)
    case restartSequence(RelationID, at: Int64)
    /// Replaces the rows of a table or materialized view by those of a query.
    case fill(RelationID, from: SelectStatement, searchPath: [String])
    case clear(RelationID)
    /// Deletes the rows of a partition that is gone from the catalog.
    case clearPartition(RelationID)
}
