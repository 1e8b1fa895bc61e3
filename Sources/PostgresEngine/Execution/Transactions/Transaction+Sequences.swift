import PostgresTypes
import SQLite

/// Sequences as a session sees them: what it drew from them, and what its transaction puts back.
extension Transaction {
    func nextValue(_ id: RelationID, checkingPrivilege: Bool = true) throws(PostgresError) -> Int64 {
        let relation = try sequence(id)
        if isReadOnly {
            throw PostgresError("25006", "cannot execute nextval() in a read-only transaction")
        }
        if checkingPrivilege { try check(relation, ["usage", "update"]) }
        let value = try database.sequences.next(relation)
        drawn[id] = value
        lastDrawn = id
        return value
    }

    /// Sets a counter as part of the transaction, unlike `setval`; nil forgets it.
    func replaceCounter(_ id: RelationID, by counter: SequenceStore.Counter?) {
        counters.append((id, database.sequences.counter(id)))
        database.sequences.restore(id, to: counter)
    }

    /// Undoes what `replaceCounter` did beyond the first `count` times.
    func restoreCounters(downTo count: Int) {
        while counters.count > count {
            let (sequence, before) = counters.removeLast()
            database.sequences.restore(sequence, to: before)
            // A sequence that was only just made: its number goes to another one.
            if catalog[sequence] == nil { drawn[sequence] = nil }
        }
    }

    private func sequence(_ id: RelationID) throws(PostgresError) -> Relation {
        guard let relation = catalog[id] else {
            throw PostgresError("XX000", "could not open relation with OID \(id.oid)")
        }
        guard relation.sequence != nil else { throw .wrongKind(relation.name, "a sequence") }
        return relation
    }

    private func check(_ relation: Relation, _ privileges: [String]) throws(PostgresError) {
        guard privileges.contains(where: { catalog.allows($0, on: relation, role: session.role) }) else {
            throw .permissionDenied("sequence", relation.name)
        }
    }

    func currentValue(_ id: RelationID) throws(PostgresError) -> Int64 {
        let relation = try sequence(id)
        try check(relation, ["usage", "select"])
        guard let value = drawn[id] else {
            throw PostgresError(
                "55000", "currval of sequence \"\(relation.name)\" is not yet defined in this session")
        }
        return value
    }

    func setValue(_ id: RelationID, _ value: Int64, _ isCalled: Bool) throws(PostgresError) {
        let relation = try sequence(id)
        if isReadOnly { throw PostgresError("25006", "cannot execute setval() in a read-only transaction") }
        try check(relation, ["update"])
        try database.sequences.set(relation, to: value, isCalled: isCalled)
        if isCalled {
            drawn[id] = value
            lastDrawn = id
        }
    }

    func lastValue() throws(PostgresError) -> Int64 {
        guard let lastDrawn, let value = drawn[lastDrawn] else {
            throw PostgresError("55000", "lastval is not yet defined in this session")
        }
        return value
    }
}
