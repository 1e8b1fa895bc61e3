import PostgresEngine
import PostgresTypes
import SQLite
import TestSupport
import Testing
import World

/// An index waits for the first row of its table, and no row is ever written without it.
@Suite struct TableIndexTests {
    private func withTable(_ body: (PostgresDatabase, _ folder: String) async throws -> Void) async throws {
        try await withScratchFolder { folder async throws in
            let database = try PostgresDatabase(path: "\(folder)/a.db", world: .deterministic(), durable: false)
            #expect(
                await errors(
                    "create table t (id int primary key, n int); create index on t (n); create index on t (abs(n));",
                    on: database) == [])
            try await body(database, folder)
            #expect(try await database.inconsistencies() == [])
        }
    }

    private func errors(_ sql: String, on database: PostgresDatabase) async -> [String] {
        await database.execute(script: sql, session: Session()).failures.compactMap(\.error?.code)
    }

    private func count(_ database: PostgresDatabase, table: String = "t") throws -> Int {
        try Connection(path: database.path).rows(
            "SELECT 1 FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1", [.text(table)]
        ).count
    }

    @Test func anIndexIsMadeBeforeTheFirstRow() async throws {
        try await withTable { (database, _) async throws in
            #expect(try count(database) == 0)
            #expect(await errors("select * from t where n = 1; update t set n = 2; delete from t", on: database) == [])
            #expect(try count(database) == 0)
            #expect(await errors("insert into t values (1, 1)", on: database) == [])
            #expect(try count(database) == 3)
            #expect(await errors("create index on t (n desc)", on: database) == [])
            #expect(try count(database) == 4)
            #expect(await errors("delete from t; create index on t (id, n)", on: database) == [])
            #expect(try count(database) == 4)
            #expect(await errors("insert into t values (1, 1)", on: database) == [])
            #expect(try count(database) == 5)
        }
    }

    @Test func whatSQLiteMightRefuseIsMadeAtOnce() async throws {
        try await withTable { (database, _) async throws in
            let script = """
                create table u (id int primary key, n int);
                create unique index on u (n) where n > 0;
                create index on u (id, n);
                """
            #expect(await errors(script, on: database) == [])
            #expect(try count(database, table: "u") == 1)
            #expect(
                await errors(
                    "create table w (n int); create unique index on w (abs(n));\n" + """
                        insert into w values (1), (-1);
                        """, on: database) == ["23505"])
            #expect(await errors("insert into u values (1, 1); insert into u values (2, 1)", on: database) == ["23505"])
            #expect(await errors("insert into u values (1, 1)", on: database) == [])
            #expect(try count(database, table: "u") == 3)
        }
    }

    @Test func aPlanShowsTheIndexesOfATableWithoutRows() async throws {
        try await withTable { (database, _) async throws in
            let result = await database.execute(
                script: "explain (costs off) select * from t where id = 1", session: Session())
            let rows = try result.entries[0].outcome.get().rows
            #expect(rows == [[.text("Index Scan using t_pkey on t")]])
        }
    }

    @Test(arguments: [
        "insert into t values (1); insert into t values (1)",
        "insert into t select 1 from generate_series(1, 2)",
        "begin; savepoint a; insert into t values (1); rollback to a; insert into t values (2); insert into t values (2)",
        """
        do $$ begin
          begin insert into t values (1); raise 'no'; exception when others then null; end;
          insert into t values (2);
          insert into t values (2);
        end $$
        """,
        """
        create function two() returns int language plpgsql as $$ begin
          insert into t values (1);
          insert into t values (1);
          return 1;
        end $$;
        select two() from t right join generate_series(1, 2) on true;
        """,
        "copy t (id) from stdin;\n1\n1\n\\.\n",
        "alter table t drop constraint t_pkey; alter table t add primary key (id); insert into t values (3), (3)",
    ])
    func noDuplicateIsWritten(_ script: String) async throws {
        try await withTable { (database, _) async throws in
            #expect(await errors(script, on: database) == ["23505"])
            #expect(try count(database) == 0)
            #expect(await errors("insert into t values (1)", on: database) == [])
            #expect(await errors("insert into t values (1)", on: database) == ["23505"])
            #expect(try count(database) == 3)
        }
    }

    @Test func partitionsHaveTheIndexesOfTheirParent() async throws {
        try await withTable { (database, _) async throws in
            let definitions = """
                create table p (id int primary key, n int) partition by range (id);
                create table p1 partition of p for values from (0) to (10);
                create table p2 (id int primary key, n int);
                insert into p2 values (11, 1);
                """
            #expect(await errors(definitions, on: database) == [])
            #expect(try count(database, table: "p") == 0)
            #expect(
                await errors("alter table p attach partition p2 for values from (10) to (20)", on: database) == [])
            #expect(try count(database, table: "p") == 1)
            #expect(await errors("insert into p values (11, 2)", on: database) == ["23505"])
            #expect(await errors("insert into p1 values (1), (1)", on: database) == ["23505"])
            #expect(await errors("alter table p detach partition p1; insert into p1 values (1)", on: database) == [])
            #expect(await errors("insert into p1 values (1)", on: database) == ["23505"])
        }
    }

    @Test func aRestoredTableIsLookedAtAgain() async throws {
        try await withTable { (database, folder) async throws in
            try await database.copy(to: "\(folder)/mark.db")
            #expect(await errors("insert into t values (1)", on: database) == [])
            try await database.restore(from: "\(folder)/mark.db")
            #expect(try count(database) == 0)
            #expect(await errors("insert into t values (1); insert into t values (1)", on: database) == ["23505"])
        }
    }

    @Test func anOpenedDatabaseMakesWhatIsMissing() async throws {
        try await withScratchFolder { folder async throws in
            let path = "\(folder)/a.db"
            do {
                let database = try PostgresDatabase(path: path, world: .deterministic())
                #expect(await errors("create table t (id int primary key)", on: database) == [])
            }
            let database = try PostgresDatabase(path: path, world: .deterministic())
            #expect(await errors("insert into t values (1)", on: database) == [])
            #expect(await errors("insert into t values (1)", on: database) == ["23505"])
            #expect(try count(database) == 1)
        }
    }
}
