import AgentTools
import ArgumentParser
import JSONText

/// `report`: what a run did, and which rules it kept.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        _superCommandName: AltanEmulator.name,
        abstract: "Report on a run: workflow steps, rules, endpoints, secrets, errors.",
        discussion: """
            Of the run that is going on, or of the last one where no emulator runs. The exit status is 4 when a rule of \
            severity block was broken. In GitHub Actions and GitLab what was broken is annotated too.
            """
    )

    @Option(help: ArgumentHelp("The run, by id or name. (default: the present one)", valueName: "run"))
    var run: String?

    @Option(help: "How it is written: text, json, junit or markdown. (default: by the file's name, else text)")
    var format: ReportFormat?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Write it to this file instead of standard output. May be repeated.", valueName: "file"))
    var output: [String] = []

    @Flag(help: "Print only what blocks, on standard error.")
    var quiet = false

    @OptionGroup var target: TargetOptions

    func run() async throws {
        let report = try await target.withEmulator { client in
            let asked = run ?? (client.isInProcess ? "last" : "")
            let report = try await client.success("GET", Self.path(.json, asked)).json(of: "report")
            for file in output { try Output.write(try await rendered(format(of: file), asked, client), toFile: file) }
            if output.isEmpty, !quiet { Output.text(try await rendered(format ?? .text, asked, client)) }
            return report
        }
        try CIAnnotations(report).publish()
        guard report["passed"] == false else { return }
        if quiet || !output.isEmpty { Self.tellBreaks(report) }
        throw ExitStatus.ruleBroken
    }

    private func format(of file: String) -> ReportFormat { format ?? ReportFormat(file: file) }

    private func rendered(_ format: ReportFormat, _ run: String, _ client: EmulatorClient) async throws -> String {
        String(decoding: try await client.success("GET", Self.path(format, run)).bytes, as: UTF8.self)
    }

    private static func path(_ format: ReportFormat, _ run: String) -> String {
        "/_emulator/report?format=\(format.rawValue)&run=\(percentEncoded(run))"
    }

    private static func tellBreaks(_ report: JSON) {
        for rule in BrokenRule.all(in: report) where rule.blocks {
            Output.error("altan-emulator: rule \(rule.name) was broken: \(rule.text)")
        }
    }
}

extension ReportFormat: ExpressibleByArgument {}

/// A break of a rule, as a report in JSON tells it.
struct BrokenRule {
    var name: String
    var blocks: Bool
    var text: String

    static func all(in report: JSON) -> [BrokenRule] {
        (report["rules"]?.arrayValue ?? []).flatMap { rule -> [BrokenRule] in
            let name = rule["name"]?.stringValue ?? ""
            let blocks = rule["severity"] == "block"
            if let error = rule["error"]?.stringValue {
                return [BrokenRule(name: name, blocks: blocks, text: "it could not be judged: \(error)")]
            }
            return (rule["findings"]?.arrayValue ?? []).map { finding in
                let line = finding["call"]?["line"]?.intValue.map { " [line \($0) of the journal]" } ?? ""
                let text = [finding["message"], finding["next_step"]].compactMap { $0?.stringValue }
                return BrokenRule(name: name, blocks: blocks, text: text.joined(separator: " ") + line)
            }
        }
    }
}
