import AltanCloud
import JSONText
import Testing
import World

@Suite struct DeploymentTests {
    @Test func aDeployedServiceIsListedWithItsRoutesAndURLs() async throws {
        try await PlatformFixture.with { f in
            let report = try await f.deploy()
            #expect(report.service.status == .running)
            #expect(report.deployment.number == 1)
            #expect(report.warnings == ["be careful"])
            let json = ControlPlaneJSON.report(report, baseURL: "http://h:1")
            #expect(json["routes"]?[0]?["url"] == "http://h:1/services/api/tasks/items")
            #expect(json["import_log"] == ["imported"])
            #expect(try await f.store.service("tasks", cloud: f.cloudID).code == "router = APIRouter()")
        }
    }

    @Test(arguments: ["", "Tasks", "1tasks", "_tasks", "my-service", "tässks", "a/b", "tasks "])
    func aNameThatIsNotSnakeCaseIsRefused(name: String) async throws {
        try await PlatformFixture.with { f async throws in
            #expect(try await cloudError { try await f.deploy(name) } == .invalidServiceName(name))
            #expect(f.runtime.deployed.isEmpty)
        }
    }

    @Test func missingSecretsBlockBeforeAnythingIsWritten() async throws {
        try await PlatformFixture.with { f in
            f.inspector.find(required: ["SUPABASE_URL", "STRIPE_KEY", "MAIL_KEY"])
            try await f.store.upsertSecret(cloud: f.cloudID, key: "MAIL_KEY", value: SecretValue("x"))
            let error = try await cloudError { try await f.deploy() }
            #expect(error == .missingSecrets(["STRIPE_KEY"], service: "tasks"))
            #expect(error?.status == 422)
            #expect(error?.detail.contains("STRIPE_KEY") == true)
            #expect(error?.nextStep.contains("upsert_secret") == true)
            #expect(f.runtime.deployed.isEmpty)
            #expect(try await f.store.services(cloud: f.cloudID).isEmpty)
            #expect(try await f.store.deployments(of: "tasks", cloud: f.cloudID).isEmpty)
        }
    }

    @Test func strictSecretsInjectNothing() async throws {
        try await PlatformFixture.with(rules: DeploymentRules(strictSecrets: true)) { f in
            f.inspector.find(required: ["SUPABASE_URL"])
            #expect(
                try await cloudError { try await f.deploy() } == .missingSecrets(["SUPABASE_URL"], service: "tasks"))
            try await f.store.upsertSecret(cloud: f.cloudID, key: "SUPABASE_URL", value: SecretValue("http://x"))
            try await f.deploy()
            #expect(f.runtime.deployed[0].environment == ["SUPABASE_URL": "http://x"])
        }
    }

    @Test func aWarningRuleLetsTheDeploymentThrough() async throws {
        var rules = DeploymentRules()
        try rules.book.configure("secrets_before_deploy", "warn")
        try await PlatformFixture.with(rules: rules) { f in
            f.inspector.find(required: ["STRIPE_KEY"], optional: ["DEBUG_FLAG"])
            let warnings = try await f.deploy().warnings
            #expect(warnings.contains { $0.contains("STRIPE_KEY") })
            #expect(warnings.contains { $0.contains("DEBUG_FLAG") })
        }
    }

    @Test func aFailedFirstDeploymentIsKeptAndListedInError() async throws {
        try await PlatformFixture.with { f in
            f.runtime.fail(with: importFailure)
            let error = try await cloudError { try await f.deploy() }
            #expect(error?.status == 422)
            #expect(error?.detail.contains("router variable isn't being exported") == true)
            #expect(error?.detail.contains("STRIPE_KEY not configured") == true)
            #expect(error?.json["traceback"]?.stringValue == importFailure.traceback)
            #expect(error?.json["hint"] == "Store STRIPE_KEY.")
            #expect(error?.json["previous_version_serving"] == false)
            let service = try await f.store.service("tasks", cloud: f.cloudID)
            #expect(service.status == .error)
            #expect(service.mountedAt == nil)
            #expect(try await f.store.deployments(of: "tasks", cloud: f.cloudID).map(\.status) == [.failed])
            let log = try await f.platform.logs.lines(cloud: f.cloudID, service: "tasks").map(\.message)
            #expect(log.contains { $0.contains("STRIPE_KEY not configured") })
        }
    }

    @Test func aFailedUpdateLeavesTheOldCodeInPlace() async throws {
        try await PlatformFixture.with { f in
            try await f.deploy(code: "old")
            f.runtime.fail(with: importFailure)
            let error = try await cloudError { try await f.deploy(code: "new") }
            #expect(error?.json["previous_version_serving"] == true)
            var service = try await f.store.service("tasks", cloud: f.cloudID)
            #expect(service.code == "old")
            #expect(service.status == .running)
            #expect(service.failure?.message == importFailure.message)
            f.runtime.fail(with: nil)
            try await f.deploy(code: "new")
            service = try await f.store.service("tasks", cloud: f.cloudID)
            #expect(service.code == "new")
            #expect(service.failure == nil)
        }
    }

    @Test(arguments: [
        (DeployFailure.Stage.environment, 503), (.requirements, 422), (.import, 422), (.router, 422),
    ])
    func everyStageOfFailureHasItsStatus(stage: DeployFailure.Stage, status: Int) {
        let failure = DeployFailure(stage: stage, message: "m", traceback: nil, hint: nil, importLog: [])
        let error = CloudError.deploymentFailed(service: "s", deploymentID: "d", failure: failure, servesOld: false)
        #expect(error.status == status)
        #expect(error.detail.contains("m"))
    }

    @Test func onlyTheLastTwentyDeploymentsAreKept() async throws {
        try await PlatformFixture.with { f in
            for _ in 1...23 { try await f.deploy() }
            let numbers = try await f.store.deployments(of: "tasks", cloud: f.cloudID).map(\.number)
            #expect(numbers == Array((4...23).reversed()))
        }
    }

    @Test func deploymentsOfOneServiceTakeTurns() async throws {
        try await PlatformFixture.with { f in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...8 { group.addTask { try await f.deploy() } }
                try await group.waitForAll()
            }
            #expect(f.runtime.mostAtOnce == 1)
            #expect(try await f.store.deployments(of: "tasks", cloud: f.cloudID).count == 8)
        }
    }

    @Test func aDeletedServiceIsGoneFromTheRuntimeToo() async throws {
        try await PlatformFixture.with { f in
            try await f.deploy()
            try await f.platform.deleteService("tasks", cloud: nil, caller: f.caller)
            #expect(f.runtime.removed == ["tasks"])
            #expect(
                try await cloudError { try await f.store.service("tasks", cloud: f.cloudID) }
                    == .unknownService("tasks", known: []))
            #expect(
                try await cloudError { try await f.platform.deleteService("tasks", cloud: nil, caller: f.caller) }?
                    .status == 404)
        }
    }

    @Test func aRestartBringsUpWhatWasMounted() async throws {
        try await PlatformFixture.with { f in
            try await f.deploy("tasks", code: "a")
            f.runtime.fail(with: importFailure)
            _ = try await cloudError { try await f.deploy("broken") }
            let again = try PlatformFixture.make(f.folder)
            try await again.platform.startServices()
            #expect(again.runtime.deployed.map(\.name) == ["tasks"])
            #expect(try await again.store.deployments(of: "tasks", cloud: f.cloudID).count == 1)
        }
    }

    @Test func aServiceThatNoLongerComesUpIsInError() async throws {
        try await PlatformFixture.with { f in
            try await f.deploy()
            f.runtime.fail(with: importFailure)
            try await f.platform.startServices()
            #expect(try await f.store.service("tasks", cloud: f.cloudID).status == .error)
            f.runtime.fail(with: nil)
            try await f.platform.startServices()
            #expect(try await f.store.service("tasks", cloud: f.cloudID).status == .running)
            #expect(try await f.store.service("tasks", cloud: f.cloudID).failure == nil)
        }
    }
}
