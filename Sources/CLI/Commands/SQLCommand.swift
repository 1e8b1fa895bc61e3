import ArgumentParser
import JSONText

/// `sql`: runs statements on a cloud's database, as its owner.
struct SQLCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql",
        abstract: "Run SQL on the database.",
        discussion: """
            A script is one transaction: the first statement that is refused undoes it, and the exit status is 1. With \
            --continue-on-error every other statement is kept and each refused one is listed; the exit status is 1 then \
            too. Without -c and -f the script is read from standard input.
            """
    )

    @Option(name: .shortAndLong, help: ArgumentHelp("The statements.", valueName: "sql"))
    var command: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("A file of statements; - is standard input.", valueName: "file"))
    var file: String?

    @Option(help: ArgumentHelp("The cloud. (default: the emulator's first)", valueName: "id"))
    var cloud: String?

    @Flag(help: "Go on after a statement that is refused.")
    var continueOnError = false

    @Flag(help: "Make the result what reset returns to.")
    var mark = false

    @Flag(help: "Print what became of each statement as JSON.")
    var json = false

    @OptionGroup var target: TargetOptions

    func validate() throws {
        guard command == nil || file == nil else { throw ValidationError("-c and -f exclude each other.") }
    }

    func run() async throws {
        var body: JSON = ["continue_on_error": .bool(continueOnError), "mark": .bool(mark)]
        if let cloud { body.set("cloud_id", .string(cloud)) }
        if let command {
            body.set("sql", .string(command))
        } else {
            body.set("sql", .string(try InputText.read(file ?? "-")))
            body.set("file", .string(file.flatMap { $0 == "-" ? nil : $0 } ?? "<stdin>"))
        }
        let script = body
        let result = try await target.withEmulator { try await $0.json("POST", "/_emulator/sql", body: script) }
        let report = ScriptReport(result)
        if json {
            Output.line(result.prettyText)
        } else {
            report.print()
        }
        if report.hasFailures { throw ExitStatus.failure }
    }
}
