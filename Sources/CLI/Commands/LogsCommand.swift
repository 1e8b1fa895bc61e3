import ArgumentParser
import JSONText

/// `logs`: what services printed.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", _superCommandName: AltanEmulator.name,
        abstract: "Print what services printed, oldest line first.")

    @Argument(help: "One service; all of the cloud when left out.")
    var service: String?

    @Option(help: "How many lines at most, the newest.")
    var tail = 200

    @Option(help: ArgumentHelp("Only lines of that request (X-Altan-Request-Id).", valueName: "id"))
    var request: String?

    @Option(help: ArgumentHelp("The cloud. (default: the emulator's first)", valueName: "id"))
    var cloud: String?

    @Flag(help: "Print each line as a JSON object.")
    var json = false

    @OptionGroup var target: TargetOptions

    func validate() throws {
        guard (1...10_000).contains(tail) else { throw ValidationError("--tail is a number from 1 to 10000.") }
    }

    func run() async throws {
        let lines = try await target.withEmulator { client in
            var id = cloud
            if id == nil { id = try await client.facts()["cloud_id"]?.stringValue }
            let path =
                "/v1/instances/logs/cloud/\(percentEncoded(id ?? ""))"
                + (service.map { "/service/\(percentEncoded($0))" } ?? "")
            // Lines of one request are picked out here, so they may be far from the end.
            let reply = try await client.json("GET", "\(path)?tail=\(request == nil ? tail : 10_000)")
            return reply["lines"]?.arrayValue ?? []
        }
        let wanted = request.map { id in lines.filter { $0["request_id"]?.stringValue == id } } ?? lines
        for line in wanted.suffix(tail) { Output.line(json ? line.text : Self.text(line)) }
    }

    private static func text(_ line: JSON) -> String {
        let service = line["service"]?.stringValue.map { "\($0)  " } ?? ""
        return "\(line["timestamp"]?.stringValue ?? "")  \(service)\(line["message"]?.stringValue ?? "")"
    }
}
