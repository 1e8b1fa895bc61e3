import AltanCloud
import JSONText
import Logging
import NIOHTTP1
import PostgresEngine
import Synchronization
import TestSupport
import Testing
import World

@testable import EmulatorServer
@testable import PostgREST

/// Reads that are answered on the event loop: what is answered there, and everything that ends it.
@Suite struct DirectReadsTests {
    @Test func `a repeated read is answered directly and as before`() async throws {
        try await withReader { reader in
            #expect(reader.direct() == nil)
            let first = await reader.longWay()
            let again = try #require(reader.direct())
            #expect(again.status == 200)
            #expect(again.bytes == first.bytes)
            #expect(again.headers.map { "\($0)" } == first.headers.map { "\($0)" })
            try await reader.run("update notes set title = 'other'; select 1")
            #expect(reader.direct().map { String(decoding: $0.bytes, as: UTF8.self) } == #"[{"id":1,"title":"other"}]"#)
        }
    }

    @Test(arguments: [
        [("host", "127.0.0.1"), ("apikey", "other")],
        [("host", "127.0.0.1"), ("prefer", "count=exact")],
        [("host", "127.0.0.1"), ("accept", "text/csv")],
        [("host", "127.0.0.1"), ("range", "0-0")],
        [("host", "127.0.0.1"), ("accept-profile", "other")],
        [("host", "127.0.0.1"), ("origin", "https://a.example")],
        [("host", "127.0.0.1"), ("Authorization", "Bearer x")],
        [("host", "9ac0aa46-7dc.localhost:54321")],
    ])
    func `another request is another read`(headers: [(String, String)]) async throws {
        try await withReader { reader in
            await reader.longWay()
            let key = headers.contains { $0.0 == "apikey" } ? [] : [("apikey", reader.key)]
            #expect(reader.direct(headers + key) == nil)
            #expect(reader.direct([("Host", "127.0.0.1"), ("APIKEY", reader.key), ("User-Agent", "any")]) != nil)
        }
    }

    @Test func `a read with other literals is the same read`() async throws {
        try await withReader(query: "id=eq.1&select=id,title") { reader in
            try await reader.run("insert into notes values (2, 'second'); select 1")
            await reader.longWay()
            for (id, body) in [
                ("2", #"[{"id":2,"title":"second"}]"#), ("3", "[]"), ("1", #"[{"id":1,"title":"first"}]"#),
            ] {
                var other = reader
                other.target = "/rest/v1/notes?id=eq.\(id)&select=id,title"
                let direct = try #require(other.direct())
                #expect(String(decoding: direct.bytes, as: UTF8.self) == body)
                let location = direct.headers.first { $0.name == "Content-Location" }
                #expect(location?.value == "/notes?id=eq.\(id)&select=id%2Ctitle")
                let slow = await other.longWay()
                #expect(slow.bytes == direct.bytes)
                #expect(slow.headers.map { "\($0)" } == direct.headers.map { "\($0)" })
            }
            var wrong = reader
            wrong.target = "/rest/v1/notes?id=eq.x&select=id,title"
            #expect(wrong.direct() == nil)
            #expect(await wrong.longWay().status == 400)
        }
    }

    @Test func `a page is told that it may read the answer`() async throws {
        try await withReader { reader in
            let headers = [("host", "127.0.0.1"), ("apikey", reader.key), ("origin", "https://a.example")]
            let first = await reader.longWay(headers)
            let again = try #require(reader.direct(headers))
            #expect(again.headers.map { "\($0)" } == first.headers.map { "\($0)" })
            #expect(again.headers.contains { $0.name == "Access-Control-Allow-Origin" && $0.value == "*" })
        }
    }

    @Test func `changed definitions end it until it was read again`() async throws {
        try await withReader { reader in
            for change in [
                "alter table notes add column extra integer", "create role clerk", "comment on table notes is 'x'",
            ] {
                await reader.longWay()
                #expect(reader.direct() != nil)
                try await reader.run(change + "; select 1")
                #expect(reader.direct() == nil, "\(change)")
            }
        }
    }

    @Test func `changed options end it`() async throws {
        try await withReader { reader in
            await reader.longWay()
            #expect(reader.direct() != nil)
            let answer = await reader.post("/_emulator/postgrest", ["db-max-rows": 0])
            #expect(answer.status == 200)
            #expect(reader.direct() == nil)
            let limited = await reader.longWay()
            #expect(reader.direct()?.bytes == limited.bytes)
            #expect(String(decoding: limited.bytes, as: UTF8.self) == "[]")
        }
    }

    @Test func `a token's end is its end`() async throws {
        try await withReader { reader in
            await reader.longWay()
            #expect(reader.direct() != nil)
            // The keys are good for ten years.
            reader.emulator.world.clock.advance(by: .seconds(60 * 60 * 24 * 365 * 40))
            #expect(reader.direct() == nil)
            #expect(await reader.longWay().status == 401)
        }
    }

    @Test func `the clock is the one that is`() async throws {
        try await withReader(query: "select=now") { reader in
            await reader.longWay()
            let before = try #require(reader.direct()?.bytes)
            reader.emulator.world.clock.advance(by: .seconds(86_400))
            let after = try #require(reader.direct()?.bytes)
            #expect(before != after)
        }
    }

    @Test func `a paused cloud and a reset one answer as they do`() async throws {
        try await withReader { reader in
            await reader.longWay()
            #expect(reader.direct() != nil)
            let cloud = reader.emulator.platform.identity.cloudID
            _ = try await reader.emulator.platform.pauseCloud(cloud)
            #expect(reader.direct() == nil)
            _ = try await reader.emulator.platform.resumeCloud(cloud)
            #expect(reader.direct() != nil)
            try await reader.run("insert into notes values (2, 'second'); select 1")
            #expect(reader.direct()?.bytes.count ?? 0 > 40)
            #expect(await reader.post("/_emulator/reset", [:]).status == 200)
            // The mark was made before there was any table.
            #expect(reader.direct() == nil)
            #expect(await reader.longWay().status == 404)
        }
    }

    // MARK: A reader

    /// An emulator with a table, and one question to it.
    private struct Reader {
        let emulator: Emulator
        var target: String
        var key: String { emulator.platform.identity.keys.serviceRoleKey }

        func head(_ headers: [(String, String)]?) -> HTTPRequestHead {
            HTTPRequestHead(
                version: .http1_1, method: .GET, uri: target,
                headers: HTTPHeaders(headers ?? [("host", "127.0.0.1"), ("apikey", key)]))
        }

        func direct(_ headers: [(String, String)]? = nil) -> FrontResponse? { emulator.directAnswer(head(headers)) }

        /// Asks as anybody does, of a read that has been brief.
        @discardableResult
        func longWay(_ headers: [(String, String)]? = nil) async -> FrontResponse {
            let request = FrontRequest(head(headers), body: .bytes([]), client: nil)
            if let entry = try? emulator.databases.entry(emulator.platform.identity.cloudID),
                let known = try? entry.rest.known(
                    Emulator.restRequest(request, body: []), emulator.rest.withLock { $0.settings.configuration }
                ).read
            {
                for _ in 0..<4 { known.ran(for: .zero) }
            }
            return await emulator.respond(request)
        }

        func post(_ path: String, _ body: JSON) async -> FrontResponse {
            await emulator.respond(
                FrontRequest(
                    method: "POST", path: path, headers: [("content-type", "application/json")],
                    body: .bytes(body.bytes)))
        }

        func run(_ sql: String) async throws {
            _ = try await emulator.databases.execute(sql: sql, cloud: emulator.platform.identity.cloudID)
        }
    }

    private func withReader(query: String = "select=id,title", _ body: (Reader) async throws -> Void) async throws {
        try await withScratchFolder { folder in
            let settings = EmulatorSettings(
                stateFolder: folder + "/state", seedFolder: nil, configuration: EmulatorConfiguration(),
                executable: "/nonexistent", cacheFolder: folder + "/cache")
            let emulator = try await Emulator.open(settings, world: .system(), logger: Logger(label: "test"))
            let reader = Reader(emulator: emulator, target: "/rest/v1/notes?\(query)")
            try await reader.run(
                """
                create table notes (id integer primary key, title text);
                insert into notes values (1, 'first');
                create function now(notes) returns timestamptz language sql stable as 'select pg_catalog.now()';
                select 1
                """)
            try await body(reader)
            await emulator.close()
        }
    }
}
