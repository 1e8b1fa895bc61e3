import AgentTools
import AltanCloud
import JSONText
import ServiceRuntime
import World

// /_emulator/journal and /_emulator/report: what was done, and what to think of it.
extension Emulator {
    /// `?run=` (id, name, `current` or `last`), `?limit=`, `?format=json|jsonl|otlp`, `?canonical=true`.
    func journal(_ request: FrontRequest) async throws -> FrontResponse {
        let run = try await runID(request.parameter("run"), orAll: true)
        let limit = request.parameter("limit").flatMap(Int.init) ?? (request.parameter("format") == nil ? 1000 : .max)
        var lines = try await platform.journal.lines(run: run, limit: limit)
        if request.parameter("canonical") == "true" { lines = JournalCanon.canonical(lines) }
        switch request.parameter("format") ?? "json" {
        case "json": return .json(.array(lines))
        case "jsonl":
            let text = lines.map { $0.text + "\n" }.joined()
            return FrontResponse(
                status: 200, headers: [("Content-Type", "application/x-ndjson")], body: .bytes(Array(text.utf8)))
        case "otlp": return .json(OTLPTrace(lines.compactMap(JournalEntry.init)).json)
        case let other:
            throw SettingRefusal(reason: "format: \"\(other)\" is none of json, jsonl, otlp.")
        }
    }

    /// `?run=`, `?format=text|json|junit|markdown`. The header `X-Altan-Rules` says `held` or `broken`, the latter only
    /// where a rule that blocks was broken.
    func report(_ request: FrontRequest) async throws -> FrontResponse {
        let name = request.parameter("format") ?? ReportFormat.json.rawValue
        guard let format = ReportFormat(rawValue: name) else {
            let known = ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw SettingRefusal(reason: "format: \"\(name)\" is none of \(known).")
        }
        let run = try await runID(request.parameter("run"), orAll: false) ?? platform.journal.currentRun
        let lines = try await platform.journal.lines(run: run, limit: .max)
        let record = RunRecord(lines.compactMap(JournalEntry.init))
        let report = RunReport(
            record, run: run, rules: platform.rules.book, userVerdicts: await userVerdicts(on: lines, record))
        return FrontResponse(
            status: 200,
            headers: [("Content-Type", format.contentType), ("X-Altan-Rules", report.isBlocked ? "broken" : "held")],
            body: .bytes(Array(report.rendered(as: format).utf8)))
    }

    /// The run that a request speaks of.
    private func runID(_ named: String?, orAll: Bool) async throws -> String? {
        guard let named, !named.isEmpty else { return orAll ? nil : platform.journal.currentRun }
        if named == "current" { return platform.journal.currentRun }
        guard named == "last" else { return platform.journal.run(named) }
        // The newest in which somebody did something: a command without a server begins a run of its own.
        let newest = try await platform.journal.lines(limit: 20_000).last { line in
            JournalEntry(line).map { $0.kind != .run && $0.kind != .reset && $0.caller != "seed" } ?? false
        }
        return newest?["run"]?.stringValue ?? platform.journal.currentRun
    }

    /// What rules in Python say, where there are any.
    private func userVerdicts(on lines: [JSON], _ record: RunRecord) async -> [RuleVerdict] {
        guard let script = platform.rules.book.script else { return [] }
        do {
            let verdicts = try await supervisor.judge(lines, script: script, scratchFolder: folder.path)
            return RuleVerdict.list(verdicts, of: record)
        } catch {
            return [
                RuleVerdict(
                    name: "user_rules", description: "The rules in \(script).", severity: .block, findings: [],
                    failure: platform.redactor.redact("\(error)"))
            ]
        }
    }
}
