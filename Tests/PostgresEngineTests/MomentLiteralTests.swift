import PostgresEngine
import PostgresSyntax
import SQLite
import TestSupport
import Testing
import World

@Suite struct MomentLiteralTests {
    @Test func aLiteralThatMeansNowIsReadEveryTime() async throws {
        try await withScratchFolder { folder in
            let world = World.deterministic()
            let database = try PostgresDatabase(path: folder + "/postgres.db", world: world)
            let statement = try Script.parseSingle("SELECT 'now'::timestamptz")
            func moment() throws -> SQLValue? {
                try database.readBlocking(Session()) { try $0.run(try $0.prepare(statement)).rows.first?.first }
            }
            let first = try moment()
            world.clock.advance(by: .seconds(5))
            let second = try moment()
            #expect(first == .integer(world.now.microseconds - 5_000_000))
            #expect(second == .integer(world.now.microseconds))
        }
    }
}
