import PostgresTypes
import SQLite

/// What a savepoint keeps, and what waits for COMMIT.
extension Transaction {
    /// What a savepoint remembers beside what SQLite does.
    struct Checkpoint {
        fileprivate var catalog: CatalogSnapshot
        fileprivate var session: Session
        fileprivate var localSettings: [String: String?]
        fileprivate var deferred: [ForeignKeyEvent]
        fileprivate var constraintModes: ConstraintModes
        fileprivate var counters: Int
        fileprivate var definitions: Int
        fileprivate var cursors: [String: Portal]
        fileprivate var movedRows: [RowKey: Int64?]
    }

    var checkpoint: Checkpoint {
        Checkpoint(
            catalog: catalog, session: session, localSettings: localSettings, deferred: deferred,
            constraintModes: constraintModes, counters: counters.count,
            definitions: definitions.count, cursors: cursors, movedRows: movedRows)
    }

    /// Goes back to a checkpoint, after SQLite has.
    func restore(_ checkpoint: Checkpoint) {
        if catalog.version != checkpoint.catalog.version { catalog = checkpoint.catalog }
        session = checkpoint.session
        localSettings = checkpoint.localSettings
        deferred = checkpoint.deferred
        constraintModes = checkpoint.constraintModes
        cursors = cursors.filter { checkpoint.cursors[$0.key] != nil }
        movedRows = checkpoint.movedRows
        restoreCounters(downTo: checkpoint.counters)
        definitions = Array(definitions.prefix(checkpoint.definitions))
        domainRules = [:]
        context.indexes.undo()
        forgetRowNumbers()
    }

    /// Runs `body` in a savepoint: what it did is undone when it throws.
    package func savepoint<T>(_ body: () throws -> T) throws -> T {
        let checkpoint = checkpoint
        savepointDepth += 1
        defer { savepointDepth -= 1 }
        do {
            return try connection.savepoint(body)
        } catch {
            restore(checkpoint)
            throw PostgresError.translated(error)
        }
    }

    /// Runs the checks that were put off to COMMIT.
    /// - Parameter all: also those of constraints that are still deferred.
    func runDeferred(all: Bool = true) throws {
        let modification = Modification(self)
        while true {
            let due = all ? deferred : deferred.filter { !$0.isDeferred(constraintModes) }
            guard !due.isEmpty else { return }
            deferred = all ? [] : deferred.filter { $0.isDeferred(constraintModes) }
            let isRedefined = hasDefinitions || madeTemporaryObjects
            modification.events = try isRedefined ? due.compactMap { try modification.current($0) } : due
            try modification.runEvents()
        }
    }
}
