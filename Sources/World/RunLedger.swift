/// What the journal keeps in memory of recent runs: for rules, which judge while things happen and cannot wait for
/// files to be read.
///
/// Bodies are left out. Calls that repeat, with nothing deployed, stored or asked for in between, are one entry with a
/// count, so that neither a load test nor a polling agent makes the record long.
struct RunLedger {
    fileprivate struct Run {
        var entries: [JournalEntry] = []
        /// Where calls of the present stretch stand.
        var calls: [Call: Int] = [:]
    }

    fileprivate struct Call: Hashable {
        var kind: JournalEvent.Kind
        var caller: String?
        var method: String?
        var path: String?
        var status: Int?
    }

    /// How many runs are kept, and how many different calls of each.
    private static let keptRuns = 64
    fileprivate static let keptCalls = 5000

    private var runs: [String: Run] = [:]
    private var order: [String] = []

    func entries(_ run: String) -> [JournalEntry] { runs[run]?.entries ?? [] }

    mutating func note(_ entry: JournalEntry) {
        if runs[entry.run] == nil {
            order.append(entry.run)
            if order.count > Self.keptRuns { runs[order.removeFirst()] = nil }
        }
        runs[entry.run, default: Run()].note(entry)
    }
}

extension RunLedger.Run {
    fileprivate mutating func note(_ entry: JournalEntry) {
        switch entry.kind {
        case .tool, .service, .rest, .outbound, .auth, .storage, .sql:
            let call = RunLedger.Call(
                kind: entry.kind, caller: entry.caller, method: entry.method, path: entry.path, status: entry.status)
            if let index = calls[call] {
                entries[index].count += 1
                return
            }
            guard entries.count < RunLedger.keptCalls else { return }
            calls[call] = entries.count
        default: calls.removeAll(keepingCapacity: true)
        }
        entries.append(entry.withoutBodies)
    }
}
