import Foundation
import JSONText
import PostgresEngine
import PostgresTypes
import TestSupport
import Testing
import World

@testable import PostgREST

/// Requests against the whole engine over a database of its own: what is asked, and what comes back.
@Suite struct EngineTests {
    @Test(arguments: [
        "select", "filters", "pages", "embeds", "spreads", "aggregates", "writes", "errors", "calls", "computed",
        "media", "representations",
    ])
    func `a request gets the response that PostgREST gives`(file: String) async throws {
        try await withScratchFolder { folder in
            let engine = try await Self.library(in: folder)
            var configuration = Self.configuration
            configuration.aggregatesEnabled = file == "aggregates"
            let cases = try HTTPCase.all(in: file)
            #expect(cases.count > 10)
            for one in cases {
                let response = await engine.respond(
                    one.request, session: Session(sessionUser: "authenticator", role: one.role),
                    isAnonymous: one.role == "anon", configuration: configuration)
                Self.compare(response, one, file)
            }
        }
    }

    @Test(arguments: [
        (path: ["definitions", "books", "required"], value: ##"["id","title","in_print"]"##),
        (
            path: ["definitions", "books", "properties", "id"],
            value: ##"{"description":"Note:\nThis is a Primary Key.<pk/>","format":"int32","type":"integer"}"##
        ),
        (
            path: ["definitions", "books", "properties", "tags"],
            value: ##"{"format":"text[]","type":"array","items":{"type":"string"}}"##
        ),
        (path: ["definitions", "books", "properties", "in_print", "default"], value: "true"),
        (path: ["definitions", "tiles", "properties", "label", "default"], value: ##""blank""##),
        (
            path: ["definitions", "printed_books", "properties", "author_id", "description"],
            value: ##""Note:\nThis is a Foreign Key to `authors.id`.<fk table='authors' column='id'/>""##
        ),
        (path: ["paths", "/rpc/add_reader", "get"], value: "null"),
        (path: ["paths", "/rpc/secret"], value: "null"),
        (path: ["paths", "/rpc/no_names"], value: "null"),
        (path: ["paths", "/rpc/greet", "get", "summary"], value: ##""Greets somebody.""##),
        (path: ["paths", "/rpc/greet", "get", "description"], value: ##""By name.""##),
        (path: ["paths", "/rpc/greet", "post", "tags"], value: ##"["(rpc) greet"]"##),
        (
            path: ["paths", "/rpc/add_up", "get", "parameters", "1"],
            value: ##"{"name":"b","required":false,"in":"query","type":"integer","format":"int32"}"##
        ),
        (
            path: ["paths", "/rpc/join_words", "get", "parameters", "0"],
            value: ##"{"name":"words","required":false,"in":"query","type":"array","##
                + ##""items":{"type":"string","format":"text"},"collectionFormat":"multi"}"##
        ),
        (
            path: ["paths", "/rpc/varied", "post", "parameters", "0", "schema", "required"],
            value: ##"["n","d","flag","arr"]"##
        ),
        (
            path: ["paths", "/rpc/varied", "post", "parameters", "0", "schema", "properties", "arr"],
            value: ##"{"format":"text[]","type":"array","items":{"type":"string"}}"##
        ),
        (path: ["paths", "/author_names", "get", "tags"], value: ##"["author_names"]"##),
        (path: ["paths", "/author_names", "post"], value: "null"),
        (path: ["paths", "/vault"], value: "null"),
        (path: ["paths", "/tiles", "post", "parameters", "0"], value: ##"{"$ref":"#/parameters/body.tiles"}"##),
        (path: ["parameters", "rowFilter.tiles.x", "in"], value: ##""query""##),
    ])
    func `the root describes what the role may use`(path: [String], value: String) async throws {
        try await withScratchFolder { folder in
            let engine = try await Self.library(in: folder)
            let response = await engine.respond(
                RestRequest(method: "GET", path: "/", query: nil, headers: [], body: []),
                session: Session(sessionUser: "authenticator", role: "anon"), isAnonymous: true,
                configuration: Self.configuration)
            #expect(response.status == 200)
            var found: JSON? = try JSON(parsing: response.body)
            for step in path { found = Int(step).map { found?[$0] } ?? found?[step] }
            #expect(found ?? .null == (try JSON(parsing: Array(value.utf8))))
        }
    }

    @Test func `a request that was made before is answered from what there is now`() async throws {
        try await withScratchFolder { folder in
            let engine = try await Self.library(in: folder)
            var configuration = Self.configuration
            func ask(_ headers: [(name: String, value: String)] = []) async -> String {
                let response = await engine.respond(
                    RestRequest(method: "GET", path: "/fresh", query: "order=id", headers: headers, body: []),
                    session: Session(sessionUser: "authenticator", role: "anon"), isAnonymous: true,
                    configuration: configuration)
                return "\(response.status) " + String(decoding: response.body, as: UTF8.self)
            }
            func run(_ sql: String) async {
                let failures = await engine.database.execute(script: sql, session: Session()).failures
                #expect(failures.isEmpty)
            }
            await run("create table fresh (id int); grant select on fresh to anon; insert into fresh values (1), (2);")
            #expect(await ask() == "200 [{\"id\":1}, \n {\"id\":2}]")
            #expect(await ask([("prefer", "count=exact"), ("range", "0-0")]).hasPrefix("206"))
            await run("alter table fresh add name text default 'x'; delete from fresh where id = 2;")
            #expect(await ask() == #"200 [{"id":1,"name":"x"}]"#)
            configuration.maxRows = 0
            #expect(await ask() == "200 []")
            configuration.maxRows = nil
            await run("revoke select on fresh from anon, public;")
            #expect(await ask().hasPrefix("401"))
            await run("drop table fresh;")
            #expect(await ask().hasPrefix("404"))
        }
    }

    @Test(arguments: ["select", "filters", "pages", "embeds", "spreads", "computed", "media"])
    func `a read that is repeated is answered directly as it was before`(file: String) async throws {
        try await withScratchFolder { folder in
            let engine = try await Self.library(in: folder)
            let configuration = Self.configuration
            var count = 0
            for one in try HTTPCase.all(in: file) where one.request.method == "GET" {
                let session = Session(sessionUser: "authenticator", role: one.role)
                let first = await engine.respond(
                    one.request, session: session, isAnonymous: one.role == "anon", configuration: configuration)
                Self.makeBrief(one.request, configuration, engine)
                let read = DirectRead(one.request, engine: engine, session: session, configuration: configuration)
                guard let again = read?.response(ReadShape.split(one.request.query).literals, to: one.request) else {
                    continue
                }
                count += 1
                #expect(again.status == first.status, "\(one.name)")
                #expect(again.headers.map { "\($0)" } == first.headers.map { "\($0)" }, "\(one.name)")
                #expect(again.body == first.body, "\(one.name)")
            }
            #expect(count > 0)
        }
    }

    @Test func `a direct answer comes from what there is now or does not come`() async throws {
        try await withScratchFolder { folder in
            let engine = try await Self.library(in: folder)
            var configuration = Self.configuration
            let session = Session(sessionUser: "authenticator", role: "anon")
            @Sendable func request(_ agent: String) -> RestRequest {
                RestRequest(
                    method: "GET", path: "/fresh", query: "select=*&order=id", headers: [("user-agent", agent)],
                    body: [])
            }
            func run(_ sql: String) async {
                let failures = await engine.database.execute(script: sql, session: Session()).failures
                #expect(failures.isEmpty)
            }
            func longWay(_ agent: String) async -> Int {
                await engine.respond(request(agent), session: session, isAnonymous: true, configuration: configuration)
                    .status
            }
            await run(
                """
                create table secret (id int);
                insert into secret values (1), (2);
                create view fresh as
                    select id, current_setting('request.headers')::json ->> 'user-agent' as agent from secret;
                grant select on fresh to anon;
                """)
            #expect(await longWay("a") == 200)
            // Not before it is known to be brief.
            #expect(DirectRead(request("a"), engine: engine, session: session, configuration: configuration) == nil)
            Self.makeBrief(request("a"), configuration, engine)
            let read = try #require(
                DirectRead(request("a"), engine: engine, session: session, configuration: configuration))
            func ask(_ agent: String) -> String? {
                read.response(ReadShape.split(request(agent).query).literals, to: request(agent)).map {
                    String(decoding: $0.body, as: UTF8.self)
                }
            }
            #expect(ask("b") == "[{\"id\":1,\"agent\":\"b\"}, \n {\"id\":2,\"agent\":\"b\"}]")
            await run("delete from secret where id = 2;")
            #expect(ask("c") == #"[{"id":1,"agent":"c"}]"#)
            await run("create or replace view fresh as select id, 'new'::text as agent from secret;")
            #expect(ask("d") == nil)
            #expect(await longWay("d") == 200)
            #expect(ask("d") == #"[{"id":1,"agent":"new"}]"#)
            await run("revoke select on fresh from anon, public;")
            #expect(ask("e") == nil)
            #expect(await longWay("e") == 401)
            #expect(ask("e") == nil)
            // What runs before each request, and what shows each one's course, is no part of the read.
            configuration.preRequest = "before"
            #expect(DirectRead(request("f"), engine: engine, session: session, configuration: configuration) == nil)
            configuration.preRequest = nil
            configuration.showsTiming = true
            #expect(DirectRead(request("f"), engine: engine, session: session, configuration: configuration) == nil)
        }
    }

    private static func makeBrief(_ request: RestRequest, _ configuration: RestConfiguration, _ engine: RestEngine) {
        guard let known = try? engine.known(request, configuration).read else { return }
        for _ in 0..<4 { known.ran(for: .zero) }
    }

    @Test func `a read is brief as long as few of its runs are long`() throws {
        let read = KnownRead(
            try ApiRequest(
                RestRequest(method: "GET", path: "/x", query: nil, headers: [], body: []),
                configuration: RestConfiguration()))
        let (short, long, veryLong) = (KnownRead.brief / 10, KnownRead.brief * 5, KnownRead.brief * 50)
        for _ in 0..<3 { read.ran(for: short) }
        #expect(!read.isBrief)
        for _ in 0..<100 { read.ran(for: short) }
        read.ran(for: long)
        #expect(read.isBrief)
        for _ in 0..<5 { read.ran(for: long) }
        #expect(!read.isBrief)
        for _ in 0..<100 { read.ran(for: short) }
        #expect(read.isBrief)
        read.ran(for: veryLong)
        #expect(!read.isBrief)
    }

    /// Every case starts from the same rows: what it changes is rolled back.
    private static var configuration: RestConfiguration {
        var configuration = RestConfiguration()
        configuration.schemas = ["public", "archive"]
        configuration.transactionEnd = .rollback
        return configuration
    }

    private static func library(in folder: String) async throws -> RestEngine {
        let database = try PostgresDatabase(path: folder + "/library.db", world: .system(), durable: false)
        for file in ["library.sql", "functions.sql"] {
            let script = try String(contentsOf: HTTPCase.folder.appendingPathComponent(file), encoding: .utf8)
            let result = await database.execute(script: script, session: Session())
            try #require(result.failures.isEmpty, "\(result.failures.map { $0.error?.message ?? "" })")
        }
        return RestEngine(database: database)
    }

    private static func compare(_ response: RestResponse, _ wanted: HTTPCase, _ file: String) {
        let place = "\(file).http:\(wanted.line) \(wanted.name)"
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(response.status == wanted.status, "\(place): \(text)")
        for header in wanted.headers where header.name != "Content-Length" {
            let given = response.headers.first { $0.name.lowercased() == header.name.lowercased() }?.value
            #expect(given == header.value, "\(place): \(header.name)")
        }
        if let length = wanted.headers.first(where: { $0.name == "Content-Length" }) {
            #expect(response.sendsLength && String(response.body.count) == length.value, "\(place)")
        }
        switch wanted.body {
        case .json(let body): #expect((try? JSON(parsing: response.body)) == body, "\(place): \(text)")
        case .text(let body): #expect(text == body, "\(place)")
        case nil: if wanted.request.method == "HEAD" { #expect(text.isEmpty, "\(place)") }
        }
    }
}
