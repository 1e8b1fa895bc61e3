import PostgresSyntax
import Testing

@Suite struct QueryLoweringTests {
    @Test(arguments: Self.queries)
    func queriesKeepTheirClauses(_ test: LoweringCase) throws {
        #expect(describe(try Script.parseSingle(test.sql)) == test.expected)
    }

    @Test(arguments: Self.modifications)
    func modificationsKeepTheirClauses(_ test: LoweringCase) throws {
        #expect(describe(try Script.parseSingle(test.sql)) == test.expected)
    }

    /// SELECT, VALUES, set operations, FROM.
    private static let queries = [
        LoweringCase("select", "select(select())"),
        LoweringCase("select a as x, b y, t.*", "select(select(targets: [a as x, b as y, t.*]))"),
        LoweringCase("select distinct a from t", "select(select(distinct: .all, targets: [a], from: [relation(t)]))"),
        LoweringCase(
            "select distinct on (a) a from t",
            "select(select(distinct: on([a]), targets: [a], from: [relation(t)]))"),
        LoweringCase(
            "select 1 from s.t as x (c, d), u",
            "select(select(targets: [1], from: [relation(s.t, alias: (name: 'x', columns: [c d])), relation(u)]))"),
        LoweringCase(
            "select 1 from a join b on a.x = b.x",
            "select(select(targets: [1], from: [join(.inner, left: relation(a), right: relation(b), condition: on(operation(=, left: a.x, right: b.x)))]))"
        ),
        LoweringCase(
            "select 1 from a left join b using (x, y)",
            "select(select(targets: [1], from: [join(.left, left: relation(a), right: relation(b), condition: using([x y]))]))"
        ),
        LoweringCase(
            "select 1 from a natural full join b",
            "select(select(targets: [1], from: [join(.full, left: relation(a), right: relation(b), condition: .natural)]))"
        ),
        LoweringCase(
            "select 1 from a cross join b right join c on true",
            "select(select(targets: [1], from: [join(.right, left: join(.inner, left: relation(a), right: relation(b), condition: .cross), right: relation(c), condition: on(true))]))"
        ),
        LoweringCase(
            "select 1 from (a join b on true) as j",
            "select(select(targets: [1], from: [join(.inner, left: relation(a), right: relation(b), condition: on(true), alias: (name: 'j'))]))"
        ),
        LoweringCase(
            "select 1 from (select 1) x, lateral (select 2) y",
            "select(select(targets: [1], from: [subquery((select(targets: [1])), alias: (name: 'x')), subquery((select(targets: [2])), alias: (name: 'y'), isLateral: true)]))"
        ),
        LoweringCase(
            "select 1 from f(1) as x",
            "select(select(targets: [1], from: [functions([(name: [f], arguments: [1])], alias: (name: 'x'))]))"),
        LoweringCase(
            "select 1 from f(1) with ordinality as t(a,b)",
            "select(select(targets: [1], from: [functions([(name: [f], arguments: [1])], alias: (name: 't', columns: [a b]), withOrdinality: true)]))"
        ),
        LoweringCase(
            "select 1 from rows from (f(1), g(2))",
            "select(select(targets: [1], from: [functions([(name: [f], arguments: [1]), (name: [g], arguments: [2])])]))"
        ),
        LoweringCase(
            "select 1 from json_to_record(x) as t(a int, b text[])",
            "select(select(targets: [1], from: [functions([(name: [json_to_record], arguments: [x])], alias: (name: 't'), columns: [(name: 'a', type: pg_catalog.int4), (name: 'b', type: text[])])]))"
        ),
        LoweringCase(
            "select 1 from t where a group by a, 2 having c",
            "select(select(targets: [1], from: [relation(t)], filter: a, groupBy: [a, 2], having: c))"),
        LoweringCase(
            "select sum(a) over w from t window w as (order by b)",
            "select(select(targets: [call(name: [sum], arguments: [a], window: (reference: 'w'))], from: [relation(t)], windows: [(name: 'w', order: [(value: b)])]))"
        ),
        LoweringCase(
            "select 1 order by a, b desc, c asc nulls first, d desc nulls last",
            "select(select(targets: [1]), order: [(value: a), (value: b, isDescending: true), (value: c, nullsFirst: true), (value: d, isDescending: true, nullsFirst: false)])"
        ),
        LoweringCase("select 1 limit 1 offset 2", "select(select(targets: [1]), limit: 1, offset: 2)"),
        LoweringCase("select 1 limit all", "select(select(targets: [1]))"),
        LoweringCase("select 1 fetch first 3 rows only", "select(select(targets: [1]), limit: 3)"),
        LoweringCase(
            "select 1 order by a fetch first 3 rows with ties",
            "select(select(targets: [1]), order: [(value: a)], limit: withTies(3))"),
        LoweringCase(
            "select 1 from t for update of t skip locked",
            "select(select(targets: [1], from: [relation(t)]), locking: [for update skip locked], lockedTables: [[t]])"),
        LoweringCase(
            "select 1 union all select 2 union select 3",
            "select(setOperation(.union, left: (setOperation(.union, all: true, left: (select(targets: [1])), right: (select(targets: [2])))), right: (select(targets: [3]))))"
        ),
        LoweringCase(
            "(select 1 order by 1) except all select 2 intersect select 3",
            "select(setOperation(.except, all: true, left: (select(targets: [1]), order: [(value: 1)]), right: (setOperation(.intersect, left: (select(targets: [2])), right: (select(targets: [3]))))))"
        ),
        LoweringCase(
            "with a(b) as materialized (select 1), c as (delete from d returning *) select 1",
            "select(select(targets: [1]), with: (tables: [(name: 'a', columns: [b], statement: select(select(targets: [1]))), (name: 'c', statement: delete(table: d, returning: [*]))]))"
        ),
        LoweringCase(
            "with recursive a as (select 1 union all select a from a) select * from a",
            "select(select(targets: [*], from: [relation(a)]), with: (isRecursive: true, tables: [(name: 'a', statement: select(setOperation(.union, all: true, left: (select(targets: [1])), right: (select(targets: [a], from: [relation(a)])))))]))"
        ),
        LoweringCase("values (1, default), (2, 3)", "select(values([[1, .defaultValue], [2, 3]]))"),
        LoweringCase("table foo", "select(select(targets: [*], from: [relation(foo)]))"),
        LoweringCase("select 1 from only t", "select(select(targets: [1], from: [unsupported('ONLY')]))"),
        LoweringCase(
            "select 1 from t tablesample other (1)",
            "select(select(targets: [1], from: [unsupported('TABLESAMPLE other')]))"),
        LoweringCase(
            "select 1 from a join b using (x) as j",
            "select(select(targets: [1], from: [unsupported('JOIN … USING (…) AS alias')]))"),
        LoweringCase(
            "select 1 group by grouping sets ((a), ())",
            "select(select(targets: [1], groupBy: [a], groupingSets: [[a], []]))"),
        LoweringCase(
            "select 1 group by a, rollup ((b, c), d)",
            "select(select(targets: [1], groupBy: [a, b, c, d], groupingSets: [[a, b, c, d], [a, b, c], [a]]))"),
        LoweringCase(
            "select 1 group by cube (a, b)",
            "select(select(targets: [1], groupBy: [a, b], groupingSets: [[a, b], [a], [b], []]))"),
        LoweringCase(
            "merge into t using s x on t.a = x.a when matched and b then delete when not matched then insert (a) values (1)",
            "merge(table: t, source: relation(s, alias: (name: 'x')), condition: operation(=, left: t.a, right: x.a), clauses: [(isMatched: true, condition: b, action: .delete), (action: insert(columns: [a], values: [1]))])"
        ),
        LoweringCase("set constraints a, s.b deferred", "setConstraints([a, s.b], isDeferred: true)"),
        LoweringCase("analyze t", "withoutEffect(tag: 'ANALYZE', relations: [t])"),
        LoweringCase("lock table a, b", "withoutEffect(tag: 'LOCK TABLE', relations: [a, b])"),
        LoweringCase("select 1 into x", "createTableAs(name: x, query: (select(targets: [1])), withData: true)"),
    ]

    /// INSERT, UPDATE, DELETE.
    private static let modifications = [
        LoweringCase(
            "insert into s.t as x (a, b) values (1, default) returning a as b, *",
            "insert(table: s.t, alias: 'x', columns: [a b], source: (values([[1, .defaultValue]])), returning: [a as b, *])"
        ),
        LoweringCase("insert into t default values", "insert(table: t)"),
        LoweringCase(
            "insert into t overriding system value select 1",
            "insert(table: t, source: (select(targets: [1])), overriding: .system)"),
        LoweringCase(
            "insert into t values (1) on conflict do nothing",
            "insert(table: t, source: (values([[1]])), onConflict: (target: .any))"),
        LoweringCase(
            "insert into t values (1) on conflict on constraint c do nothing",
            "insert(table: t, source: (values([[1]])), onConflict: (target: constraint('c')))"),
        LoweringCase(
            #"insert into t values (1) on conflict (a, lower(b) collate "C") where c do update set a = excluded.a, f = default where x"#,
            "insert(table: t, source: (values([[1]])), onConflict: (target: columns([a, collate(call(name: [lower], arguments: [b]), [C])], filter: c), assignments: [(column: 'a', value: excluded.a), (column: 'f', value: .defaultValue)], filter: x))"
        ),
        LoweringCase(
            "with x as (select 1) insert into t select 1 from x",
            "insert(table: t, source: (select(targets: [1], from: [relation(x)])), with: (tables: [(name: 'x', statement: select(select(targets: [1])))]))"
        ),
        LoweringCase(
            "insert into t values (1) on conflict (a text_ops) do nothing",
            "unsupported(tag: 'an operator class in ON CONFLICT')"),
        LoweringCase(
            "insert into t (a[1], b) values (1, 2)",
            "insert(table: t, columns: [a b], parts: [[subscripts([(upper: 1)])], []], source: (values([[1, 2]])))"),
        LoweringCase(
            "update t set a = 1, b = default",
            "update(table: t, assignments: [(column: 'a', value: 1), (column: 'b', value: .defaultValue)])"),
        LoweringCase(
            "with x as (select 1) update s.t as y set a = 1 from u where y.a = u.a returning y.*",
            "update(table: s.t, alias: 'y', assignments: [(column: 'a', value: 1)], from: [relation(u)], filter: operation(=, left: y.a, right: u.a), returning: [y.*], with: (tables: [(name: 'x', statement: select(select(targets: [1])))]))"
        ),
        LoweringCase(
            "update t set (a, b) = (1, default)",
            "update(table: t, assignments: [(column: 'a', value: 1), (column: 'b', value: .defaultValue)])"),
        LoweringCase(
            "update t set (a, b) = row(1, 2)",
            "update(table: t, assignments: [(column: 'a', value: 1), (column: 'b', value: 2)])"),
        LoweringCase(
            "update t set (a, b) = (select 1, 2)",
            "update(table: t, assignments: [(column: 'a', value: subquery(.scalar, (select(targets: [1])))), (column: 'b', value: subquery(.scalar, (select(targets: [2]))))])"
        ),
        LoweringCase(
            "update t set a[1] = 2",
            "update(table: t, assignments: [(column: 'a', part: [subscripts([(upper: 1)])], value: 2)])"),
        LoweringCase(
            "update t set a.b[1][2:] = 2",
            "update(table: t, assignments: [(column: 'a', part: [field('b'), subscripts([(upper: 1), (lower: 2, isSlice: true)])], value: 2)])"
        ),
        LoweringCase("update only t set a = 1", "unsupported(tag: 'ONLY')"),
        LoweringCase("delete from t", "delete(table: t)"),
        LoweringCase(
            "delete from t as y using u, v where a returning 1",
            "delete(table: t, alias: 'y', using: [relation(u), relation(v)], filter: a, returning: [1])"),
        LoweringCase(
            "delete from t where current of c",
            "delete(table: t, filter: operation(=, left: ctid, right: call(name: [pg_catalog emulator_current_of], arguments: [cast('c', pg_catalog.refcursor), tableoid])))"
        ),
    ]
}
