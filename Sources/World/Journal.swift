private import Dispatch
package import JSONText
private import Synchronization

/// The record of what agents, services and clients did: one JSON object a line, in `journal.jsonl`.
///
/// Callers only append to a buffer; one queue redacts, renders and writes, 100 ms later at most. Times stand in `at`
/// and `duration_ms` alone, so that a canonical form can drop them. Rotated at 64 MB, four files kept.
package final class Journal: Sendable {
    fileprivate struct State {
        var pending: [Line] = []
        var scheduled = false
        var closed = false
        var sequence: Int64 = 0
        var run: String
        /// Runs that callers named, by the name they use: the id of one that was started under it, else the name itself.
        var named: [String: String] = [:]
        var counters: [String: Int] = [:]
    }

    fileprivate struct Line: Sendable {
        var sequence: Int64
        var run: String
        var at: Timestamp
        var event: JournalEvent
    }

    private let world: World
    private let redact: @Sendable (JSON) -> JSON
    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "journal")
    private let file: Mutex<JournalFile>
    private let ledger = Mutex(RunLedger())
    private let interval = DispatchTimeInterval.milliseconds(100)

    /// Opens the journal in `folder` (made if need be) and starts the first run.
    /// - Parameter largestFile: the size in bytes at which the file is rotated.
    /// - Parameter redact: takes secrets out of a line; called on the journal's own queue.
    package init(
        folder: String, world: World, largestFile: Int = 64 << 20, redact: @escaping @Sendable (JSON) -> JSON
    ) throws {
        self.world = world
        self.redact = redact
        file = Mutex(try JournalFile(folder: folder, largest: largestFile))
        state = Mutex(State(run: world.uuid()))
        startRun(name: nil, id: currentRun)
    }

    /// The run that events belong to unless they name another.
    package var currentRun: String { state.withLock { $0.run } }

    /// Begins a run: what follows belongs to it. Returns its id.
    @discardableResult
    package func startRun(name: String?) -> String { startRun(name: name, id: world.uuid()) }

    @discardableResult
    private func startRun(name: String?, id: String) -> String {
        state.withLock { state in
            state.run = id
            state.named[id] = id
            if let name { state.named[name] = id }
        }
        append(Self.beginning(name: name))
        return id
    }

    private static func beginning(name: String?) -> JournalEvent {
        JournalEvent(.run, facts: name.map { [JSON.Member("name", .string($0))] } ?? [])
    }

    /// The id of the run that somebody speaks of by id or name; without either the current one.
    package func run(_ named: String?) -> String { state.withLock { $0.id(of: named) } }

    /// Notes an event; what it does not say itself is taken from the task's `JournalContext`. Never waits for the disk.
    package func append(_ event: JournalEvent) {
        let at = world.now
        let event = event.completed(by: .current)
        let mustSchedule = state.withLock { state in
            guard !state.closed else { return false }
            let run = state.id(of: event.run)
            if let name = event.run, state.named.updateValue(run, forKey: name) == nil, run == name {
                // The first that is heard of a run which a caller named.
                state.append(Self.beginning(name: name), run: run, at: at)
            }
            state.append(event, run: run, at: at)
            defer { state.scheduled = true }
            return !state.scheduled
        }
        if mustSchedule { queue.asyncAfter(deadline: .now() + interval) { self.writePending() } }
    }

    /// An event that has not happened yet, as its line would look.
    package func proposal(_ event: JournalEvent) -> JournalEntry? {
        let event = event.completed(by: .current)
        return JournalEntry(
            redact(.object(members(Line(sequence: 0, run: run(event.run), at: world.now, event: event)))))
    }

    /// What a run did so far, from memory: without bodies, and calls that repeat as one.
    package func recent(run: String) async -> [JournalEntry] {
        await withCheckedContinuation { continuation in
            queue.async {
                self.writePending()
                continuation.resume(returning: self.ledger.withLock { $0.entries(run) })
            }
        }
    }

    /// Counts what is too frequent for a line of its own, such as REST reads.
    package func count(_ name: String) { state.withLock { $0.counters[name, default: 0] += 1 } }

    /// What was counted since the start.
    package var counters: [String: Int] { state.withLock { $0.counters } }

    /// Waits until everything appended so far is in the file.
    package func flush() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.writePending()
                continuation.resume()
            }
        }
    }

    /// Writes what is pending and takes no more. Blocks: for the end of the process.
    package func close() {
        state.withLock { $0.closed = true }
        queue.sync { writePending() }
    }

    /// The newest lines, oldest first; those of one run when `run` is given.
    package func lines(run: String? = nil, limit: Int = 1000) async throws -> [JSON] {
        await flush()
        return try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(
                    with: Result { try self.file.withLock { try $0.lines(limit: limit) { $0.isOf(run: run) } } })
            }
        }
    }

    private func writePending() {
        let lines = state.withLock { state in
            defer { state.pending.removeAll() }
            state.scheduled = false
            return state.pending
        }
        guard !lines.isEmpty else { return }
        file.withLock { file in
            for line in lines {
                let json = render(line)
                file.write(json.bytes + [UInt8(ascii: "\n")])
                if let entry = JournalEntry(json) { ledger.withLock { $0.note(entry) } }
            }
        }
    }

    private func render(_ line: Line) -> JSON {
        var json = redact(.object(members(line)))
        for name in ["request", "response"] {
            if let body = json[name] { json.set(name, JournalBody.cut(body)) }
        }
        return json
    }

    private func members(_ line: Line) -> [JSON.Member] {
        let event = line.event
        var members: [JSON.Member] = [
            .init("sequence", .integer(line.sequence)),
            .init("run", .string(line.run)),
            .init("kind", .string(event.kind.rawValue)),
        ]
        func add(_ name: String, _ value: JSON?) {
            if let value { members.append(.init(name, value)) }
        }
        add("caller", event.caller.map(JSON.string))
        add("request_id", event.requestID.map(JSON.string))
        add("cause", event.cause.map(JSON.string))
        add("method", event.method.map(JSON.string))
        add("path", event.path.map(JSON.string))
        add("status", event.status.map { JSON.integer($0) })
        members += event.facts
        add("request", event.request?.value)
        add("response", event.response?.value)
        add("at", .string(line.at.description))
        add("duration_ms", event.duration.map { .double($0.milliseconds) })
        return members
    }
}

extension Journal.State {
    fileprivate func id(of run: String?) -> String { run.map { named[$0] ?? $0 } ?? self.run }

    fileprivate mutating func append(_ event: JournalEvent, run: String, at: Timestamp) {
        sequence += 1
        pending.append(Journal.Line(sequence: sequence, run: run, at: at, event: event))
    }
}

extension JSON {
    fileprivate func isOf(run: String?) -> Bool { run == nil || self["run"]?.stringValue == run }
}
