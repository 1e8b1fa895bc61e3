import AltanCloud
import Foundation
import JSONText
import Testing
import World

@Suite struct LogStoreTests {
    private func append(_ f: PlatformFixture, _ line: String, _ service: String = "a", request: String? = nil) {
        f.platform.logs.append(line: line, service: service, cloud: f.cloudID, requestID: request)
        f.platform.world.clock.advance(by: .seconds(1))
    }

    @Test func linesComeBackInOrderAndFiltered() async throws {
        try await PlatformFixture.with { f async throws in
            let logs = f.platform.logs
            append(f, "one", request: "r1")
            append(f, "two\twith a tab", "b")
            let since = f.platform.world.now
            append(f, "three", request: "r2")
            #expect(try await logs.lines(cloud: f.cloudID, service: "a").map(\.message) == ["one", "three"])
            #expect(try await logs.lines(cloud: f.cloudID).map(\.message) == ["one", "two\twith a tab", "three"])
            #expect(try await logs.lines(cloud: f.cloudID, tail: 2).map(\.message) == ["two\twith a tab", "three"])
            #expect(try await logs.lines(cloud: f.cloudID, since: since).map(\.message) == ["three"])
            #expect(try await logs.lines(cloud: f.cloudID, requestID: "r1").map(\.message) == ["one"])
            let elsewhere = try await logs.lines(cloud: "elsewhere")
            #expect(elsewhere.isEmpty)
        }
    }

    @Test func secretsNeverReachTheFile() async throws {
        try await PlatformFixture.with { f in
            try await f.store.upsertSecret(cloud: f.cloudID, key: "KEY", value: SecretValue("hush-hush"))
            append(f, "the key is hush-hush")
            await f.platform.logs.flush()
            let text = try String(contentsOfFile: "\(f.folder)/logs/\(f.cloudID)/a.log", encoding: .utf8)
            #expect(text.hasSuffix("\t-\tthe key is [secret KEY]\n"))
        }
    }

    @Test func aFullFileIsSetAside() async throws {
        try await PlatformFixture.with { f in
            let long = String(repeating: "x", count: 1 << 20)
            for index in 0..<20 {
                f.platform.logs.append(line: "\(index) \(long)", service: "a", cloud: "c", requestID: nil)
            }
            let lines = try await f.platform.logs.lines(cloud: "c", service: "a", tail: 18)
            #expect(lines.map { $0.message.prefix { $0 != " " } } == (2..<20).map { Substring("\($0)") })
            #expect(FileManager.default.fileExists(atPath: f.folder + "/logs/c/a.log.1"))
        }
    }

    @Test func aNameCannotLeadOutOfTheFolder() async throws {
        try await PlatformFixture.with { f in
            f.platform.logs.append(line: "x", service: "../../b", cloud: "..", requestID: nil)
            await f.platform.logs.flush()
            #expect(FileManager.default.fileExists(atPath: f.folder + "/logs/_/.._.._b.log"))
        }
    }
}

@Suite struct ISO8601Tests {
    @Test(arguments: [
        ("1970-01-01", 0), ("1970-01-01T00:00:01Z", 1_000_000), ("1970-01-01 00:00:00.5", 500_000),
        ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T23:59:59.999999-0000", -1),
        ("2024-02-29T12:34:56.123456+00:00", 1_709_210_096_123_456),
    ])
    func momentsAreRead(text: String, microseconds: Int64) {
        #expect(Timestamp(iso8601: text) == Timestamp(microseconds: microseconds))
    }

    @Test(arguments: ["", "now", "2024-13-01", "2024-02-29T25:00", "2024-02-29T12:00:00 and more", "2024-2-9"])
    func whatIsNoMomentIsNone(text: String) { #expect(Timestamp(iso8601: text) == nil) }
}
