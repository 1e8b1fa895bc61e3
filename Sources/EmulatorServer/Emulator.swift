package import AgentTools
package import AltanCloud
package import JSONText
package import Logging
import NIOPosix
import Outbound
import PostgREST
import PostgresEngine
import ServiceRuntime
import Synchronization
package import World

/// What a command line says about an emulator.
package struct EmulatorSettings: Sendable {
    package var stateFolder: String
    /// nil: nothing is seeded.
    package var seedFolder: String?
    package var configuration: EmulatorConfiguration
    package var isEphemeral = false
    /// Services will be called, not only their records looked at.
    package var isServing = false
    /// No registry is asked, even for requirements.
    package var isOffline = false
    /// Seeding goes on after a refused statement.
    package var continuesOnError = false
    /// This very program, started again for workers.
    package var executable: String
    package var cacheFolder: String

    package init(
        stateFolder: String, seedFolder: String?, configuration: EmulatorConfiguration, executable: String,
        cacheFolder: String
    ) {
        self.stateFolder = stateFolder
        self.seedFolder = seedFolder
        self.configuration = configuration
        self.executable = executable
        self.cacheFolder = cacheFolder
    }
}

/// The whole emulator put together: state, databases, platform, runtime, and the answer to every request.
///
/// Opened by `start` behind a listener, and by single commands without one.
package final class Emulator: Sendable {
    package let settings: EmulatorSettings
    package let world: World
    package let platform: Platform
    package let toolbox: Toolbox
    let mcpServer: MCPServer
    let folder: StateFolder
    let databases: CloudDatabases
    let supervisor: ServiceSupervisor
    /// One loop for clients and workers: a call to a service changes no threads. Whatever takes long runs elsewhere.
    /// It lives as long as the process.
    static let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let thirdParties: ThirdParties
    let logger: Logger
    /// Run-time overrides of PostgREST's options, and what follows from them.
    let rest: Mutex<RestAccess>
    /// Deploys the services there are; requests about them wait for it, and calls of one for that one.
    let startup = Mutex<Task<Void, Never>?>(nil)
    let startGate = StartGate()
    let seed: Seed
    /// What the emulator uses.
    let meter: UsageMeter
    let cron: CronJobs
    /// Runs while the emulator serves; ended by `close`.
    private let housekeeping = Mutex<Task<Void, Never>?>(nil)
    let namedRuns = NamedRuns()
    let directReads = DirectReads()

    /// Settings of Supabase's paths, with each cloud's gateway made from them when it is first needed.
    struct RestAccess: Sendable {
        var overrides: JSON
        var settings: RestSettings
        var gateways: [String: Gateway] = [:]
        /// Tells settings apart, so that no gateway made from older ones is kept.
        var generation = 0
    }

    /// Begins what takes a while and asks for no settings: for a thread beside the one that finds out what to open.
    package static func warmUp() { PostgresDatabase.warmUp() }

    /// Opens the state, seeds it when it is new, and starts the services in the background.
    /// - Throws: `StartFailure`.
    package static func open(_ settings: EmulatorSettings, world: World, logger: Logger) async throws -> Emulator {
        let folder = try StateFolder(settings.stateFolder, isEphemeral: settings.isEphemeral)
        do {
            let emulator = try await Emulator(settings, folder: folder, world: world, logger: logger)
            try await emulator.prepare()
            return emulator
        } catch {
            if folder.isNew { folder.discard() } else { folder.release() }
            throw error
        }
    }

    private init(_ settings: EmulatorSettings, folder: StateFolder, world: World, logger: Logger) async throws {
        self.settings = settings
        self.folder = folder
        self.world = world
        self.logger = logger
        // A state that was seeded needs no more of it, however large it is.
        let isSeeding = folder.isNew || folder.hasPendingServices
        seed = try settings.seedFolder.flatMap { isSeeding ? try Seed($0) : nil } ?? Seed()
        let rest = try RestSettings([settings.configuration.postgrest])
        let keys = SigningKeys.keys(
            secret: rest.secret.flatMap { $0.first == "{" ? nil : $0 } ?? SigningKeys.defaultSecret)
        let identity = settings.configuration.identity(keys: keys)
        let durable = !settings.isEphemeral
        let databases = CloudDatabases(folder: folder.path + "/clouds", world: world, durable: durable)
        self.databases = databases
        // Its definitions are read while the rest is made.
        async let opened = databases.opened(identity.cloudID)
        let redactor = Redactor()
        let logs = try LogStore(folder: folder.path + "/logs", world: world, redactor: redactor)
        var runtime = RuntimeSettings(executable: settings.executable, cacheFolder: settings.cacheFolder)
        runtime.offline = settings.isOffline
        // uv refuses a wheelhouse that is not there.
        runtime.wheelhouse = settings.seedFolder.map { $0 + "/wheels" }.flatMap { isFolder($0) ? $0 : nil }
        let doors = OutboundDoors()
        runtime.outbound = OutboundPolicy(
            allowed: settings.configuration.allowedHosts, folder: folder.path + "/python",
            open: { try await doors.open(for: $0) })
        supervisor = ServiceSupervisor(settings: runtime, logs: logs, world: world, logger: logger, group: Self.loops)
        // Python takes longest: it gets ready while the state is opened.
        if settings.isServing { supervisor.start() }
        let store: CloudStore
        do {
            store = try CloudStore(
                path: folder.path + "/control.db", world: world, identity: identity, redactor: redactor,
                durable: durable)
        } catch {
            throw StartFailure.corruptState(file: folder.path + "/control.db", reason: "\(error)")
        }
        let journal = try Journal(folder: folder.path + "/journal", world: world, redact: { redactor.redact($0) })
        platform = Platform(
            world: world, store: store, logs: logs, journal: journal,
            origins: CloudOrigins(defaultCloudID: identity.cloudID), rules: settings.configuration.rules,
            authorization: settings.configuration.authorization, runtime: supervisor, inspector: supervisor,
            sql: databases, makeKeys: SigningKeys.keys, report: { logger.warning("\($0)") })
        meter = UsageMeter(world: world)
        cron = CronJobs(world: world, platform: platform, databases: databases, logger: logger)
        let kept = try ThirdPartyStore(path: folder.path + "/thirdparty.db", durable: durable)
        let standIns = settings.seedFolder.map { absolutePath($0) + "/thirdparty" }
        thirdParties = ThirdParties(
            gateway: OutboundGateway(
                catalog: StandInCatalog(folder: standIns),
                deck: CassetteDeck(world: world, redact: { redactor.redact($0) }),
                runner: StandInWorkers(
                    supervisor: supervisor, store: kept, world: world, origins: platform.origins, folder: standIns),
                network: RealNetwork(), allowed: settings.configuration.allowedHosts),
            store: kept, platform: platform, supervisor: supervisor, runs: namedRuns,
            endpoints: settings.configuration.webhookEndpoints)
        doors.lead(to: thirdParties)
        let endpoints = EndpointRelay()
        toolbox = Toolbox(platform, endpoints: endpoints)
        mcpServer = MCPServer(toolbox, platform: platform, stateKey: try folder.key(named: "mcp.key", world: world))
        self.rest = Mutex(RestAccess(overrides: [:], settings: rest))
        endpoints.connect(to: self)
        _ = try await gateway(of: identity.cloudID, keys: keys)
        do {
            _ = try await opened
        } catch {
            throw StartFailure.corruptState(
                file: "\(folder.path)/clouds/\(identity.cloudID)/postgres.db", reason: "\(error)")
        }
    }

    /// What stands before a cloud's Supabase.
    func gateway(of cloud: String, keys: CloudKeys) async throws -> Gateway {
        if let known = rest.withLock({ $0.gateways[cloud] }) { return known }
        let access = rest.withLock { $0 }
        let gateway = try await makeGateway(of: cloud, keys: keys, settings: access.settings)
        rest.withLock { current in
            if current.generation == access.generation { current.gateways[cloud] = gateway }
        }
        return gateway
    }

    /// The only origins of pages that PostgREST answers; empty: all.
    var restOrigins: [String] { rest.withLock { $0.settings.corsOrigins } }

    /// A configured `jwt-secret` is the default cloud's; others have their own.
    /// - Throws: what makes a configured key unusable.
    func makeGateway(of cloud: String, keys: CloudKeys, settings: RestSettings) async throws -> Gateway {
        let isDefault = cloud == platform.identity.cloudID
        let secret = isDefault ? settings.secret ?? keys.jwtSecret : keys.jwtSecret
        return Gateway(
            keys: keys, takesWellKnownKeys: isDefault, settings: settings,
            verifier: try await TokenVerifier(
                secret: isDefault && settings.lacksSecret ? nil : secret, audience: settings.audience),
            world: world)
    }

    private func prepare() async throws {
        boundFreeMemory()
        if folder.isNew {
            try await loadSeed()
            try await mark()
            try folder.complete(servicesArePending: !seed.services.isEmpty)
        }
    }

    /// Says where the listener answers, and starts every service in the background.
    func begin(origin: String) async throws {
        try await platform.announce(origin: origin)
        let started = beginServices()
        housekeeping.withLock { $0 = Task { await self.keepHouse() } }
        // Nobody waits for it, least of all the first request.
        Task {
            await started.value
            giveBackStartMemory()
        }
    }

    /// Every second runs the jobs that are due; twice a minute measures, erases secrets that no agent has fetched in
    /// time, and lets happen at third parties what is due there.
    private func keepHouse() async {
        var seconds = 0
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            await cron.catchUp()
            seconds += 1
            guard seconds % 30 == 0 else { continue }
            meter.sample()
            do {
                await thirdParties.clockMoved()
                try await platform.store.eraseExpiredValues()
            } catch {
                logger.error("control.db: \(error)")
            }
        }
    }

    /// Starts every service once; a first start deploys those of the seed. Requests about services await the task, as
    /// `close` does.
    private func beginServices() -> Task<Void, Never> {
        startup.withLock { task in
            if let task { return task }
            supervisor.start()
            let started = Task {
                do {
                    if self.folder.hasPendingServices {
                        await self.deploySeed()
                        try await self.platform.store.mark()
                        try await self.thirdParties.store.mark()
                        self.folder.servicesAreDeployed()
                    } else {
                        try await self.platform.startServices { self.startGate.pass($0.name, cloud: $0.cloudID) }
                    }
                } catch {
                    self.logger.error("services could not be started: \(error)")
                }
                self.startGate.open()
            }
            task = started
            return started
        }
    }

    /// Returns when the services that were there at the start have been started; starts them where nobody did yet, as in
    /// a command without a listener.
    func servicesStarted() async { await beginServices().value }

    /// Returns when that service has been started. On a first start that is when all have: what a call changes must not
    /// become part of the mark.
    func serviceStarted(_ name: String, cloud: String) async {
        _ = beginServices()
        await startGate.wait(for: name, cloud: cloud)
    }

    /// Stops everything, in the order in which the parts need each other, and lets go of the state.
    package func close() async {
        await startup.withLock { $0 }?.value
        if let task = housekeeping.withLock({ $0 }) {
            task.cancel()
            await task.value
        }
        await supervisor.shutdown()
        platform.journal.close()
        platform.logs.close()
        folder.release()
    }

    /// The facts of the ready line and of `status`.
    package func facts(origin: String) -> JSON {
        let identity = platform.identity
        return [
            "base_url": .string(origin), "supabase_url": .string(origin), "project_id": .string(identity.projectID),
            "cloud_id": .string(identity.cloudID), "anon_key": .string(identity.keys.anonKey),
            "service_role_key": .string(identity.keys.serviceRoleKey), "jwt_secret": .string(identity.keys.jwtSecret),
            "mcp_url": .string(origin + "/mcp"), "state": .string(folder.path),
        ]
    }
}
