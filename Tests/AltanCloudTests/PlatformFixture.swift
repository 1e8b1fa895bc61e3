import AltanCloud
import JSONText
import Synchronization
import TestSupport
import World

/// A platform over fakes in a folder of its own.
struct PlatformFixture: Sendable {
    let platform: Platform
    let runtime: FakeRuntime
    let inspector: FakeInspector
    let sql: FakeSQL
    let folder: String
    let caller = Caller("test", requestID: "r1")

    var store: CloudStore { platform.store }
    var cloudID: String { platform.identity.cloudID }

    static func with<T>(
        rules: DeploymentRules = DeploymentRules(), _ body: (PlatformFixture) async throws -> T
    ) async throws -> T {
        try await withScratchFolder { folder in
            let fixture = try make(folder, rules: rules)
            let result = try await body(fixture)
            fixture.platform.journal.close()
            fixture.platform.logs.close()
            return result
        }
    }

    /// May be called again with the same folder: that is a restart.
    static func make(
        _ folder: String, rules: DeploymentRules = DeploymentRules(), world: World = .deterministic()
    ) throws -> PlatformFixture {
        let keys = CloudKeys(anonKey: "anon-key", serviceRoleKey: "service-role-key", jwtSecret: "jwt-secret")
        let store = try CloudStore(path: folder + "/control.db", world: world, identity: Identity(keys: keys))
        let runtime = FakeRuntime()
        let inspector = FakeInspector()
        let sql = FakeSQL()
        let redactor = store.redactor
        let platform = Platform(
            world: world,
            store: store,
            logs: try LogStore(folder: folder + "/logs", world: world, redactor: redactor),
            journal: try Journal(folder: folder + "/journal", world: world) { redactor.redact($0) },
            origins: CloudOrigins(defaultCloudID: store.identity.cloudID),
            rules: rules,
            runtime: runtime,
            inspector: inspector,
            sql: sql,
            makeKeys: { CloudKeys(anonKey: "anon-\($0)", serviceRoleKey: "service-\($0)", jwtSecret: $0) }
        )
        return PlatformFixture(platform: platform, runtime: runtime, inspector: inspector, sql: sql, folder: folder)
    }

    @discardableResult
    func deploy(_ name: String = "tasks", code: String = "router = APIRouter()") async throws -> DeploymentReport {
        try await platform.deploy(DeploymentOrder(name: name, description: "d", code: code), caller: caller)
    }
}

/// Remembers what it was asked to run and answers as told.
final class FakeRuntime: ServiceRunning {
    private struct State {
        var deployed: [ServiceSource] = []
        var removed: [String] = []
        var failure: DeployFailure?
        var importLog: [String] = ["imported"]
        var running = 0
        var mostAtOnce = 0
    }

    private let state = Mutex(State())

    var deployed: [ServiceSource] { state.withLock { $0.deployed } }
    var removed: [String] { state.withLock { $0.removed } }
    var mostAtOnce: Int { state.withLock { $0.mostAtOnce } }
    func fail(with failure: DeployFailure?) { state.withLock { $0.failure = failure } }
    func print(onImport lines: [String]) { state.withLock { $0.importLog = lines } }

    func deploy(_ source: ServiceSource) async -> DeployOutcome {
        state.withLock { state in
            state.deployed.append(source)
            state.running += 1
            state.mostAtOnce = max(state.mostAtOnce, state.running)
        }
        await Task.yield()
        return state.withLock { state in
            state.running -= 1
            if let failure = state.failure { return .failed(failure) }
            let route = ServiceInterface.Route(method: "GET", path: "/api/\(source.name)/items")
            return .running(
                ServiceInterface(routes: [route], openAPI: [:], importLog: state.importLog, warnings: ["be careful"]))
        }
    }

    func remove(service: String, cloud: String) async { state.withLock { $0.removed.append(service) } }

    func restart(service: String, cloud: String) async -> DeployOutcome {
        .failed(DeployFailure(stage: .environment, message: "no", traceback: nil, hint: nil, importLog: []))
    }
}

/// Finds what it was told to find.
final class FakeInspector: ModuleInspecting {
    private let found = Mutex(ModuleInspection(requiredSecrets: [], optionalSecrets: [], syntaxError: nil))

    func find(required: [String] = [], optional: [String] = []) {
        found.withLock { $0 = ModuleInspection(requiredSecrets: required, optionalSecrets: optional, syntaxError: nil) }
    }

    func inspect(code: String) async -> ModuleInspection { found.withLock { $0 } }
}

/// Answers `select 1` and fails otherwise.
struct FakeSQL: SQLExecuting {
    func execute(sql: String, cloud: String) async throws -> JSON {
        guard sql == "select 1" else {
            throw SQLFailure(code: "42P01", message: "relation \"nowhere\" does not exist", line: 1)
        }
        return [["?column?": 1]]
    }

    func remove(cloud: String) async {}
}

/// The error that `body` throws, if it is one of the platform's.
func cloudError(_ body: () async throws -> some Any) async throws -> CloudError? {
    do {
        _ = try await body()
        return nil
    } catch let error as CloudError {
        return error
    }
}

let importFailure = DeployFailure(
    stage: .import, message: "router variable isn't being exported: ValueError: STRIPE_KEY not configured",
    traceback: "Traceback (most recent call last):\n  File \"service.py\", line 3", hint: "Store STRIPE_KEY.",
    importLog: ["starting"])
