import PostgresEngine
import PostgresSyntax
import SQLite
import TestSupport
import Testing
import World

@Suite struct MomentLiteralTests {
    @Test func aDefinitionKeepsWhatNowMeant() async throws {
        try await withScratchFolder { folder in
            let world = World.deterministic()
            let made = world.now.microseconds
            let path = folder + "/postgres.db"
            let first = try PostgresDatabase(path: path, world: world)
            let script = "create table kept (id int, at timestamptz default 'now', note text default 'now')"
            #expect(await first.execute(script: script, session: Session()).failures.isEmpty)
            world.clock.advance(by: .seconds(86_400))
            // A second time from the file.
            for database in [first, try PostgresDatabase(path: path, world: world)] {
                let result = await database.execute(
                    script: "insert into kept values (1); select at, note from kept", session: Session())
                guard case .success(let rows)? = result.entries.last?.outcome else {
                    Issue.record("\(result.failures)")
                    continue
                }
                #expect(rows.rows.allSatisfy { $0 == [.integer(made), .text("now")] })
            }
        }
    }

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
