import AltanCloud
import JSONText
import Testing

@Suite struct ControlPlaneTests {
    @Test func servicesAreCreatedListedReadAndDeleted() async throws {
        try await PlatformFixture.with { f in
            let plane = ControlPlane(f.platform)
            let body: JSON = ["name": "tasks", "description": "d", "code": "c", "requirements": ["supabase"]]
            let created = try await plane.deploy(body, cloud: f.cloudID, caller: f.caller)
            #expect(created["status"] == "running")
            let list = try await plane.services(f.cloudID)
            #expect(list["services"]?[0]?["requirements"] == ["supabase"])
            #expect(try await plane.service("tasks", cloud: f.cloudID)["code"] == "c")
            #expect(try await plane.deleteService("tasks", cloud: f.cloudID, caller: f.caller)["deleted"] == true)
            #expect(try await plane.services(f.cloudID) == ["services": []])
        }
    }

    @Test func secretsAreShownWithoutValues() async throws {
        try await PlatformFixture.with { f in
            let plane = ControlPlane(f.platform)
            _ = try await plane.upsertSecret(
                ["key": "KEY", "value": "hush-hush", "description": "d"], cloud: f.cloudID)
            // The platform's edit form sends an empty value to keep the old one.
            _ = try await plane.upsertSecret(["key": "KEY", "value": "", "description": "e"], cloud: f.cloudID)
            let list = try await plane.secrets(f.cloudID)
            #expect(list["secrets"]?[0]?.objectValue?.map(\.key) == ["key", "description", "created_at", "updated_at"])
            #expect(list["secrets"]?[0]?["description"] == "e")
            #expect(try await f.store.secrets(cloud: f.cloudID)[0].value.revealed == "hush-hush")
        }
    }

    @Test func authorizationRequestsGoThroughTheirLife() async throws {
        try await PlatformFixture.with { f in
            let plane = ControlPlane(f.platform)
            let created = try await plane.createAuthorizationRequest([
                "name": "Stripe", "room_id": "room",
                "meta_data": ["type": "secrets", "requested_secrets": [["key": "STRIPE_KEY", "required": true]]],
            ])
            let id = try #require(created["id"]?.stringValue)
            #expect(created["is_completed"] == false)
            let open = try await plane.authorizationRequests(roomID: "room", isCompleted: false)
            #expect(open["authorization_requests"]?.arrayValue?.count == 1)
            let completed = try await plane.completeAuthorizationRequest(
                id, ["provided_secrets": ["STRIPE_KEY": "hush-hush"]])
            #expect(completed["is_completed"] == true)
            #expect(!completed.text.contains("hush-hush"))
            // Reading over HTTP neither shows the values nor uses them up.
            #expect(try await plane.authorizationRequest(id).text.contains("hush-hush") == false)
            #expect(try await f.store.takeProvidedSecrets(id).values?.count == 1)
            #expect(try await plane.authorizationRequests(isCompleted: false) == ["authorization_requests": []])
        }
    }

    @Test func recordsHaveThePlatformsShape() async throws {
        try await PlatformFixture.with { f in
            let plane = ControlPlane(f.platform)
            let instance = try await plane.instance(f.cloudID)
            #expect(instance["connection"]?["cloud_url"] == "http://127.0.0.1:54321")
            let project = try await plane.altaner(ofCloud: f.cloudID)
            #expect(project["id"]?.stringValue == f.platform.identity.projectID)
            #expect(project["components"]?["items"]?[0]?["cloud_id"]?.stringValue == f.cloudID)
            #expect(try await plane.altaner(f.platform.identity.projectID) == project)
            #expect(
                try await plane.metrics(f.cloudID, meter: UsageMeter(world: f.platform.world))["service_role_key"]
                    == "service-role-key")
        }
    }

    @Test func logsAreAListOfLines() async throws {
        try await PlatformFixture.with { f in
            let plane = ControlPlane(f.platform)
            try await f.deploy()
            f.platform.logs.append(line: "hello", service: "tasks", cloud: f.cloudID, requestID: "r")
            let lines = try await plane.logs(f.cloudID, source: "tasks")["lines"]?.arrayValue
            #expect(lines?.last?["message"] == "hello")
            #expect(lines?.last?["timestamp"] == "2026-01-01T00:00:00.000000+00:00")
            #expect(
                try await plane.logs(f.cloudID, source: "pypulse")["lines"]?.arrayValue?.last?["service"] == "tasks")
            #expect(try await cloudError { try await plane.logs(f.cloudID, source: "gotrue") }?.status == 501)
            #expect(try await cloudError { try await plane.logs(f.cloudID, source: "nope") }?.status == 404)
        }
    }

    @Test func sqlErrorsKeepTheirCode() async throws {
        try await PlatformFixture.with { f in
            let plane = ControlPlane(f.platform)
            #expect(try await plane.query(["query": "select 1"], cloud: f.cloudID) == [["?column?": 1]])
            let error = try await cloudError { try await plane.query(["query": "select 2"], cloud: f.cloudID) }
            #expect(error?.json["sqlstate"] == "42P01")
            #expect(error?.json["message"] == "relation \"nowhere\" does not exist")
            #expect(error?.status == 400)
        }
    }

    static let malformed: [(String, JSON)] = [
        ("services", ["name": "a"]), ("services", ["code": "c"]),
        ("services", ["name": "a", "code": "c", "requirements": "x"]),
        ("secrets", ["value": "x"]), ("complete", ["provided_secrets": ["A"]]),
        ("complete", ["provided_secrets": ["A": 1]]), ("query", [:]), ("request", ["name": "x"]),
    ]

    @Test(arguments: malformed)
    func malformedBodiesAreRefused(route: String, body: JSON) async throws {
        try await PlatformFixture.with { f in
            let plane = ControlPlane(f.platform)
            let error = try await cloudError {
                switch route {
                case "services": try await plane.deploy(body, cloud: f.cloudID, caller: f.caller)
                case "secrets": try await plane.upsertSecret(body, cloud: f.cloudID)
                case "complete": try await plane.completeAuthorizationRequest("x", body)
                case "request": try await plane.createAuthorizationRequest(body)
                default: try await plane.query(body, cloud: f.cloudID)
                }
            }
            #expect(error?.status == 422)
            #expect(error?.code == "invalid_arguments")
        }
    }
}

@Suite struct CloudErrorTests {
    static let all: [CloudError] = [
        .unknownProject("p"), .unknownCloud("c", known: ["d"]), .cloudNotNamed(known: ["c", "d"]),
        .cloudPaused("c", name: "n"), .defaultCloudStays("c"), .unknownInstanceType("t"), .notUpperSnakeCase("k"),
        .unknownService("s", known: []), .unknownService("s", known: ["t"]), .unknownSecret("K", known: []),
        .unknownRequest("r"), .unknownTool("t", known: ["u"]), .invalidServiceName("S"), .invalidSecretKey("1"),
        .emptySecretValue("K"), .invalidArguments([.init("a", "is required")]), .missingSecrets(["K"], service: "s"),
        .deploymentFailed(service: "s", deploymentID: "d", failure: importFailure, servesOld: true),
        .requestClosed("r", state: .completed), .incompleteAuthorization("r", missing: ["K"], unexpected: []),
        .sql(SQLFailure(code: "0A000", message: "m")), .unsupported(feature: "f", detail: "d", nextStep: "n"),
        .internalFailure("x"),
    ]

    @Test(arguments: all)
    func everyErrorSaysWhatItIsAndWhatToDo(error: CloudError) {
        let json = error.json
        #expect(json["detail"]?.stringValue?.isEmpty == false)
        #expect(json["code"]?.stringValue?.isEmpty == false)
        #expect(json["next_step"]?.stringValue?.isEmpty == false)
        #expect(json["status"]?.intValue == error.status)
        #expect((400..<600).contains(error.status))
    }
}
