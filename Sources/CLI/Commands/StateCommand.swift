import ArgumentParser
import EmulatorServer
import JSONText

/// `state`: compares outcomes: what is there after an agent has worked.
struct StateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        _superCommandName: AltanEmulator.name,
        abstract: "Save, hash, compare and check states: tables, services, names of secrets.",
        discussion: """
            A saved state is one JSON document. Two states that mean the same have the same hash, whatever the order \
            in which rows were written.
            """,
        subcommands: [Save.self, Hash.self, Diff.self, Check.self])

    /// What is left out of a comparison.
    struct Ignoring: ParsableArguments {
        @Flag(help: "Leave values of date and time columns out.")
        var ignoreTimes = false

        @Flag(help: "Leave values of uuid columns out.")
        var ignoreIds = false
    }

    struct Save: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Write the present state to a file.")

        @Argument(help: "The file; `-` is standard output.")
        var file: String

        @OptionGroup var target: TargetOptions

        func run() async throws {
            let text = try await StateSource(named: nil).document(target).json.prettyText + "\n"
            if file == "-" { Output.text(text) } else { try Output.write(text, toFile: file) }
        }
    }

    struct Hash: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the SHA-256 of a state.", discussion: "Of the present one, or of one that was saved.")

        @Argument(help: "A saved state.")
        var file: String?

        @OptionGroup var ignoring: Ignoring
        @OptionGroup var target: TargetOptions

        func run() async throws {
            let document = try await StateSource(named: file).document(target)
            Output.line(document.ignoring(times: ignoring.ignoreTimes, ids: ignoring.ignoreIds).hash)
        }
    }

    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare two states.",
            discussion: """
                Prints a line for each change: + added, - removed, ~ changed, with its path, such as \
                tables/public.tasks/rows/7/status, services/billing/code_sha256 or secrets/STRIPE_KEY. What is allowed \
                is not printed. The exit status is 0 when nothing else changed, 1 when something did.

                A pattern of what is allowed is a path in which * stands for anything, after added, removed or changed \
                where only such changes are allowed: --allow 'added tables/public.tasks/rows/*'. A file of them has one \
                a line; lines that begin with # say nothing.
                """)

        @Argument(help: "A saved state: before.")
        var before: String

        @Argument(help: "A saved state: after. (default: the present state)")
        var after: String?

        @Option(
            parsing: .singleValue,
            help: ArgumentHelp("Changes that are expected; may be repeated.", valueName: "pattern"))
        var allow: [String] = []

        @Option(
            parsing: .singleValue, help: ArgumentHelp("A file of such patterns; may be repeated.", valueName: "file"))
        var allowFile: [String] = []

        @Flag(help: "Print the changes as JSON.")
        var json = false

        @OptionGroup var ignoring: Ignoring
        @OptionGroup var target: TargetOptions

        func run() async throws {
            var allowed = allow
            for file in allowFile {
                allowed += try InputText.read(file).split(separator: "\n").map(String.init).filter {
                    !$0.hasPrefix("#")
                }
            }
            let old = try await StateSource(named: before).document(target)
            let new = try await StateSource(named: after).document(target)
            let difference = StateDifference(
                from: old.ignoring(times: ignoring.ignoreTimes, ids: ignoring.ignoreIds),
                to: new.ignoring(times: ignoring.ignoreTimes, ids: ignoring.ignoreIds)
            ).without(allowed: allowed)
            if json {
                Output.line(JSON.array(difference.changes.map(\.json)).prettyText)
            } else {
                for change in difference.changes { Output.line(Self.line(change)) }
            }
            if !difference.changes.isEmpty { throw ExitStatus.failure }
        }

        private static func line(_ change: StateChange) -> String {
            let before = change.before?.text ?? ""
            let after = change.after?.text ?? ""
            return switch change.kind {
            case .added: "+ \(change.path) \(after)"
            case .removed: "- \(change.path) \(before)"
            case .changed: "~ \(change.path) \(before) → \(after)"
            }
        }
    }
}

extension StateCommand {
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check that the databases are sound.",
            discussion: """
                Looks at each database's file with SQLite's own check, and whether its tables and definitions are what \
                the catalog says. Prints a line for each problem; the exit status is 1 when there is one.
                """)

        @OptionGroup var target: TargetOptions

        func run() async throws {
            let answer = try await target.withEmulator { try await $0.json("GET", "/_emulator/state/check") }
            let problems = answer["problems"]?.arrayValue?.compactMap(\.stringValue) ?? []
            for problem in problems { Output.line(problem) }
            if !problems.isEmpty { throw ExitStatus.failure }
        }
    }
}

/// Where a state comes from: a file, or the emulator.
private struct StateSource {
    private let file: String?

    init(named file: String?) { self.file = file }

    func document(_ target: TargetOptions) async throws -> StateDocument {
        guard let file else {
            return try StateDocument(
                saved: try await target.withEmulator { try await $0.json("GET", "/_emulator/state/document") })
        }
        do {
            return try StateDocument(saved: try JSON(parsing: InputText.read(file)))
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure.unreadable(file: file, reason: "it is no saved state")
        }
    }
}
