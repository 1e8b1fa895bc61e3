package import AltanCloud
import JSONText
package import World

/// What came of a run: a value made from its record, rendered for people, programs and CI.
package struct RunReport: Sendable {
    package var run: String
    package var name: String?
    /// Whether the record begins with the run's beginning; a long journal loses its oldest lines.
    package var isComplete: Bool
    package var verdicts: [RuleVerdict]
    package var steps: [WorkflowStep]
    package var coverage: EndpointCoverage
    package var secrets: SecretUse
    package var mistakes: [Mistake]
    package var timings: Timings

    /// - Parameter userVerdicts: what rules in a language of their own said.
    package init(_ record: RunRecord, run: String, rules: RuleBook, userVerdicts: [RuleVerdict] = []) {
        self.run = run
        let beginning = record.entries.first { $0.kind == .run }
        name = beginning?["name"]?.stringValue
        isComplete = beginning != nil
        verdicts = rules.verdicts(on: record) + userVerdicts
        steps = WorkflowStep.all(record, verdicts)
        coverage = EndpointCoverage(record)
        secrets = SecretUse(record)
        mistakes = Mistake.all(in: record)
        timings = Timings(record)
    }

    /// Whether a rule of severity block was broken: what exit status 4 tells.
    package var isBlocked: Bool { verdicts.contains(where: \.blocks) }
    package var broken: [RuleVerdict] { verdicts.filter { $0.severity != .off && !$0.holds } }

    /// One line: how it ended.
    package var summary: String {
        let inForce = verdicts.filter { $0.severity != .off }
        let blocking = inForce.filter(\.blocks).count
        let warning = broken.count - blocking
        return "\(inForce.count - broken.count) of \(inForce.count) rules held"
            + (blocking > 0 ? ", \(blocking) that block were broken" : "")
            + (warning > 0 ? ", \(warning) that warn were broken" : "")
    }
}

/// Names of secrets, by what happened to them. No values are anywhere near.
package struct SecretUse: Sendable {
    package var requested: [String] = []
    package var stored: [String] = []
    /// Read by the code of what was deployed.
    package var used: [String] = []

    init(_ record: RunRecord) {
        func add(_ names: [String], to list: inout [String]) {
            for name in names where !list.contains(name) { list.append(name) }
        }
        for entry in record.entries {
            switch entry.kind {
            case .authorization where entry.state == "created" && !entry.isRefused: add(entry.keys, to: &requested)
            case .secret where entry.state == "stored" && !entry.isRefused: add(entry.keys, to: &stored)
            case .deployment where entry.succeeded:
                add(entry.module.requiredSecrets + entry.module.optionalSecrets, to: &used)
            default: break
            }
        }
    }
}

/// Something that went wrong in the run, whether or not a rule minds.
package struct Mistake: Sendable {
    package var entry: JournalEntry
    package var text: String

    static func all(in record: RunRecord) -> [Mistake] {
        record.entries.compactMap { entry in
            guard let status = entry.status, status >= 400 else { return nil }
            switch entry.kind {
            case .tool:
                return Mistake(entry: entry, text: entry["response"]?["detail"]?.stringValue ?? "status \(status)")
            case .deployment:
                let reason = entry["failure"]?["message"]?.stringValue ?? entry["refused_by"]?.stringValue ?? ""
                return Mistake(entry: entry, text: entry.isRefused ? "refused by rule \(reason)" : reason)
            // From 400 on a service answers as it should to what it refuses; from 500 on it is broken.
            case .service where status >= 500:
                return Mistake(entry: entry, text: "status \(status)")
            default: return nil
            }
        }
    }
}

/// How long things took, in milliseconds. All that differs between two equal runs stands here.
package struct Timings: Sendable {
    package struct Total: Sendable {
        package var kind: JournalEvent.Kind
        package var count = 0
        package var milliseconds = 0.0
    }

    package var startedAt: String
    package var endedAt: String
    package var totals: [Total]
    package var deployments: [(service: String, milliseconds: Double)]

    init(_ record: RunRecord) {
        startedAt = record.entries.first?.at ?? ""
        endedAt = record.entries.last?.at ?? ""
        var totals: [Total] = []
        for entry in record.entries {
            guard let milliseconds = entry.milliseconds else { continue }
            let index = totals.firstIndex { $0.kind == entry.kind } ?? totals.count
            if index == totals.count { totals.append(Total(kind: entry.kind)) }
            totals[index].count += entry.count
            totals[index].milliseconds += milliseconds
        }
        self.totals = totals
        deployments = record.deployments.compactMap { entry in
            entry.milliseconds.map { (entry.service, $0) }
        }
    }

    /// From the first line to the last, in virtual time.
    package var seconds: Double {
        guard let start = Timestamp(iso8601: startedAt), let end = Timestamp(iso8601: endedAt) else { return 0 }
        return (end - start).milliseconds / 1000
    }
}
