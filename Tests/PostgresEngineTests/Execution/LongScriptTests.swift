import PostgresEngine
import PostgresTypes
import SQLite
import TestSupport
import Testing
import World

/// Scripts long enough for their tables to be made on another thread.
@Suite struct LongScriptTests {
    private static let definitions = (1...80).map { number in
        """
        create table t\(number) (id int primary key, n int default \(number) check (n > 0), note text);
        create index on t\(number) (lower(note));
        alter table t\(number) add column m int not null default \(number);
        alter table t\(number) add constraint few check (m < 1000);
        comment on table t\(number) is 'number \(number)';

        """
    }

    private func withDatabase(_ body: (PostgresDatabase) async throws -> Void) async throws {
        try await withScratchFolder { folder in
            try await body(PostgresDatabase(path: "\(folder)/a.db", world: .deterministic(), durable: false))
        }
    }

    /// The rows of a script, and its errors with the lines of their statements.
    private func run(_ sql: String, on database: PostgresDatabase) async -> [String] {
        let result = await database.execute(script: sql, session: Session())
        return result.entries.flatMap { entry in
            switch entry.outcome {
            case .failure(let error): ["\(entry.line) \(error.code)"]
            case .success(let set):
                set.rows.map { row in
                    zip(row, set.types).map { $1.encode($0, context: set.context) }.joined(separator: "|")
                }
            }
        }
    }

    private func expectConsistency(of database: PostgresDatabase) async throws {
        let problems = try await database.inconsistencies()
        #expect(problems == [])
    }

    @Test func statementsFindTheTablesBeforeThem() async throws {
        try await withDatabase { database in
            let script = Self.definitions.enumerated().map { index, text in
                index % 7 == 0
                    ? text + "insert into t\(index + 1) (id) values (1); select id, n, m from t\(index + 1);\n" : text
            }
            let expected = stride(from: 1, through: 80, by: 7).map { "1|\($0)|\($0)" }
            #expect(await run(script.joined(), on: database) == expected)
            #expect(
                await run("select n, m from t1 union all select count(*)::int, 0 from t2", on: database) == [
                    "1|1", "0|0",
                ])
            try await expectConsistency(of: database)
        }
    }

    @Test func anErrorTakesBackTheTablesBeforeIt() async throws {
        try await withDatabase { database in
            let script = Self.definitions.joined() + "create table t1 (again int);\n" + Self.definitions.joined()
            #expect(await run(script, on: database) == ["401 42P07"])
            #expect(await run("select 1 from pg_tables where schemaname = 'public'", on: database) == [])
            try await expectConsistency(of: database)
            #expect(await run(Self.definitions.joined(), on: database) == [])
            try await expectConsistency(of: database)
        }
    }

    @Test func savepointsTakeBackTheTablesBehindThem() async throws {
        try await withDatabase { database in
            let (kept, undone) = (Self.definitions.prefix(40).joined(), Self.definitions.dropFirst(40).joined())
            let script = "begin;\n\(kept)savepoint s;\n\(undone)rollback to s;\n\(undone)rollback to s;\ncommit;\n"
            #expect(await run(script, on: database) == [])
            #expect(await run("select count(*) from pg_tables where schemaname = 'public'", on: database) == ["40"])
            try await expectConsistency(of: database)
        }
    }

    @Test func aTableWithoutRowsKeepsItsKeysWhenColumnsAreAdded() async throws {
        try await withDatabase { database in
            let table = """
                create table t (id int primary key, name text);
                create unique index on t (lower(name));
                create index on t (name) where id > 1;
                """
            #expect(await run(table, on: database) == [])
            #expect(await run("insert into t values (1, 'a'); delete from t", on: database) == [])
            let change = "alter table t add column n int not null default 7, add column m text unique"
            #expect(await run(change, on: database) == [])
            try await expectConsistency(of: database)
            #expect(await run("insert into t values (1, 'a', 7, 'x') returning n", on: database) == ["7"])
            #expect(await run("insert into t (id, name) values (1, 'b')", on: database) == ["1 23505"])
            #expect(await run("insert into t (id, name) values (2, 'A')", on: database) == ["1 23505"])
            #expect(await run("insert into t (id, name, m) values (2, 'b', 'x')", on: database) == ["1 23505"])
            #expect(await run("insert into t (id, name) values (2, 'b'); select n from t", on: database) == ["7", "7"])
            try await expectConsistency(of: database)
        }
    }

    @Test func aTableThatTheFileDoesNotTakeEndsTheTransaction() async throws {
        try await withDatabase { database in
            // Somebody else's table stands where the catalog knows of none.
            try Connection(path: database.path).execute("CREATE TABLE t40 (a)")
            let failed = await run(Self.definitions.joined(), on: database)
            #expect(failed.count == 1)
            #expect(failed.first?.hasSuffix("XX000") == true)
            #expect(await run("select 1 from pg_tables where schemaname = 'public'", on: database) == [])
            try Connection(path: database.path).execute("DROP TABLE t40")
            #expect(await run(Self.definitions.joined(), on: database) == [])
            try await expectConsistency(of: database)
        }
    }
}
