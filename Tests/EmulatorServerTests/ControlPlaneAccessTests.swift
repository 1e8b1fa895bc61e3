import AltanCloud
import JSONText
import Testing

@testable import EmulatorServer

@Suite struct AccessTokensTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var tokens: AccessTokens
        var headers: [(name: String, value: String)]
        var isTaken: Bool
        var testDescription: String { "\(tokens) \(headers)" }
    }

    static let cases: [Case] = [
        Case(tokens: .open, headers: [], isTaken: true),
        Case(tokens: .open, headers: [("authorization", "Bearer x")], isTaken: true),
        Case(tokens: .open, headers: [("authorization", "Bearer ")], isTaken: false),
        Case(tokens: .open, headers: [("authorization", "Basic x")], isTaken: false),
        Case(tokens: .any, headers: [], isTaken: false),
        Case(tokens: .any, headers: [("x-altan-key", "")], isTaken: false),
        Case(tokens: .any, headers: [("x-altan-key", "x")], isTaken: true),
        Case(tokens: .listed(["a", "bc"]), headers: [], isTaken: false),
        Case(tokens: .listed(["a", "bc"]), headers: [("authorization", "bearer bc")], isTaken: true),
        Case(tokens: .listed(["a", "bc"]), headers: [("x-altan-key", "bd")], isTaken: false),
        Case(tokens: .listed(["a", "bc"]), headers: [("x-altan-key", "b")], isTaken: false),
    ]

    @Test(arguments: cases)
    func tokensAreChecked(test: Case) {
        let request = FrontRequest(
            method: "GET", path: "/v1/instances", headers: test.headers, client: ("127.0.0.1", 1))
        let isTaken = (try? test.tokens.check(request)) != nil
        #expect(isTaken == test.isTaken)
    }

    @Test func thisProcessNeedsNone() throws {
        try AccessTokens.listed(["a"]).check(FrontRequest(method: "GET", path: "/v1/instances"))
    }
}

@Suite struct SameOriginTests {
    @Test(arguments: [
        [("host", "localhost:1"), ("origin", "http://localhost:1")], [("host", "localhost:1")],
        [("host", "localhost:1"), ("sec-fetch-site", "same-origin")],
    ])
    func thePageItselfMaySend(headers: [(String, String)]) throws {
        try OriginGuard.checkSameOrigin(
            FrontRequest(method: "POST", path: "/authorize/x", headers: headers.map { (name: $0.0, value: $0.1) }))
    }

    @Test(arguments: [
        [("host", "localhost:1"), ("origin", "http://localhost:2")], [("host", "localhost:1"), ("origin", "null")],
        [("host", "localhost:1"), ("sec-fetch-site", "same-site")], [("origin", "http://localhost:1")],
    ])
    func anotherMayNot(headers: [(String, String)]) {
        #expect(throws: FrontFailure.self) {
            try OriginGuard.checkSameOrigin(
                FrontRequest(method: "POST", path: "/authorize/x", headers: headers.map { (name: $0.0, value: $0.1) }))
        }
    }
}
