import AltanCloud
import JSONText
import Testing

@testable import AgentTools

/// `call_endpoint`: what is sent for which arguments, and what is told of the answer.
@Suite struct EndpointTests {
    private let endpoints = FakeEndpoints()

    private func call(_ f: PlatformFixture, _ arguments: JSON) async -> ToolOutcome {
        await Toolbox(f.platform, endpoints: endpoints).call(
            name: "call_endpoint", arguments: arguments, caller: f.caller)
    }

    struct Address: Sendable, CustomTestStringConvertible {
        var arguments: JSON
        var path: String
        var query: String?
        var testDescription: String { arguments.text }
    }

    @Test(arguments: [
        Address(arguments: ["service_name": "tasks", "path": "/items/5"], path: "/services/api/tasks/items/5"),
        Address(arguments: ["name": "tasks", "path": "items"], path: "/services/api/tasks/items"),
        Address(arguments: ["path": "/services/api/tasks/items"], path: "/services/api/tasks/items"),
        Address(arguments: ["path": "/api/tasks/items"], path: "/services/api/tasks/items"),
        Address(
            arguments: ["url": "http://127.0.0.1:5000/services/api/tasks/items?a=1"],
            path: "/services/api/tasks/items", query: "a=1"),
        Address(
            arguments: [
                "service_name": "tasks", "path": "/a b/ü%20", "query": ["q": "x y&", "n": [1, 2], "z": .null],
            ],
            path: "/services/api/tasks/a%20b/%C3%BC%20", query: "q=x%20y%26&n=1&n=2"),
    ])
    func everyWayToNameAnEndpointLeadsThere(_ address: Address) async throws {
        try await PlatformFixture.with { f in
            try await f.platform.announce(origin: "http://127.0.0.1:5000")
            try await f.deploy("tasks")
            let outcome = await call(f, address.arguments)
            #expect(!outcome.isError, "\(outcome.json.text)")
            #expect(endpoints.requests.map(\.path) == [address.path])
            #expect(endpoints.requests.map(\.query) == [address.query])
        }
    }

    @Test(
        arguments: [
            (["path": "/items"], "service_name is required where path does not start with"),
            (["path": "https://example.com/services/api/tasks/x"], "something else than this cloud"),
            (["path": "/services/api/tasks/x", "service_name": "other"], "path is of the service tasks, not of other"),
            (["path": "/x", "service_name": "tasks", "method": "BREW"], "method must be one of"),
            (["path": "/x", "service_name": "gone"], "There is no service named gone"),
        ] as [(JSON, String)])
    func anEndpointThatIsNoneIsRefusedBeforeAnythingIsSent(_ arguments: JSON, _ reason: String) async throws {
        try await PlatformFixture.with { f in
            try await f.platform.announce(origin: "http://127.0.0.1:5000")
            try await f.deploy("tasks")
            let outcome = await call(f, arguments)
            #expect(outcome.isError)
            #expect(outcome.json["detail"]?.stringValue?.contains(reason) == true, "\(outcome.json.text)")
            #expect(endpoints.requests.isEmpty)
        }
    }

    @Test func theReplyCarriesStatusBodyAndTheRequestsOwnLogLines() async throws {
        try await PlatformFixture.with { f in
            try await f.deploy("tasks")
            f.platform.logs.append(line: "mine", service: "tasks", cloud: f.cloudID, requestID: "r7")
            f.platform.logs.append(line: "another's", service: "tasks", cloud: f.cloudID, requestID: "r8")
            endpoints.answer(404, "application/json", #"{"detail":"No task","key":"a","value":1}"#)
            let outcome = await call(
                f, ["service_name": "tasks", "path": "/x", "method": "post", "body": ["a": 1], "headers": ["X-Y": "z"]])
            #expect(outcome.status == 200)
            #expect(Tool.callEndpoint.output.problems(outcome.json, at: "") == [])
            #expect(outcome.json["status"] == 404)
            // Members are the service's own business, whatever they are called.
            #expect(outcome.json["body"] == ["detail": "No task", "key": "a", "value": 1])
            #expect(outcome.json["logs"]?.arrayValue?.compactMap { $0["message"]?.stringValue } == ["mine"])
            let sent = try #require(endpoints.requests.first)
            #expect(sent.method == "POST")
            #expect(sent.body == Array(#"{"a":1}"#.utf8))
            #expect(sent.headers.map(\.name) == ["x-y", "content-type"])
        }
    }

    @Test func aSecretThatAServiceGivesAwayStopsHere() async throws {
        try await PlatformFixture.with { f in
            try await f.deploy("tasks")
            _ = try await f.store.upsertSecret(
                cloud: f.cloudID, key: "TOKEN", value: SecretValue("canary-value-1"), description: nil)
            endpoints.answer(200, "text/plain", "it is canary-value-1")
            let outcome = await call(f, ["service_name": "tasks", "path": "/x"])
            #expect(outcome.json["body"] == "it is [secret TOKEN]")
        }
    }

    @Test func openAPIOfOneServiceHasItsPathsOnly() async throws {
        try await PlatformFixture.with { f in
            try await f.deploy("a")
            let outcome = await f.toolbox.call(
                name: "get_openapi", arguments: ["service_name": "a"], caller: f.caller)
            #expect(outcome.json["paths"] == ["/api/a/x": [:]])
        }
    }

    @Test(arguments: ["terminal", "create_task", "commit", "list_connectors", "upsert_server_tool"])
    func toolsOfThePlatformThatAreNotHereAreRefusedByName(_ name: String) async throws {
        try await PlatformFixture.with { f in
            let outcome = await f.toolbox.call(name: name, arguments: [:], caller: f.caller)
            #expect(outcome.status == 501)
            #expect(outcome.json["feature"]?.stringValue == "tools.\(name)")
        }
    }
}
