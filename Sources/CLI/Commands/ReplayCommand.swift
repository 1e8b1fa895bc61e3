import ArgumentParser
import JSONText
import Outbound
import World

/// `replay`: answers services from a recording; or plays recorded requests to a service.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", _superCommandName: AltanEmulator.name,
        abstract: "Answer third-party calls from a HAR file, or play its requests to a service.",
        discussion: """
            Each recorded call answers once, in order; what is not in the recording of a host is refused with the nearest \
            calls that are. With --to the file's requests are sent to a service, and what it answers is compared: the exit \
            status is 1 when anything differs.
            """)

    @Argument(help: "A HAR file, or a cassette of VCR.py (YAML or JSON).")
    var file: String?

    @Option(help: ArgumentHelp("Send the recorded requests to this service.", valueName: "service"))
    var to: String?

    @Flag(help: "Take the recording out.")
    var stop = false

    @OptionGroup var target: TargetOptions

    func validate() throws {
        guard (file == nil) == stop, to == nil || !stop else { throw ValidationError("Name a file, or say --stop.") }
    }

    func run() async throws {
        guard let file else {
            try await target.withRunning { _ = try await $0.json("DELETE", RecordCommand.path) }
            return
        }
        guard let to else {
            let body: JSON = ["file": .string(ProcessEnvironment.absolute(file)), "mode": "none"]
            let answer = try await target.withRunning { try await $0.json("POST", RecordCommand.path, body: body) }
            Output.line("Replaying \(answer["cassette"]?["entries"]?.text ?? "0") calls of \(file).")
            return
        }
        guard let bytes = readWholeFile(file) else {
            throw CommandFailure.unreadable(file: file, reason: CassetteError.unreadable(file).description)
        }
        let (differing, count) = try await target.withEmulator { client in
            let entries = try await Self.entries(bytes, of: file, client)
            var differing = 0
            for entry in entries where try await !Self.play(entry.exchange, to: to, client) { differing += 1 }
            return (differing, entries.count)
        }
        Output.line("\(count - differing) of \(count) answers are as recorded.")
        if differing > 0 { throw ExitStatus.failure }
    }

    private static func entries(
        _ bytes: [UInt8], of file: String, _ client: EmulatorClient
    ) async throws -> [Cassette.Entry] {
        var har = bytes
        if case .vcr = Cassette.format(of: bytes) {
            let body: JSON = ["file": .string(ProcessEnvironment.absolute(file))]
            har = try await client.json("POST", "\(RecordCommand.path)/har", body: body).bytes
        }
        do {
            return try Cassette(parsing: har).entries
        } catch {
            throw CommandFailure.unreadable(file: file, reason: error.description)
        }
    }

    /// Sends one request and compares. Prints a line, and below it what differs.
    private static func play(
        _ exchange: RecordedExchange, to service: String, _ client: EmulatorClient
    ) async throws -> Bool {
        let path = target(of: exchange, service)
        let reply = try await client.send(
            exchange.method, path, headers: exchange.headers.filter { isSent($0) }, bytes: exchange.body)
        var differences: [String] = []
        if reply.status != exchange.status {
            differences.append("status: recorded \(exchange.status), now \(reply.status)")
        }
        for (name, value) in exchange.responseHeaders where isCompared(name) {
            let now = reply.header(name.lowercased())
            if now != value { differences.append("\(name): recorded \(value), now \(now ?? "absent")") }
        }
        if normalized(reply.bytes) != normalized(exchange.responseBody) {
            differences.append("body: recorded \(short(exchange.responseBody))")
            differences.append("body: now      \(short(reply.bytes))")
        }
        Output.line("\(differences.isEmpty ? "same" : "differs")  \(exchange.method) \(path)  \(reply.status)")
        for difference in differences { Output.line("  \(difference)") }
        return differences.isEmpty
    }

    /// The recorded path below the service that is asked now.
    private static func target(of exchange: RecordedExchange, _ service: String) -> String {
        let prefix = "/services/api/"
        guard exchange.target.hasPrefix(prefix) else { return prefix + percentEncoded(service) + exchange.target }
        let rest = exchange.target.dropFirst(prefix.count).drop { $0 != "/" && $0 != "?" }
        return prefix + percentEncoded(service) + rest
    }

    private static func isSent(_ field: (name: String, value: String)) -> Bool {
        let name = field.name.lowercased()
        return !name.hasPrefix(":") && !field.value.hasPrefix("<REDACTED")
            && !["host", "content-length", "connection", "accept-encoding", "transfer-encoding"].contains(name)
    }

    /// Headers that say something about the answer, and not about the server or the moment.
    private static func isCompared(_ name: String) -> Bool {
        ["content-type", "location", "cache-control", "allow", "www-authenticate", "retry-after"].contains(
            name.lowercased())
    }

    /// JSON is the same whatever its white space.
    private static func normalized(_ bytes: [UInt8]) -> [UInt8] { (try? JSON(parsing: bytes))?.bytes ?? bytes }

    private static func short(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix(300), as: UTF8.self) + (bytes.count > 300 ? "…" : "")
    }
}
