import NIOCore
import Testing

@testable import Outbound

@Suite struct StandInTests {
    @Test(arguments: [
        ("api.stripe.com", "api.stripe.com", true), ("*.amazonaws.com", "s3.eu-west-1.amazonaws.com", true),
        ("*.amazonaws.com", "amazonaws.com", false), ("*.acme.*", "api.acme.io", true), ("*", "anything", true),
        ("a*a", "a", false), ("api.stripe.com", "evil-api.stripe.com", false),
    ])
    func patternsMatchWholeNames(pattern: String, name: String, expected: Bool) {
        #expect(matches(pattern, name) == expected)
    }

    @Test func hostsAndRequirementsAreReadFromTheSource() {
        let source =
            "import os\nHOSTS = [\n    'a.example',\n    \"*.b.example\",\n]\nREQUIREMENTS=['moto[s3,sqs]',  # not ['x']\n 'a']\nHOSTSX = ['c']\n"
        let standIn = StandIn(name: "a", modules: ["__init__": source], origin: .builtIn)
        #expect(standIn.hosts == ["a.example", "*.b.example"])
        #expect(standIn.requirements == ["moto[s3,sqs]", "a"])
        #expect(standIn.answers(for: "x.b.example"))
        #expect(!standIn.answers(for: "c"))
    }

    @Test func withoutHostsTheFileNameIsTheHost() {
        #expect(
            StandIn(name: "api.acme.com", modules: ["__init__": "app = 1"], origin: .builtIn).hosts == ["api.acme.com"])
    }

    @Test func refusalsNameHostPathAndFix() {
        let call = OutboundCall(
            service: "s", cloud: "c", method: "POST", authority: "API.Acme.com:443", target: "/v1/things?key=1",
            headers: [], body: ByteBuffer())
        let answer = Refusal.offline(call).answer(to: call)
        guard case .whole(let body) = answer.body else { return }
        let text = String(buffer: body)
        #expect(answer.status == 421)
        #expect(answer.reason?.contains("api.acme.com") == true)
        for part in ["api.acme.com", "/v1/things", "seed/thirdparty/api.acme.com.py"] { #expect(text.contains(part)) }
        #expect(!text.contains("key=1"))
    }
}
