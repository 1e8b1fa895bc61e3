import ArgumentParser
import JSONText

/// `journal`: the record of calls, for other programs.
struct JournalCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case jsonl, otlp
    }

    static let configuration = CommandConfiguration(
        commandName: "journal",
        _superCommandName: AltanEmulator.name,
        abstract: "Print the record of a run's calls.",
        discussion: """
            As JSON lines, or as OpenTelemetry traces in OTLP's JSON with the conventions for generative AI (1.38.0). \
            The canonical form is without times and with ids by the order of their appearance: two runs of the same \
            calls are equal in it.
            """
    )

    @Option(help: ArgumentHelp("The run, by id or name. (default: the present one)", valueName: "run"))
    var run: String?

    @Option(help: "How it is written.")
    var format = Format.jsonl

    @Flag(help: "Print the canonical form.")
    var canonical = false

    @Option(help: ArgumentHelp("Write it to this file instead of standard output.", valueName: "file"))
    var output: String?

    @OptionGroup var target: TargetOptions

    func validate() throws {
        guard !canonical || format == .jsonl else {
            throw ValidationError("--canonical goes with --format jsonl: a trace without times is none.")
        }
    }

    func run() async throws {
        let reply = try await target.withEmulator { client in
            var asked = run ?? (client.isInProcess ? "last" : "")
            if asked.isEmpty { asked = "current" }
            return try await client.success(
                "GET",
                "/_emulator/journal?format=\(format.rawValue)&canonical=\(canonical)&run=\(percentEncoded(asked))")
        }
        let text = String(decoding: reply.bytes, as: UTF8.self)
        if let output { try Output.write(text, toFile: output) } else { Output.text(text) }
    }
}
