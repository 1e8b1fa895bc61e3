/// Which tables have all their indexes in the file, as far as the writer's connection knows.
///
/// An index of a table without rows finds nothing, and yet costs as much to make as any: SQLite reads its whole schema for
/// it. It waits in the catalog until a first row is about to be written. So a table with rows has all its indexes, and what
/// writes rows in a way of its own has to ask `Transaction.completeIndexes` first.
struct TableIndexes {
    private var complete: Set<RelationID> = []
    /// Tables that the transaction made, and that have neither a row nor an index yet.
    private var fresh: Set<RelationID> = []
    /// Whether the transaction changed any of this, so that its end decides what is true.
    var isUncertain = false

    func isComplete(_ table: RelationID) -> Bool { complete.contains(table) }
    func isFresh(_ table: RelationID) -> Bool { fresh.contains(table) }

    mutating func isMade(_ table: RelationID) {
        isUncertain = true
        fresh.insert(table)
    }

    mutating func isPutOff(of table: RelationID) {
        isUncertain = true
        complete.remove(table)
    }

    mutating func isMadeAtOnce(of table: RelationID) { fresh.remove(table) }

    mutating func isCompleted(_ table: RelationID) {
        fresh.remove(table)
        complete.insert(table)
    }

    /// What the transaction did is there to stay.
    mutating func keep() {
        fresh = []
        isUncertain = false
    }

    /// The transaction was undone, or the part of it behind a savepoint.
    mutating func undo() {
        if isUncertain { (complete, fresh) = ([], []) }
    }
}

extension Transaction {
    /// Makes the indexes of a table that wait for its first row, which is about to be written.
    func completeIndexes(of relation: Relation) throws {
        if context.indexes.isComplete(relation.id) || relation.isTemporary { return }
        // The rows of a partition are its parent's.
        var owner = relation
        while let parent = owner.table?.partitionOf.flatMap({ catalog[$0] }) { owner = parent }
        try StorageEditor(self, before: catalog).createMissingIndexes(of: owner)
        context.indexes.isCompleted(owner.id)
        context.indexes.isCompleted(relation.id)
    }
}
