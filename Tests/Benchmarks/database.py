"""What the database engine costs: constraints, triggers and policies beside SQLite's own, loading and importing.

SQLite is asked the same in the same round, through Python's module, in memory of its page cache as ours is.
"""

import json
import sqlite3
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from emulator import Emulator, run
from samples import milliseconds, summary, verdict

ROWS = 20_000
SOMEBODY = "5b1e7b0a-0f5d-4c1c-9a51-2f6f4a1d0001"
SCHEMA = f"""
create table people (id integer primary key, name text not null);
create table kinds (id integer primary key, name text not null);
insert into people select n, 'Person ' || n from generate_series(1, 1000) n;
insert into kinds select n, 'Kind ' || n from generate_series(1, 10) n;
create table orders (
  id integer primary key, person integer not null references people, kind integer not null references kinds,
  amount integer not null check (amount >= 0), note text not null check (length(note) < 100));
alter table orders enable row level security;
create policy own on orders to authenticated using (true) with check (amount < 1000000);
grant select, insert, update, delete on orders to authenticated;

create table plain (id integer primary key, n integer not null, updated_at timestamptz not null default now());
create table touched (id integer primary key, n integer not null, updated_at timestamptz not null default now());
create function touch() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end $$;
create trigger touch before update on touched for each row execute function touch();
insert into plain (id, n) select n, n from generate_series(1, {ROWS}) n;
insert into touched (id, n) select n, n from generate_series(1, {ROWS}) n;

create table docs (id integer primary key, title text not null);
create table members (doc integer not null references docs, person uuid not null, primary key (doc, person));
insert into docs select n, 'Document ' || n from generate_series(1, 100000) n;
insert into members select n, '{SOMEBODY}' from generate_series(1, 100000) n where n % 2 = 0;
alter table docs enable row level security;
create policy member on docs for select to authenticated
  using (exists (select 1 from members m where m.doc = docs.id and m.person = auth.uid()));
"""
PEER_SCHEMA = f"""
create table people (id integer primary key, name text not null);
create table kinds (id integer primary key, name text not null);
create table numbers (n integer primary key);
with recursive s (n) as (select 1 union all select n + 1 from s where n < 100000) insert into numbers select n from s;
insert into people select n, 'Person ' || n from numbers where n <= 1000;
insert into kinds select n, 'Kind ' || n from numbers where n <= 10;
create table orders (
  id integer primary key, person integer not null references people, kind integer not null references kinds,
  amount integer not null check (amount >= 0), note text not null check (length(note) < 100)) strict;
create table docs (id integer primary key, title text not null);
create table members (doc integer not null references docs, person text not null, primary key (doc, person));
insert into docs select n, 'Document ' || n from numbers;
insert into members select n, '{SOMEBODY}' from numbers where n % 2 = 0;
"""
CLAIMS = f"set local role authenticated; set local request.jwt.claims = '{json.dumps({'sub': SOMEBODY})}';"
INSERT = "insert into orders select n, 1 + n % 1000, 1 + n % 10, n, 'Order ' || n from {numbers}"
MEMBER = f"select count(*) from docs where exists (select 1 from members m where m.doc = docs.id and m.person = '{SOMEBODY}')"  # fmt: skip


class Ours:
    """Scripts on a running emulator."""

    def __init__(self, emulator: Emulator):
        self.emulator = emulator

    def run(self, sql: str) -> list:
        answer = self.emulator.request("POST", "/_emulator/sql", {"sql": sql}, timeout=600)
        statements = answer.json()["statements"]
        errors = [statement["error"]["message"] for statement in statements if "error" in statement]
        assert not errors, errors[0]
        return statements

    def timed(self, sql: str) -> float:
        began = time.perf_counter()
        self.run(sql)
        return milliseconds(began)


def peer(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "peer.db", isolation_level=None)
    connection.executescript(
        f"pragma journal_mode = wal; pragma synchronous = off; pragma foreign_keys = on; {PEER_SCHEMA}"
    )
    return connection


def timed(connection: sqlite3.Connection, *statements: str) -> float:
    began = time.perf_counter()
    for statement in statements:
        connection.execute(statement).fetchall()
    return milliseconds(began)


def interleaved(rounds: int, **sides: Callable[[], float]) -> dict[str, list[float]]:
    samples = {name: [] for name in sides}
    for side in sides.values():  # warm
        side()
    for number in range(rounds):
        order = list(sides) if number % 2 else list(reversed(sides))
        for name in order:
            samples[name].append(sides[name]())
    return samples


def against(ours: list[float], theirs: list[float]) -> dict:
    ratios = [round(one / other, 3) for one, other in zip(ours, theirs, strict=True)]
    middle = statistics.median(ratios)
    return {"ours_ms": summary(ours), "sqlite_ms": summary(theirs), "ratio": middle, "ratios": ratios, "verdict": verdict(1 / middle)}  # fmt: skip


def constraints(ours: Ours, sqlite: sqlite3.Connection, rounds: int) -> dict:
    mine = INSERT.format(numbers=f"generate_series(1, {ROWS}) n")
    theirs = INSERT.format(numbers=f"numbers where n <= {ROWS}")
    samples = interleaved(
        rounds,
        ours=lambda: ours.timed(f"begin; {CLAIMS} {mine}; rollback;"),
        sqlite=lambda: timed(sqlite, "begin", theirs, "rollback"),
    )
    return against(samples["ours"], samples["sqlite"])


def triggers(ours: Ours, rounds: int) -> dict:
    samples = interleaved(
        rounds,
        touched=lambda: ours.timed("begin; update touched set n = n + 1; rollback;"),
        plain=lambda: ours.timed("begin; update plain set n = n + 1; rollback;"),
    )
    pairs = zip(samples["touched"], samples["plain"], strict=True)
    return summary([round((one - other) * 1000 / ROWS, 3) for one, other in pairs])


def policies(ours: Ours, sqlite: sqlite3.Connection, rounds: int) -> dict:
    samples = interleaved(
        rounds,
        ours=lambda: ours.timed(f"begin; {CLAIMS} select count(*) from docs; rollback;"),
        sqlite=lambda: timed(sqlite, MEMBER),
    )
    counted = ours.run(f"begin; {CLAIMS} select count(*) from docs; rollback;")[3]["rows"]
    assert counted == [{"count": 50_000}], counted
    return against(samples["ours"], samples["sqlite"])


def project(statements: int) -> str:
    """A project of so many statements, as migrations have them."""
    parts, number = [], 0
    while len(parts) < statements:
        number += 1
        parts += [
            f"create table public.things_{number} (id uuid primary key default gen_random_uuid(), owner uuid not null references auth.users on delete cascade, name text not null check (char_length(name) > 0), state text not null default 'new', amount numeric(10, 2), tags text[] not null default '{{}}', details jsonb not null default '{{}}', created_at timestamptz not null default now(), updated_at timestamptz)",
            f"create index things_{number}_owner on public.things_{number} (owner, created_at desc)",
            f"create index things_{number}_name on public.things_{number} (lower(name)) where state <> 'old'",
            f"alter table public.things_{number} enable row level security",
            f'create policy "read {number}" on public.things_{number} for select to authenticated using (auth.uid() = owner)',
            f'create policy "write {number}" on public.things_{number} for all to authenticated using (auth.uid() = owner) with check (auth.uid() = owner)',
            f"create function public.touch_{number}() returns trigger language plpgsql as $$ begin new.updated_at := now(); return new; end $$",
            f"create trigger touch before update on public.things_{number} for each row execute function public.touch_{number}()",
            f"create view public.recent_{number} as select id, name from public.things_{number} where created_at > now() - interval '7 days'",
            f"comment on table public.things_{number} is 'Things, the {number}th kind'",
        ]
    return ";\n".join(parts[:statements]) + ";\n"


def loading(rounds: int) -> dict:
    """A project of 1,000 statements: from its text to a database that is there."""
    text, samples = project(1000), []
    with Emulator() as emulator:
        ours = Ours(emulator)
        for _ in range(rounds + 1):
            samples.append(ours.timed(text))
            emulator.reset()
    return summary(samples[1:])


def dump(folder: Path, megabytes: int = 10) -> Path:
    """A dump of so many megabytes as pg_dump writes it: four tables of a shop."""
    file, size, number = folder / "dump.sql", 0, 0
    with file.open("w") as out:
        out.write("SET client_encoding = 'UTF8';\nSET check_function_bodies = false;\n")
        for table in range(4):
            out.write(
                f"CREATE TABLE public.items_{table} (id bigint NOT NULL, key uuid NOT NULL, name text NOT NULL, price numeric(10,2), "
                "sold boolean, details jsonb, made_at timestamp with time zone);\n"
            )
            out.write(f"COPY public.items_{table} (id, key, name, price, sold, details, made_at) FROM stdin;\n")
            while size < megabytes * 1_000_000 * (table + 1) // 4:
                number += 1
                line = (
                    f"{number}\t{number:08x}-0f5d-4c1c-9a51-2f6f4a1d0001\tItem number {number}\t{number % 10000}.{number % 100:02d}\t"
                    f'{"tf"[number % 2]}\t{{"n": {number}, "tags": ["a", "b"]}}\t2024-03-{number % 28 + 1:02d} 10:{number % 60:02d}:00+00\n'
                )
                size += len(line)
                out.write(line)
            out.write("\\.\n\n")
        for table in range(4):
            out.write(f"ALTER TABLE ONLY public.items_{table} ADD CONSTRAINT items_{table}_pkey PRIMARY KEY (id);\n")
            out.write(f"CREATE INDEX items_{table}_key ON public.items_{table} USING btree (key);\n")
    return file


def importing(rounds: int, folder: Path) -> dict:
    """`import` of a dump of 10 MB, start and end of the command included."""
    file, samples = dump(folder), []
    with Emulator() as emulator:
        for _ in range(rounds):
            began = time.perf_counter()
            done = run("import", str(file), "--url", emulator.base, folder=folder, timeout=600)
            samples.append(milliseconds(began))
            assert done.returncode == 0, done.stderr
            emulator.reset()
    return summary(samples)


def database(rounds: int, folder: Path) -> dict:
    with Emulator() as emulator:
        ours = Ours(emulator)
        ours.run(SCHEMA)
        sqlite = peer(folder)
        result = {
            "insert with 2 CHECKs, 2 FKs and a policy": constraints(ours, sqlite, rounds),
            "count of 100,000 rows under a policy with EXISTS": policies(ours, sqlite, rounds),
            "updated_at_trigger_us_a_row": triggers(ours, rounds),
        }
        sqlite.close()
    result["load_1000_statements_ms"] = loading(rounds)
    result["import_10_mb_ms"] = importing(max(rounds // 2, 1), folder)
    for name, facts in result.items():
        if "ratio" in facts:
            print(f"{name}\n  {facts['ours_ms']['median']:.1f} ms, SQLite {facts['sqlite_ms']['median']:.1f} ms: {facts['ratio']:.2f} times ({facts['verdict']})")  # fmt: skip
    return result


# A table of 10 million rows


def fill(state: Path, table: str, count: int) -> None:
    """Rows straight into the file of an emulator that is not running: its tables are SQLite's."""
    (file,) = state.glob("clouds/*/postgres.db")
    connection = sqlite3.connect(file)
    connection.execute("pragma synchronous = off")
    indexes = [sql for (sql,) in connection.execute("select sql from sqlite_schema where type = 'index' and tbl_name = ?", (table,))]  # fmt: skip
    for name in [name for (name,) in connection.execute("select name from sqlite_schema where type = 'index' and tbl_name = ?", (table,))]:  # fmt: skip
        connection.execute(f'drop index "{name}"')
    connection.execute(
        f'with recursive s (n) as (select 1 union all select n + 1 from s where n < {count}) insert into {table} ("#row", id, station, value) '
        f"select n, n, n % ({count} / 10), n * 7 % 1000 from s"
    )
    for sql in indexes:
        connection.execute(sql)
    connection.commit()
    connection.close()


LARGE_SCHEMA = """
create table small (id bigint primary key, station integer not null, value integer not null);
create index on small (station);
create table large (id bigint primary key, station integer not null, value integer not null);
create index on large (station);
-- Indexes are made with the first row.
insert into small values (0, 0, 0);
delete from small;
insert into large values (0, 0, 0);
delete from large;
"""


def large_state(folder: Path, large: int = 10_000_000, small: int = 10_000) -> Path:
    seed, state = folder / "large-seed", folder / "large-state"
    seed.mkdir()
    (seed / "schema.sql").write_text(LARGE_SCHEMA)
    with Emulator(seed=seed, state=state):
        pass
    fill(state, "small", small)
    fill(state, "large", large)
    return state
