import ArgumentParser
import Glibc
import JSONText
import World

/// `import`: loads a plain dump, schema and rows, as pg_dump writes it.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Load a plain dump made by pg_dump.",
        discussion: """
            The dump is one transaction: the first statement that is refused undoes it, and the exit status is 1. With \
            --continue-on-error every other statement is kept and each refused one is listed; the exit status is 1 then \
            too. The file is read by the emulator itself and may be of any length. Make it with pg_dump --no-owner, \
            unless the roles it names exist.
            """
    )

    @Argument(help: ArgumentHelp("The file.", valueName: "dump"))
    var file: String

    @Option(help: ArgumentHelp("The cloud. (default: the emulator's first)", valueName: "id"))
    var cloud: String?

    @Flag(help: "Go on after a statement that is refused.")
    var continueOnError = false

    @Flag(help: "Make the result what reset returns to.")
    var mark = false

    @OptionGroup var target: TargetOptions

    func run() async throws {
        guard let resolved = realpath(file, nil) else {
            throw CommandFailure.unreadable(file: file, reason: String(cString: strerror(errno)))
        }
        defer { free(resolved) }
        var body: JSON = [
            "path": .string(String(cString: resolved)), "file": .string(file),
            "continue_on_error": .bool(continueOnError), "mark": .bool(mark),
        ]
        if let cloud { body.set("cloud_id", .string(cloud)) }
        let request = body
        let clock = World.system().clock
        let start = clock.monotonic
        let result = try await target.withEmulator { try await $0.json("POST", "/_emulator/sql", body: request) }
        let report = ScriptReport(result)
        report.printFailures()
        if report.hasFailures { throw ExitStatus.failure }
        let seconds = (clock.monotonic - start).components
        let tenths = seconds.seconds * 10 + seconds.attoseconds / 100_000_000_000_000_000
        Output.line(
            "\(report.statementCount) statements and \(report.copiedRows) rows in \(tenths / 10).\(tenths % 10) s")
    }
}
