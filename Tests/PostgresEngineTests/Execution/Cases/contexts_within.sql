create table a (id int primary key, n int);
create table b (id int primary key, a_id int references a on delete cascade on update cascade, v text);
insert into a select g, g from generate_series(1, 5) g;
insert into b select g, g, 'v' || g from generate_series(1, 5) g;
create function trg_b() returns trigger language plpgsql as $$
declare c text;
begin
  get diagnostics c = pg_context;
  raise notice '% % %', tg_op, coalesce(new.id, old.id), c;
  if tg_op = 'DELETE' then return old; end if;
  return new;
end $$;
create trigger trg_b before delete or update on b for each row execute function trg_b();
delete from a where id = 1;
update a set id = 20 where id = 2;
do $$ begin delete from a where id = 3; end $$;
create function f(i int) returns int language plpgsql as $$
begin
  if i = 0 then raise exception 'zero' using errcode = 'ZZZZZ'; end if;
  return f(i - 1);
end $$;
select f(2);
do $$ declare c text; begin perform f(2); exception when sqlstate 'ZZZZZ' then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
create function sqlf(i int) returns int language sql as $$ select f(i) from a where id = 4 $$;
do $$ declare c text; x int; begin x := sqlf(0); exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
create function sqlf2(i int) returns setof int language sql stable as $$ select f(i) from a where id = 4 $$;
do $$ declare c text; x int; begin select * into x from sqlf2(0); exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
create view vf as select f(0) x;
do $$ declare c text; x int; begin select x into x from vf; exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; begin execute 'select f($1)' using 0; exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; begin execute 'do $x$ begin perform f(0); end $x$'; exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; begin execute 'create table a (x int)'; exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; begin execute 'insert into b values (1, 999, null)'; exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; begin insert into b values (1, 999, null); exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; begin
  begin
    raise exception 'a';
  exception when others then
    raise exception 'b';
  end;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; begin
  begin
    perform f(0);
  exception when others then
    raise;
  end;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; r record; begin
  for r in select f(g) from generate_series(0, 0) g loop null; end loop;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; i int; begin
  for i in 1..f(0) loop null; end loop;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; i int; begin
  loop
    i := coalesce(i, 0) + 1;
    exit when i > 2 and f(0) = 1;
  end loop;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; i int[]; begin
  i[f(0)] := 1;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; i int; begin
  select '{"a": x}'::json ->> 'a' into i;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; t text := '{"a": x}'; i json; begin
  i := t;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; t text := 'x'; i int; begin
  i := t::int + 1;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; t text := 'x'; i int; begin
  if t::int > 1 then null; end if;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; x int := 1; begin
  case x when 2 then null; end case;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; begin
  raise exception '%', 1 / 0;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; x int not null := 1; begin
  x := null;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; r record; begin
  c := r.x;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; begin
  perform nosuch(1);
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; begin
  call nosuch(1);
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; begin
  drop table nosuch;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
do $$ declare c text; begin
  perform set_config('nosuch', 'x', false);
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
create function agg_s(s int, v int) returns int language plpgsql as $$ begin return s + f(v); end $$;
create aggregate agg(int) (sfunc = agg_s, stype = int, initcond = 0);
do $$ declare c text; begin
  perform agg(0);
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
create domain d as int check (value is null or f(value) is not null);
do $$ declare c text; x d; begin
  x := 0;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
create function json_place(t text) returns text language plpgsql as $$
declare c text; j jsonb;
begin
  j := t;
  return j;
exception when others then
  get stacked diagnostics c = pg_exception_context;
  return c;
end $$;
select json_place(t) from (values ('{"a": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19], "long key": xyz, "more": 1}'), ('{"a": 1'), (''), ('   '), ('{"a" 1}'), ('{"a": 1} x'), ('[1,]'), ('"a\q"'), ('"abc'), ('{"a": 01}'), ('"\ud800"'), ('"\u0000"'), ('{1:2}'), ('nul'), ('{"é": ü}'), (E'{"a":\n 1,\n "b": tru}'), (E'"a\x01b"'), ('{"abc": [1, 2, 3, 4, 5, 6, 7, 8, 9, "ééééééé", x]}')) v(t);
create table chk (x int check (f(x) is null));
do $$ declare c text; begin
  insert into chk values (0);
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
create table dflt (x int default f(0));
do $$ declare c text; begin
  insert into dflt default values;
exception when others then get stacked diagnostics c = pg_exception_context; raise notice '%', c; end $$;
