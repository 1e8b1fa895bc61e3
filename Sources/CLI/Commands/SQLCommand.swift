import ArgumentParser
import EmulatorServer
import Glibc
import JSONText
import World

/// `sql`: runs statements on a cloud's database, as its owner.
struct SQLCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql",
        _superCommandName: AltanEmulator.name,
        abstract: "Run SQL on the database, or open a shell.",
        discussion: """
            A script (-c, -f or standard input) is one transaction: the first statement that is refused undoes it, and \
            the exit status is 1. With --continue-on-error every other statement is kept and each refused one is \
            listed; the exit status is 1 then too.

            On a terminal, or with -i, it is a shell: each statement is run when its semicolon has come and is a \
            transaction of its own, SET lasts, and psql's commands work, such as \\d, \\d NAME, \\dt, \\df, \\x, \
            \\timing, \\i FILE and \\q; \\? lists them. -c '\\d NAME' runs one. Between BEGIN and COMMIT statements \
            are collected and run together.

            --check says which statements of a seed folder, a Supabase project, a folder of .sql files or a file the \
            emulator does not take. It loads them into a database that is thrown away, and ends with 1 where there are any.
            """
    )

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The statements, or one of the shell's commands.", valueName: "sql"))
    var command: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("A file of statements; - is standard input.", valueName: "file"))
    var file: String?

    @Flag(name: .shortAndLong, help: "Take standard input as a shell does, though it is no terminal.")
    var interactive = false

    @Option(help: ArgumentHelp("Say what of its SQL is not supported; nothing is changed.", valueName: "folder"))
    var check: String?

    @Flag(help: "Print what became of each statement as JSON.")
    var json = false

    @OptionGroup var script: ScriptArguments
    @OptionGroup var target: TargetOptions

    func validate() throws {
        let sources = [command != nil, file != nil, interactive, check != nil]
        guard sources.count(where: { $0 }) < 2 else {
            throw ValidationError("-c, -f, -i and --check exclude each other.")
        }
    }

    func run() async throws {
        if let check { return try await report(on: check) }
        let isShell = interactive || command == nil && file == nil && isatty(STDIN_FILENO) == 1
        let isCommand = command?.drop(while: \.isWhitespace).first == "\\"
        let succeeded =
            if isShell {
                try await target.withEmulator { try await shell($0).run(InputLines()) }
            } else if let command, isCommand {
                try await target.withEmulator { try await shell($0).run(lines: [command]) }
            } else {
                try await runScript()
            }
        if !succeeded { throw ExitStatus.failure }
    }

    private func shell(_ client: EmulatorClient) -> Shell {
        Shell(SQLSession(client, cloud: script.cloud), printsJSON: json)
    }

    private func runScript() async throws -> Bool {
        var body = script.body
        if let command {
            body.set("sql", .string(command))
        } else {
            body.set("sql", .string(try InputText.read(file ?? "-")))
            body.set("file", .string(file.flatMap { $0 == "-" ? nil : $0 } ?? "<stdin>"))
        }
        let request = body
        let result = try await target.withEmulator { try await $0.json("POST", "/_emulator/sql", body: request) }
        let report = ScriptReport(result)
        if json {
            Output.line(result.prettyText)
        } else {
            report.print()
            report.printEnd()
        }
        return !report.hasFailures
    }

    private func report(on path: String) async throws {
        guard let result = try await SQLCheck.report(of: path, world: World.system()) else {
            throw CommandFailure.unreadable(file: path, reason: "there is no SQL in it.")
        }
        let report = CheckReport(result)
        Output.line(json ? result.prettyText : report.text)
        if report.hasFailures { throw ExitStatus.failure }
    }
}
