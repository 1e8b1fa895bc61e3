"""Queries: windows by function and frame, CTEs, joins, grouping, sets, subqueries, and views with writes through them."""

from case import Stratum

SCHEMA = """create schema shop; set local search_path to shop, public;
create table people (id int primary key, name text not null, boss int references people, pay numeric(8,2), joined date);
create table orders (id int primary key, person int references people, amount numeric, placed timestamptz, tags text[], extra jsonb);
insert into people values (1, 'Ada', null, 5000, '2020-01-15'), (2, 'Bo', 1, 3000.50, '2021-03-01'), (3, 'Cy', 1, 3000.50, null), (4, 'Di', 2, null, '2022-07-31'), (5, 'Émile', 2, 1200, '2022-07-31');
insert into orders values (1, 1, 10.5, '2024-01-01 10:00+00', '{a,b}', '{"k": 1}'), (2, 1, 20, '2024-01-02 10:00+00', '{b}', null), (3, 2, null, '2024-01-02 11:00+00', null, '{"k": 2, "l": [1]}'), (4, 4, 99.99, null, '{}', '[]'), (5, null, 7, '2024-02-01 00:00+00', '{c}', '{}'), (6, 4, 10.5, '2024-02-03 00:00+00', null, '{"k": null}');
create view rich as select id, name, pay from people where pay > 2000;
create view checked as select id, name, pay from people where pay > 2000 with check option;
create view totals as select p.id, p.name, count(o.id) as n, sum(o.amount) as total from people p left join orders o on o.person = p.id group by p.id;
create view renamed (key, label) as select id, upper(name) from people;
create materialized view kept as select person, count(*) as n from orders group by person;"""
FUNCTIONS = ["row_number()", "rank()", "dense_rank()", "percent_rank()", "cume_dist()", "ntile(2)", "lag(pay)", "lead(name, 2, 'none')", "first_value(name)", "last_value(name)", "nth_value(name, 2)", "sum(pay)", "avg(pay)", "count(*)", "max(joined)", "string_agg(name, ',')", "array_agg(id)", "sum(pay) filter (where id > 2)", "lag(pay, -1)", "ntile(0)", "nth_value(name, 0)", "lower(name)", "sum(distinct pay)"]  # fmt: skip
WINDOWS = ["order by id", "order by pay, id", "partition by boss order by id", "partition by boss", "", "order by id rows between 1 preceding and 1 following", "order by pay nulls first range between unbounded preceding and current row", "order by id groups between 1 preceding and current row", "order by id rows between unbounded preceding and unbounded following exclude current row", "order by id range between 1 preceding and 1 following", "order by name range between 1 preceding and 1 following", "order by id rows between 1 following and 1 preceding", "order by id desc rows 2 preceding"]  # fmt: skip
JOINS = ["join", "left join", "right join", "full join", "cross join", "natural join"]
CONDITIONS = [
    "on o.person = p.id",
    "using (id)",
    "on p.id = o.id and o.amount > 10",
    "on true",
    "",
    "using (nothing)",
    "on p.nothing = 1",
]
GROUPS = ["person", "person, tags", "rollup (person)", "cube (person, amount)", "grouping sets ((person), ())", "1", "extract(month from placed)", "nothing", ""]  # fmt: skip
AGGREGATES = ["count(*)", "count(amount), sum(amount)", "avg(amount)", "min(placed), max(amount)", "array_agg(id order by id desc)", "string_agg(id::text, '-' order by id)", "jsonb_agg(extra order by id)", "json_object_agg(id, amount order by id)", "bool_and(amount > 10)", "count(distinct amount)", "sum(amount) filter (where id > 2)", "percentile_cont(0.5) within group (order by amount)", "mode() within group (order by amount)", "stddev(amount)", "id", "sum(count(*))", "max(tags)", "grouping(person)"]  # fmt: skip
SETS = ["union", "union all", "intersect", "except", "intersect all", "except all"]
SIDES = ["select id from people", "select person from orders", "select name from people", "values (1), (2), (2)", "select null", "select 1, 2", "select amount from orders", "select '1'", "select pay from people where id < 4"]  # fmt: skip
CTES = [
    "with x as (select * from people where id < 3) select name from x order by id",
    "with x(a, b) as (values (1, 'x'), (2, 'y')) select b, a from x order by a desc",
    "with x(a) as (values (1, 'x')) select * from x",
    "with x(a, b, c) as (values (1, 'x')) select * from x",
    "with recursive n(i) as (values (1) union all select i + 1 from n where i < 5) select sum(i), max(i) from n",
    "with recursive n(i) as (values (1) union select (i + 1) % 4 from n) select i from n order by i",
    "with recursive up as (select id, name, boss, 0 as depth from people where id = 5 union all select p.id, p.name, p.boss, depth + 1 from people p join up on p.id = up.boss) select name, depth from up order by depth",
    "with recursive down(id, path) as (select id, array[id] from people where boss is null union all select p.id, path || p.id from people p join down d on p.boss = d.id) select * from down order by path",
    "with recursive n(i) as (select 1 union all select i + 0.5 from n where i < 3) select * from n",
    "with recursive n(i) as (select i from n) select * from n",
    "with a as (select 1 as x), b as (select x + 1 as y from a) select x, y from a, b",
    "with b as (select x from a), a as (select 1 as x) select * from b",
    "with x as (select 1), x as (select 2) select * from x",
    "with x as materialized (select id from people) select count(*) from x",
    "with recursive n as (select 1 as i union all select i + 1 from n where i < 3) search depth first by i set o select i from n order by i",
    "with recursive g(f, t) as (select 1, 2 union all select t, f from g) cycle f set looped using path select f, t, looped from g",
    "with x as (select id, row_number() over (order by pay desc nulls last, id) as r from people) select id from x where r = 2",
    "with x as (insert into shop.people values (20, 'New') returning id) select id from x",
    "select * from (with x as (select 7 as seven) select seven from x) q",
    "select (with x as (select max(id) as m from people) select m from x) as m",
]
SUBQUERIES = ["(select max(amount) from orders o where o.person = p.id)", "exists (select 1 from orders o where o.person = p.id and amount > 15)", "p.id in (select person from orders)", "p.id not in (select person from orders)", "p.pay > all (select pay from people where boss = 2)", "p.pay = any (select pay from people q where q.id <> p.id)", "(select id from people)", "(select id, name from people where id = 1)", "(p.id, p.name) in (select id, name from people where id < 3)", "array(select o.id from orders o where o.person = p.id order by 1)", "(select count(*) from orders where person = p.id)", "(select sum(p.pay))", "p.id in (1, null)", "p.id between symmetric 4 and 2", "row(p.id, p.boss) is null", "p.* is not null", "p is distinct from p", "(select q from people q where q.id = p.id)", "coalesce(p.pay, p.name)", "case p.id when 1 then 'one' when 2 then 2 end", "case when p.id = 1 then 1 / 0 else p.id end", "p.nothing", "q.id", "p.id::text || p.name", "p.id || null", "(p).name", "(p).nothing", "(array[p.id, p.boss])[2]"]  # fmt: skip
CLAUSES = ["order by pay, id", "order by pay desc, name", "order by 2 desc, 1", "order by pay nulls first, id", "order by name collate \"C\"", "order by lower(name) desc", "order by nothing", "order by 9", "order by id limit 2", "order by id limit 2 offset 3", "order by id offset -1", "order by id limit -1", "order by id limit null", "order by id fetch first 2 rows only", "order by boss fetch first 1 row with ties", "where name like '%i%' order by id", "where name ilike 'é%' order by id", "where name ~ '^[A-C]' order by id", "where pay order by id", "where id = 'x'", "where id = '2'", "where joined > '2021-02-30'", "where joined > '2021-01-01' order by id", "where count(*) > 1", "where id > 1 group by id having count(*) = 1 order by id", "limit 1 for update", "order by joined desc nulls last, id", "where boss = any ('{1,2}') order by id", "where (id, boss) > (2, 1) order by id"]  # fmt: skip
LATERALS = [
    "select p.name, o.* from people p cross join lateral (select id, amount from orders where person = p.id order by amount desc nulls last limit 1) o order by p.id",
    "select p.name, t.tag from people p left join orders o on o.person = p.id left join lateral unnest(o.tags) as t(tag) on true order by p.id, o.id, tag",
    "select o.id, e.key, e.value from orders o, jsonb_each(case when jsonb_typeof(extra) = 'object' then extra else '{}' end) e order by o.id, e.key",
    "select p.id, s from people p, generate_series(1, p.id) s where p.id < 4 order by 1, 2",
    "select * from people p, (select id from orders where person = p.id) o",
    "select distinct on (person) person, id, amount from orders order by person, amount desc nulls last",
    "select distinct on (person) person, id from orders order by id",
    "select distinct amount from orders order by amount",
    "select distinct amount from orders order by id",
    "select * from generate_series(1, 3) with ordinality as g(a, n)",
    "select * from rows from (generate_series(1, 2), unnest(array['a','b','c'])) as r(a, b)",
    'select * from json_to_recordset(\'[{"a":1,"b":"x"},{"a":2}]\') as r(a int, b text)',
    "select * from people tablesample bernoulli (100) order by id",
    "table people order by id",
    "select people from people order by id limit 1",
    "select count(*), person from orders",
    "select * from people, people",
    "select p.* from people",
    "select * from (values (1, 'a'), (2)) v",
    "select * from (select 1) ",
    "select sum(amount) over w, rank() over w from orders window w as (order by amount, id) order by id",
    "select sum(amount) over nowhere from orders",
    "select rank() over (order by amount) from orders where rank() over (order by amount) = 1",
]
WRITES = [
    "insert into rich values (30, 'Fay', 1000)", "insert into checked values (31, 'Gus', 1000)", "insert into checked values (32, 'Hal', 9000)",
    "insert into totals values (1, 'x')", "insert into renamed values (40, 'x')", "insert into renamed (key) values (41)", "insert into kept values (1, 1)",
    "update rich set pay = pay + 1", "update rich set pay = 1 where id = 1", "update checked set pay = 1 where id = 1", "update checked set pay = 8000 where id = 2",
    "update totals set name = 'x'", "update renamed set key = key + 100 where key = 3", "update renamed set label = 'x'", "update rich set nothing = 1",
    "delete from rich where id = 3", "delete from checked where pay < 0", "delete from totals", "delete from renamed where key = 5", "delete from kept",
    "truncate rich", "alter view rich rename column pay to wage", "create or replace view rich as select id from people", "create or replace view rich as select id, name, pay, joined from people",
    "create view rich as select 1", "drop view nothing", "drop table people", "drop view rich cascade", "alter table people drop column pay", "alter table people alter column pay type int",
    "refresh materialized view kept", "refresh materialized view rich", "create view v as select nothing from people", "create view v as select id, id from people", "create view v (a, b, c) as select 1, 2", "create unique index on kept (person)", "create view v as select 1 as one with check option",
    "update people p set pay = o.amount from orders o where o.person = p.id and o.id = 2", "update people set (pay, joined) = (select 1, date '2024-01-01') where id = 5", "delete from orders o using people p where o.person = p.id and p.name = 'Di'",
    "with gone as (delete from orders where amount = 10.5 returning id) insert into people select id + 50, 'from ' || id from gone", "with x as (update people set pay = 0 where id < 3 returning *) update orders set amount = 0 where person in (select id from x)",
    "insert into people select id + 60, name from people where boss = 1", "insert into people (id, name) values (70, 'a'), (71)", "insert into people (id, id) values (1, 2)", "update people set pay = 1, pay = 2", "insert into people values (80, 'z', 99)",
]  # fmt: skip


def fill(stratum: Stratum, ask) -> None:
    path = "set local search_path to shop, public; "
    stratum.add(f"{SCHEMA} select count(*)::text from people", "set up")

    def query(text: str) -> None:
        stratum.query(text, before=path)

    for function in FUNCTIONS:
        for window in stratum.sample(WINDOWS, 4):
            query(f"select id, {function} over ({window}) as v from people order by id")
    for join in JOINS:
        for condition in stratum.sample(CONDITIONS, 4):
            query(
                f"select p.id as p, o.id as o from people p {join} orders o {condition} order by 1 nulls last, 2 nulls last"
            )
    for group in GROUPS:
        for aggregate in stratum.sample(AGGREGATES, 5):
            tail = f"group by {group}" if group else ""
            query(f"select q.* from (select {aggregate} from orders {tail}) q order by q::text")
    for name in SETS:
        for left, right in stratum.sample([(a, b) for a in SIDES for b in SIDES], 8):
            query(f"{left} {name} {right} order by 1")
    for text in [*CTES, *LATERALS]:
        query(text)
    for expression in SUBQUERIES:
        query(f"select p.id, {expression} as v from people p order by p.id")
        query(f"select p.id from people p where {expression} order by p.id")
    for clause in CLAUSES:
        query(f"select id, name, pay from people {clause}")
    for name in ["rich", "checked", "totals", "renamed", "kept"]:
        query(f"select * from {name} order by 1")
        query(f"select id from {name} order by 1")
    everything = "select json_build_array((select json_agg(p order by id) from people p), (select json_agg(o order by id) from orders o))::text"
    for number, statement in enumerate(WRITES):
        # A schema of its own, so that no write is seen by another.
        mine = SCHEMA.replace("shop", f"shop_{number}")
        stratum.add(f"{mine} {statement.replace('shop.', '')}; {everything}", f"write: {statement}")
