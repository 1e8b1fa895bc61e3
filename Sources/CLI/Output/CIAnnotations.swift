import Glibc
import JSONText

/// Tells a CI system what was broken, in the way that it shows beside a change.
struct CIAnnotations {
    private let broken: [BrokenRule]
    private let summary: String
    private let steps: [(String, String)]

    init(_ report: JSON) {
        broken = BrokenRule.all(in: report)
        summary = report["summary"]?.stringValue ?? ""
        steps = (report["workflow"]?.arrayValue ?? []).map { step in
            (step["title"]?.stringValue ?? "", step["outcome"]?.stringValue ?? "")
        }
    }

    /// Does nothing outside of GitHub Actions and GitLab.
    func publish() throws(CommandFailure) {
        let environment = ProcessEnvironment.variables
        if environment["GITHUB_ACTIONS"] == "true" {
            for rule in broken { Output.error(Self.githubCommand(rule)) }
            if let file = environment["GITHUB_STEP_SUMMARY"], !file.isEmpty { try append(githubSummary, to: file) }
        } else if environment["GITLAB_CI"] == "true", !broken.isEmpty {
            Output.error(gitlabSection)
        }
    }

    /// `::error title=…::…`: shown on the run's page and beside the change.
    private static func githubCommand(_ rule: BrokenRule) -> String {
        let title = "altan-emulator: \(rule.name)"
        return "::\(rule.blocks ? "error" : "warning") title=\(escaped(title, isProperty: true))::"
            + escaped(rule.text, isProperty: false)
    }

    /// As the toolkit for actions escapes: data, and what stands in a property besides.
    private static func escaped(_ text: String, isProperty: Bool) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "%": result += "%25"
            case "\r": result += "%0D"
            case "\n": result += "%0A"
            case ":" where isProperty: result += "%3A"
            case "," where isProperty: result += "%2C"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    private var githubSummary: String {
        var lines = ["### altan-emulator", "", "\(summary).", ""]
        lines += steps.map { "* \($0.0): \($0.1)" }
        lines += broken.map { "* \($0.blocks ? "❌" : "⚠️") `\($0.name)`: \($0.text)" }
        return lines.joined(separator: "\n") + "\n\n"
    }

    /// A section of the job's log that is open from the start.
    private var gitlabSection: String {
        let escape = "\u{1B}[0K"
        let lines = broken.map { rule in
            (rule.blocks ? "\u{1B}[31;1mERROR" : "\u{1B}[33;1mWARNING") + "\u{1B}[0m \(rule.name): \(rule.text)"
        }
        return "\(escape)section_start:0:altan_emulator_rules[collapsed=false]\r\(escape)altan-emulator: \(summary)\n"
            + lines.joined(separator: "\n") + "\n\(escape)section_end:0:altan_emulator_rules\r\(escape)"
    }

    private func append(_ text: String, to file: String) throws(CommandFailure) {
        let descriptor = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .unwritable(file: file, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .unwritable(file: file, reason: String(cString: strerror(errno))) }
            rest = rest.dropFirst(count)
        }
    }
}
