import AltanCloud
import Foundation
import JSONText
import TestSupport
import Testing
import World

@Suite struct SecretTests {
    @Test func aSecretIsStoredReplacedAndDeleted() async throws {
        try await PlatformFixture.with { f in
            let first = try await f.store.upsertSecret(
                cloud: f.cloudID, key: "KEY", value: SecretValue("one"), description: "d")
            f.platform.world.clock.advance(by: .seconds(5))
            let second = try await f.store.upsertSecret(cloud: f.cloudID, key: "KEY", value: SecretValue("two"))
            #expect(second.createdAt == first.createdAt)
            #expect(second.updatedAt > first.updatedAt)
            #expect(second.description == "d")
            #expect(second.value.revealed == "two")
            let kept = try await f.store.upsertSecret(cloud: f.cloudID, key: "KEY", value: nil, description: "e")
            #expect(kept.value.revealed == "two")
            try await f.store.deleteSecret(cloud: f.cloudID, key: "KEY")
            #expect(try await f.store.secrets(cloud: f.cloudID).isEmpty)
            #expect(
                try await cloudError { try await f.store.deleteSecret(cloud: f.cloudID, key: "KEY") }
                    == .unknownSecret("KEY", known: []))
        }
    }

    @Test(arguments: ["", "1KEY", "MY KEY", "MY-KEY", "A=B", "Ä"])
    func whatCannotBeAVariableIsRefused(key: String) async throws {
        try await PlatformFixture.with { f in
            let error = try await cloudError {
                try await f.store.upsertSecret(cloud: f.cloudID, key: key, value: SecretValue("v"))
            }
            #expect(error == .invalidSecretKey(key))
        }
    }

    @Test(arguments: [SecretValue(""), SecretValue("a\u{0}b"), nil])
    func aNewSecretNeedsAValue(value: SecretValue?) async throws {
        try await PlatformFixture.with { f in
            let error = try await cloudError {
                try await f.store.upsertSecret(cloud: f.cloudID, key: "KEY", value: value)
            }
            #expect(error == .emptySecretValue("KEY"))
            #expect(try await f.store.secrets(cloud: f.cloudID).isEmpty)
        }
    }

    @Test func aValueDoesNotPrint() async throws {
        try await PlatformFixture.with { f in
            let secret = try await f.store.upsertSecret(cloud: f.cloudID, key: "KEY", value: SecretValue("hush-hush"))
            let source = ServiceSource(
                cloudID: "c", name: "s", code: "", requirements: [], environment: ["KEY": "hush-hush"])
            var dumped = ""
            dump(secret, to: &dumped)
            dump(source, to: &dumped)
            for text in ["\(secret)", String(reflecting: secret), "\(source)", String(reflecting: source), dumped] {
                #expect(!text.contains("hush-hush"))
            }
        }
    }

    @Test func theFileIsForItsOwnerOnlyAndSurvivesARestart() async throws {
        try await PlatformFixture.with { f in
            try await f.store.upsertSecret(cloud: f.cloudID, key: "KEY", value: SecretValue("hush-hush"))
            for name in ["control.db", "control.db-wal", "control.db-shm"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: f.folder + "/" + name)
                #expect((attributes[.posixPermissions] as? Int) == 0o600, "\(name)")
            }
            let again = try PlatformFixture.make(f.folder)
            #expect(try await again.store.secrets(cloud: f.cloudID)[0].value.revealed == "hush-hush")
            #expect(again.platform.redactor.redact("it is hush-hush") == "it is [secret KEY]")
        }
    }

    @Test func resetReturnsToTheMark() async throws {
        try await PlatformFixture.with { f in
            try await f.store.upsertSecret(cloud: f.cloudID, key: "KEPT", value: SecretValue("1"))
            try await f.deploy("kept", code: "marked")
            try await f.store.mark()
            try await f.store.upsertSecret(cloud: f.cloudID, key: "KEPT", value: SecretValue("2"))
            try await f.store.upsertSecret(cloud: f.cloudID, key: "NEW", value: SecretValue("3"))
            try await f.deploy("kept", code: "later")
            try await f.deploy("new")
            _ = try await f.platform.activateCloud(.init(name: "new"))
            try await f.platform.reset()
            #expect(try await f.store.secrets(cloud: f.cloudID).map(\.value.revealed) == ["1"])
            #expect(try await f.store.services(cloud: f.cloudID).map(\.code) == ["marked"])
            #expect(try await f.store.clouds().count == 1)
            #expect(f.runtime.removed == ["new"])
            #expect(f.runtime.deployed.last?.code == "marked")
        }
    }

    @Test func withoutAMarkResetReturnsToTheEmptyStore() async throws {
        try await PlatformFixture.with { f in
            try await f.deploy()
            try await f.platform.reset()
            #expect(try await f.store.services(cloud: f.cloudID).isEmpty)
            #expect(try await f.store.cloud(nil).id == f.cloudID)
        }
    }
}
