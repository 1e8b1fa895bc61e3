import PostgresTypes
import SQLite
import Synchronization
import World

/// Copies of the whole database, for marks and resets.
extension PostgresDatabase {
    /// Writes a copy of the database, sequences included, into a new file at `path`.
    package func copy(to path: String) async throws {
        do {
            try await storage.withWriter { connection in
                // Sequences move outside transactions; the copy holds where they stand now.
                try connection.transaction { try self.sequences.flush(to: connection) }
                try connection.copy(to: path)
                self.remember(self.catalog, as: path)
            }
        } catch {
            throw PostgresError.translated(error)
        }
    }

    private func remember(_ catalog: CatalogSnapshot, as path: String) {
        remembered.withLock { $0[path] = catalog }
    }

    /// Makes the database what it was when the file at `path` was written by `copy(to:)`. Readers in flight finish
    /// on what they see; later ones see the restored state.
    package func restore(from path: String) async throws {
        do {
            try await storage.withWriter { connection in
                try self.whileReplacing {
                    try connection.replace(with: path)
                    (connection.context as? ExecutionContext)?.indexes = TableIndexes()
                    try self.sequences.load(from: connection)
                    var catalog =
                        try self.remembered.withLock { $0[path] }
                        ?? DefinitionLog.replay(from: connection, context: ValueContext(now: self.world.now))
                    catalog.version = self.newVersion()
                    (connection.context as? ExecutionContext)?.replaceCatalog(by: catalog)
                    return catalog
                }
            }
        } catch {
            throw PostgresError.translated(error)
        }
    }
}
