import JSONText
import NIOCore
import Testing
import World

@testable import Outbound

@Suite struct CassetteTests {
    private static func call(
        _ method: String = "POST", _ target: String = "/v1/customers", body: String = "", type: String = ""
    ) -> OutboundCall {
        OutboundCall(
            service: "shop", cloud: "c", method: method, authority: "api.acme.test", target: target,
            headers: [("content-type", type), ("authorization", "Bearer sk_hidden_value")],
            body: ByteBuffer(string: body))
    }

    private static func answer(_ text: String, status: Int = 200) -> OutboundAnswer {
        OutboundAnswer(
            status: status, headers: [("content-type", "text/plain"), ("set-cookie", "s=1")],
            body: .whole(ByteBuffer(string: text)), origin: .network)
    }

    private static func text(_ answer: OutboundAnswer) -> String {
        if case .whole(let buffer) = answer.body { String(buffer: buffer) } else { "" }
    }

    /// A deck that plays what was recorded from these calls.
    private func replaying(
        _ recorded: [(OutboundCall, OutboundAnswer)], redact: @escaping @Sendable (JSON) -> JSON = { $0 },
        check: (String) -> Void = { _ in }
    ) async throws -> CassetteDeck {
        let world = World.deterministic()
        let path = "/tmp/altan-cassette-\(world.uuid())-\(recorded.count)-\(UInt.random(in: 0 ... .max)).har"
        let deck = CassetteDeck(world: world, redact: redact)
        try deck.insert(path, mode: .record)
        for (call, answer) in recorded { _ = try await deck.note(call, answer) }
        try deck.eject()
        check(String(decoding: readWholeFile(path) ?? [], as: UTF8.self))
        try deck.insert(path, mode: .replay)
        return deck
    }

    @Test func eachEntryPlaysOnceInOrderAndReadsRepeat() async throws {
        let get = Self.call("GET", "/v1/x")
        let deck = try await replaying([
            (get, Self.answer("one")), (get, Self.answer("two")), (Self.call(), Self.answer("made")),
        ])
        var said: [String] = []
        for _ in 0..<3 { if case .answer(let answer) = deck.find(get) { said.append(Self.text(answer)) } }
        #expect(said == ["one", "two", "two"])
        if case .answer(let answer) = deck.find(Self.call()) { #expect(Self.text(answer) == "made") }
        guard case .miss(let nearest) = deck.find(Self.call()) else {
            Issue.record("a second POST must not be answered")
            return
        }
        #expect(nearest.first == "POST api.acme.test/v1/customers (already used)")
    }

    @Test(arguments: [
        (#"{"a":1,"b":2}"#, #"{ "b": 2, "a": 1 }"#, "application/json", true),
        (#"{"a":1}"#, #"{"a":2}"#, "application/json", false),
        ("a=1&b=2", "b=2&a=1", "application/x-www-form-urlencoded", true),
        ("a=1", "a=2", "application/x-www-form-urlencoded", false),
    ])
    func bodiesAreComparedByTheirMeaning(one: String, other: String, type: String, same: Bool) async throws {
        let deck = try await replaying([(Self.call(body: one, type: type), Self.answer("yes"))])
        if case .answer = deck.find(Self.call(body: other, type: type)) { #expect(same) } else { #expect(!same) }
    }

    @Test func partsAreComparedWithoutTheirBoundary() async throws {
        func parts(_ boundary: String) -> OutboundCall {
            Self.call(
                body: "--\(boundary)\r\n\r\nx\r\n--\(boundary)--\r\n", type: "multipart/form-data; boundary=\(boundary)"
            )
        }
        let deck = try await replaying([(parts("abc"), Self.answer("yes"))])
        guard case .answer = deck.find(parts("xyz")) else {
            Issue.record("another boundary is no other request")
            return
        }
    }

    @Test func signaturesInTheQueryAreNotCompared() async throws {
        let deck = try await replaying([(Self.call("GET", "/o?a=1&X-Amz-Date=1"), Self.answer("yes"))])
        guard case .answer = deck.find(Self.call("GET", "/o?X-Amz-Date=2&a=1")) else {
            Issue.record("the date of a signature is no other request")
            return
        }
        guard case .miss = deck.find(Self.call("GET", "/o?X-Amz-Date=2&a=2")) else {
            Issue.record("another parameter is another request")
            return
        }
    }

    @Test func hostsThatTheRecordingDoesNotKnowAreLeftToOthers() async throws {
        let deck = try await replaying([(Self.call(), Self.answer("x"))])
        var other = Self.call()
        other.host = "api.other.test"
        guard case .nothing = deck.find(other) else {
            Issue.record("the recording knows nothing of that host")
            return
        }
    }

    @Test func secretsDoNotGetIntoTheFile() async throws {
        let redact: @Sendable (JSON) -> JSON = { json in
            (try? JSON(parsing: json.text.replacing("hunter22", with: "[secret PASSWORD]"))) ?? json
        }
        let call = Self.call(body: "password=hunter22", type: "application/x-www-form-urlencoded")
        let deck = try await replaying([(call, Self.answer("hello hunter22"))], redact: redact) { file in
            #expect(!file.contains("hunter22") && !file.contains("sk_hidden_value") && !file.contains("s=1"))
            #expect(file.contains("<REDACTED:authorization>"))
        }
        guard case .answer = deck.find(call) else {
            Issue.record("a call whose secret was taken out is still found")
            return
        }
    }

    @Test func bytesThatAreNoTextComeBackAsTheyWere() async throws {
        let bytes = [UInt8](0...255)
        var answer = Self.answer("")
        answer.body = .whole(ByteBuffer(bytes: bytes))
        let deck = try await replaying([(Self.call(), answer)])
        guard case .answer(let found) = deck.find(Self.call()), case .whole(let body) = found.body else {
            Issue.record("not found")
            return
        }
        #expect(Array(body.readableBytesView) == bytes)
    }

    @Test(arguments: ["", "nonsense", "[]", #"{"log":{}}"#, #"{"log":{"entries":[{"request":{}}]}}"#])
    func whatIsNoRecordingIsRefused(text: String) {
        #expect(throws: CassetteError.self) { try Cassette(parsing: Array(text.utf8)) }
    }

    @Test(arguments: [
        (#"{"log": {"entries": []}}"#, Cassette.Format.har),
        (#"{"interactions": [], "version": 1}"#, .vcr(isYAML: false)),
        ("interactions:\n- request: {}\nversion: 1\n", .vcr(isYAML: true)),
        ("# A note\nversion: 1\ninteractions: []\n", .vcr(isYAML: true)),
        ("recordings:\n- interactions: 1\n", .unknown("it is neither JSON nor a cassette of VCR.py")),
        ("{", .unknown("it is not JSON")),
        ("{}", .unknown("it has neither log.entries (HAR) nor interactions (VCR.py)")),
    ])
    func aFormatIsKnownByWhatIsInTheFile(text: String, format: Cassette.Format) {
        #expect(Cassette.format(of: Array(text.utf8)) == format)
    }
}
