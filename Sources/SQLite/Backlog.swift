import Dispatch
import Synchronization

/// What a connection still has to run, one after the other on another thread, while its owner does what needs no database.
final class Backlog: Sendable {
    private let queue = DispatchQueue(label: "sqlite.backlog")
    private let failure = Mutex<(any Error)?>(nil)

    func add(_ sql: String, on connection: Connection) {
        let connection = Unchecked(connection)
        queue.async { [self] in
            // What was to come before may be what this stands on.
            if failure.withLock({ $0 != nil }) { return }
            do {
                try connection.value.execute(sql)
            } catch {
                failure.withLock { $0 = error }
            }
        }
    }

    func finish() throws {
        queue.sync {}
        if let error = failure.withLock({ $0.take() }) { throw error }
    }
}

extension Connection {
    /// Begins to run SQL that returns nothing and binds nothing, on another thread. Nobody may use the connection until
    /// `settle` has returned, except to begin more.
    package func begin(_ sql: String) {
        let backlog = self.backlog ?? Backlog()
        self.backlog = backlog
        backlog.add(sql, on: self)
    }

    /// Waits for all that was begun.
    /// - Throws: what failed first; nothing was run after it.
    package func settle() throws { try backlog?.finish() }
}
