import AltanCloud
import ArgumentParser
import EmulatorServer
import Logging
import ServiceRuntime
import World

/// Where an emulator keeps what it has, and what it starts from: for every command that may open one.
struct EmulatorOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Keep the state in this folder. (default: .emulator)", valueName: "folder"))
    var state: String?

    @Option(
        help: ArgumentHelp(
            "Seed a new state from this folder. (default: seed, where there is one)", valueName: "folder")
    )
    var seed: String?

    @Option(
        help: ArgumentHelp(
            "Read settings from this file. (default: emulator.json, where there is one)", valueName: "file")
    )
    var config: String?

    @Flag(help: "Ask no package registry, even for requirements of services.")
    var offline = false

    @Flag(help: "Block wherever a rule would warn.")
    var strictRules = false

    @Flag(help: "Store secrets when a person has given them; on the platform the agent must.")
    var storeOnComplete = false

    @Option(help: "How log lines on standard error look.")
    var logFormat = LogFormat.text

    /// The state folder, from the root.
    var stateFolder: String { ProcessEnvironment.absolute(state ?? ".emulator") }

    /// - Parameter isEphemeral: keeps the state in a fresh folder that goes with the emulator.
    /// - Throws: `StartFailure` for what was named and is not there, or is not usable.
    func settings(isEphemeral: Bool = false) throws -> EmulatorSettings {
        var configuration = try EmulatorConfiguration(file: config ?? "emulator.json", isRequired: config != nil)
        if storeOnComplete { configuration.authorization.storesOnComplete = true }
        if strictRules { configuration.rules.book.makeStrict() }
        var settings = EmulatorSettings(
            stateFolder: isEphemeral ? "" : stateFolder, seedFolder: try seedFolder(), configuration: configuration,
            executable: ProcessEnvironment.executable,
            cacheFolder: BaseEnvironment.cacheFolder(environment: ProcessEnvironment.variables))
        // Made last: what was refused above leaves no folder behind.
        if isEphemeral { settings.stateFolder = StateFolder.temporaryPath() }
        settings.isEphemeral = isEphemeral
        settings.isOffline = offline
        return settings
    }

    private func seedFolder() throws -> String? {
        if ProcessEnvironment.isFolder(seed ?? "seed") { return seed ?? "seed" }
        if let seed { throw StartFailure.missingSeed(seed) }
        return nil
    }

    func logger(_ world: World) -> Logger { StandardErrorLog.logger(logFormat, world: world) }

    /// These options as another command line of this program takes them.
    var arguments: [String] {
        var arguments: [String] = []
        if let state { arguments += ["--state", state] }
        if let seed { arguments += ["--seed", seed] }
        if let config { arguments += ["--config", config] }
        if offline { arguments.append("--offline") }
        if strictRules { arguments.append("--strict-rules") }
        if storeOnComplete { arguments.append("--store-on-complete") }
        return arguments + ["--log-format", logFormat.rawValue]
    }
}
