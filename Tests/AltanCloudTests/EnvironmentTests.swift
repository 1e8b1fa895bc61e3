import AltanCloud
import Testing
import World

@Suite struct EnvironmentTests {
    @Test func servicesGetTheCloudsSecretsAndItsOwnCredentials() async throws {
        try await PlatformFixture.with { f in
            try await f.platform.announce(origin: "http://127.0.0.1:5000/")
            try await f.store.upsertSecret(cloud: f.cloudID, key: "A", value: SecretValue("1"))
            let other = try await f.platform.activateCloud(.init(name: "other"))
            try await f.store.upsertSecret(cloud: other.id, key: "B", value: SecretValue("2"))
            _ = try await f.platform.deploy(
                DeploymentOrder(cloudID: f.cloudID, name: "tasks", code: "c"), caller: f.caller)
            #expect(
                f.runtime.deployed[0].environment
                    == ["A": "1", "SUPABASE_URL": "http://127.0.0.1:5000", "SUPABASE_KEY": "service-role-key"])
        }
    }

    @Test func storedCredentialsWin() async throws {
        try await PlatformFixture.with { f in
            try await f.store.upsertSecret(cloud: f.cloudID, key: "SUPABASE_KEY", value: SecretValue("mine"))
            try await f.store.upsertSecret(cloud: f.cloudID, key: "SUPABASE_URL", value: SecretValue("https://x.test"))
            try await f.deploy()
            #expect(f.runtime.deployed[0].environment == ["SUPABASE_KEY": "mine", "SUPABASE_URL": "https://x.test"])
        }
    }

    @Test(arguments: ["http://127.0.0.1:5000", "http://127.0.0.1:5000/"])
    func aStoredURLFollowsThePortWithOneLogLine(stored: String) async throws {
        try await PlatformFixture.with { f in
            try await f.platform.announce(origin: "http://127.0.0.1:5000")
            try await f.store.upsertSecret(cloud: f.cloudID, key: "SUPABASE_URL", value: SecretValue(stored))
            let again = try PlatformFixture.make(f.folder)
            try await again.platform.announce(origin: "http://127.0.0.1:6000")
            try await again.deploy()
            #expect(again.runtime.deployed[0].environment["SUPABASE_URL"] == "http://127.0.0.1:6000")
            let lines = try await again.platform.logs.lines(cloud: f.cloudID, service: "tasks").map(\.message)
            #expect(lines.filter { $0.contains("http://127.0.0.1:5000") }.count == 1)
            // Said, not changed: the stored secret is the agent's.
            #expect(try await again.store.secrets(cloud: f.cloudID)[0].value.revealed == stored)
        }
    }

    @Test func liveKeysDrawAWarningThatDoesNotShowThem() async throws {
        try await PlatformFixture.with { f in
            let value = "sk_live_" + "abcdefghijkl"
            try await f.store.upsertSecret(cloud: f.cloudID, key: "STRIPE_KEY", value: SecretValue(value))
            let warnings = try await f.deploy(code: "stripe.api_key = '\(value)'").warnings
            #expect(warnings.contains { $0.contains("live key of Stripe") })
            #expect(warnings.contains { $0.contains("contains the value of STRIPE_KEY") })
            #expect(!warnings.contains { $0.contains(value) })
        }
    }

    @Test func furtherCloudsHaveTheirOwnAddress() async throws {
        try await PlatformFixture.with { f in
            let other = try await f.platform.activateCloud(.init(name: "other"))
            #expect(f.platform.origins.baseURL(of: f.cloudID) == "http://127.0.0.1:54321")
            #expect(f.platform.origins.baseURL(of: other.id) == "http://127.0.0.1:54321/clouds/\(other.id)")
            #expect(
                try await cloudError { try await f.store.cloud(nil) } == .cloudNotNamed(known: [f.cloudID, other.id]))
            #expect(
                try await cloudError { try await f.store.cloud("nope") }
                    == .unknownCloud("nope", known: [f.cloudID, other.id]))
        }
    }
}
