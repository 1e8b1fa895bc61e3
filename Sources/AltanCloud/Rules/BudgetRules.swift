import JSONText
import World

// Rules that count. Without a limit in the settings they say nothing.
extension Rule {
    static let deployBudget = Rule(
        "budget_deploys", "No more deployments than the budget allows.", moments: [.deployment]
    ) { record, setting in
        // Of what was refused only that counts which was too much.
        let deployments = record.deployments.filter { !$0.isRefused || $0["refused_by"] == "budget_deploys" }
        return excess(deployments, setting) { limit in
            ("Deployment \(limit + 1) is beyond the budget of \(limit).", "Stop and tell the user how far you came.")
        }
    }

    static let callBudget = Rule(
        "budget_calls", "No more tool calls than the budget allows.", moments: [.tool]
    ) { record, setting in
        excess(record.toolCalls, setting) { limit in
            ("Tool call \(limit + 1) is beyond the budget of \(limit).", "Stop and tell the user how far you came.")
        }
    }

    static let hostBudget = Rule(
        "budget_outbound_hosts", "Services call no more hosts, and no others, than the budget allows.",
        moments: [.outbound]
    ) { record, setting in
        guard setting.limit != nil || !setting.allowed.isEmpty else { return [] }
        var hosts: Set<String> = []
        var findings: [RuleFinding] = []
        for call in record.entries where call.kind == .outbound {
            let named = call["host"]?.stringValue ?? call.path?.split(separator: "/").first.map(String.init)
            guard let host = named?.lowercased(), hosts.insert(host).inserted,
                !setting.allowed.contains(host)
            else { continue }
            let others = hosts.filter { !setting.allowed.contains($0) }.count
            guard others > setting.limit ?? 0 else { continue }
            findings.append(
                RuleFinding(
                    "A service called \(host), which is beyond the budget of hosts.",
                    nextStep: "Call only the hosts that the task needs, or allow this one in the rule's setting.",
                    at: call, evidence: ["host": .string(host)]))
        }
        return findings
    }

    static let timeBudget = Rule(
        "budget_virtual_time", "The run takes no more virtual time, in seconds, than the budget allows.",
        moments: [.tool]
    ) { record, setting in
        guard let limit = setting.limit,
            let first = record.entries.first.flatMap({ Timestamp(iso8601: $0.at) })
        else { return [] }
        let late = record.entries.first { entry in
            Timestamp(iso8601: entry.at).map { ($0 - first) > .seconds(limit) } ?? false
        }
        guard let late else { return [] }
        // Of those that are late, one that can still be stopped is told.
        let entry = record.entries.last.flatMap { $0.isProposal ? $0 : nil } ?? late
        return [
            RuleFinding(
                "More than \(limit) s of virtual time have passed since the run began.",
                nextStep: "Stop and tell the user how far you came.", at: entry, evidence: ["limit": .integer(limit)])
        ]
    }

    /// The first entry beyond the limit, and every intended one beyond it.
    private static func excess(
        _ entries: [JournalEntry], _ setting: RuleSetting, _ wording: (Int) -> (String, String)
    ) -> [RuleFinding] {
        let count = entries.reduce(0) { $0 + $1.count }
        guard let limit = setting.limit, count > limit else { return [] }
        let (message, next) = wording(limit)
        var seen = 0
        let first = entries.first { entry in
            seen += entry.count
            return seen > limit
        }
        let entry = entries.last.flatMap { $0.isProposal ? $0 : nil } ?? first
        return [
            RuleFinding(
                message, nextStep: next, at: entry,
                evidence: ["count": .integer(count), "limit": .integer(limit)])
        ]
    }
}
