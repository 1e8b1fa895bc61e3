package import JSONText
package import World

/// The platform: its store, logs and journal, and what it needs from others, put together.
///
/// Made before the server's port is known; `announce(origin:)` follows when it is. The journeys (deploying, restarting,
/// resetting) are in extensions.
package final class Platform: Sendable {
    package let world: World
    package let store: CloudStore
    package let logs: LogStore
    package let journal: Journal
    package let origins: CloudOrigins
    package let rules: DeploymentRules
    package let authorization: AuthorizationSettings
    package let requestEvents = AuthorizationEvents()
    let runtime: any ServiceRunning
    let inspector: any ModuleInspecting
    let sql: any SQLExecuting
    /// Makes a further cloud's keys from its JWT secret.
    let makeKeys: @Sendable (_ secret: String) -> CloudKeys
    /// Tells whoever runs the emulator of something that is no request's failure.
    let report: @Sendable (_ problem: String) -> Void
    let turns = DeploymentTurns()

    package init(
        world: World,
        store: CloudStore,
        logs: LogStore,
        journal: Journal,
        origins: CloudOrigins,
        rules: DeploymentRules = DeploymentRules(),
        authorization: AuthorizationSettings = AuthorizationSettings(),
        runtime: any ServiceRunning,
        inspector: any ModuleInspecting,
        sql: any SQLExecuting,
        makeKeys: @escaping @Sendable (_ secret: String) -> CloudKeys,
        report: @escaping @Sendable (_ problem: String) -> Void = { _ in }
    ) {
        self.world = world
        self.store = store
        self.logs = logs
        self.journal = journal
        self.origins = origins
        self.rules = rules
        self.authorization = authorization
        self.runtime = runtime
        self.inspector = inspector
        self.sql = sql
        self.makeKeys = makeKeys
        self.report = report
        store.changes.set { [journal] in journal.append($0.event(status: 200)) }
    }

    package var identity: Identity { store.identity }
    package var redactor: Redactor { store.redactor }

    /// Says where the server listens, and remembers it: a `SUPABASE_URL` stored while it listened elsewhere still works.
    package func announce(origin: String) async throws {
        origins.set(origin)
        try await store.remember(origin: origins.current)
    }

    /// Runs SQL on a cloud's database as its owner: `execute_sql` and the SQL screen.
    package func executeSQL(_ sql: String, cloud: String?) async throws -> JSON {
        let cloud = try await runningCloud(cloud)
        do {
            return try await self.sql.execute(sql: sql, cloud: cloud.id)
        } catch let failure as SQLFailure {
            log("ERROR:  \(failure.message)\nSTATEMENT:  \(sql)", to: .postgres, cloud: cloud.id)
            throw CloudError.sql(failure)
        }
    }

    /// Any error as status and document, secrets taken out. What is no `CloudError` is a 500.
    package func rendering(of error: any Error) -> (status: Int, json: JSON) {
        let error = error as? CloudError ?? .internalFailure("\(error)")
        return (error.status, redactor.redact(error.json))
    }

    /// Returns everything that the platform keeps to the mark and restarts the services there are then. The clouds'
    /// databases are the caller's to reset, before this. A new run of the journal starts; its id is returned.
    @discardableResult
    package func reset() async throws -> String {
        let before = try await mountedServices()
        let clouds = try await store.clouds().map(\.id)
        try await store.reset()
        let after = Set(try await mountedServices().map(ServiceKey.init))
        for key in before.map(ServiceKey.init) where !after.contains(key) {
            await runtime.remove(service: key.name, cloud: key.cloudID)
        }
        for cloud in clouds where store.known(cloud: cloud) == nil { await sql.remove(cloud: cloud) }
        try await startServices()
        journal.append(JournalEvent(.reset))
        return journal.startRun(name: nil)
    }
}

/// Which service of which cloud.
struct ServiceKey: Hashable, Sendable {
    var cloudID: String
    var name: String

    init(cloudID: String, name: String) {
        self.cloudID = cloudID
        self.name = name
    }

    init(_ service: Service) { self.init(cloudID: service.cloudID, name: service.name) }
}

/// Lets one deployment of a service at a time happen; later ones wait in the order they came.
actor DeploymentTurns {
    private var busy: Set<ServiceKey> = []
    private var waiting: [ServiceKey: [CheckedContinuation<Void, Never>]] = [:]

    nonisolated func withTurn<T: Sendable>(_ key: ServiceKey, _ body: () async throws -> T) async throws -> T {
        await begin(key)
        do {
            let result = try await body()
            await end(key)
            return result
        } catch {
            await end(key)
            throw error
        }
    }

    private func begin(_ key: ServiceKey) async {
        if busy.insert(key).inserted { return }
        await withCheckedContinuation { waiting[key, default: []].append($0) }
    }

    /// Hands the turn to the next in line, who finds the service still busy.
    private func end(_ key: ServiceKey) {
        guard var line = waiting[key] else {
            busy.remove(key)
            return
        }
        let next = line.removeFirst()
        waiting[key] = line.isEmpty ? nil : line
        next.resume()
    }
}
