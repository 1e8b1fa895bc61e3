import ArgumentParser
import EmulatorServer
import JSONText
import World

/// Which emulator a command speaks to.
struct TargetOptions: ParsableArguments {
    @Option(help: "Speak to the emulator at this address.")
    var url: String?

    @OptionGroup(title: "Options where none runs")
    var emulator: EmulatorOptions

    /// The address that was named, by option or environment.
    private var namedURL: String? {
        let named = url ?? ProcessEnvironment.variables["ALTAN_BASE_URL"]
        return named.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Finds the emulator: by `--url`, `ALTAN_BASE_URL`, `run.json` of the state folder.
    /// - Returns: nil when none is named and none runs.
    func running() async throws -> HTTPConnection? {
        if let namedURL { return HTTPConnection(baseURL: namedURL) }
        guard let url = StateFolder.readRun(emulator.stateFolder)?["base_url"]?.stringValue else { return nil }
        // An emulator that was killed leaves its address behind.
        let connection = HTTPConnection(baseURL: url)
        if await connection.isAlive() { return connection }
        await connection.close()
        return nil
    }

    /// Calls `body` with the emulator that runs.
    /// - Throws: `CommandFailure.notRunning` where none does.
    func withRunning<T>(_ body: (EmulatorClient) async throws -> T) async throws -> T {
        guard let connection = try await running() else { throw CommandFailure.notRunning(state: emulator.stateFolder) }
        return try await Self.using(connection, body)
    }

    /// Calls `body` with the emulator that runs; where none does, with one opened here on the state folder, without
    /// a listener.
    func withEmulator<T>(_ body: (EmulatorClient) async throws -> T) async throws -> T {
        if let connection = try await running() { return try await Self.using(connection, body) }
        let world = World.system()
        let opened = try await Emulator.open(emulator.settings(), world: world, logger: emulator.logger(world))
        do {
            let result = try await body(EmulatorClient(.inProcess(opened)))
            await opened.close()
            return result
        } catch {
            await opened.close()
            throw error
        }
    }

    private static func using<T>(
        _ connection: HTTPConnection, _ body: (EmulatorClient) async throws -> T
    ) async throws -> T {
        do {
            let result = try await body(EmulatorClient(.http(connection)))
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }
}
