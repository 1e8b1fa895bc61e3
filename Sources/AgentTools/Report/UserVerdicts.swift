package import AltanCloud
package import JSONText
import World

extension RuleVerdict {
    /// What a script of rules answered, with the lines that it pointed to.
    package static func list(_ json: JSON, of record: RunRecord) -> [RuleVerdict] {
        (json.arrayValue ?? []).map { verdict in
            let findings = (verdict["findings"]?.arrayValue ?? []).map { finding in
                let line = finding["sequence"]?.intValue
                return RuleFinding(
                    finding["message"]?.stringValue ?? "", nextStep: "",
                    at: line.flatMap { line in record.entries.first { $0.sequence == line } })
            }
            let severity = verdict["severity"]?.stringValue.flatMap(Rule.Severity.init(rawValue:))
            return RuleVerdict(
                name: verdict["name"]?.stringValue ?? "", description: verdict["description"]?.stringValue ?? "",
                severity: severity ?? .warn, findings: findings,
                failure: verdict["error"]?.stringValue
                    ?? (severity == nil ? "its severity is none of off, warn, block" : nil))
        }
    }
}
