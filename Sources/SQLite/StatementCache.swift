/// Prepared statements by their text. A statement in use is not in the cache, so nested uses never share one.
struct StatementCache {
    private let capacity: Int
    private var idle: [String: Statement] = [:]

    init(capacity: Int) { self.capacity = capacity }

    mutating func take(_ sql: String) -> Statement? { idle.removeValue(forKey: sql) }

    /// Keeps `statement` for the next use. When full, everything goes: re-preparing costs microseconds,
    /// and a workload with that many distinct texts would miss anyway.
    mutating func give(_ statement: Statement) {
        if idle.count >= capacity { idle.removeAll(keepingCapacity: true) }
        idle[statement.sql] = statement
    }

    mutating func removeAll() { idle.removeAll() }
}
