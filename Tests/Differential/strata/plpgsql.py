"""Triggers by timing, level and event, and what PL/pgSQL does: control flow, errors, records, cursors, dynamic SQL."""

from case import Stratum

TABLE = "create table t (id int primary key, v int, w text); insert into t values (1, 10, 'a'), (2, 20, 'b'), (3, null, 'c'); create table log (n int generated always as identity, line text);"
NOTE = "insert into log (line) values (format('%s %s %s %s', tg_when, tg_level, tg_op, ROW));"
# What a row trigger does before it returns; and what it returns.
BODIES = {
    "notes": NOTE.replace("ROW", "coalesce(to_jsonb(new)::text, '-') || ' ' || coalesce(to_jsonb(old)::text, '-')") + " return RESULT;",
    "changes": "if tg_op = 'DELETE' then return old; end if; new.v := coalesce(new.v, 0) + 1; new.w := upper(new.w); return new;",
    "drops": "if coalesce(new.v, old.v) > 10 then return null; end if; return RESULT;",
    "raises": "if coalesce(new.v, old.v) = 20 then raise exception 'no % here', coalesce(new.v, old.v) using errcode = 'P0042', detail = 'row ' || coalesce(new.id, old.id), hint = 'try less'; end if; return RESULT;",
}  # fmt: skip
EVENTS = ["insert", "update", "delete", "insert or update", "insert or update or delete", "update of v"]
STATEMENTS = [
    "insert into t values (4, 40, 'd'), (5, 5, 'e')",
    "insert into t values (6, 20, 'f')",
    "insert into t values (1, 1, 'x') on conflict (id) do update set v = excluded.v",
    "insert into t values (1, 1, 'x') on conflict do nothing",
    "update t set v = v + 1",
    "update t set w = 'z' where id = 2",
    "update t set v = v where id < 3",
    "delete from t where id > 1",
    "delete from t where false",
    "truncate t",
]
CONDITIONS = {"insert": "when (new.v > 10)", "update": "when (old.v is distinct from new.v)", "delete": "when (old.w <> 'b')", "update of v": "when (old.* is distinct from new.*)"}  # fmt: skip
SHOW = "select json_build_array((select json_agg(t order by id) from t), (select json_agg(line order by n) from log))::text"

# Bodies over the parameters a int, b text; each is called with several arguments.
FUNCTIONS = {
    "if": "begin if a > 10 then return 'big'; elsif a > 0 then return 'small'; elsif a is null then return 'none'; else return 'negative'; end if; end",
    "case": "begin case a when 1, 2 then return 'low'; when 3 then return b; end case; end",
    "searched case": "begin case when a > 5 then return 'more'; when b = 'x' then return 'x'; else return null; end case; end",
    "loop exit": "declare n int := 0; begin loop n := n + 1; exit when n >= a or n > 50; continue when n % 2 = 0; b := b || n; end loop; return b; end",
    "while": "declare n int := 0; begin while n < a loop n := n + 3; end loop; return n || b; end",
    "for reverse": "declare s text := ''; begin for i in reverse a..1 by 2 loop s := s || i || b; end loop; return s; end",
    "for by": "declare s int := 0; begin for i in 1..10 by a loop s := s + i; end loop; return s; end",
    "nested label": "declare s text := ''; begin <<outer>> for i in 1..3 loop for j in 1..3 loop continue outer when j = a; exit outer when i = 3; s := s || i || j || ' '; end loop; end loop; return s; end",
    "for query": "declare r record; s text := ''; begin for r in select id, w from t where v >= a or a is null order by id loop s := s || r.id || r.w; end loop; return s || found::text; end",
    "foreach": "declare x int; s text := ''; begin foreach x in array array[a, 2, null] loop s := s || coalesce(x::text, '?') || b; end loop; return s; end",
    "foreach slice": "declare x int[]; s text := ''; begin foreach x slice 1 in array array[[1, a], [3, 4]] loop s := s || x::text; end loop; return s; end",
    "select into": "declare r t; begin select * into r from t where id = a; return case when found then r.w || r.v else 'nothing' end; end",
    "select into strict": "declare x text; begin select w into strict x from t where id = a or b = w; return x; end",
    "several targets": "declare x int; y text; begin select id, w into x, y from t where v > a order by id desc; return x || '/' || y; end",
    "division": "begin return (100 / a)::text || b; end",
    "handler": "begin return (100 / a)::text; exception when division_by_zero then return 'caught ' || sqlstate || ' ' || sqlerrm; end",
    "handler others": "declare m text; d text; begin perform b::int + a; return 'fine'; exception when others then get stacked diagnostics m = message_text, d = returned_sqlstate; return d || ': ' || m; end",
    "handler undoes": "begin begin insert into t values (90, a, b); perform 1 / (a - 1); exception when others then null; end; return (select count(*) from t where id = 90)::text; end",
    "handler raises again": "begin perform b::int; return b; exception when invalid_text_representation then raise; when others then raise exception 'other: %', sqlerrm; end",
    "handler by code": "begin raise sqlstate '22012' using message = b; exception when sqlstate '22012' then return sqlerrm; end",
    "constraint handler": "declare c text; n text; begin insert into t values (a, 1, b); return 'in'; exception when unique_violation or not_null_violation then get stacked diagnostics c = constraint_name, n = table_name; return c || ' ' || n; end",
    "raise": "begin raise exception 'value % and %', a, b using errcode = 'check_violation', hint = 'h', detail = 'd'; end",
    "raise percent": "begin raise exception '100%% of %', b; end",
    "raise condition": "begin raise unique_violation using message = b; end",
    "raise without text": "begin raise exception using errcode = '22000'; end",
    "raise code": "begin raise sqlstate 'PT402' using message = b, detail = a::text; end",
    "raise too few": "begin raise exception 'only % and %', a; end",
    "assert": "begin assert a > 0, 'a is ' || a; return b; end",
    "no return": "begin if a > 100 then return 'x'; end if; end",
    "execute": "declare x text; begin execute 'select $1 || w from t where id = $2' into x using b, a; return x; end",
    "execute format": "declare n int; begin execute format('select count(*) from %I where w = %L', b, 'a') into n; return n; end",
    "execute text": "declare x text; begin execute 'select ' || b into x; return x; end",
    "execute null": "begin execute null::text; return b; end",
    "row count": "declare n int; begin update t set v = v + 1 where id <= a; get diagnostics n = row_count; return n || found::text; end",
    "returning into": "declare r record; begin insert into t values (a + 50, a, b) returning * into r; return to_jsonb(r)::text; end",
    "update returning": "declare x int; begin update t set v = coalesce(v, 0) * 2 where id = a returning v into strict x; return x; end",
    "perform": "begin perform 1 from t where id = a; return found::text; end",
    "constant": "declare c constant int := 5; begin c := a; return c; end",
    "not null variable": "declare x int not null := 1; begin x := a; return x; end",
    "variable types": "declare x numeric(4,1) := a; y varchar(3) := b; z smallint := a; begin return x || y || z; end",
    "type of column": "declare x t.v%type := a; r t%rowtype; begin r.id := x; r.w := b; return r::text; end",
    "record fields": "declare r record; begin r := row(a, b); select a as k, b as l into r; r.k := r.k + 1; return r.k || r.l; end",
    "unassigned record": "declare r record; begin return r.x; end",
    "missing field": "declare r t; begin return r.nothing; end",
    "array element": "declare x int[] := '{1,2}'; begin x[a] := 9; return x::text; end",
    "cursor": "declare c cursor (k int) for select w from t where id >= k order by id; x text; s text := ''; begin open c(a); loop fetch c into x; exit when not found; s := s || x; end loop; close c; return s; end",
    "cursor loop": "declare c cursor for select * from t order by id; s text := ''; begin for r in c loop s := s || r.w; end loop; return s || a; end",
    "shadow": "declare a int := 7; begin return a || b; end",
    "ambiguous": "declare v int := 1; begin return (select v from t where id = a); end",
    "block label": "<<top>> declare x int := 1; begin declare x int := 2; begin return top.x + x + a; end; end",
    "assignment cast": "declare d date; begin d := b; return d; end",
    "boolean condition": "begin if b then return 'yes'; else return 'no'; end if; end",
    "null statement": "begin null; return a || b; end",
    "recursive": "begin if a <= 1 or a is null then return '1'; end if; return a || again.f(a - 1, b); end",
    "notice": "begin raise notice 'seen %', a; raise warning 'b'; return b; end",
    "return expression": "begin return a; end",
    "json": "declare j jsonb := jsonb_build_object('a', a); begin j := j || jsonb_build_object('b', b); return j -> 'b' ->> 0; end",
    "unknown column": "begin return (select nothing from t); end",
    "unknown table": "begin perform * from nothing; return b; end",
}
FUNCTIONS_MADE = "create or replace function again.f(a int, b text) returns text language plpgsql as $f$ {} $f$; "
ARGUMENTS = [("1", "'x'"), ("3", "'2024-01-01'"), ("0", "''"), ("null", "null"), ("12", "'7'"), ("-2", "'t'")]
# Sets, outputs, arguments, and what is refused when a function is made.
FORMS = {
    "return query": ("create function f(a int) returns table (k int, l text) language plpgsql as $$ begin return query select id, w from t where id > a order by id; return query select 0, 'end'; end $$", ["select * from f(1)", "select k from f(9)", "select f(2)", "select * from f('x')"]),
    "return next": ("create function f(a int) returns setof int language plpgsql as $$ begin for i in 1..a loop return next i * i; end loop; return; end $$", ["select * from f(3)", "select f(2) + 1 as s", "select count(*) from f(0)", "select * from f(null)"]),
    "return query execute": ("create function f(q text) returns setof t language plpgsql as $$ begin return query execute q; end $$", ["select * from f('select * from t order by id')", "select * from f('select 1')", "select * from f('select 1, 2, 3')", "select * from f('nonsense')"]),
    "out parameters": ("create function f(a int, out s int, out p text) language plpgsql as $$ begin s := a + 1; p := 'p' || a; end $$", ["select * from f(1)", "select f(2)", "select (f(3)).p", "select f()"]),
    "inout": ("create function f(inout a int, b int default 5) language plpgsql as $$ begin a := a * b; end $$", ["select f(2)", "select f(2, 3)", "select f(b => 2, a => 4)", "select f(c => 1)", "select f(a => 1, a => 2)"]),
    "variadic": ("create function f(variadic x int[]) returns int language plpgsql as $$ begin return coalesce(array_length(x, 1), 0); end $$", ["select f(1, 2, 3)", "select f(variadic array[1, 2])", "select f()", "select f('a')"]),
    "defaults": ("create function f(a int, b text default 'd', c date default null) returns text language sql as $$ select a || b || coalesce(c::text, '-') $$", ["select f(1)", "select f(1, 'x')", "select f(1, c => '2024-01-01')", "select f(1, 'x', 'y')", "select f('z')"]),
    "strict": ("create function f(a int, b int) returns int language plpgsql strict as $$ begin return a + b; end $$", ["select f(1, 2)", "select f(1, null)", "select f(2147483647, 1)", "select f(1.5, 2)"]),
    "overloads": ("create function f(a int) returns text language sql as $$ select 'int' $$; create function f(a text) returns text language sql as $$ select 'text' $$; create function f(a numeric) returns text language sql as $$ select 'numeric' $$", ["select f(1)", "select f('1')", "select f(1.5)", "select f(1::bigint)", "select f(true)", "select f(null)"]),
    "polymorphic": ("create function f(a anyelement, b anyarray) returns anyarray language plpgsql as $$ begin return b || a; end $$", ["select f(1, array[2])", "select f('a'::text, array['b'])", "select f(1, array['x'])", "select f('a', 'b')"]),
    "sql set": ("create function f(a int) returns setof t language sql stable as $$ select * from t where v >= a order by id $$", ["select * from f(10)", "select w, f.v from f(20) f", "select count(*) from f(null)", "select (f(10)).w"]),
    "sql writes": ("create function f(a int, b text) returns t language sql as $$ insert into t values (a, a, b) returning * $$", ["select f(50, 'n')", "select * from f(51, 'm')", "select f(1, 'dup')", "select w from t order by id"]),
    "procedure": ("create procedure f(a int, inout r text default 'r') language plpgsql as $$ begin update t set v = a; r := r || a; end $$", ["call f(5)", "call f(6, 'x')", "call f('x')", "select f(1)"]),
    "volatile in query": ("create function f(a int) returns int language plpgsql as $$ begin insert into log (line) values ('f' || a); return a; end $$", ["select f(id) from t order by id", "select 1 as one where f(1) = 2", "select id from t where f(id) > 1 order by id", "select line from log order by n"]),
    "definer": ("create function f() returns text language plpgsql security definer set search_path = pg_catalog as $$ begin return current_user || current_setting('search_path'); end $$", ["select f()", "select f(1)", "select current_setting('search_path')"]),
}  # fmt: skip
REFUSED = [
    "create function g() returns int language plpgsql as $$ begin return 1 $$",
    "create function g() returns int language plpgsql as $$ begin retrun 1; end $$",
    "create function g() returns int language plpgsql as $$ begin x := 1; end $$",
    "create function g() returns int language plpgsql as $$ declare x nothing; begin return 1; end $$",
    "create function g() returns nothing language plpgsql as $$ begin return 1; end $$",
    "create function g() returns int language sql as $$ select 'x'::text $$",
    "create function g() returns int language sql as $$ select nothing $$",
    "create function g() returns int language sql as $$ select 1, 2 $$",
    "create function g() returns void language plpgsql as $$ begin return 1; end $$",
    "create function g() returns setof int language plpgsql as $$ begin return 1; end $$",
    "create function g() returns int language plpgsql as $$ begin return next 1; end $$",
    "create function g() returns int language plpgsql as $$ begin exit; end $$",
    "create function g() returns int language plpgsql as $$ begin for i in 1..2 loop null; end; return 1; end $$",
    "create function g() returns int language nolang as $$ begin return 1; end $$",
    "create function g(a int, a int) returns int language sql as $$ select 1 $$",
    "create function g(a int default 1, b int) returns int language sql as $$ select 1 $$",
    "create function g() returns trigger language sql as $$ select 1 $$",
    "create trigger x after insert on t for each row execute function nothing()",
    "create trigger x after insert on nothing for each row execute function noted()",
    "create trigger x before insert on t for each row when (old.v > 1) execute function noted()",
    "create trigger x before update on t for each statement when (new.v > 1) execute function noted()",
    "create trigger x instead of insert on t for each row execute function noted()",
    "create trigger x after update of nothing on t for each row execute function noted()",
    "create trigger x after insert on t for each row execute function lower('a')",
    "drop trigger nothing on t",
    "drop function nothing()",
    "do $$ begin raise exception 'from do'; end $$",
    "do $$ declare n int; begin select 1 into n; if n = 1 then raise sqlstate '12345'; end if; end $$",
    "do $$ begin perform noted(); end $$",
    "select noted()",
]  # fmt: skip


def fill(stratum: Stratum, ask) -> None:
    _triggers(stratum)
    path = "set local search_path to again, public; "
    stratum.add(f"create schema again; {path}{TABLE} select 'made'", "functions: set up")
    for name, body in FUNCTIONS.items():
        for a, b in stratum.sample(ARGUMENTS, 4):
            made = FUNCTIONS_MADE.format(body)
            # Another statement shows the rows: one sees the table as it was when it began.
            call = f"select set_config('suite.result', coalesce(again.f({a}, {b}), 'NULL'), true); "
            show = "select json_build_array(current_setting('suite.result'), (select json_agg(t order by id) from t where id > 3))::text"
            stratum.add(f"{path}delete from t where id > 3; {made}{call}{show}", f"{name}({a}, {b})")
    calls = "select json_build_array(again.f(60, 'x'), (select count(*) from t where id = 60))::text"
    stratum.add(
        f"{path}{FUNCTIONS_MADE.format(FUNCTIONS['returning into'])}{calls}",
        "a function's writes are unseen by the statement that calls it",
    )
    for name, (made, calls) in FORMS.items():
        schema = "form_" + name.replace(" ", "_")
        inside = f"set local search_path to {schema}, public; "
        stratum.add(f"create schema {schema}; {inside}{TABLE}{made}; select 'made'", f"{name}: set up")
        for call in calls:
            if call.startswith("call"):
                stratum.add(f"{inside}{call}", f"{name}: {call}")
            else:
                stratum.query(call, f"{name}: {call}", before=inside)
    noted = "create function noted() returns trigger language plpgsql as $$ begin return new; end $$; "
    for number, statement in enumerate(REFUSED):
        schema = f"create schema refused_{number}; set local search_path to refused_{number}, public; "
        stratum.add(f"{schema}{TABLE}{noted}{statement}; select 'accepted'", f"refused: {statement}")


def _triggers(stratum: Stratum) -> None:
    for timing in ["before", "after"]:
        for events in EVENTS:
            for level in ["row", "statement"]:
                for body in BODIES if level == "row" else ["statement"]:
                    _trigger(stratum, timing, events, level, body)


def _trigger(stratum: Stratum, timing: str, events: str, level: str, body: str) -> None:
    """A trigger in a schema of its own, made with its table by each case anew."""
    condition = CONDITIONS.get(events, "") if level == "row" and stratum.random.random() < 0.3 else ""
    if level == "row":
        # OLD and NEW are NULL where the event has none.
        code = BODIES[body].replace("RESULT", "coalesce(new, old)")
    else:
        code = NOTE.replace("ROW", "tg_name || coalesce(tg_argv[0], '')") + " return null;"
    arguments = "'x'" if level == "statement" else ""
    made = f"create function watch() returns trigger language plpgsql as $f$ begin {code} end $f$; create trigger watch {timing} {events} on t for each {level} {condition} execute function watch({arguments});"  # fmt: skip
    title = f"{timing} {events} {level} {condition} {body}"
    touched = [s for s in STATEMENTS if any(event in s for event in ("insert", "update", "delete") if event in events)]
    for statement in stratum.sample(touched, 2) + stratum.sample([s for s in STATEMENTS if s not in touched], 1):
        schema = f"trigger_{len(stratum.cases)}"
        stratum.add(
            f"create schema {schema}; set local search_path to {schema}, public; {TABLE}{made} {statement}; {SHOW}",
            f"{title}: {statement}",
        )
