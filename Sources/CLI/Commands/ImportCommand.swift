import ArgumentParser
import Glibc
import JSONText
import World

/// `import`: loads a plain dump, schema and rows, as pg_dump writes it.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        _superCommandName: AltanEmulator.name,
        abstract: "Load a plain dump made by pg_dump.",
        discussion: """
            The dump is one transaction: the first statement that is refused undoes it, and the exit status is 1. With \
            --continue-on-error every other statement is kept and each refused one is listed; the exit status is 1 then \
            too. The file is read by the emulator itself and may be of any length; how far it has come is said on \
            standard error. Make it with pg_dump --no-owner, unless the roles it names exist. Of a whole Supabase \
            database, what the platform made (Auth's and Storage's tables, extensions' functions and grants) is kept as \
            the emulator has it, with the columns and the rows of the dump.
            """
    )

    @Argument(help: ArgumentHelp("The file.", valueName: "dump"))
    var file: String

    @OptionGroup var script: ScriptArguments
    @OptionGroup var target: TargetOptions

    func run() async throws {
        guard let resolved = realpath(file, nil) else {
            throw CommandFailure.unreadable(file: file, reason: String(cString: strerror(errno)))
        }
        defer { free(resolved) }
        var body = script.body
        body.set("path", .string(String(cString: resolved)))
        body.set("file", .string(file))
        body.set("progress", true)
        let request = body
        let clock = World.system().clock
        let start = clock.monotonic
        let result = try await target.withEmulator { try await Self.load(request, with: $0, clock) }
        let report = ScriptReport(result)
        report.printFailures()
        if report.hasFailures { throw ExitStatus.failure }
        let seconds = (clock.monotonic - start).components
        let tenths = seconds.seconds * 10 + seconds.attoseconds / 100_000_000_000_000_000
        Output.line(
            "\(report.statementCount) statements and \(report.copiedRows) rows in \(tenths / 10).\(tenths % 10) s")
    }

    /// The report, which is the answer's last line; the others say how far the dump has come.
    private static func load(_ request: JSON, with client: EmulatorClient, _ clock: Clock) async throws -> JSON {
        var bar = ProgressBar(clock: clock)
        var report: JSON?
        try await client.lines(
            "/_emulator/sql", headers: [("content-type", "application/json")], body: request.bytes
        ) { line in
            let json = try JSON(parsing: line)
            if let progress = json["progress"] { bar.show(progress) } else { report = json }
        }
        bar.end()
        guard let report else {
            throw CommandFailure.notJSON(path: "/_emulator/sql", text: "it ended without a report")
        }
        guard report["statements"] != nil else { throw CommandFailure.refused(Refusal(status: 500, json: report)) }
        return report
    }
}
