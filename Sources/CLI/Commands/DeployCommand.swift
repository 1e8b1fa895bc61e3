import AltanCloud
import ArgumentParser
import JSONText

/// `deploy`: a folder or a file as a service.
struct DeployCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy",
        _superCommandName: AltanEmulator.name,
        abstract: "Deploy a service from a folder or a file.",
        discussion: """
            A folder holds service.py and may hold service.json with name, description and requirements. For a single \
            .py file they are options; the name is the file's when left out. The exit status is 4 when secrets are \
            missing, 1 when the service did not come up.
            """
    )

    @Argument(help: "A folder with service.py, or a .py file.")
    var path: String

    @Option(help: "The service's name in snake_case.")
    var name: String?

    @Option(
        name: .customLong("requirement"), parsing: .singleValue,
        help: ArgumentHelp("A pip requirement; may be repeated.", valueName: "package"))
    var requirements: [String] = []

    @Option(help: "What the service does, in a sentence.")
    var description: String?

    @Option(help: ArgumentHelp("The cloud. (default: the emulator's only one)", valueName: "id"))
    var cloud: String?

    @Flag(help: "Print the whole answer as JSON.")
    var json = false

    @OptionGroup var target: TargetOptions

    func run() async throws {
        let arguments = try toolArguments()
        let reply = try await target.withEmulator {
            try await $0.call(tool: "create_service", arguments, as: RunRecord.person)
        }
        let answer = try reply.json(of: path)
        if json { Output.line(answer.prettyText) }
        guard reply.isSuccess else { throw CommandFailure.refused(Refusal(status: reply.status, json: answer)) }
        if !json { Self.print(answer) }
    }

    /// What create_service is told: the folder's `service.json`, options before it.
    private func toolArguments() throws(CommandFailure) -> JSON {
        var folder = path
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        let isFolder = ProcessEnvironment.isFolder(folder)
        let settings = isFolder ? try settings(folder + "/service.json") : [:]
        let code = try InputText.read(isFolder ? folder + "/service.py" : path)
        var name = name ?? settings["name"]?.stringValue
        if name == nil {
            let last = ProcessEnvironment.absolute(folder).split(separator: "/").last.map(String.init) ?? ""
            name = last.hasSuffix(".py") ? String(last.dropLast(3)) : last
        }
        var arguments: JSON = ["service_name": .optional(name), "code": .string(code)]
        if let cloud { arguments.set("cloud_id", .string(cloud)) }
        if let text = description.map(JSON.string) ?? settings["description"] { arguments.set("description", text) }
        let listed = settings["requirements"] ?? []
        arguments.set(
            "requirements", requirements.isEmpty ? listed : .array(requirements.map(JSON.string)))
        return arguments
    }

    private func settings(_ file: String) throws(CommandFailure) -> JSON {
        guard ProcessEnvironment.exists(file) else { return [:] }
        do {
            let json = try JSON(parsing: try InputText.read(file))
            guard json.objectValue != nil else {
                throw CommandFailure.unreadable(file: file, reason: "it must be one JSON object")
            }
            return json
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw .unreadable(file: file, reason: "\(error)")
        }
    }

    private static func print(_ answer: JSON) {
        let name = answer["name"]?.stringValue ?? ""
        Output.line("\(name) is \(answer["status"]?.stringValue ?? "") at \(answer["url"]?.stringValue ?? "")")
        for route in answer["routes"]?.arrayValue ?? [] {
            let method = route["method"]?.stringValue ?? ""
            let blanks = String(repeating: " ", count: max(7 - method.count, 1))
            Output.line("  \(method)\(blanks)\(route["url"]?.stringValue ?? "")")
        }
        for line in answer["import_log"]?.arrayValue ?? [] { Output.line("  | \(line.stringValue ?? "")") }
        for warning in answer["warnings"]?.arrayValue ?? [] { Output.error("warning: \(warning.stringValue ?? "")") }
    }
}
