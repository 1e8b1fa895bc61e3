import ArgumentParser
import JSONText

/// `record`: notes what services ask third parties, and what they get.
struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", _superCommandName: AltanEmulator.name,
        abstract: "Record services' calls to third parties into a HAR file.",
        discussion: """
            Recording goes on until `record --stop`, which writes the file. Answers come from stand-ins, and from the \
            network for hosts that emulator.json allows. Secrets are taken out; a file that would still hold one is not \
            written.
            """)

    /// Where the recording that is in is asked for and changed.
    static let path = "/_emulator/thirdparty/cassette"

    @Argument(help: "The file to write.")
    var file: String?

    @Flag(help: "Play what the file has, and record the rest.")
    var newEpisodes = false

    @Flag(help: "Stop, and write the file.")
    var stop = false

    @OptionGroup var target: TargetOptions

    func validate() throws {
        guard (file == nil) == stop else { throw ValidationError("Name a file, or say --stop.") }
    }

    func run() async throws {
        try await target.withRunning { client in
            if let file {
                let mode = newEpisodes ? "new-episodes" : "record"
                let body: JSON = ["file": .string(ProcessEnvironment.absolute(file)), "mode": .string(mode)]
                _ = try await client.json("POST", Self.path, body: body)
                Output.line("Recording. `altan-emulator record --stop` writes \(file).")
            } else {
                let before = try await client.json("GET", Self.path)["cassette"]
                _ = try await client.json("DELETE", Self.path)
                let count = before?["entries"]?.intValue ?? 0
                Output.line("\(before?["file"]?.stringValue ?? "Nothing was recorded"): \(count) calls.")
            }
        }
    }
}
