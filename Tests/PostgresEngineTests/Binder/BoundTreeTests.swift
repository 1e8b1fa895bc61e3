import PostgresSyntax
import PostgresTypes
import Testing

@testable import PostgresEngine

/// What binding makes of expressions and queries, node by node.
struct BoundTreeTests {
    private let catalog: TestCatalog
    private let tree: TreeText

    init() throws {
        catalog = try TestCatalog(
            script: """
                CREATE TYPE mood AS ENUM ('sad', 'happy');
                CREATE DOMAIN posint AS integer;
                CREATE DOMAIN label AS varchar(20);
                CREATE TABLE a (id integer PRIMARY KEY, name text, tag varchar(10), price numeric(10,2), m mood,
                    p posint, l label, tags text[], d date, at timestamptz, doc jsonb);
                CREATE TABLE b (id bigint, a_id integer, note text);
                CREATE VIEW v AS SELECT id, name FROM a WHERE price > 1;
                CREATE VIEW mine WITH (security_invoker = true) AS SELECT note FROM b;
                CREATE VIEW w AS SELECT v.name, mine.note FROM v, mine;
                """)
        tree = TreeText(catalog: catalog.snapshot)
    }

    @Test(arguments: [
        ("id + 1", "(0.0 +[integer,integer] 1:integer)"),
        ("id + '1'", "(0.0 +[integer,integer] 1:integer)"),
        ("price > id", "(0.3 >[numeric,numeric] numeric<numeric[integer]>(0.0))"),
        ("tag = 'x'", "(text<relabel>(0.2) =[text,text] 'x':text)"),
        ("tag || l", "(text<relabel>(0.2) ||[text,text] text<relabel>(0.6))"),
        ("m = 'sad'", "(0.4 =[anyenum,anyenum] 'sad':mood)"),
        ("-id", "(-[integer] 0.0)"),
        ("id::text", "text!<text>(0.0)"),
        ("id::varchar(3)", "character varying(3)!<length 7>(character varying!<text>(0.0))"),
        ("price::numeric(5,1)", "numeric(5,1)!<length 327685>(0.3)"),
        ("id::posint", "posint!<domain>(0.0)"),
        ("'7'::posint", "posint!<domain>(7:integer)"),
        ("p + 1", "(integer<relabel>(0.5) +[integer,integer] 1:integer)"),
        ("tags::varchar(3)[]", "character varying(3)[]!<each relabel then length 7>(0.7)"),
        ("'x' = ANY (tags)", "('x':text =[text,text] any 0.7)"),
        ("id IN (1, 2)", "(0.0 in =[integer,integer] 1:integer, 2:integer)"),
        ("id NOT IN (1, 2)", "(0.0 not in =[integer,integer] 1:integer, 2:integer)"),
        ("m IN ('sad', 'happy')", "(0.4 in =[anyenum,anyenum] 'sad':mood, 'happy':mood)"),
        ("id BETWEEN 1 AND 2", "((0.0 >=[integer,integer] 1:integer) and (0.0 <=[integer,integer] 2:integer))"),
        ("name IS DISTINCT FROM NULL", "0.1 is not null"),
        ("at > now()", "(0.9 >[timestamp with time zone,timestamp with time zone] now)"),
        ("doc ->> 'k'", "(0.10 ->>[jsonb,text] 'k':text)"),
        ("coalesce(price, 0)", "coalesce(0.3, numeric<numeric[integer]>(0:integer))"),
        (
            "jsonb_set(doc, '{k}', '1')",
            "jsonb_set[jsonb,text[],jsonb,boolean](0.10, '[\"k\"]':text[], '1':jsonb, 1:boolean)"
        ),
        ("concat(id, 'x')", "concat[\"any\"](0.0, 'x':unknown)"),
        ("(1, 'a') < (id, name)", "row(1:integer, 'a':text) < row(0.0, 0.1)"),
        ("tags[1]", "0.7[1:integer]"),
        ("a", "0.*"),
        ("$1", "$1:text"),
        ("id = $1", "(0.0 =[integer,integer] $1:integer)"),
        ("count(*) FILTER (WHERE id > 1)", "count[](*) filter (0.0 >[integer,integer] 1:integer)"),
        ("string_agg(name, ',' ORDER BY id DESC)", "string_agg[text,text](0.1, ',':text order 0.0 desc)"),
        ("row_number() OVER (PARTITION BY m ORDER BY id)", "row_number[]() over (0.4; 0.0)"),
        ("current_date", "date<date[timestamp with time zone]>(currentTimestamp)"),
        ("auth.uid()", "uid[]()"),
    ])
    func expressions(_ sql: String, _ expected: String) throws {
        guard case .query(let query) = try catalog.bind("SELECT \(sql) FROM a").body,
            case .select(let select) = query.body
        else { throw NotSelect() }
        #expect(tree.text(select.targets[0]) == expected)
    }

    private struct NotSelect: Error {}

    @Test(arguments: [
        (
            "SELECT (SELECT note FROM b WHERE a_id = a.id) FROM a",
            "subquery scalar{0.2 from b where (0.1 =[integer,integer] ^0.0)} from a"
        ),
        (
            "SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE EXISTS (SELECT 1 FROM b x WHERE x.a_id = a.id AND b.id = 1))",
            "0.0 from a where subquery exists{1:integer from b where subquery exists{1:integer from b where ((0.1 =[integer,integer] ^^0.0) and (^0.0 =[bigint,integer] 1:integer))}}"
        ),
        (
            "SELECT x.n FROM a, LATERAL (SELECT a.id AS n) x",
            "1.0 from a, lateral {^0.0}"
        ),
        (
            "SELECT t.x FROM a, unnest(a.tags) AS t(x)",
            "1.0 from a, unnest[anyarray](0.7)"
        ),
        (
            "WITH c AS (SELECT id FROM a) SELECT id FROM c WHERE id IN (SELECT id FROM c)",
            "0.0 from c where subquery 0.0 =[integer,integer] any{0.0 from ^c}"
        ),
        (
            "SELECT id FROM a JOIN b USING (id)",
            "1.0 from a, b"
        ),
        (
            "SELECT id FROM a RIGHT JOIN b USING (id)",
            "1.0 from a, b"
        ),
        (
            "SELECT id FROM a FULL JOIN b USING (id)",
            "coalesce(bigint<int8[integer]>(0.0), 1.0) from a, b"
        ),
        (
            "SELECT (SELECT id) FROM a FULL JOIN b USING (id)",
            "subquery scalar{coalesce(bigint<int8[integer]>(^0.0), ^1.0)} from a, b"
        ),
        (
            "SELECT tag FROM a UNION ALL SELECT NULL",
            "{0.2 from a} union all {NULL:character varying}"
        ),
        (
            "SELECT id FROM a WHERE tag IN (SELECT note FROM b)",
            "0.0 from a where subquery text<relabel>(0.2) =[text,text] any{0.2 from b}"
        ),
        (
            "SELECT id FROM a WHERE name IN (SELECT tag FROM a x)",
            "0.0 from a where subquery 0.1 =[text,text] any{text<relabel>(0.2) from a}"
        ),
        (
            "SELECT name FROM v",
            "0.1 from v={0.0, 0.1 from a where (0.3 >[numeric,numeric] numeric<numeric[integer]>(1:integer))}"
        ),
        (
            "VALUES (1, 'a'), (2.5, NULL)",
            "values (numeric<numeric[integer]>(1:integer), 'a':text), ('2.5':numeric, NULL:text)"
        ),
    ])
    func queries(_ sql: String, _ expected: String) throws {
        guard case .query(let query) = try catalog.bind(sql).body else { throw NotSelect() }
        #expect(tree.text(query) == expected)
    }

    @Test func insertConvertsToTheColumns() throws {
        guard
            case .insert(let insert) = try catalog.bind(
                "INSERT INTO a (price, tag, id) VALUES (1, 'long', DEFAULT) RETURNING id AS key"
            ).body, case .rows(let rows) = insert.source
        else { throw NotSelect() }
        #expect(insert.columns == [3, 2, 0])
        #expect(
            rows[0].map { $0.map(tree.text) } == [
                "numeric(10,2)<length 655366>(numeric<numeric[integer]>(1:integer))",
                "character varying(10)<length 14>('long':character varying)", nil,
            ])
        #expect(insert.returning.map(\.column) == [OutputColumn(name: "key", type: TypeReference(.int4))])
    }

    @Test func insertFromQueryConvertsAroundIt() throws {
        guard
            case .insert(let insert) = try catalog.bind("INSERT INTO a (price, m) SELECT id, 'sad' FROM b").body,
            case .query(let query) = insert.source
        else { throw NotSelect() }
        #expect(
            tree.text(query)
                == "numeric(10,2)<length 655366>(numeric<numeric[bigint]>(0.0)), 0.1 from {0.0, 'sad':mood from b}")
    }

    @Test func onConflictSeesBothRows() throws {
        guard
            case .insert(let insert) = try catalog.bind(
                "INSERT INTO a (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = excluded.name || a.name"
            ).body, let conflict = insert.onConflict
        else { throw NotSelect() }
        #expect(conflict.arbiters == ["a_pkey"])
        #expect(conflict.assignments?.map(\.column) == [1])
        #expect(conflict.assignments?.first?.value.map(tree.text) == "(1.1 ||[text,text] 0.1)")
    }

    @Test func modificationsCarryTheirWithClause() throws {
        guard
            case .update(let update) = try catalog.bind(
                "WITH c AS (SELECT a_id FROM b) UPDATE a SET name = 'x' FROM c WHERE c.a_id = a.id"
            ).body, case .subquery(let query, _) = update.ranges[1].source
        else { throw NotSelect() }
        #expect(query.commonTables.map(\.name) == ["c"])
        #expect(tree.text(query) == "0.0 from c")
    }

    @Test(arguments: [
        ("SELECT id, name FROM a WHERE price > 1", ["a select 0,1,3"]),
        ("SELECT count(*) FROM a", ["a select "]),
        ("SELECT * FROM b", ["b select 0,1,2"]),
        ("SELECT b FROM b", ["b select 0,1,2"]),
        ("SELECT (SELECT note FROM b WHERE a_id = a.id) FROM a", ["a select 0", "b select 1,2"]),
        ("SELECT 1 FROM a JOIN b USING (id)", ["a select 0", "b select 0"]),
        ("SELECT name FROM v", ["v select 1", "a select 0,1,3 as viewer"]),
        ("SELECT note FROM mine", ["mine select 0", "b select 2"]),
        (
            "SELECT name FROM w",
            [
                "w select 0", "v select 1 as viewer", "a select 0,1,3 as viewer", "mine select 0 as viewer",
                "b select 2",
            ]
        ),
        ("INSERT INTO b (id, note) VALUES (1, 'x')", ["b insert 0,2"]),
        ("INSERT INTO b (id) VALUES (1) RETURNING note", ["b select 2", "b insert 0"]),
        ("INSERT INTO b (id) SELECT id FROM a", ["a select 0", "b insert 0"]),
        (
            "INSERT INTO a (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = excluded.tag",
            ["a select 0,2", "a insert 0", "a update 1"]
        ),
        ("UPDATE b SET note = 'x'", ["b update 2"]),
        ("UPDATE b SET note = note || 'x' WHERE id = 1", ["b select 0,2", "b update 2"]),
        ("DELETE FROM b", ["b delete "]),
        ("DELETE FROM b USING a WHERE a.id = a_id", ["b select 1", "a select 0", "b delete "]),
    ])
    func accesses(_ sql: String, _ expected: [String]) throws {
        let found = try catalog.bind(sql).accesses.map { access in
            "\(catalog.snapshot[access.relation]?.name ?? "?") \(access.privilege) "
                + access.columns.sorted().map(String.init).joined(separator: ",")
                + (access.checkedAs.map { " as \($0)" } ?? "")
        }
        #expect(Set(found) == Set(expected))
        #expect(found.count == expected.count)
    }

    @Test(arguments: [
        "SELECT 1 FROM pg_stat_activity", "SELECT 1 FROM pg_catalog.pg_stat_activity",
        "SELECT pg_ls_dir('a')", "SELECT 1 INTO x FROM b", "UPDATE v SET name = 'x'",
        "SELECT xmin FROM b",
    ])
    func whatIsNotImplementedIsRefusedByName(_ sql: String) throws {
        let error = #expect(throws: PostgresError.self) { try catalog.bind(sql) }
        #expect(error?.code == "0A000")
    }

    @Test func errorsPointAtTheirPlace() throws {
        let error = #expect(throws: PostgresError.self) { try catalog.bind("SELECT id, nam FROM a") }
        #expect(error?.position == 12)
    }

    @Test func storedExpressionsSeeTheirTable() throws {
        let table = try #require(catalog.snapshot.relation("public", "a")?.id)
        let check = try catalog.binder.bindCondition(Script.parseExpression("price > 0"), overTable: table)
        #expect(tree.text(check) == "(0.3 >[numeric,numeric] numeric<numeric[integer]>(0:integer))")
        let value = try catalog.binder.bindExpression(
            Script.parseExpression("'x'"),
            target: OutputColumn(name: "tag", type: TypeReference(.varchar, modifier: 14)),
            purpose: .columnDefault)
        #expect(tree.text(value) == "character varying(10)<length 14>('x':character varying)")
        let wrong = #expect(throws: PostgresError.self) {
            try catalog.binder.bindExpression(
                Script.parseExpression("now()"), target: OutputColumn(name: "id", type: TypeReference(.int4)),
                purpose: .columnDefault)
        }
        #expect(
            wrong?.message
                == "column \"id\" is of type integer but default expression is of type timestamp with time zone")
    }
}
