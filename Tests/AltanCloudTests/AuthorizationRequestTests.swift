import AltanCloud
import JSONText
import Testing
import World

@Suite struct AuthorizationRequestTests {
    private func create(_ f: PlatformFixture, _ secrets: JSON = ["STRIPE_KEY"]) async throws -> AuthorizationRequest {
        try await f.platform.createAuthorizationRequest(customSecrets: secrets, connectionTypeID: nil, cloud: nil)
    }

    struct Shape: Sendable, CustomTestStringConvertible {
        var json: JSON
        var expected: [RequestedSecret]
        var testDescription: String { json.text }
    }

    @Test(arguments: [
        Shape(json: ["A", "B"], expected: [.init(key: "A"), .init(key: "B")]),
        Shape(json: [["key": "A", "label": "L"]], expected: [.init(key: "A", label: "L")]),
        Shape(
            json: ["A": ["description": "d", "required": false], "B": "e"],
            expected: [.init(key: "A", description: "d", required: false), .init(key: "B", description: "e")]),
    ])
    func bothShapesAreNormalised(shape: Shape) async throws {
        try await PlatformFixture.with { f in
            let request = try await create(f, shape.json)
            #expect(request.requestedSecrets == shape.expected)
            #expect(try await f.store.request(request.id) == request)
        }
    }

    @Test(arguments: [[], [:], "A", 1, [1], ["A": 1], ["A", "A"], ["A B"], .null] as [JSON])
    func otherShapesAreRefused(json: JSON) async throws {
        try await PlatformFixture.with { f async throws in
            #expect(try await cloudError { try await create(f, json) }?.status == 422)
        }
    }

    @Test func connectorsAreAnsweredHonestly() async throws {
        try await PlatformFixture.with { f in
            let error = try await cloudError {
                try await f.platform.createAuthorizationRequest(
                    customSecrets: nil, connectionTypeID: "slack", cloud: nil)
            }
            #expect(error?.status == 501)
            #expect(error?.json["feature"] == "connectors")
        }
    }

    @Test func completionStoresNothingAndHandsValuesOverOnce() async throws {
        try await PlatformFixture.with { f in
            let request = try await create(f)
            let completed = try await f.platform.completeAuthorizationRequest(
                request.id, values: [("STRIPE_KEY", SecretValue("v-1"))])
            #expect(completed.state == .completed)
            #expect(completed.providedKeys == ["STRIPE_KEY"])
            #expect(try await f.store.secrets(cloud: f.cloudID).isEmpty)

            let first = try await f.store.takeProvidedSecrets(request.id)
            #expect(first.values?.map(\.value.revealed) == ["v-1"])
            #expect(first.request.handedOverAt != nil)
            let second = try await f.store.takeProvidedSecrets(request.id)
            #expect(second.values == nil)
            #expect(second.request.providedKeys == ["STRIPE_KEY"])
        }
    }

    @Test func valuesAreGoneAfterAnHour() async throws {
        try await PlatformFixture.with { f in
            let request = try await create(f)
            _ = try await f.platform.completeAuthorizationRequest(
                request.id, values: [("STRIPE_KEY", SecretValue("v-1"))])
            try await f.store.mark()
            f.platform.world.clock.advance(by: .seconds(3599))
            #expect(try await f.store.request(request.id).holdsValues)
            f.platform.world.clock.advance(by: .seconds(1))
            #expect(try await f.store.request(request.id).holdsValues == false)
            #expect(try await f.store.takeProvidedSecrets(request.id).values == nil)
            try await f.store.reset()
            #expect(try await f.store.request(request.id).holdsValues == false)
        }
    }

    @Test func aClosedRequestStaysClosed() async throws {
        try await PlatformFixture.with { f in
            let request = try await create(f)
            _ = try await f.platform.rejectAuthorizationRequest(request.id)
            let error = try await cloudError {
                try await f.platform.completeAuthorizationRequest(
                    request.id, values: [("STRIPE_KEY", SecretValue("v"))])
            }
            #expect(error == .requestClosed(request.id, state: .rejected))
            #expect(error?.status == 409)
            #expect(try await cloudError { try await f.platform.rejectAuthorizationRequest(request.id) }?.status == 409)
            try await f.platform.deleteAuthorizationRequest(request.id)
            #expect(try await cloudError { try await f.store.request(request.id) } == .unknownRequest(request.id))
        }
    }

    @Test func requiredValuesMustBeThereAndNoOthers() async throws {
        try await PlatformFixture.with { f in
            let request = try await create(f, ["A": .null, "B": ["required": false]])
            let error = try await cloudError {
                try await f.platform.completeAuthorizationRequest(
                    request.id, values: [("A", SecretValue("")), ("C", SecretValue("x"))])
            }
            #expect(error == .incompleteAuthorization(request.id, missing: ["A"], unexpected: ["C"]))
            #expect(try await f.store.request(request.id).state == .pending)
        }
    }
}
