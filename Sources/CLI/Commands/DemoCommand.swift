import ArgumentParser
import EmulatorServer
import JSONText
import Logging
import ServiceRuntime
import World

/// `demo`: plays the canonical workflow on an emulator of its own.
struct DemoCommand: SignalAwareCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        _superCommandName: AltanEmulator.name,
        abstract: "Play the whole workflow, from get_project to tested endpoints; or a subscription's life.",
        discussion: """
            `demo billing` plays checkout, payment, webhooks, renewal and cancellation with the stand-in for Stripe. \
            On a fresh emulator that is gone afterwards, without asking any registry. Each step is checked; the exit \
            status is 0 when all held, and 1 with the step's name when one did not.
            """
    )

    /// What is played.
    enum Play: String, ExpressibleByArgument { case workflow, billing }

    @Argument(help: "workflow or billing.")
    var play = Play.workflow

    @Option(
        name: .customLong("break"),
        help: ArgumentHelp("Break the world before this step, to see that its check notices.", valueName: "step"))
    var broken: DemoStep?

    @Flag(help: "Print each step as a JSON object on a line.")
    var json = false

    func run() async throws {
        let signals = SignalWatch()
        let world = World.system()
        let emulator = try await open(world)
        let (ready, announced) = AsyncStream<JSON>.makeStream()
        // Awaited below: by the steps when the first of them is broken, and at the end.
        let serving = Task {
            defer { announced.finish() }
            try await emulator.serve(port: 0) { announced.yield($0) }
        }
        let outcome: Result<Void, any Error>
        do {
            guard let facts = await ready.first(where: { _ in true }) else {
                try await serving.value
                throw ExitStatus.couldNotStart
            }
            switch play {
            case .workflow:
                try await playWorkflow(facts, world) {
                    serving.cancel()
                    _ = await serving.result
                }
            case .billing: try await playBilling(facts, world)
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        serving.cancel()
        _ = await serving.result
        await emulator.close()
        if let signal = signals.caught { throw ExitStatus.signal(signal) }
        try outcome.get()
    }

    private func open(_ world: World) async throws -> Emulator {
        let cache = BaseEnvironment.cacheFolder(environment: ProcessEnvironment.variables)
        guard BaseEnvironment(cacheFolder: cache).isReady else {
            throw StartFailure.other("Services have no Python environment yet. Run `altan-emulator setup` first.")
        }
        var settings = EmulatorSettings(
            stateFolder: StateFolder.temporaryPath(),
            seedFolder: play == .billing ? try BillingSeed.write() : nil, configuration: EmulatorConfiguration(),
            executable: ProcessEnvironment.executable, cacheFolder: cache)
        settings.isEphemeral = true
        settings.isOffline = true
        // Refusals and the listener's end are part of the play; what does not hold, the step tells.
        let logger = StandardErrorLog.logger(.text, world: world, level: .critical)
        return try await Emulator.open(settings, world: world, logger: logger)
    }

    private func playWorkflow(
        _ facts: JSON, _ world: World, stopServing: @escaping @Sendable () async -> Void
    ) async throws {
        let connection = HTTPConnection(baseURL: facts["base_url"]?.stringValue ?? "")
        let walkthrough = Walkthrough(
            client: EmulatorClient(.http(connection)), facts: facts, broken: broken, stopServing: stopServing)
        try await perform(walkthrough, over: connection, world)
    }

    private func playBilling(_ facts: JSON, _ world: World) async throws {
        let connection = HTTPConnection(baseURL: facts["base_url"]?.stringValue ?? "")
        try await perform(BillingWalkthrough(connection: connection, facts: facts), over: connection, world)
    }

    /// Plays and reports every step up to the first that does not hold, and closes the connection.
    private func perform<Script: SteppedPlay>(
        _ script: Script, over connection: HTTPConnection, _ world: World
    ) async throws {
        var script = script
        let report = DemoReport(asJSON: json, steps: Script.Step.allCases.count)
        let start = world.clock.monotonic
        for step in Script.Step.allCases {
            let began = world.clock.monotonic
            do {
                try await script.play(step)
            } catch {
                let reason = (error as? StepFailure)?.reason ?? (error as? CommandFailure)?.message ?? "\(error)"
                report.failed(step, script.evidence, world.clock.monotonic - began, reason: reason)
                await connection.close()
                throw ExitStatus.failure
            }
            report.held(step, script.evidence, world.clock.monotonic - began)
        }
        report.finished(world.clock.monotonic - start)
        await connection.close()
    }
}
