import Foundation
import JSONText
import PostgREST
import PostgresEngine
import PostgresTypes
import TestSupport
import Testing
import World

/// Requests against the whole engine over a database of its own: what is asked, and what comes back.
@Suite struct EngineTests {
    @Test(arguments: ["select", "filters", "pages", "embeds", "spreads", "aggregates", "writes", "errors"])
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

    /// Every case starts from the same rows: what it changes is rolled back.
    private static var configuration: RestConfiguration {
        var configuration = RestConfiguration()
        configuration.schemas = ["public", "archive"]
        configuration.transactionEnd = .rollback
        return configuration
    }

    private static func library(in folder: String) async throws -> RestEngine {
        let database = try PostgresDatabase(path: folder + "/library.db", world: .system(), durable: false)
        let script = try String(contentsOf: HTTPCase.folder.appendingPathComponent("library.sql"), encoding: .utf8)
        let result = await database.execute(script: script, session: Session())
        try #require(result.failures.isEmpty, "\(result.failures.map { $0.error?.message ?? "" })")
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
