"""DML under constraints: every kind of constraint, met and violated by INSERT, UPDATE, DELETE, upserts and MERGE.

A scenario is a schema of its own; its steps run one after the other and each shows what it returns and what the table
holds then, so that a lost or a forbidden write is seen by all that follows.
"""

from dataclasses import dataclass

from case import Stratum


@dataclass
class Scenario:
    """A table `t` with a key `id`, and values for its other columns as (fits, violates)."""

    name: str
    columns: str
    # The values after id, for rows 1, 2 and 3.
    rows: list[str]
    # Rows of the same shape that break something, or nearly.
    broken: list[str]
    # Assignments for UPDATE, good and bad.
    sets: list[str]
    before: str = ""


PARENT = (
    "create table p (id int primary key, name text unique); insert into p values (1, 'one'), (2, 'two'), (3, 'three');"
)
SCENARIOS = [
    Scenario("check", "v int check (v > 0), w text constraint short check (length(w) < 4)", ["1, 'a'", "2, 'b'", "null, null"], ["0, 'a'", "-1, 'long text'", "1, 'long text'", "'x', 'a'", "1, 2, 3"], ["v = v - 1", "w = w || 'xyz'", "v = null", "w = repeat('é', 4)", "v = 0 where id = 2"]),
    Scenario("table check", "v int, w int, constraint ordered check (v <= w), check (v + w <> 13)", ["1, 2", "3, 3", "null, 4"], ["2, 1", "6, 7", "null, null", "2147483647, 2147483647"], ["w = v", "v = w + 1", "w = 12 - v", "v = 9, w = 8", "v = 13 - w"]),
    Scenario("not null", "v int not null, w text not null default 'd'", ["1, 'a'", "2, 'b'", "3, 'c'"], ["null, 'a'", "1, null", "default, 'a'", "4, default"], ["v = null", "w = default", "w = null where id = 1", "v = v * 2"]),
    Scenario("unique", "v text unique, w int", ["'a', 1", "'b', 2", "null, 3"], ["'a', 9", "null, 9", "'A', 9", "'b', null", "'', 1"], ["v = 'a'", "v = v || 'x'", "v = null", "v = 'b' where id = 1", "v = 'z' where id = 3"]),
    Scenario("unique together", "v int, w text, unique (v, w)", ["1, 'a'", "1, 'b'", "null, 'a'"], ["1, 'a'", "null, 'a'", "2, 'a'", "1, null"], ["v = 1", "w = 'a'", "v = v + 1", "w = 'a' where id = 2"]),
    Scenario("nulls not distinct", "v int, w text, unique nulls not distinct (v)", ["1, 'a'", "2, 'b'", "null, 'c'"], ["null, 'd'", "1, 'd'", "3, 'd'"], ["v = null", "v = v + 10", "v = null where id = 1"]),
    Scenario("foreign key", "v int references p, w text references p (name)", ["1, 'one'", "2, null", "null, 'two'"], ["9, 'one'", "1, 'nine'", "null, null", "3, 'One'"], ["v = 9", "v = 3", "w = 'none'", "v = null, w = null", "w = 'three' where id = 1"], PARENT),
    Scenario("foreign key cascade", "v int references p on delete cascade on update cascade, w int default 5", ["1, 1", "2, 2", "2, 3"], ["9, 1", "null, 1", "3, default"], ["v = 1", "v = -1", "w = null"], PARENT),
    Scenario("foreign key set null", "v int references p on delete set null on update set null, w int", ["1, 1", "2, 2", "3, 3"], ["4, 1", "'x', 1"], ["v = id", "v = 7 where id = 3"], PARENT),
    Scenario("foreign key set default", "v int default 3 references p on delete set default, w int", ["1, 1", "2, 2", "3, 3"], ["4, 1", "default, 7"], ["v = default", "v = 0"], PARENT),
    Scenario("foreign key not null", "v int not null references p on delete set null, w int", ["1, 1", "2, 2", "3, 3"], ["null, 1", "4, 4"], ["v = null", "v = 1"], PARENT),
    Scenario("foreign key restrict", "v int references p on delete restrict on update restrict, w int", ["1, 1", "2, 2", "null, 3"], ["4, 1"], ["v = 3", "v = 4"], PARENT),
    Scenario("foreign key match full", "v int, w text, foreign key (v, w) references q (a, b) match full on delete cascade", ["1, 'a'", "2, 'b'", "null, null"], ["1, null", "null, 'a'", "1, 'b'", "3, 'a'"], ["v = null", "v = 2, w = 'b'", "w = 'x' where id = 1"], PARENT + "create table q (a int, b text, primary key (a, b)); insert into q values (1, 'a'), (2, 'b');"),
    Scenario("foreign key to itself", "v int references t, w int", ["null, 1", "1, 2", "2, 3"], ["99, 1", "4, 1"], ["v = id", "v = 77", "v = null where id = 2"]),
    Scenario("deferrable", "v int unique deferrable, w int references p deferrable initially deferred", ["1, 1", "2, 2", "3, 3"], ["1, 1", "4, 9", "9, null"], ["v = v + 1", "v = 4 - v", "w = 9", "v = 1"], PARENT),
    Scenario("domain", "v positive, w code not null default 'AB'", ["1, 'AA'", "2, 'BB'", "null, 'CC'"], ["0, 'AA'", "1, 'abc'", "1, null", "'x', 'AA'", "1, default"], ["v = v - 1", "w = lower(w)", "v = -v", "w = null"], "create domain positive as int check (value > 0); create domain code as text check (value ~ '^[A-Z]{2}$');"),
    Scenario("enum", "v mood default 'ok', w mood[]", ["'ok', '{sad}'", "'sad', '{}'", "null, null"], ["'angry', null", "'ok', '{what}'", "default, '{ok,sad}'", "1, null"], ["v = 'happy'", "v = 'Happy'", "w = array_append(w, v)", "w = '{happy,nope}'"], "create type mood as enum ('sad', 'ok', 'happy');"),
    Scenario("generated", "v int, w int generated always as (v * 2) stored check (w < 20)", ["1, default", "2, default", "null, default"], ["10, default", "1, 2", "9, default", "2147483647, default"], ["v = v + 1", "v = 10", "w = 4", "w = default", "v = 1073741824"]),
    Scenario("identity", "v int generated always as identity, w int generated by default as identity (start 10 increment 5)", ["default, default", "default, 7", "default, default"], ["5, 5", "default, null", "null, 1", "default, 10"], ["v = 5", "v = default", "w = w + 1", "w = null"]),
    Scenario("types", "v varchar(3), w numeric(4,2)", ["'abc', 1.005", "'', -99.99", "null, null"], ["'abcd', 1", "'abc   ', 1", "'a', 100", "'a', 'x'", "'a', 99.995", "1, '1.5'"], ["v = v || v", "w = w * 100", "v = 'ab'", "w = 'NaN'", "w = 'Infinity'"]),
    Scenario("exclude", "v int4range, w int, exclude using gist (v with &&)", ["'[1,3)', 1", "'[3,5)', 2", "'empty', 3"], ["'[2,4)', 9", "'[5,6)', 9", "null, 9", "'[5,1)', 9"], ["v = '[2,3)'", "v = '[100,)' where id = 1", "v = null"]),
    Scenario("partial unique", "v text, w boolean", ["'a', true", "'b', true", "'a', false"], ["'a', true", "'a', false", "null, true", "'b', null"], ["w = true", "v = 'b'", "w = not w", "v = upper(v)"], ""),
]  # fmt: skip
AFTER = {"partial unique": "create unique index only_true on t (lower(v)) where w;"}
CONFLICTS = ["on conflict do nothing", "on conflict (id) do nothing", "on conflict (id) do update set v = excluded.v, w = excluded.w", "on conflict (id) do update set w = t.w where t.id > 1", "on conflict (v) do update set w = excluded.w", "on conflict (nope) do nothing", "on conflict on constraint t_pkey do update set id = excluded.id + 10", "on conflict do update set w = 1"]  # fmt: skip


def fill(stratum: Stratum, ask) -> None:
    for scenario in SCENARIOS:
        _play(stratum, scenario)


def _play(stratum: Stratum, scenario: Scenario) -> None:
    schema = "dml_" + scenario.name.replace(" ", "_")
    prelude = f"set local search_path to {schema}, public; "
    show = "; select (select coalesce(json_agg(row_to_json(t) order by id), '[]')::text from t)"
    state = show + (
        " || (select json_agg(row_to_json(p) order by id)::text from p)" if "create table p" in scenario.before else ""
    )

    def step(sql: str) -> None:
        stratum.add(f"{prelude}{sql}{state}", f"{scenario.name}: {sql}")

    def returning(sql: str) -> None:
        stratum.add(f"{prelude}with x as ({sql} returning *) select row_to_json(x)::text from x order by id", f"{scenario.name}: {sql} returning *")  # fmt: skip

    after = AFTER.get(scenario.name, "")
    rows = ", ".join(f"({key}, {row})" for key, row in enumerate(scenario.rows, 1))
    table = f"create table t (id int primary key, {scenario.columns});{after}"
    stratum.add(
        f"create schema {schema}; {prelude}{scenario.before}{table} insert into t values {rows}{show}",
        f"{scenario.name}: set up",
    )
    for key, row in enumerate(scenario.broken, 10):
        step(f"insert into t values ({key}, {row})")
    # One bad row undoes the others of its statement.
    step(f"insert into t values (50, {scenario.rows[0]}), (51, {scenario.broken[0]})")
    step(f"insert into t values (1, {scenario.rows[1]})")
    step("insert into t (v) values (null)")
    for assignment in scenario.sets:
        step(f"update t set {assignment}")
    for clause in stratum.sample(CONFLICTS, 4):
        row = stratum.pick(scenario.rows + scenario.broken)
        step(f"insert into t values ({stratum.pick([1, 2, 60])}, {row}) {clause}")
    returning(f"update t set {stratum.pick(scenario.sets)}")
    returning(f"insert into t values (70, {stratum.pick(scenario.rows + scenario.broken)})")
    step(f"merge into t using (values (1), (80)) s(k) on t.id = s.k when matched then update set {scenario.sets[0].split(' where')[0]} when not matched then insert values (s.k, {scenario.rows[1]})")  # fmt: skip
    if "p" in scenario.before and "create table p" in scenario.before:
        for statement in ["update p set id = id + 100 where id = 2", "delete from p where id = 1", "update p set name = 'uno' where id = 1", "delete from p", "truncate p"]:  # fmt: skip
            step(statement)
    if "create table q" in scenario.before:
        step("delete from q where a = 1")
    returning("delete from t where id in (1, 3)")
    step("delete from t where v is null")
    step("truncate t")
