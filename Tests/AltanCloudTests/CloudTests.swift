import AltanCloud
import JSONText
import Testing
import World

@Suite struct CloudTests {
    @Test func aCloudHasKeysOfItsOwn() async throws {
        try await PlatformFixture.with { f in
            let first = try await f.platform.activateCloud(.init(name: "one"))
            let second = try await f.platform.activateCloud(.init(name: "two"))
            let secrets = [first, second].map { f.platform.keys(of: $0).jwtSecret }
            #expect(Set(secrets + [f.platform.identity.keys.jwtSecret]).count == 3)
            #expect(secrets.allSatisfy { $0.count == 64 })
            #expect(f.store.known(cloud: first.id) == first)
            #expect(f.store.known(label: second.label) == second)
            #expect(try await f.store.clouds().map(\.id) == [f.cloudID, first.id, second.id])
        }
    }

    @Test func deletingACloudLeavesNothingOfIt() async throws {
        try await PlatformFixture.with { f in
            let cloud = try await f.platform.activateCloud(.init(name: "one"))
            _ = try await f.platform.deploy(
                DeploymentOrder(cloudID: cloud.id, name: "tasks", code: "router = APIRouter()"), caller: f.caller)
            try await f.store.upsertSecret(cloud: cloud.id, key: "KEY", value: SecretValue("some-value"))
            try await f.platform.deleteCloud(cloud.id)
            #expect(f.runtime.removed == ["tasks"])
            #expect(f.store.known(cloud: cloud.id) == nil)
            #expect(try await cloudError { try await f.store.secrets(cloud: cloud.id) }?.code == "cloud_not_found")
            let error = try await cloudError { try await f.platform.deleteCloud(f.cloudID) }
            #expect(error?.code == "default_cloud")
        }
    }

    @Test func aPausedCloudStopsItsServicesAndBringsThemBack() async throws {
        try await PlatformFixture.with { f in
            try await f.deploy()
            #expect(try await f.platform.pauseCloud(f.cloudID).status == .paused)
            #expect(f.runtime.removed == ["tasks"])
            #expect(try await cloudError { try await f.deploy() }?.code == "cloud_paused")
            #expect(try await cloudError { try await f.platform.executeSQL("select 1", cloud: nil) }?.status == 503)
            // A start of the emulator leaves it alone.
            let deployed = f.runtime.deployed.count
            try await f.platform.startServices()
            #expect(f.runtime.deployed.count == deployed)
            #expect(try await f.platform.resumeCloud(f.cloudID).status == .running)
            #expect(f.runtime.deployed.count == deployed + 1)
            _ = try await f.platform.resumeCloud(f.cloudID)
            #expect(f.runtime.deployed.count == deployed + 1)
        }
    }

    @Test func aResetUndoesAPauseAndForgetsNewClouds() async throws {
        try await PlatformFixture.with { f in
            try await f.deploy()
            try await f.store.mark()
            let cloud = try await f.platform.activateCloud(.init(name: "later"))
            _ = try await f.platform.pauseCloud(f.cloudID)
            try await f.platform.reset()
            #expect(f.store.known(cloud: f.cloudID)?.status == .running)
            #expect(f.store.known(cloud: cloud.id) == nil)
            #expect(f.runtime.deployed.map(\.name) == ["tasks", "tasks"])
        }
    }
}

@Suite struct GotrueConfigurationTests {
    @Test func secretsAreKeptAndNeverShown() async throws {
        try await PlatformFixture.with { f in
            let plane = ControlPlane(f.platform)
            let change: JSON = ["mail": ["password": "hush-hush", "port": 587], "general": ["site_url": "http://a"]]
            let shown = try await plane.setGotrueConfiguration(f.cloudID, change)
            #expect(shown["mail"]?["password"] == "********")
            #expect(shown["google"]?["secret"] == "")
            #expect(shown["mail"]?["port"] == 587)
            _ = try await plane.setGotrueConfiguration(f.cloudID, shown)
            _ = try await plane.setGotrueConfiguration(f.cloudID, ["mail": ["password": ""]])
            let kept = try await f.store.gotrueConfiguration(cloud: f.cloudID)
            #expect(kept.json["mail"]?["password"] == "hush-hush")
            #expect(f.platform.redactor.redact("it is hush-hush") == "it is [secret gotrue.mail.password]")
        }
    }

    static let wrong: [JSON] = [
        [], "x", ["smtp": [:]], ["mail": "x"], ["mail": ["host": 1]], ["mail": ["hots": "x"]],
        ["google": ["enabled": "true"]], ["general": ["jwt_expiry": true]],
    ]

    @Test(arguments: wrong)
    func whatIsNotThereIsRefused(change: JSON) async throws {
        try await PlatformFixture.with { f in
            let error = try await cloudError {
                try await ControlPlane(f.platform).setGotrueConfiguration(f.cloudID, change)
            }
            #expect(error?.code == "invalid_arguments")
        }
    }
}

@Suite struct UsageMeterTests {
    @Test func samplesAreMeasuredAndRemembered() {
        let world = World.deterministic()
        let meter = UsageMeter(world: world)
        #expect(meter.samples(since: world.now).isEmpty)
        #expect(meter.sample().memoryBytes > 1_000_000)
        world.clock.advance(by: .seconds(3600))
        meter.sample()
        #expect(meter.samples(since: world.now).count == 1)
        #expect(meter.samples(since: world.now + .seconds(-3600)).count == 2)
    }
}
