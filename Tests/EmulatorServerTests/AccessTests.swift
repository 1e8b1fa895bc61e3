import AltanCloud
import JSONText
import PostgREST
import Testing
import World

@testable import EmulatorServer

@Suite struct OriginGuardTests {
    @Test(arguments: ["127.0.0.1:54321", "localhost:1", "abc.localhost:2", "[::1]:80"])
    func thisMachineMayAsk(host: String) throws {
        try OriginGuard.check(FrontRequest(method: "POST", path: "/tools/x", headers: [("host", host)]))
    }

    @Test(arguments: [
        [("host", "evil.example")],
        [("host", "127.0.0.1.evil.example")],
        [("host", "127.0.0.1"), ("origin", "https://evil.example")],
        [("host", "127.0.0.1"), ("origin", "null")],
        [("host", "127.0.0.1"), ("sec-fetch-site", "cross-site")],
    ])
    func othersMayNot(headers: [(String, String)]) {
        #expect(throws: FrontFailure.self) {
            try OriginGuard.check(
                FrontRequest(
                    method: "POST", path: "/tools/x", headers: headers.map { (name: $0.0, value: $0.1) }))
        }
    }
}

extension OriginGuardTests {
    @Test func anotherSitesLinkMayLeadHereButNotItsScript() throws {
        let visit = [("host", "127.0.0.1:1"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]
        func check(_ method: String, _ headers: [(String, String)]) throws {
            try OriginGuard.check(
                FrontRequest(method: method, path: "/_emulator/x", headers: headers.map { (name: $0.0, value: $0.1) }))
        }
        try check("GET", visit)
        #expect(throws: FrontFailure.self) { try check("POST", visit) }
        #expect(throws: FrontFailure.self) { try check("GET", Array(visit.dropLast())) }
    }
}

@Suite struct TokenTests {
    private let now = Timestamp(microseconds: 1_800_000_000_000_000)

    private func verifier() async throws -> TokenVerifier {
        try await TokenVerifier(secret: SigningKeys.defaultSecret, audience: nil)
    }

    @Test func ownKeysVerifyAndAreConstant() async throws {
        let keys = SigningKeys.keys(secret: SigningKeys.defaultSecret)
        #expect(keys.anonKey == SigningKeys.keys(secret: SigningKeys.defaultSecret).anonKey)
        let claims = try await verifier().claims(of: keys.serviceRoleKey, now: now)
        #expect(claims.json["role"] == "service_role")
    }

    @Test(arguments: [
        ("", "Empty JWT is sent in Authorization header"),
        ("a.b", "Expected 3 parts in JWT; got 2"),
        ("eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYW5vbiJ9.", "Wrong or unsupported encoding algorithm"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.AAAA", "No suitable key or wrong key type"),
        // Made with the secret, but not as its header says.
        (
            "eyJhbGciOiJSUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.YKf0gu_L7FpUuQZxlUmdKcwCQBG6E4B29tquOZ7LSlQ",
            "No suitable key or wrong key type"
        ),
        (
            "eyJhbGciOiJXT1JEIn0.eyJyb2xlIjoiYW5vbiJ9.UZ1nN6BePn3IJJPJYlgqZgyLj-9GgnOYozZsmMCtwQc",
            "JWT cryptographic operation failed"
        ),
    ])
    func badTokensAreRefused(token: String, message: String) async throws {
        let verifier = try await verifier()
        do {
            _ = try await verifier.claims(of: token, now: now)
            Issue.record("accepted")
        } catch {
            #expect(error.message == message)
            #expect(error.status == 401)
        }
    }

    @Test func claimsAboutTimeAreChecked() async throws {
        let verifier = try await verifier()
        let expired = SigningKeys.token(
            secret: SigningKeys.defaultSecret, claims: ["role": "anon", "exp": 1_700_000_000])
        await #expect(throws: RestError.claim("JWT expired")) {
            () async throws in _ = try await verifier.claims(of: expired, now: now)
        }
    }
}

@Suite struct RestSettingsTests {
    @Test func laterDocumentsWinAndUnknownOptionsAreRefused() throws {
        let settings = try RestSettings([["db-schemas": "a, b"], ["db-schemas": ["c"], "db-anon-role": nil]])
        #expect(settings.configuration.schemas == ["c"])
        #expect(settings.anonymousRole == nil)
        #expect(throws: RestSettings.Failure.unknown("db-shemas")) { try RestSettings([["db-shemas": "x"]]) }
    }

    @Test func claimPathsAreFollowed() throws {
        let settings = try RestSettings([["jwt-role-claim-key": "$.app.role"]])
        #expect(settings.role(in: ["app": ["role": "editor"]]) == "editor")
    }
}
