import AltanCloud
import World

extension RunReport {
    /// The report for a terminal.
    var text: String {
        var lines = ["Run \(name ?? run): \(summary)."]
        if !isComplete {
            lines.append("The journal no longer has the beginning of this run: what came first is not judged.")
        }
        lines.append("")
        for step in steps {
            lines.append("  \(step.outcome.sign) \(step.number). \(step.title)")
            lines += step.findings.map { "       \($0.line)" }
        }
        let others = broken.filter { verdict in
            verdict.failure != nil
                || !verdict.findings.allSatisfy { finding in steps.contains { $0.findings.contains(finding) } }
        }
        if !others.isEmpty { lines.append("") }
        for verdict in others {
            lines.append("  \(verdict.name) (\(verdict.severity.rawValue)): \(verdict.description)")
            lines += verdict.findings.map { "       \($0.line)" }
            if let failure = verdict.failure { lines.append("       could not be judged: \(failure)") }
        }
        for service in coverage.services {
            lines += ["", "Endpoints of \(service.name):"]
            lines += service.endpoints.map { endpoint in
                "  \(endpoint.lack == nil ? "ok  " : "MISS") \(endpoint.method) \(endpoint.path): \(endpoint.counts)"
            }
        }
        lines += ["", "Secrets:"] + secrets.rows.map { "  \($0): \($1.isEmpty ? "none" : $1.joined(separator: ", "))" }
        if !mistakes.isEmpty {
            lines += ["", "Errors:"] + mistakes.map { "  \($0.entry.title): \($0.text.firstLine)" }
        }
        lines += ["", "Timings: \(timings.seconds.rounded(toPlaces: 1)) s of virtual time"]
        lines += timings.totals.map {
            "  \($0.kind.rawValue): \($0.count) in \($0.milliseconds.rounded(toPlaces: 1)) ms"
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The report for a pull request or a job's summary.
    var markdown: String {
        var lines = ["# Run \((name ?? run).markdown)", "", "\(summary).", "", "| | step | |", "| --- | --- | --- |"]
        for step in steps {
            let findings = step.findings.map { $0.line.markdown }.joined(separator: "<br>")
            lines.append("| \(step.outcome.mark) | \(step.number). \(step.title) | \(findings) |")
        }
        lines += ["", "| rule | severity | |", "| --- | --- | --- |"]
        for verdict in verdicts where verdict.severity != .off {
            let outcome =
                verdict.failure.map { "could not be judged: \($0.markdown)" }
                ?? (verdict.holds ? "held" : verdict.findings.map { $0.line.markdown }.joined(separator: "<br>"))
            lines.append("| \(verdict.name) | \(verdict.severity.rawValue) | \(outcome) |")
        }
        for service in coverage.services where !service.endpoints.isEmpty {
            lines += ["", "| endpoint of \(service.name) | calls | successes | errors |", "| --- | --- | --- | --- |"]
            lines += service.endpoints.map { endpoint in
                "| \(endpoint.lack == nil ? "✅" : "❌") `\(endpoint.method) \(endpoint.path)` | \(endpoint.calls) | "
                    + "\(endpoint.successes) | \(endpoint.errors) |"
            }
        }
        lines +=
            [""] + secrets.rows.map { "* Secrets \($0): \($1.isEmpty ? "none" : $1.joined(separator: ", ").markdown)" }
        if !mistakes.isEmpty {
            lines +=
                ["", "## Errors", ""] + mistakes.map { "* \($0.entry.title.markdown): \($0.text.firstLine.markdown)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension RuleFinding {
    /// What is wrong and where.
    package var line: String { message + (entry.map { " [\($0.title)]" } ?? "") }
}

extension WorkflowStep.Outcome {
    fileprivate var sign: String {
        switch self {
        case .passed: "ok  "
        case .failed: "FAIL"
        case .notReached: "-   "
        }
    }

    fileprivate var mark: String {
        switch self {
        case .passed: "✅"
        case .failed: "❌"
        case .notReached: "–"
        }
    }
}

extension EndpointCoverage.Endpoint {
    fileprivate var counts: String {
        "\(calls) calls, \(successes) successes, \(errors) errors" + (failures > 0 ? ", \(failures) failures" : "")
    }
}

extension SecretUse {
    fileprivate var rows: [(String, [String])] { [("requested", requested), ("stored", stored), ("used", used)] }
}

extension Double {
    fileprivate func rounded(toPlaces places: Int) -> Double {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        return (self * scale).rounded() / scale
    }
}

extension String {
    fileprivate var firstLine: String { split(separator: "\n").first.map(String.init) ?? self }

    /// Without what Markdown's tables would take for their own.
    fileprivate var markdown: String {
        reduce(into: "") { text, character in
            switch character {
            case "|": text += "\\|"
            case "<": text += "&lt;"
            case "\n": text += " "
            default: text.append(character)
            }
        }
    }
}
