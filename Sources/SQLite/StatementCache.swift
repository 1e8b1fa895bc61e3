/// Prepared statements by their text. A statement in use is never handed out again, so nested uses never share one.
struct StatementCache {
    private let capacity: Int
    private var known: [String: Statement] = [:]

    init(capacity: Int) { self.capacity = capacity }

    func take(_ sql: String) -> Statement? {
        guard let statement = known[sql], !statement.isInUse else { return nil }
        statement.isInUse = true
        return statement
    }

    /// Keeps `statement` for the next use, unless there is another one of its text. When full, everything goes:
    /// re-preparing costs microseconds, and a workload with that many distinct texts would miss anyway.
    mutating func give(_ statement: Statement) {
        statement.isInUse = false
        if statement.isCached { return }
        if known.count >= capacity { removeAll() }
        guard known[statement.sql] == nil else { return }
        statement.isCached = true
        known[statement.sql] = statement
    }

    mutating func removeAll() {
        for statement in known.values { statement.isCached = false }
        known.removeAll(keepingCapacity: true)
    }
}
