import JSONText
import PostgresEngine
import PostgresSyntax
import PostgresTypes
import SQLite
import TestSupport
import Testing
import World

/// A database over its life: opened again, copied, restored, read while written.
@Suite struct DatabaseTests {
    private func withDatabase(
        _ body: (PostgresDatabase, _ folder: String) async throws -> Void
    ) async throws {
        try await withScratchFolder { folder in
            let database = try PostgresDatabase(path: "\(folder)/a.db", world: .deterministic(), durable: false)
            try await body(database, folder)
        }
    }

    private func run(_ sql: String, on database: PostgresDatabase) async -> [String] {
        let result = await database.execute(script: sql, session: Session())
        return result.entries.flatMap { entry in
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

    private func statement(_ sql: String) throws -> PostgresSyntax.Statement { try Script.parseSingle(sql) }

    static let definitions = """
        create type mood as enum ('sad', 'ok');
        create domain pos as int check (value > 0);
        create schema app;
        create table app.p (id serial primary key, m mood default 'ok', n pos, unique (m, n));
        create table c (id int generated always as identity primary key, p int references app.p on delete cascade);
        create view v as select * from app.p;
        create index on app.p (abs(n)) where n > 1;
        comment on table c is 'children';
        alter table c rename column p to parent;
        insert into app.p (n) values (1), (2);
        insert into c (parent) values (1);
        """

    @Test func aPartitionKeyIsMadeOfWhatIsThere() async throws {
        try await withDatabase { database, _ in
            #expect(
                await run("create table a (id int) partition by list (nope)", on: database) == [
                    "42703 column \"nope\" named in partition key does not exist"
                ])
            #expect(
                await run("create table a (id text) partition by list (id collate \"C\")", on: database) == [
                    "0A000 PARTITION BY with a collation is not supported by the emulator yet"
                ])
        }
    }

    @Test func aSoundDatabaseHasNoInconsistencies() async throws {
        try await withDatabase { database, folder in
            #expect(await run(Self.definitions, on: database) == [])
            let called = """
                create function twice(a int) returns int language sql immutable as 'select a * 2';
                create index on app.p (twice(n));
                """
            #expect(await run(called, on: database) == [])
            #expect(try await database.inconsistencies() == [])
            let file = try Connection(path: database.path)
            try file.execute("DROP TABLE c; CREATE TABLE stray (a)")
            try file.run("DELETE FROM \"#definitions\" WHERE text LIKE 'comment on%'")
            let problems = try await database.inconsistencies()
            #expect(problems.contains("c has no table in the file"))
            #expect(problems.contains("the table stray is in no catalog"))
            #expect(problems.contains { $0.hasPrefix("after a start comment on ") })
        }
    }

    @Test func anOpenedDatabaseIsWhatItWas() async throws {
        try await withScratchFolder { folder in
            let path = "\(folder)/a.db"
            let before: CatalogSnapshot
            do {
                let database = try PostgresDatabase(path: path, world: .deterministic())
                #expect(await run(Self.definitions, on: database) == [])
                before = database.catalog
            }
            let database = try PostgresDatabase(path: path, world: .deterministic())
            #expect(database.catalog.relationIDs == before.relationIDs)
            #expect(database.catalog.typeIDs == before.typeIDs)
            #expect(database.catalog.nextOID == before.nextOID)
            #expect(database.catalog.comments == before.comments)
            #expect(database.catalog.roles == before.roles)
            #expect(
                await run(
                    """
                    insert into app.p (n) values (3) returning id, m;
                    select id, n from v order by id;
                    insert into c (parent) values (9);
                    """, on: database) == [
                        "3|ok", "1|1", "2|2", "3|3",
                        "23503 insert or update on table \"c\" violates foreign key constraint \"c_p_fkey\"",
                    ])
        }
    }

    @Test func aRestoreBringsBackRowsDefinitionsAndSequences() async throws {
        try await withDatabase { database, folder in
            _ = await run(Self.definitions, on: database)
            try await database.copy(to: "\(folder)/mark.db")
            #expect(
                await run(
                    """
                    insert into app.p (n) values (7) returning id;
                    drop table c;
                    create table later (a int);
                    alter type mood add value 'new';
                    insert into app.p (m, n) values ('new', 5);
                    """, on: database) == ["3"])
            try await database.restore(from: "\(folder)/mark.db")
            #expect(
                await run(
                    """
                    select count(*) from c;
                    select id, m, n from app.p order by id;
                    insert into app.p (n) values (8) returning id;
                    """, on: database) == ["1", "1|ok|1", "2|ok|2", "3"])
            #expect(
                await run("select * from later;", on: database) == ["42P01 relation \"later\" does not exist"])
            try await database.restore(from: "\(folder)/mark.db")
            #expect(await run("insert into app.p (n) values (8) returning id;", on: database) == ["3"])
            // Another process, which has never seen the catalog of the mark.
            let other = try PostgresDatabase(path: "\(folder)/b.db", world: .deterministic(), durable: false)
            try await other.restore(from: "\(folder)/mark.db")
            #expect(await run("insert into app.p (n) values (9) returning id;", on: other) == ["3"])
        }
    }

    @Test func aFailedScriptLeavesNothingBehindButTheGapInSequences() async throws {
        try await withDatabase { database, _ in
            _ = await run("create table t (id serial, a int unique);", on: database)
            let result = await database.execute(
                scripts: [
                    ScriptSource(file: "one.sql", "create table u (a int);\ninsert into t (a) values (1);"),
                    ScriptSource(
                        file: "two.sql", "\n\ninsert into t (a) values (2);\ninsert into t\n  (a) values (1);"),
                ], session: Session())
            #expect(!result.isCommitted)
            let failure = try #require(result.failures.first)
            #expect(failure.file == "two.sql")
            #expect(failure.line == 4)
            #expect(failure.error?.constraint == "t_a_key")
            #expect(database.catalog.relation("public", "u") == nil)
            #expect(await run("insert into t (a) values (1) returning id;", on: database) == ["4"])
        }
    }

    @Test func aFileOfSeveralEndsItsChecksAndSettings() async throws {
        try await withDatabase { database, _ in
            let first = """
                create schema s;
                set search_path to s;
                create table p (id int primary key);
                create table c (p int references p deferrable initially deferred);
                insert into c values (1);
                insert into p values (1);
                """
            let result = await database.execute(
                scripts: [
                    ScriptSource(file: "one.sql", first),
                    ScriptSource(file: "two.sql", "alter table s.c add column x int;\ncreate table t (a int);"),
                ], session: Session())
            #expect(result.failures.map { $0.error?.message } == [])
            #expect(database.catalog.relation("public", "t") != nil)
            let broken = await database.execute(
                scripts: [
                    ScriptSource(file: "one.sql", "create table u (a int);\ninsert into s.c values (7);"),
                    ScriptSource(file: "two.sql", "insert into s.p values (7);"),
                ], session: Session())
            #expect(!broken.isCommitted)
            #expect(broken.failures.map(\.file) == ["one.sql"])
            #expect(broken.failures.first?.error?.code == "23503")
            #expect(database.catalog.relation("public", "u") == nil)
        }
    }

    @Test func everyRefusedStatementIsListedWhenTheScriptGoesOn() async throws {
        try await withDatabase { database, _ in
            let result = await database.execute(
                script: """
                    create table t (a int);
                    create rule r as on insert to t do nothing;
                    insert into t values (1);
                    insert into t values ('x');
                    selec 1;
                    insert into t values (2);
                    """, session: Session(), options: .continueOnError)
            #expect(result.isCommitted)
            #expect(result.failures.map(\.line) == [2, 4, 5])
            #expect(result.failures.compactMap { $0.error?.code } == ["0A000", "22P02", "42601"])
            #expect(await run("select a from t order by a;", on: database) == ["1", "2"])
        }
    }

    @Test func aReaderSeesTheLastCommitAndMayNotWrite() async throws {
        try await withDatabase { database, _ in
            _ = await run("create table t (a int); insert into t values (1); create sequence s;", on: database)
            let select = try statement("select a from t")
            let insert = try statement("insert into t values (2)")
            let next = try statement("select nextval('s')")
            let rows = try await database.read(Session()) { transaction in
                try transaction.run(transaction.prepare(select)).rows
            }
            #expect(rows == [[.integer(1)]])
            let refused = await #expect(throws: PostgresError.self) {
                try await database.read(Session()) { try $0.run($0.prepare(insert)).count }
            }
            #expect(refused?.message == "cannot execute INSERT in a read-only transaction")
            let refusedNext = await #expect(throws: PostgresError.self) {
                try await database.read(Session()) { try $0.run($0.prepare(next)).count }
            }
            #expect(refusedNext?.code == "25006")
        }
    }

    @Test func aWriteIsUndoneWhenItsBodyAsksForIt() async throws {
        try await withDatabase { database, _ in
            _ = await run("create table t (a int);", on: database)
            let insert = try statement("insert into t values ($1), ($2) returning a")
            let result = try await database.write(Session()) { transaction in
                transaction.rollback = true
                return try transaction.run(
                    transaction.prepare(insert), parameters: [.text("1"), .json(.number("2"))]
                ).rows
            }
            #expect(result == [[.integer(1)], [.integer(2)]])
            #expect(await run("select count(*) from t;", on: database) == ["0"])
        }
    }

    @Test func aPreparedStatementOutlivesChangesOfTheCatalog() async throws {
        try await withDatabase { database, _ in
            _ = await run("create table t (a int); insert into t values (1);", on: database)
            let prepared = try database.prepare(try statement("select * from t"), session: Session())
            _ = await run("alter table t add column b int default 5;", on: database)
            let rows = try await database.read(Session()) { try $0.run(prepared).rows }
            #expect(rows == [[.integer(1), .integer(5)]])
        }
    }

    @Test func readersAndDefinitionsNeverMeetHalfway() async throws {
        try await withDatabase { database, _ in
            _ = await run("create table t (a int); insert into t values (1);", on: database)
            let select = try statement("select * from t")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 0..<30 {
                        let script = "alter table t add column c\(number) int default \(number);"
                        let result = await database.execute(script: script, session: Session())
                        #expect(result.isCommitted)
                    }
                }
                for _ in 0..<3 {
                    group.addTask {
                        for _ in 0..<100 {
                            try await database.read(Session()) { transaction in
                                let result = try transaction.run(transaction.prepare(select))
                                #expect(result.rows.count == 1)
                                #expect(result.rows[0].count == result.columns.count)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
