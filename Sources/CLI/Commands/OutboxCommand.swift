import ArgumentParser
import JSONText

/// `outbox`: what services sent to people and to models.
struct OutboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox", _superCommandName: AltanEmulator.name,
        abstract: "Print mails, text messages and model calls that services sent, oldest first.")

    @Option(help: "Only this kind: mail, sms or model.")
    var kind: String?

    @Flag(help: "Print each as a JSON object.")
    var json = false

    @OptionGroup var target: TargetOptions

    func run() async throws {
        let answer = try await target.withEmulator { try await $0.json("GET", "/_emulator/outbox") }
        for entry in answer["outbox"]?.arrayValue ?? [] where kind == nil || entry["kind"]?.stringValue == kind {
            if json {
                Output.line(entry.text)
                continue
            }
            let sender = entry["from"]?.stringValue.map { "\($0) " } ?? ""
            let kind = entry["kind"]?.stringValue ?? ""
            Output.line(
                "\(kind)  \(sender)-> \(entry["to"]?.stringValue ?? "")  \(entry["subject"]?.stringValue ?? "")")
            let text = entry["text"]?.stringValue ?? entry["html"]?.stringValue ?? ""
            for line in text.split(separator: "\n") { Output.line("  | \(line)") }
        }
    }
}
