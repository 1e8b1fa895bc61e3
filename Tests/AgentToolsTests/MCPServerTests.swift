import AltanCloud
import JSONText
import Synchronization
import Testing
import World

@testable import AgentTools

/// The protocol as values: a message and what the transport knows in, a message out.
@Suite struct MCPServerTests {
    private static let meta: JSON = [
        "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": [:],
    ]
    private static let withURLs: JSON = [
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": ["elicitation": ["url": [:]]],
    ]

    private func server(_ f: PlatformFixture, key: UInt8 = 7) -> MCPServer {
        MCPServer(f.toolbox, platform: f.platform, stateKey: [UInt8](repeating: key, count: 32))
    }

    private func modern(_ method: String, _ params: JSON = [:], meta: JSON = meta) -> JSON {
        var params = params
        params.set("_meta", meta)
        return ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": params]
    }

    private func headers(_ message: JSON) -> [String: String] {
        var headers = ["mcp-protocol-version": "2026-07-28"]
        headers["mcp-method"] = message["method"]?.stringValue
        headers["mcp-name"] = (message["params"]?["name"] ?? message["params"]?["uri"])?.stringValue
        return headers
    }

    private func reply(_ f: PlatformFixture, _ message: JSON, _ peer: MCPPeer = MCPPeer()) async -> MCPServer.Reply? {
        await server(f).reply(to: MCPIntake(message, from: peer))
    }

    private func result(_ f: PlatformFixture, _ message: JSON, _ peer: MCPPeer = MCPPeer()) async throws -> JSON {
        let reply = try #require(await reply(f, message, peer))
        return try #require(reply.message["result"], "\(reply.message.text)")
    }

    private func peer(_ revision: MCPRevision) -> MCPPeer {
        MCPPeer(session: MCPSession(revision: revision, capabilities: [:]))
    }

    private func legacy(_ method: String, _ params: JSON = [:]) -> JSON {
        ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": params]
    }

    // MARK: Revisions

    @Test(arguments: MCPRevision.allCases.filter { !$0.isModern })
    func aHandshakeAgreesToEachRevisionThatHasOne(_ revision: MCPRevision) async throws {
        try await PlatformFixture.with { f in
            let request = legacy("initialize", ["protocolVersion": .string(revision.rawValue), "capabilities": [:]])
            let answer = try await result(f, request)
            #expect(answer["protocolVersion"]?.stringValue == revision.rawValue)
            #expect((answer["capabilities"]?["completions"] != nil) == (revision >= .march2025))
            let response: JSON = ["result": answer]
            #expect(MCPSession(request: request, response: response)?.revision == revision)
        }
    }

    @Test(arguments: ["1999-12-31", "2026-07-28"])
    func aHandshakeForAnythingElseIsOfferedTheNewest(_ version: String) async throws {
        try await PlatformFixture.with { f in
            let answer = try await result(f, legacy("initialize", ["protocolVersion": .string(version)]))
            #expect(answer["protocolVersion"] == "2025-11-25")
        }
    }

    @Test func aPipeServesBothErasSideBySide() async throws {
        try await PlatformFixture.with { f in
            let old = try await result(f, legacy("tools/list"), peer(.november2024))
            #expect(old["resultType"] == nil)
            #expect(old["tools"]?[0]?["annotations"] == nil)
            #expect(old["tools"]?[0]?["title"] == nil)
            let new = try await result(f, modern("tools/list"), peer(.november2024))
            #expect(new["resultType"] == "complete")
            #expect(new["tools"]?[0]?["annotations"]?["readOnlyHint"] == true)
        }
    }

    @Test func aListIsWrappedWhereStructuredContentMustBeAnObject() async throws {
        try await PlatformFixture.with { f in
            let params: JSON = ["name": "list_secrets"]
            let old = try await result(f, legacy("tools/call", params), peer(.november2025))
            #expect(old["structuredContent"] == ["result": []])
            #expect(old["content"]?[0]?["text"] == "[]")
            let new = try await result(f, modern("tools/call", params))
            #expect(new["structuredContent"] == [])
            let oldest = try await result(f, legacy("tools/call", params), peer(.march2025))
            #expect(oldest["structuredContent"] == nil)
        }
    }

    // MARK: Refusals

    struct Refused: Sendable, CustomTestStringConvertible {
        var message: JSON
        var headers: [String: String]?
        var code: Int
        var status: Int
        var testDescription: String { "\(code) \(message.text)" }
    }

    @Test(arguments: [
        Refused(message: [], code: -32600, status: 400),
        Refused(message: 42, code: -32600, status: 400),
        Refused(message: ["jsonrpc": "1.0", "id": 1, "method": "ping"], code: -32600, status: 400),
        Refused(message: ["jsonrpc": "2.0", "id": .null, "method": "ping"], code: -32600, status: 400),
        Refused(message: ["jsonrpc": "2.0", "id": .number("1.5"), "method": "ping"], code: -32600, status: 400),
        Refused(message: ["jsonrpc": "2.0", "id": 1, "method": "ping", "params": [1]], code: -32600, status: 400),
        Refused(message: ["jsonrpc": "2.0", "id": 1, "method": "tools/list"], code: -32602, status: 400),
        Refused(
            message: ["jsonrpc": "2.0", "id": 1, "method": "tools/list"],
            headers: ["mcp-protocol-version": "2026-07-28"], code: -32602, status: 400),
        Refused(
            message: ["jsonrpc": "2.0", "id": 1, "method": "tools/list"],
            headers: ["mcp-protocol-version": "2020-01-01"], code: -32022, status: 400),
        Refused(
            message: [
                "jsonrpc": "2.0", "id": 1, "method": "tools/list",
                "params": ["_meta": ["io.modelcontextprotocol/protocolVersion": "2099-01-01"]],
            ], code: -32022, status: 400),
    ])
    func whatIsNoRequestGetsTheErrorThatSaysSo(_ refused: Refused) async throws {
        try await PlatformFixture.with { f in
            let reply = try #require(await reply(f, refused.message, MCPPeer(headers: refused.headers)))
            #expect(reply.message["error"]?["code"]?.intValue == refused.code, "\(reply.message.text)")
            #expect(reply.status == refused.status)
        }
    }

    @Test(
        arguments: [
            ("mcp-protocol-version", nil), ("mcp-protocol-version", "2025-11-25"), ("mcp-method", nil),
            ("mcp-method", "TOOLS/CALL"), ("mcp-name", nil), ("mcp-name", "other"), ("mcp-name", "=?base64?###?="),
            ("mcp-name", "=?base64?bGlzdA==?="),
        ] as [(String, String?)])
    func headerFieldsMustSayWhatTheMessageSays(_ name: String, _ value: String?) async throws {
        try await PlatformFixture.with { f in
            let message = modern("tools/call", ["name": "list_secrets"])
            var fields = headers(message)
            #expect(await reply(f, message, MCPPeer(headers: fields))?.status == 200)
            fields[name] = value
            let reply = try #require(await reply(f, message, MCPPeer(headers: fields)))
            #expect(reply.message["error"]?["code"] == -32020)
            #expect(reply.status == 400)
        }
    }

    @Test func aNameMayComeEncoded() async throws {
        try await PlatformFixture.with { f in
            let message = modern("tools/call", ["name": "list_secrets"])
            var fields = headers(message)
            fields["mcp-name"] = "=?base64?\(Base64.encode(Array("list_secrets".utf8)))?="
            #expect(await reply(f, message, MCPPeer(headers: fields))?.status == 200)
        }
    }

    @Test func notificationsAreOwedNothing() async throws {
        try await PlatformFixture.with { f in
            for method in ["notifications/initialized", "notifications/unheard-of", "tools/list"] {
                #expect(await reply(f, ["jsonrpc": "2.0", "method": .string(method)]) == nil)
            }
        }
    }

    @Test func batchesAreOfOneRevisionOnly() async throws {
        try await PlatformFixture.with { f in
            let ping: JSON = ["jsonrpc": "2.0", "id": 1, "method": "ping"]
            let note: JSON = ["jsonrpc": "2.0", "method": "notifications/initialized"]
            let batch = try #require(await reply(f, [ping, note, 7], peer(.march2025)))
            #expect(batch.message.arrayValue?.count == 2)
            #expect(batch.message[0]?["result"] == [:])
            #expect(batch.message[1]?["error"]?["code"] == -32600)
            #expect(await reply(f, [note], peer(.march2025)) == nil)
            #expect(await reply(f, [ping], peer(.june2025))?.message["error"]?["code"] == -32600)
        }
    }

    // MARK: Tools

    @Test func whatAToolRefusesIsWordsForTheModel() async throws {
        try await PlatformFixture.with { f in
            f.inspector.find(required: ["STRIPE_KEY"])
            let answer = try await result(
                f, modern("tools/call", ["name": "create_service", "arguments": ["name": "a", "code": "c"]]))
            #expect(answer["isError"] == true)
            #expect(answer["structuredContent"] == nil)
            let text = try #require(answer["content"]?[0]?["text"]?.stringValue)
            #expect(text.contains("Missing: STRIPE_KEY.\nNext: "))
            #expect(answer["_meta"]?["altan/error"]?["code"] == "missing_secrets")
        }
    }

    @Test func anUnknownToolIsAnErrorOfTheProtocolAndAKnownOneElsewhereIsNot() async throws {
        try await PlatformFixture.with { f in
            let unknown = try #require(await reply(f, modern("tools/call", ["name": "no_such"])))
            #expect(unknown.message["error"]?["code"] == -32602)
            let elsewhere = try await result(f, modern("tools/call", ["name": "terminal"]))
            #expect(elsewhere["isError"] == true)
        }
    }

    @Test func stepsOfADeploymentAreToldToWhoAsksForThem() async throws {
        try await PlatformFixture.with { f in
            let told = Mutex<[JSON]>([])
            var meta = Self.meta
            meta.set("progressToken", 77)
            let message = modern(
                "tools/call", ["name": "create_service", "arguments": ["name": "a", "code": "c"]], meta: meta)
            _ = await server(f).reply(to: MCPIntake(message, from: MCPPeer())) { note in
                told.withLock { $0.append(note) }
            }
            let steps = told.withLock { $0 }
            #expect(steps.map { $0["params"]?["progressToken"] } == [77, 77])
            #expect(steps.map { $0["params"]?["progress"]?.intValue } == [1, 2])
        }
    }

    // MARK: Elicitation

    private func ask(_ f: PlatformFixture, _ extra: [JSON.Member] = [], meta: JSON = withURLs) async throws -> JSON {
        var params: JSON = [
            "name": "create_authorization_request", "arguments": ["custom_secrets": ["STRIPE_KEY"]],
        ]
        for member in extra { params.set(member.key, member.value) }
        return try #require(await reply(f, modern("tools/call", params, meta: meta))).message
    }

    private func retry(_ state: JSON, _ action: String) -> [JSON.Member] {
        [
            JSON.Member("requestState", state),
            JSON.Member("inputResponses", ["authorization": ["action": .string(action)]]),
        ]
    }

    @Test func aClientThatCanIsAskedToShowThePage() async throws {
        try await PlatformFixture.with { f in
            let asked = try await ask(f)
            #expect(asked["result"]?["resultType"] == "input_required")
            let question = asked["result"]?["inputRequests"]?["authorization"]
            #expect(question?["method"] == "elicitation/create")
            #expect(question?["params"]?["mode"] == "url")
            let state = try #require(asked["result"]?["requestState"])

            let accepted = try await ask(f, retry(state, "accept"))["result"]
            #expect(accepted?["resultType"] == "complete")
            #expect(accepted?["structuredContent"]?["status"] == "pending")
            let declined = try await ask(f, retry(state, "decline"))["result"]
            #expect(declined?["structuredContent"]?["status"] == "rejected")
            #expect(try await f.store.requests().count == 1)
        }
    }

    @Test func aPipeOfTheLegacyEraIsSentTheQuestionAndSendsTheAnswer() async throws {
        try await PlatformFixture.with { f in
            let server = server(f)
            let session = MCPSession(revision: .november2025, capabilities: ["elicitation": ["url": [:]]])
            let peer = MCPPeer(session: session, takesQuestions: true)
            let call = legacy(
                "tools/call",
                ["name": "create_authorization_request", "arguments": ["custom_secrets": ["STRIPE_KEY"]]])
            let reply = await server.reply(to: MCPIntake(call, from: peer)) { question in
                #expect(question["method"] == "elicitation/create")
                #expect(question["params"]?["elicitationId"] != nil)
                let answer: JSON = [
                    "jsonrpc": "2.0", "id": question["id"] ?? .null, "result": ["action": "decline"],
                ]
                // Awaited by the call that waits for the answer.
                Task { await server.reply(to: MCPIntake(answer, from: peer)) }
            }
            #expect(reply?.message["result"]?["structuredContent"]?["status"] == "rejected")
        }
    }

    @Test func aClientThatCannotIsNotAsked() async throws {
        try await PlatformFixture.with { f in
            let answer = try await ask(f, meta: Self.meta)
            #expect(answer["result"]?["resultType"] == "complete")
        }
    }

    @Test func anAnswerUnderAnotherNameLeadsToTheSameQuestion() async throws {
        try await PlatformFixture.with { f in
            let state = try #require(try await ask(f)["result"]?["requestState"])
            let again = try await ask(
                f, [JSON.Member("requestState", state), JSON.Member("inputResponses", ["other": 1])])
            #expect(again["result"]?["resultType"] == "input_required")
            #expect(try await f.store.requests().count == 1)
        }
    }

    @Test func stateThatWasAlteredAgedOrBelongsElsewhereIsRefused() async throws {
        try await PlatformFixture.with { f in
            let state = try #require(try await ask(f)["result"]?["requestState"]?.stringValue)
            func code(_ state: String, _ more: [JSON.Member] = []) async throws -> JSON? {
                try await ask(f, retry(.string(state), "accept") + more)["error"]?["code"]
            }
            #expect(try await code(state + "x") == -32602)
            #expect(try await code("x" + state) == -32602)
            #expect(try await code(String(state.dropLast(2))) == -32602)
            let other = JSON.Member("arguments", ["custom_secrets": ["OTHER_KEY"]])
            #expect(try await code(state, [other]) == -32602)
            #expect(try await code(state, [JSON.Member("name", "list_secrets")]) == -32602)
            f.platform.world.clock.advance(by: .seconds(3601))
            #expect(try await code(state) == -32602)
        }
    }

    // MARK: Resources, prompts, completion

    @Test func everyListedResourceCanBeRead() async throws {
        try await PlatformFixture.with { f in
            try await f.deploy("tasks", code: "the code")
            f.platform.logs.append(line: "printed", service: "tasks", cloud: f.cloudID, requestID: nil)
            let listed = try await result(f, modern("resources/list"))["resources"]?.arrayValue ?? []
            #expect(listed.count == 4)
            var texts: [String] = []
            for resource in listed {
                let answer = try await result(f, modern("resources/read", ["uri": resource["uri"] ?? .null]))
                #expect(answer["contents"]?[0]?["uri"] == resource["uri"])
                texts.append(answer["contents"]?[0]?["text"]?.stringValue ?? "")
            }
            #expect(texts.contains("the code"))
            #expect(texts.contains { $0.hasSuffix("printed") })
        }
    }

    @Test(arguments: [
        "nothing://here", "file:///../../etc/passwd", "altan://clouds/x/services/y/code",
        "altan://clouds//openapi.json",
        "altan://workflow/../x", "altan://",
    ])
    func aResourceThatIsNotThereIsAnErrorWithItsAddress(_ uri: String) async throws {
        try await PlatformFixture.with { f in
            let new = try #require(await reply(f, modern("resources/read", ["uri": .string(uri)])))
            #expect(new.message["error"]?["code"] == -32602)
            #expect(new.message["error"]?["data"]?["uri"]?.stringValue == uri)
            let old = try #require(
                await reply(f, legacy("resources/read", ["uri": .string(uri)]), peer(.november2025)))
            #expect(old.message["error"]?["code"] == -32002)
        }
    }

    @Test func thePromptHoldsTheTaskAndTheWorkflow() async throws {
        try await PlatformFixture.with { f in
            let answer = try await result(
                f, modern("prompts/get", ["name": "build_service", "arguments": ["task": "Sell tickets."]]))
            let text = try #require(answer["messages"]?[0]?["content"]?["text"]?.stringValue)
            #expect(text.contains("Sell tickets.") && text.contains("get_project"))
            let missing = try #require(await reply(f, modern("prompts/get", ["name": "build_service"])))
            #expect(missing.message["error"]?["code"] == -32602)
        }
    }

    @Test func servicesAndCloudsAreSuggested() async throws {
        try await PlatformFixture.with { f in
            try await f.deploy("tasks")
            try await f.deploy("billing")
            func values(_ ref: JSON, _ name: String, _ value: String) async throws -> JSON? {
                try await result(
                    f,
                    modern(
                        "completion/complete",
                        ["ref": ref, "argument": ["name": .string(name), "value": .string(value)]]))["completion"]?[
                        "values"]
            }
            let prompt: JSON = ["type": "ref/prompt", "name": "build_service"]
            #expect(try await values(prompt, "service_name", "ta") == ["tasks"])
            let template: JSON = [
                "type": "ref/resource", "uri": "altan://clouds/{cloud_id}/services/{service_name}/logs",
            ]
            #expect(try await values(template, "cloud_id", "") == [.string(f.cloudID)])
        }
    }

    @Test func exportsHoldEveryToolInTheSameOrder() {
        let names = Toolbox.tools.map(\.name)
        #expect(ToolExport.mcp.json["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == names)
        for format in [ToolExport.openai, .anthropic] {
            #expect(format.json.arrayValue?.compactMap { $0["name"]?.stringValue } == names)
        }
    }
}
