import Glibc
import JSONText
import PostgresSyntax
import World

/// A conversation with a database, after psql's manner.
final class Shell {
    private let session: SQLSession
    private let printsJSON: Bool
    private let isTerminal = isatty(STDIN_FILENO) == 1
    private let clock = World.system().clock
    private var input = InteractiveInput()
    /// The statements since BEGIN: a transaction holds the only writer, so they wait until it ends.
    private var block: [String] = []
    private var isExpanded = false
    private var timesStatements = false
    private var hasFailed = false

    init(_ session: SQLSession, printsJSON: Bool) {
        self.session = session
        self.printsJSON = printsJSON
    }

    /// Runs what is typed until it ends or says `\q`.
    /// - Returns: whether nothing was refused; always true on a terminal, where somebody saw it.
    func run(_ lines: InputLines) async throws -> Bool {
        if isTerminal { Output.line("altan-emulator sql: PostgreSQL 15, as emulated. \\? lists the commands.\n") }
        prompt()
        for await line in lines.stream {
            guard try await take(line) else { return isTerminal || !hasFailed }
            prompt()
        }
        if isTerminal { Output.line("\\q") }
        return try await finish() || isTerminal
    }

    /// Runs lines that are all there.
    func run(lines: [String]) async throws -> Bool {
        for line in lines { guard try await take(line) else { return !hasFailed } }
        return try await finish()
    }

    /// What was typed last without a semicolon is run too; a transaction that is open is undone, as when psql's
    /// connection closes.
    private func finish() async throws -> Bool {
        if let rest = input.rest() { try await take(rest) }
        if !block.isEmpty { fail("The transaction was not committed: nothing of it was run.") }
        return !hasFailed
    }

    private func prompt() {
        guard isTerminal else { return }
        switch input.waiting {
        case .statement: Output.text(block.isEmpty ? "postgres=# " : "postgres=*# ")
        case .restOfStatement: Output.text(block.isEmpty ? "postgres-# " : "postgres-*# ")
        case .rows: Output.text(">> ")
        }
    }

    /// - Returns: false after `\q`.
    private func take(_ line: String) async throws -> Bool {
        // These two are heard in the middle of a statement as well.
        if case .restOfStatement = input.waiting {
            switch line.trimmingBlanks {
            case "\\q": return false
            case "\\r":
                input.discard()
                Output.line("Query buffer reset (cleared).")
                return true
            default: break
            }
        }
        input.add(line: line)
        while let piece = input.next() {
            if case .command("q", _) = piece { return false }
            try await take(piece)
        }
        return true
    }

    private func take(_ piece: InteractiveInput.Piece) async throws {
        switch piece {
        case .command(let name, let arguments): try await run(command: name, arguments)
        case .statement(let text): try await run(text, piece.transactionCommand)
        }
    }

    // MARK: Statements

    private func run(_ text: String, _ command: TransactionCommand?) async throws {
        switch command {
        case .begin where block.isEmpty:
            block = [text]
            Output.error("The statements of this transaction are run together when COMMIT or ROLLBACK ends it.")
        case .commit?, .rollback?:
            let statements = block + [text]
            block = []
            try await execute(statements.joined(separator: "\n"))
        default:
            if block.isEmpty { try await execute(text) } else { block.append(text) }
        }
    }

    private func execute(_ sql: String, file: String? = nil) async throws {
        let start = clock.monotonic
        let result = try await session.run(sql, file: file)
        let report = ScriptReport(result)
        if printsJSON {
            Output.line(result.prettyText)
        } else {
            report.print(expanded: isExpanded, isTerminated: sql.last { !$0.isWhitespace } == ";")
        }
        if !report.failures.isEmpty { hasFailed = true }
        if timesStatements { Output.line("Time: \((clock.monotonic - start).millisecondsText) ms") }
    }

    private func fail(_ message: String) {
        Output.error(message)
        hasFailed = true
    }

    // MARK: Commands

    private func run(command name: String, _ arguments: String) async throws {
        switch name {
        case "?", "h", "help": Output.line(ShellHelp.text)
        case "x": isExpanded = toggled(isExpanded, arguments, "Expanded display")
        case "timing": timesStatements = toggled(timesStatements, arguments, "Timing")
        case "r":
            input.discard()
            Output.line("Query buffer reset (cleared).")
        case "echo": Output.line(arguments)
        case "i", "include", "ir": try await include(arguments)
        default:
            guard let description = Description(command: name, pattern: arguments) else {
                return fail("invalid command \\\(name)\nTry \\? for help.")
            }
            do {
                for part in try await description.parts(session) {
                    Output.line(isExpanded ? part.expanded : part.text)
                }
            } catch let failure as DescriptionFailure {
                fail(failure.message)
            } catch CommandFailure.refused(let refusal) {
                fail(refusal.text)
            }
        }
    }

    private func toggled(_ value: Bool, _ argument: String, _ what: String) -> Bool {
        let value =
            switch argument.lowercased() {
            case "on", "true", "1": true
            case "off", "false", "0": false
            default: !value
            }
        Output.line("\(what) is \(value ? "on" : "off").")
        return value
    }

    private func include(_ file: String) async throws {
        guard block.isEmpty else { return fail("\\i is not run inside a transaction: end it first.") }
        guard !file.isEmpty else { return fail("\\i: missing required argument") }
        do {
            try await execute(try InputText.read(file.unquoted), file: file.unquoted)
        } catch CommandFailure.unreadable(let file, let reason) {
            fail("\(file): \(reason)")
        }
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// Without the single quotes that a file name with blanks has.
    fileprivate var unquoted: String {
        count > 1 && hasPrefix("'") && hasSuffix("'") ? String(dropFirst().dropLast()) : self
    }
}

extension Duration {
    /// In milliseconds with three digits, as psql says it.
    fileprivate var millisecondsText: String {
        let microseconds = components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
        let digits = String(microseconds % 1000)
        return "\(microseconds / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
    }
}
