package import AltanCloud
package import JSONText
import World

extension RunReport {
    /// The report for programs. What differs between two equal runs is in `run`, `timings` and the lines' ids.
    package var json: JSON {
        [
            "run": .string(run), "name": .optional(name), "complete": .bool(isComplete), "passed": .bool(!isBlocked),
            "summary": .string(summary),
            "workflow": .array(
                steps.map { step in
                    [
                        "step": .integer(step.number), "title": .string(step.title),
                        "outcome": .string(step.outcome.rawValue), "findings": .array(step.findings.map(\.json)),
                    ]
                }),
            "rules": .array(verdicts.map(\.json)),
            "endpoints": .array(coverage.services.map(\.json)),
            "secrets": [
                "requested": names(secrets.requested), "stored": names(secrets.stored), "used": names(secrets.used),
            ],
            "errors": .array(
                mistakes.map { mistake in
                    ["call": mistake.entry.reference, "text": .string(mistake.text)]
                }),
            "timings": timings.json,
        ]
    }

    private func names(_ list: [String]) -> JSON { .array(list.map(JSON.string)) }
}

extension RuleVerdict {
    package var json: JSON {
        var json: JSON = [
            "name": .string(name), "description": .string(description), "severity": .string(severity.rawValue),
            "outcome": .string(severity == .off ? "off" : failure != nil ? "error" : holds ? "held" : "broken"),
            "findings": .array(findings.map(\.json)),
        ]
        if let failure { json.set("error", .string(failure)) }
        return json
    }
}

extension RuleFinding {
    package var json: JSON {
        [
            "message": .string(message), "next_step": .string(nextStep), "call": entry?.reference ?? .null,
            "evidence": evidence,
        ]
    }
}

extension JournalEntry {
    /// What finds the line in the journal.
    fileprivate var reference: JSON {
        [
            "line": .integer(sequence), "kind": .string(kind.rawValue), "method": .optional(method),
            "path": .optional(path), "status": status.map { .integer($0) } ?? .null,
            "request_id": .optional(requestID),
        ]
    }
}

extension EndpointCoverage.Service {
    fileprivate var json: JSON {
        [
            "service": .string(name), "cloud_id": .string(cloud),
            "endpoints": .array(
                endpoints.map { endpoint in
                    [
                        "method": .string(endpoint.method), "path": .string(endpoint.path),
                        "takes_input": .bool(endpoint.takesInput), "calls": .integer(endpoint.calls),
                        "successes": .integer(endpoint.successes), "errors": .integer(endpoint.errors),
                        "failures": .integer(endpoint.failures), "covered": .bool(endpoint.lack == nil),
                    ]
                }),
        ]
    }
}

extension Timings {
    fileprivate var json: JSON {
        [
            "started_at": .string(startedAt), "ended_at": .string(endedAt), "seconds": .double(seconds),
            "totals": .array(
                totals.map { total in
                    [
                        "kind": .string(total.kind.rawValue), "count": .integer(total.count),
                        "milliseconds": .double(total.milliseconds),
                    ]
                }),
            "deployments": .array(
                deployments.map { ["service": .string($0.service), "milliseconds": .double($0.milliseconds)] }),
        ]
    }
}
