create function basics(a int, b text default 'x') returns text language plpgsql as $$
declare
  n int := a * 2;
  t constant text := b || '!';
  d numeric(6,2) = 1.005;
  flag boolean not null default true;
begin
  n := n + 1;
  if n > 10 then
    return 'big ' || t;
  elsif n = 7 and flag then
    return 'seven ' || d;
  else
    return 'small ' || n;
  end if;
end $$;
select basics(1), basics(3), basics(9, 'y');
create function constant_error() returns void language plpgsql as $$
declare c constant int := 1;
begin
  c := 2;
end $$;
create function not_null_error() returns void language plpgsql as $$
declare c int not null := 1;
begin
  c := null;
end $$;
select not_null_error();
create function cast_error(t text) returns int language plpgsql as $$
declare n int;
begin
  n := t;
  return n;
end $$;
select cast_error('12');
select cast_error('abc');
create function rounds(x numeric) returns int language plpgsql as $$ begin return x; end $$;
select rounds(2.5), rounds(3.49);
create function no_return(a int) returns int language plpgsql as $$ begin if a > 0 then return 1; end if; end $$;
select no_return(1);
select no_return(0);
create function loops() returns text language plpgsql as $$
declare out text := ''; i int := 0;
begin
  for i in 1..3 loop out := out || i; end loop;
  for i in reverse 3..1 loop out := out || i; end loop;
  for i in 1..10 by 4 loop out := out || '<' || i || '>'; end loop;
  while i < 2 loop i := i + 1; out := out || 'w'; end loop;
  loop
    i := i + 1;
    continue when i = 4;
    exit when i > 5;
    out := out || 'l' || i;
  end loop;
  <<outer_loop>>
  for a in 1..3 loop
    for b in 1..3 loop
      continue outer_loop when b = 2;
      exit outer_loop when a = 3;
      out := out || '(' || a || b || ')';
    end loop;
  end loop;
  return out;
end $$;
select loops();
create function bad_step() returns void language plpgsql as $$ begin for i in 1..2 by 0 loop null; end loop; end $$;
select bad_step();
create function null_bound(n int) returns void language plpgsql as $$ begin for i in 1..n loop null; end loop; end $$;
select null_bound(null);
create table people (id int primary key, name text not null, age int);
insert into people values (1, 'Ada', 36), (2, 'Grace', 85), (3, 'Alan', null);
create function over_rows() returns text language plpgsql as $$
declare r record; p people%rowtype; n people.name%type; a int; result text := '';
begin
  for r in select * from people order by id loop
    result := result || r.name || coalesce(r.age, 0) || ' ';
  end loop;
  for n, a in select name, age from people where age is not null order by age desc loop
    result := result || n || '=' || a || ' ';
  end loop;
  for p in execute 'select * from people where id > $1 order by id' using 1 loop
    result := result || p.id;
  end loop;
  select * into p from people where id = 2;
  result := result || ' ' || p.name || found;
  select name, age into n, a from people where id = 77;
  result := result || coalesce(n, 'none') || found;
  return result;
end $$;
select over_rows();
create function strict_into(wanted int) returns text language plpgsql as $$
declare n text;
begin
  select name into strict n from people where id >= wanted;
  return n;
end $$;
select strict_into(3);
select strict_into(2);
select strict_into(9);
create function no_destination() returns void language plpgsql as $$ begin select 1; end $$;
select no_destination();
create function ambiguous_name(id int) returns text language plpgsql as $$ begin return (select name from people where id = 1); end $$;
select ambiguous_name(1);
create function use_column(id int) returns text language plpgsql as $$
#variable_conflict use_column
begin return (select name from people where people.id = use_column.id); end $$;
select use_column(2);
create function returns_rows(lowest int) returns setof people language plpgsql as $$
begin
  return query select * from people where age >= lowest order by id;
  return next (9, 'Extra', lowest);
  return query execute 'select * from people where id = $1' using 3;
end $$;
select * from returns_rows(50);
create function returns_table(n int) returns table(i int, square int) language plpgsql as $$
begin
  for i in 1..n loop
    square := i * i;
    returns_table.i := i;
    return next;
  end loop;
end $$;
select * from returns_table(3);
create function wrong_rows() returns table(a int, b text) language plpgsql as $$ begin return query select 1, 2; end $$;
select * from wrong_rows();
create function wrong_width() returns table(a int, b text) language plpgsql as $$ begin return query select 1; end $$;
select * from wrong_width();
create function outs(a int, out b int, inout c text) language plpgsql as $$ begin b := a + 1; c := c || b; end $$;
select * from outs(1, 'x');
select outs(2, 'y');
create function raises(kind text) returns void language plpgsql as $$
begin
  if kind = 'plain' then raise exception 'plain % and %', 1, 'two';
  elsif kind = 'percent' then raise exception '100%% of %', null;
  elsif kind = 'code' then raise exception 'with code' using errcode = '22012', detail = 'the detail', hint = 'the hint';
  elsif kind = 'name' then raise exception using errcode = 'unique_violation', message = 'taken', constraint = 'my_key';
  elsif kind = 'condition' then raise division_by_zero;
  elsif kind = 'condition text' then raise check_violation using message = 'own text';
  elsif kind = 'state' then raise sqlstate 'PT402' using message = 'Payment required', hint = 'pay';
  elsif kind = 'notice' then raise notice 'a notice: %', now() is not null;
  elsif kind = 'warning' then raise warning 'a warning';
  elsif kind = 'info' then raise info 'some info';
  elsif kind = 'debug' then raise debug 'not shown';
  elsif kind = 'twice' then raise exception 'a' using message = 'b';
  elsif kind = 'unknown' then raise exception using errcode = 'no_such_thing';
  elsif kind = 'null' then raise exception using message = null;
  elsif kind = 'empty' then raise;
  end if;
end $$;
select raises('plain');
select raises('percent');
select raises('code');
select raises('name');
select raises('condition');
select raises('condition text');
select raises('state');
select raises('notice');
select raises('warning');
select raises('info');
select raises('debug');
select raises('twice');
select raises('unknown');
select raises('null');
select raises('empty');
create function too_few() returns void language plpgsql as $$ begin raise exception '% %', 1; end $$;
create function too_many() returns void language plpgsql as $$ begin raise exception '%', 1, 2; end $$;
create function handles(kind text) returns text language plpgsql as $$
declare state text; message text; detail text; hint text; con text; tab text;
begin
  if kind = 'zero' then perform 1 / 0;
  elsif kind = 'unique' then insert into people values (1, 'Copy', 1);
  elsif kind = 'null' then insert into people values (8, null, 1);
  elsif kind = 'cast' then perform 'x'::int;
  elsif kind = 'custom' then raise exception 'custom' using errcode = 'ZZ001', detail = 'd', hint = 'h';
  elsif kind = 'rows' then perform strict_into(9);
  end if;
  return 'fine';
exception
  when division_by_zero then return 'zero: ' || sqlerrm;
  when unique_violation or not_null_violation then
    get stacked diagnostics state = returned_sqlstate, message = message_text, detail = pg_exception_detail,
      con = constraint_name, tab = table_name;
    return state || ' ' || message || ' ' || detail || ' ' || con || ' ' || tab;
  when sqlstate 'ZZ001' then
    get stacked diagnostics detail = pg_exception_detail, hint = pg_exception_hint;
    return sqlstate || detail || hint;
  when data_exception then return 'data ' || sqlstate;
  when others then return 'other ' || sqlstate || ' ' || sqlerrm;
end $$;
select handles('zero'), handles('unique'), handles('null');
select handles('cast'), handles('custom'), handles('rows'), handles('none');
create function undo() returns int language plpgsql as $$
declare n int := 0;
begin
  insert into people values (10, 'kept', 1);
  begin
    n := 5;
    insert into people values (11, 'undone', 1);
    raise exception 'stop';
  exception when others then
    n := n + 1;
  end;
  return n;
end $$;
select undo();
select id from people where id >= 10;
create function reraise() returns void language plpgsql as $$
begin
  begin
    raise exception 'inner' using errcode = 'AB123', detail = 'why';
  exception when others then
    raise;
  end;
end $$;
select reraise();
create function cases(n int) returns text language plpgsql as $$
begin
  case n when 1 then return 'one'; when 2, 3 then return 'few'; else null; end case;
  case when n > 100 then return 'huge'; when n > 50 then return 'large'; end case;
end $$;
select cases(1), cases(3), cases(60), cases(200);
select cases(10);
create function arrays(a int[]) returns text language plpgsql as $$
declare x int; total int := 0; b text[] := '{}'; part int[];
begin
  foreach x in array a loop total := total + x; end loop;
  b[1] := 'first';
  b[3] := 'third';
  a[2] := 20;
  foreach part slice 1 in array array[[1,2],[3,4]] loop total := total + part[2]; end loop;
  return total || ' ' || b::text || ' ' || a::text || array_length(a, 1);
end $$;
select arrays(array[1, 2, 3]);
select arrays(null);
create function records() returns text language plpgsql as $$
declare r record; p people; s text;
begin
  select 1 as a, 'x' as b into r;
  r.a := r.a + 41;
  s := r.a || r.b || r::text;
  p.id := 5;
  p.name := 'Five';
  s := s || p::text || (p.age is null);
  p := (6, 'Six', 66);
  s := s || p.name;
  r := p;
  return s || r.age || (r).name;
end $$;
select records();
create function unassigned() returns text language plpgsql as $$ declare r record; begin return r.x; end $$;
select unassigned();
create function no_field() returns text language plpgsql as $$ declare r record; begin select 1 as a into r; return r.b; end $$;
select no_field();
create function dynamic(t text, n int) returns int language plpgsql as $$
declare c int; r record;
begin
  execute format('select count(*) from %I where id <= $1', t) into c using n;
  execute 'update people set age = 1 where id = $1' using n;
  get diagnostics n = row_count;
  execute 'select 7 as seven' into strict r;
  return c * 100 + n * 10 + r.seven;
end $$;
select dynamic('people', 2);
select dynamic('nowhere', 2);
create function null_query() returns void language plpgsql as $$ begin execute null; end $$;
select null_query();
create function counts() returns text language plpgsql as $$
declare n int; m int;
begin
  update people set age = 2 where id < 3;
  get diagnostics n = row_count;
  delete from people where id = 99;
  get diagnostics m = row_count;
  return n || ' ' || m || ' ' || found;
end $$;
select counts();
create function asserts(a int) returns void language plpgsql as $$ begin assert a > 0, 'must be positive'; assert a < 10; end $$;
select asserts(5);
select asserts(0);
select asserts(11);
create function returning_into() returns text language plpgsql as $$
declare i int; r people;
begin
  insert into people (id, name) values (20, 'New') returning id into i;
  update people set name = 'Newer' where id = i returning * into r;
  delete from people where id = i;
  return i || r.name;
end $$;
select returning_into();
create function more_than_one() returns void language plpgsql as $$ declare i int; begin update people set age = 3 where id < 3 returning id into i; end $$;
select more_than_one();
create function recurse(n int) returns int language plpgsql as $$ begin if n = 0 then return 0; end if; return 1 + recurse(n - 1); end $$;
select recurse(20);
create function nested() returns text language plpgsql as $$
<<outer_block>>
declare x int := 1;
begin
  declare x int := 2; y int := outer_block.x;
  begin
    return x || ' ' || outer_block.x || ' ' || y;
  end;
end $$;
select nested();
create function syntax_error() returns int language plpgsql as $$ begin retrun 1; end $$;
create function syntax_error() returns int language plpgsql as $$ begin return 1 end $$;
create function syntax_error() returns int language plpgsql as $$ begin x := 1; end $$;
create function syntax_error() returns int language plpgsql as $$ begin if true then return 1; end; $$;
create function syntax_error() returns void language plpgsql as $$ begin return 1; end $$;
create function syntax_error() returns int language plpgsql as $$ begin exit; end $$;
create function syntax_error() returns int language plpgsql as $$ declare x int; x int; begin return 1; end $$;
create function undefined_column() returns int language plpgsql as $$ begin return nope; end $$;
select undefined_column();
create function undefined_function() returns int language plpgsql as $$ begin return nope(1); end $$;
select undefined_function();
do $$ begin raise notice 'in a block'; end $$;
do $$ declare r record; begin for r in select name from people where id < 3 order by id loop raise notice '%', r.name; end loop; end $$;
do $$ begin create table made (id int); insert into made values (1), (2); end $$;
select count(*) from made;
do $$ begin if exists (select 1 from made) then drop table made; end if; end $$;
select * from made;
do $$ begin begin create table people (id int); exception when duplicate_table then raise notice 'there already: %', sqlerrm; end; end $$;
do $$ begin perform 1/0; end $$;
do $$ begin syntax; end $$;
create procedure bump(by int) language plpgsql as $$ begin update people set age = coalesce(age, 0) + by; end $$;
call bump(5);
select id, age from people order by id;
create procedure double_it(inout n int) language plpgsql as $$ begin n := n * 2; end $$;
call double_it(4);
do $$ declare v int := 8; begin call double_it(v); raise notice 'v is %', v; end $$;
create function cursors() returns text language plpgsql as $$
declare c cursor (low int) for select name from people where id >= low order by id; n text; s text := ''; d refcursor;
begin
  open c(2);
  fetch c into n;
  s := n;
  fetch c into n;
  s := s || ',' || n;
  close c;
  for r in c(1) loop s := s || ' ' || r.name; end loop;
  return s;
end $$;
create function volatile_in_query() returns int language plpgsql as $$ declare n int; begin select count(*) into n from people where length(name) > 3; return n; end $$;
select volatile_in_query(), id from people where volatile_in_query() > id order by id;
create function void_function() returns void language plpgsql as $$ begin perform 1; end $$;
select void_function();
select void_function() is null;
create function security() returns text language plpgsql security definer set search_path = '' as $$ begin return current_setting('search_path') || '|' || current_user; end $$;
select security() = '""|' || current_user, current_setting('search_path');
create function sets_local() returns text language plpgsql as $$ begin perform set_config('app.x', 'inside', true); return current_setting('app.x'); end $$;
select sets_local();
select current_setting('app.x', true);
create function json_fields(j jsonb) returns text language plpgsql as $$
declare k text; v jsonb; s text := '';
begin
  for k, v in select * from jsonb_each(j) loop s := s || k || '=' || v || ';'; end loop;
  j := j || jsonb_build_object('n', 1);
  return s || j::text || (j->>'a');
end $$;
select json_fields('{"a": 1, "b": [2]}');
create table rows_of (id int primary key, f int);
insert into rows_of values (1, 1), (2, 2), (3, 3);
do $$ declare cur cursor (most int) for select id from rows_of where f < most order by id; r record; begin for r in cur(3) loop raise notice 'at %', r.id; end loop; end $$;
do $$ declare c no scroll cursor for select id from rows_of order by id desc; r record; begin for r in c loop raise notice 'at %', r.id; exit; end loop; end $$;
do $$ begin for r in nothing loop null; end loop; end $$;
create function slices(a int[]) returns text language plpgsql as $$
declare x int[]; s text := ''; begin foreach x slice 1 in array a loop s := s || x::text; end loop; return s; end $$;
select slices('{}');
do $$ begin raise nosuch_condition; end $$;
create domain small as int constraint is_small check (value < 10);
create function about(i int) returns text language plpgsql as $$
declare t text; s text; c text;
begin
  if i = 1 then raise exception 'x' using datatype = 'dt', schema = 'sc'; end if;
  perform i::small;
  return 'fine';
exception when others then
  get stacked diagnostics t = pg_datatype_name, s = schema_name, c = constraint_name;
  return concat_ws('|', t, s, c, sqlerrm);
end $$;
select about(1), about(2), about(20);
