import PostgresTypes
import SQLite

/// Tables that SQLite makes on another thread, while the definitions behind them are looked at: those need the catalog
/// alone, and a table takes SQLite as long as it takes to understand one.
extension Transaction {
    /// Where to run SQL. Waits for the tables that are being made.
    var connection: Connection {
        if tablesAreComing { awaitTables() }
        return ownConnection
    }

    /// Runs SQL that adds tables or columns to the file; when it returns, it may not have run yet.
    func makeBeside(_ sql: String) throws {
        // Whether a statement takes too long is asked on the thread that runs it.
        guard makesTablesBeside, callDepth == 0, !ownConnection.isWatched else { return try connection.execute(sql) }
        tablesAreComing = true
        ownConnection.begin(sql)
    }

    private func awaitTables() {
        tablesAreComing = false
        do {
            try ownConnection.settle()
        } catch {
            failedTable = failedTable ?? error
        }
    }

    /// Ends a transaction one of whose tables could not be made.
    func checkTables() throws {
        if let failedTable { throw failedTable }
    }
}
