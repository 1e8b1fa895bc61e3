import PostgresTypes
import SQLite
import Synchronization

/// The counters of all sequences. They live in memory and move at once, whatever becomes of the transaction: a
/// rolled-back insert leaves a gap, as in Postgres. Commits write what moved into the file.
final class SequenceStore: Sendable {
    struct Counter: Hashable, Sendable {
        var value: Int64
        var isCalled: Bool
    }

    private struct State {
        var counters: [RelationID: Counter] = [:]
        var moved: Set<RelationID> = []
    }

    private let state = Mutex(State())

    /// The number after the current one.
    func next(_ relation: Relation) throws(PostgresError) -> Int64 {
        guard let sequence = relation.sequence else {
            throw .wrongKind(relation.name, "a sequence")
        }
        return try state.withLock { state throws(PostgresError) in
            var counter =
                state.counters[relation.id] ?? Counter(value: sequence.start, isCalled: false)
            if counter.isCalled {
                let (sum, overflow) = counter.value.addingReportingOverflow(sequence.increment)
                if sequence.increment > 0, overflow || sum > sequence.maximum {
                    guard sequence.cycle else { throw exhausted("maximum", relation, sequence.maximum) }
                    counter.value = sequence.minimum
                } else if sequence.increment < 0, overflow || sum < sequence.minimum {
                    guard sequence.cycle else { throw exhausted("minimum", relation, sequence.minimum) }
                    counter.value = sequence.maximum
                } else {
                    counter.value = sum
                }
            }
            counter.isCalled = true
            state.counters[relation.id] = counter
            state.moved.insert(relation.id)
            return counter.value
        }
    }

    private func exhausted(_ limit: String, _ relation: Relation, _ value: Int64) -> PostgresError {
        PostgresError("2200H", "nextval: reached \(limit) value of sequence \"\(relation.name)\" (\(value))")
    }

    /// `setval`.
    func set(_ relation: Relation, to value: Int64, isCalled: Bool) throws(PostgresError) {
        guard let sequence = relation.sequence else { throw .wrongKind(relation.name, "a sequence") }
        guard sequence.minimum...sequence.maximum ~= value else {
            throw PostgresError(
                "22003",
                "setval: value \(value) is out of bounds for sequence \"\(relation.name)\" "
                    + "(\(sequence.minimum)..\(sequence.maximum))")
        }
        restore(relation.id, to: Counter(value: value, isCalled: isCalled))
    }

    func restore(_ id: RelationID, to counter: Counter?) {
        state.withLock { state in
            state.counters[id] = counter
            state.moved.insert(id)
        }
    }

    func counter(_ id: RelationID) -> Counter? { state.withLock { $0.counters[id] } }

    // MARK: The file

    static let schema = """
        CREATE TABLE "#sequences" (
            oid INTEGER PRIMARY KEY, value INTEGER NOT NULL, is_called INTEGER NOT NULL
        ) STRICT
        """

    /// Reads all counters, forgetting those in memory.
    func load(from connection: Connection) throws {
        var counters: [RelationID: Counter] = [:]
        try connection.query("SELECT oid, value, is_called FROM \"#sequences\"") { row in
            counters[RelationID(UInt32(row.integer(0)))] = Counter(value: row.integer(1), isCalled: row.integer(2) != 0)
        }
        state.withLock { $0 = State(counters: counters) }
    }

    /// Writes the counters that moved. Inside the transaction that is about to commit.
    func flush(to connection: Connection) throws {
        let moved = state.withLock { state in
            defer { state.moved = [] }
            return state.moved.map { ($0, state.counters[$0]) }
        }
        for (id, counter) in moved {
            let oid = SQLValue.integer(Int64(id.oid))
            if let counter {
                try connection.run(
                    "INSERT INTO \"#sequences\" VALUES (?1, ?2, ?3) ON CONFLICT (oid) DO UPDATE SET value = ?2, "
                        + "is_called = ?3",
                    [oid, .integer(counter.value), .integer(counter.isCalled ? 1 : 0)])
            } else {
                try connection.run("DELETE FROM \"#sequences\" WHERE oid = ?1", [oid])
            }
        }
    }

    /// Forgets the counters of sequences that a rolled-back transaction had made: their OIDs will be handed out again.
    func keepOnly(_ isKnown: (RelationID) -> Bool) {
        state.withLock { state in
            for id in state.counters.keys where !isKnown(id) {
                state.counters[id] = nil
                state.moved.remove(id)
            }
        }
    }
}
