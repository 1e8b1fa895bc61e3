import AltanCloud
import JSONText
import Testing
import World

@testable import AgentTools

@Suite struct ToolboxTests {
    private func call(
        _ f: PlatformFixture, _ name: String, _ arguments: JSON = [:]
    ) async throws -> JSON {
        let outcome = await f.toolbox.call(name: name, arguments: arguments, caller: f.caller)
        #expect(!outcome.isError, "\(outcome.json.text)")
        let tool = try #require(Toolbox.tools.first { $0.name == name })
        // Clients check results against the schema that is published.
        #expect(tool.output.problems(outcome.json, at: name) == [])
        return outcome.json
    }

    private func failure(_ f: PlatformFixture, _ name: String, _ arguments: JSON = [:]) async throws -> JSON {
        let outcome = await f.toolbox.call(name: name, arguments: arguments, caller: f.caller)
        #expect(outcome.isError)
        #expect(outcome.json["status"]?.intValue == outcome.status)
        for name in ["detail", "code", "next_step"] { #expect(outcome.json[name]?.stringValue?.isEmpty == false) }
        return outcome.json
    }

    @Test func toolsAreListedWithSchemasAndUniqueNames() async throws {
        try await PlatformFixture.with { f in
            let listed = try #require(f.toolbox.listing["tools"]?.arrayValue)
            #expect(listed.count == Toolbox.tools.count)
            #expect(Set(listed.compactMap { $0["name"]?.stringValue }).count == listed.count)
            for tool in listed {
                #expect(tool["input_schema"]?["type"] == "object")
                #expect((tool["description"]?.stringValue?.count ?? 0) > 60)
                for property in tool["input_schema"]?["properties"]?.objectValue ?? [] {
                    #expect(property.value["description"]?.stringValue?.isEmpty == false)
                }
            }
        }
    }

    /// The canonical order of an agent's work, with a secret asked for, handed over, stored and used.
    @Test func theCanonicalWorkflowSucceeds() async throws {
        try await PlatformFixture.with { f in
            try await f.platform.announce(origin: "http://127.0.0.1:5000")
            f.inspector.find(required: ["SUPABASE_URL", "SUPABASE_KEY", "STRIPE_SECRET_KEY"])
            let project = try await call(f, "get_project")
            let cloud = try #require(project["cloud_id"])
            #expect(project["base_url"] == "http://127.0.0.1:5000")
            let credentials = try await call(f, "get_cloud", ["cloud_id": cloud])
            #expect(credentials["base_url"] == project["base_url"])
            #expect(credentials["SUPABASE_URL"] == project["base_url"])
            #expect(credentials["SUPABASE_KEY"] == "service-role-key")
            #expect(credentials["anon_key"] == "anon-key")

            let deployment: JSON = [
                "cloud_id": cloud, "service_name": "billing", "requirements": ["stripe"], "description": "d",
                "code": "c",
            ]
            let refused = try await failure(f, "create_service", deployment)
            #expect(refused["code"] == "missing_secrets")
            #expect(refused["missing_secrets"] == ["STRIPE_SECRET_KEY"])

            let request = try await call(
                f, "create_authorization_request", ["custom_secrets": ["STRIPE_SECRET_KEY"], "message": "Please"])
            let id = try #require(request["id"])
            #expect(request["next_step"]?.stringValue?.contains("wait") == true)
            let waiting = try await call(f, "get_authorization_request", ["id": id])
            #expect(waiting["is_completed"] == false)
            _ = try await ControlPlane(f.platform).completeAuthorizationRequest(
                id.stringValue ?? "", ["provided_secrets": ["STRIPE_SECRET_KEY": "hush-hush"]])
            let answered = try await call(f, "get_authorization_request", ["request_id": id])
            let value = try #require(answered["meta_data"]?["provided_secrets"]?["STRIPE_SECRET_KEY"])
            #expect(value == "hush-hush")
            let again = try await call(f, "get_authorization_request", ["id": id])
            #expect(again["meta_data"]?["provided_secrets"] == nil)
            #expect(again["meta_data"]?["handed_over_at"]?.stringValue != nil)

            #expect(try await call(f, "list_secrets") == [])
            let stored = try await call(f, "upsert_secret", ["key": "STRIPE_SECRET_KEY", "value": value])
            #expect(stored["key"] == "STRIPE_SECRET_KEY")
            #expect(try await call(f, "list_secrets") == ["STRIPE_SECRET_KEY"])

            let created = try await call(f, "create_service", deployment)
            #expect(created["routes"]?[0]?["url"] == "http://127.0.0.1:5000/services/api/billing/items")
            #expect(f.runtime.deployed.last?.environment["STRIPE_SECRET_KEY"] == "hush-hush")
            #expect(f.runtime.deployed.last?.requirements == ["stripe"])
            _ = try await call(f, "update_service", ["name": "billing", "code": "c2"])
            let service = try await call(f, "get_service", ["service_name": "billing"])
            #expect(service["code"] == "c2")
            #expect(service["description"] == "d")
            #expect(service["deployments"]?.arrayValue?.count == 2)
            #expect(try await call(f, "list_services")["services"]?[0]?["status"] == "running")
            let logs = try await call(f, "get_service_logs", ["service_name": "billing", "tail": 1])
            #expect(logs["lines"]?[0]?["message"] == "[emulator] deployment 2 is running")
            _ = try await call(f, "get_service_logs", ["since": "2026-01-01T00:00:00Z", "request_id": "r1"])
            _ = try await call(f, "list_authorization_requests", ["is_completed": true])
            _ = try await call(f, "delete_service", ["service_name": "billing"])
            _ = try await call(f, "delete_secret", ["key": "STRIPE_SECRET_KEY"])
            #expect(try await call(f, "execute_sql", ["query": "select 1"]) == [["?column?": 1]])
        }
    }

    static let failures: [(tool: String, arguments: JSON, status: Int, code: String)] = [
        ("nope", [:], 404, "tool_not_found"),
        ("get_project", ["project_id": "p"], 404, "project_not_found"),
        ("get_cloud", ["cloud_id": "c"], 404, "cloud_not_found"),
        ("list_secrets", ["cloud_id": "c"], 404, "cloud_not_found"),
        ("upsert_secret", ["key": "a b", "value": "x"], 422, "invalid_secret_key"),
        ("upsert_secret", ["key": "A", "value": ""], 422, "invalid_arguments"),
        ("upsert_secret", ["key": "A"], 422, "invalid_arguments"),
        ("delete_secret", ["key": "A"], 404, "secret_not_found"),
        ("create_authorization_request", [:], 422, "invalid_arguments"),
        ("create_authorization_request", ["connection_type_id": "x"], 501, "feature_not_supported"),
        ("create_authorization_request", ["custom_secrets": "A"], 422, "invalid_arguments"),
        ("get_authorization_request", ["id": "x"], 404, "authorization_request_not_found"),
        ("create_service", ["service_name": "A", "code": "c"], 422, "invalid_service_name"),
        ("create_service", ["service_name": "a"], 422, "invalid_arguments"),
        ("create_service", ["service_name": "a", "code": "c", "cloud_id": "x"], 404, "cloud_not_found"),
        ("get_service", ["name": "a"], 404, "service_not_found"),
        ("delete_service", ["name": "a"], 404, "service_not_found"),
        ("get_service_logs", ["name": "a"], 404, "service_not_found"),
        ("get_service_logs", ["since": "yesterday"], 422, "invalid_arguments"),
        ("get_service_logs", ["tail": 0], 422, "invalid_arguments"),
        ("execute_sql", ["query": "select 2"], 400, "sql_error"),
    ]

    @Test(arguments: failures)
    func everyErrorHasAStatusACodeAndANextStep(
        test: (tool: String, arguments: JSON, status: Int, code: String)
    ) async throws {
        try await PlatformFixture.with { f in
            let json = try await failure(f, test.tool, test.arguments)
            #expect(json["code"]?.stringValue == test.code)
            #expect(json["status"]?.intValue == test.status)
        }
    }

    @Test func aFailedDeploymentSaysWhyAndWhatToDo() async throws {
        try await PlatformFixture.with { f in
            f.runtime.fail(with: importFailure)
            let json = try await failure(f, "create_service", ["service_name": "a", "code": "c"])
            #expect(json["status"] == 422)
            #expect(json["detail"]?.stringValue?.contains("router variable isn't being exported") == true)
            #expect(json["traceback"]?.stringValue?.hasPrefix("Traceback") == true)
            #expect(json["hint"] == "Store STRIPE_KEY.")
            let services = try await call(f, "list_services")
            #expect(services["services"]?[0]?["status"] == "error")
        }
    }

    @Test func everyCallIsInTheJournalOfItsRun() async throws {
        try await PlatformFixture.with { f in
            let caller = Caller("mcp", run: "mine", requestID: "q1")
            _ = await f.toolbox.call(name: "list_secrets", arguments: [:], caller: caller)
            let line = try await f.platform.journal.lines(run: "mine").last
            #expect(line?["kind"] == "tool")
            #expect(line?["path"] == "list_secrets")
            #expect(line?["caller"] == "mcp")
            #expect(line?["request_id"] == "q1")
            #expect(line?["response"] == [])
        }
    }
}
