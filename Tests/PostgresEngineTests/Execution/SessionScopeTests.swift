import PostgresEngine
import PostgresSyntax
import PostgresTypes
import SQLite
import TestSupport
import Testing
import World

/// What is a session's own: it ends with it, and nobody else sees it.
@Suite struct SessionScopeTests {
    private func withDatabase(_ body: (PostgresDatabase, _ path: String) async throws -> Void) async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/a.db"
            try await body(try PostgresDatabase(path: path, world: .deterministic(), durable: false), path)
        }
    }

    private func run(_ sql: String, on database: PostgresDatabase) async -> [String] {
        await database.execute(script: sql, session: Session()).entries.flatMap { entry in
            switch entry.outcome {
            case .failure(let error): ["\(error.code) \(error.message)"]
            case .success(let set):
                set.rows.map { row in
                    zip(row, set.types).map { $0.isNull ? "" : $1.encode($0, context: set.context) }
                        .joined(separator: "|")
                }
            }
        }
    }

    @Test func temporaryTablesEndWithTheSession() async throws {
        try await withDatabase { database, _ in
            let version = database.catalog.nextOID
            let made = "create temp table t (id serial, a int); insert into t (a) values (7) returning *;"
            #expect(await run(made, on: database) == ["1|7"])
            #expect(await run("select * from t;", on: database) == ["42P01 relation \"t\" does not exist"])
            #expect(await run(made, on: database) == ["1|7"])
            #expect(database.catalog.nextOID == version)
            #expect(database.catalog.relations.values.allSatisfy { !$0.isTemporary })
        }
    }

    @Test func whatWasMadeFromTemporaryTablesIsThereWhenTheDatabaseIsOpenedAgain() async throws {
        try await withDatabase { database, path in
            let script = """
                create temp table source as select 1 as id, 'x'::varchar(3) as name, now() as at;
                create table before (id int primary key);
                create table kept as select id, name from source;
                select id, name into also from source;
                create view seen as select * from source;
                create table after (id int generated always as identity, n numeric(4, 1) default 2);
                insert into after default values;
                """
            #expect(await run(script, on: database) == [])
            let again = try PostgresDatabase(path: path, world: .deterministic(), durable: false)
            #expect(again.catalog.relationIDs == database.catalog.relationIDs)
            #expect(again.catalog.typeIDs == database.catalog.typeIDs)
            #expect(again.catalog.nextOID == database.catalog.nextOID)
            let rows = "select * from kept; select * from also; select * from after; select * from seen;"
            let expected = ["1|x", "1|x", "1|2.0", "42P01 relation \"seen\" does not exist"]
            #expect(await run(rows, on: again) == expected)
        }
    }

    @Test func aLastingObjectOfATemporaryTypeIsRefused() async throws {
        try await withDatabase { database, _ in
            let answers = await run(
                "create temp table t (a int); create function f(t) returns int language sql as 'select 1';",
                on: database)
            #expect(answers == ["42704 type t does not exist"])
        }
    }

    @Test func anUndoneScriptLeavesNoTemporaryTables() async throws {
        try await withDatabase { database, _ in
            let answers = await run("create temp table t (a int); select 1 / 0;", on: database)
            #expect(answers == ["22012 division by zero"])
            #expect(await run("create temp table t (b int); select b from t;", on: database) == [])
        }
    }

    @Test func preparedStatementsAndCursorsAreTheSessions() async throws {
        try await withDatabase { database, _ in
            let script = "prepare p as select 1; execute p; begin; declare c cursor for select 2; fetch c; commit;"
            #expect(await run(script, on: database) == ["1", "2"])
            #expect(await run("execute p;", on: database) == ["26000 prepared statement \"p\" does not exist"])
        }
    }

    // MARK: EXPLAIN

    @Test func explainNamesTheStepsAsPostgresDoes() async throws {
        try await withDatabase { database, _ in
            let script = """
                create table a (id int primary key, n int);
                create table b (id int primary key, a int references a);
                insert into a values (1, 2), (2, 3);
                explain (costs off) select * from a;
                explain (costs off) select * from a where id = 1;
                explain (costs off) select * from a join b on b.a = a.id;
                explain (costs off) select 1;
                explain select n from a order by n;
                explain (costs off) update a set n = 1 where id = 2;
                explain (costs off) delete from a where n = 2;
                explain (costs off) insert into a values (3, 3);
                select count(*) from a;
                explain (analyze, costs off, summary off) select * from a;
                explain (analyze, costs off, summary off) insert into a values (3, 3);
                select count(*) from a;
                explain (format nope) select 1;
                """
            let answers = await run(script, on: database)
            #expect(
                answers == [
                    "Seq Scan on a",
                    "Index Scan using a_pkey on a",
                    "Nested Loop", "  ->  Seq Scan on b", "  ->  Index Scan using a_pkey on a",
                    "Result",
                    "Sort  (cost=0.00..0.00 rows=0 width=0)",
                    "  ->  Seq Scan on a  (cost=0.00..0.00 rows=0 width=0)",
                    "Update on a", "  ->  Index Scan using a_pkey on a",
                    "Delete on a", "  ->  Seq Scan on a",
                    "Insert on a", "  ->  Result",
                    "2",
                    "Seq Scan on a (actual rows=2 loops=1)",
                    "Insert on a (actual rows=0 loops=1)", "  ->  Result",
                    "3",
                    "22023 unrecognized value for EXPLAIN option \"format\": \"nope\"",
                ])
        }
    }

    @Test func explainSpeaksJSON() async throws {
        try await withDatabase { database, _ in
            let answers = await run(
                "create table a (id int); explain (format json, costs off) select * from a;", on: database)
            #expect(answers.count == 1)
            #expect(answers[0].contains("\"Node Type\": \"Seq Scan\""))
            #expect(answers[0].contains("\"Relation Name\": \"a\""))
        }
    }
}
