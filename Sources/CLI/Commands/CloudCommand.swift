import ArgumentParser
import JSONText

/// `cloud`: further clouds beside the default one.
struct CloudCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cloud",
        _superCommandName: AltanEmulator.name,
        abstract: "Create, list and delete clouds.",
        discussion: """
            Every cloud has a database, secrets, services, logs and keys of its own. The default cloud answers at the \
            emulator's address, each further one below /clouds/ID of it. A reset removes clouds made since the mark.
            """,
        subcommands: [Create.self, List.self, Delete.self]
    )

    /// `cloud create NAME`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create a cloud and print its address and keys.")

        @Argument(help: "What to call it.")
        var name: String

        @Option(help: "The project's id or name; made where there is none. (default: the emulator's first)")
        var project: String?

        @Flag(help: "Print one JSON object.")
        var json = false

        @OptionGroup var target: TargetOptions

        func run() async throws {
            let body: JSON = ["name": .string(name), "project": .optional(project)]
            let cloud = try await target.withEmulator { try await $0.json("POST", "/_emulator/clouds", body: body) }
            Output.line(json ? cloud.text : FactsText.render(cloud))
        }
    }

    /// `cloud list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the clouds, the default one first.")

        @Flag(help: "Print one JSON object a cloud.")
        var json = false

        @OptionGroup var target: TargetOptions

        func run() async throws {
            let reply = try await target.withEmulator { try await $0.json("GET", "/_emulator/clouds") }
            for cloud in reply["clouds"]?.arrayValue ?? [] {
                let columns = ["cloud_id", "status", "base_url", "name"].map { cloud[$0]?.stringValue ?? "" }
                Output.line(json ? cloud.text : columns.joined(separator: "  "))
            }
        }
    }

    /// `cloud delete ID`.
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a cloud with everything in it but its logs.")

        @Argument(help: "The cloud's id.")
        var id: String

        @OptionGroup var target: TargetOptions

        func run() async throws {
            let path = "/_emulator/clouds/\(percentEncoded(id))"
            _ = try await target.withEmulator { try await $0.json("DELETE", path) }
            Output.line("Deleted \(id).")
        }
    }
}
