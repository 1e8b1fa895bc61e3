import ArgumentParser
import JSONText
import Outbound
import World

/// `thirdparty`: who answers in the place of the hosts of the internet.
struct ThirdPartyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thirdparty", _superCommandName: AltanEmulator.name,
        abstract: "List stand-ins for third parties, or take a built-in one as your own.",
        subcommands: [ThirdPartyListCommand.self, ThirdPartyEjectCommand.self])
}

/// `thirdparty list`.
struct ThirdPartyListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List stand-ins, the calls there were, and what is kept.")

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var target: TargetOptions

    func run() async throws {
        let answer = try await target.withEmulator { try await $0.json("GET", "/_emulator/thirdparty") }
        if json {
            Output.line(answer.prettyText)
            return
        }
        let rows = (answer["stand_ins"]?.arrayValue ?? []).map { standIn -> [String?] in
            [
                standIn["name"]?.stringValue,
                standIn["hosts"]?.arrayValue?.compactMap(\.stringValue).joined(separator: " "),
                standIn["origin"]?.stringValue,
            ]
        }
        Output.line(
            Table(columns: ["stand-in", "hosts", "origin"], rows: rows, isNumeric: [false, false, false]).text)
        for host in answer["calls"]?.objectValue ?? [] {
            let counts = (host.value.objectValue ?? []).map { "\($0.value.text) \($0.key)" }
            Output.line("\(host.key): \(counts.joined(separator: ", "))")
        }
    }
}

/// `thirdparty eject`: a built-in stand-in as files of the seed, where they come first.
struct ThirdPartyEjectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eject", abstract: "Copy a built-in stand-in into the seed, to change it there.")

    @Argument(help: "The stand-in's name, as `thirdparty list` prints it.")
    var name: String

    @Option(help: ArgumentHelp("The seed folder.", valueName: "folder"))
    var seed = "seed"

    func run() throws {
        guard let standIn = BuiltInStandIns.all.first(where: { $0.name == name }) else {
            let known = BuiltInStandIns.all.map(\.name).joined(separator: ", ")
            throw CommandFailure.badArguments("There is no built-in stand-in \(name). There are: \(known).")
        }
        let folder = "\(seed)/thirdparty"
        let isSingle = standIn.modules.count == 1
        let target = isSingle ? "\(folder)/\(name).py" : "\(folder)/\(name)"
        guard !ProcessEnvironment.exists(target) else {
            throw CommandFailure.badArguments("\(target) is there already; it is not overwritten.")
        }
        try makeFolder(isSingle ? folder : target)
        for (module, source) in standIn.modules.sorted(by: { $0.key < $1.key }) {
            try NewFile.write(Array(source.utf8), to: isSingle ? target : "\(target)/\(module).py")
        }
        Output.line("\(target): this stand-in is yours now, and answers before the built-in one.")
    }
}
