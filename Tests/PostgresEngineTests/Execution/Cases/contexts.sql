create table log(n serial, t text);
create table t(id int primary key, v int not null, check (v < 100));
create function thrower(a int, b text default 'x') returns int language plpgsql as $$
begin
  if a = 1 then
    raise exception 'one' using errcode = 'P0099';
  elsif a = 2 then
    return 1 / (a - 2);
  elsif a = 3 then
    insert into t values (1, null);
  elsif a = 4 then
    execute 'insert into t values (' || a || ', 1000)';
  elsif a = 5 then
    perform 1 / (a - 5);
  elsif a = 6 then
    a := (select 1 / (a - 6));
  elsif a = 7 then
    select v into strict a from t where id = -1;
  elsif a = 8 then
    select nosuch from t;
  elsif a = 9 then
    for a in select 1 / (a - 9) loop null; end loop;
  elsif a = 10 then
    a := 1 / 0;
  elsif a = 11 then
    a := 'abc';
  elsif a = 13 then
    return b;
  elsif a = 14 then
    case a when 1 then null; end case;
  elsif a = 15 then
    while (select 1 / (a - 15)) > 0 loop null; end loop;
  elsif a = 16 then
    <<lab>>
    declare z int := 1 / (a - 16);
    begin
      null;
    end;
  elsif a = 17 then
    foreach a in array null::int[] loop null; end loop;
  elsif a = 18 then
    create table t (id int);
  elsif a = 19 then
    a := nosuch + 1;
  elsif a = 20 then
    execute 'selec 1';
  elsif a = 21 then
    a := b;
  elsif a = 22 then
    begin
      a := 1 / (a - 22);
    exception when unique_violation then null;
    end;
  elsif a = 23 then
    if (select 1 / (a - 23)) = 1 then return 1; end if;
  end if;
end $$;
create function outer1(a int) returns text language plpgsql as $$
declare c text; s text; m text;
begin
  perform thrower(a);
  return 'fine';
exception when others then
  get stacked diagnostics c = pg_exception_context, s = returned_sqlstate, m = message_text;
  return s || ' ' || m || E'\n' || c;
end $$;
create function outer2(a int) returns text language plpgsql as $$
declare c text; s text; m text; r int;
begin
  begin
  r := thrower(a, 'zz');
  exception when others then
    get stacked diagnostics c = pg_exception_context, s = returned_sqlstate, m = message_text;
    return s || ' ' || m || E'\n' || c;
  end;
  return 'fine';
end $$;
select outer1(0::int);
select outer1(1::int);
select outer1(2::int);
select outer1(3::int);
select outer1(4::int);
select outer1(5::int);
select outer1(6::int);
select outer1(7::int);
select outer1(8::int);
select outer1(9::int);
select outer1(10::int);
select outer1(11::int);
select outer1(13::int);
select outer1(14::int);
select outer1(15::int);
select outer1(16::int);
select outer1(17::int);
select outer1(18::int);
select outer1(19::int);
select outer1(20::int);
select outer1(21::int);
select outer1(22::int);
select outer1(23::int);
select outer2(0::int);
select outer2(1::int);
select outer2(2::int);
select outer2(3::int);
select outer2(4::int);
select outer2(5::int);
select outer2(6::int);
select outer2(7::int);
select outer2(8::int);
select outer2(9::int);
select outer2(10::int);
select outer2(11::int);
select outer2(13::int);
select outer2(14::int);
select outer2(15::int);
select outer2(16::int);
select outer2(17::int);
select outer2(18::int);
select outer2(19::int);
select outer2(20::int);
select outer2(21::int);
select outer2(22::int);
select outer2(23::int);
create function ctx() returns text language plpgsql as $$
declare c text;
begin
  get diagnostics c = pg_context;
  return c;
end $$;
create function ctx2() returns text language sql as $$ select ctx() from (select 1) z $$;
create function ctx2b() returns text language sql as $$ select ctx() $$;
create function ctx3() returns setof text language plpgsql as $$
declare x text;
begin
  return next ctx();
  return query select ctx2();
  return query execute 'select ctx2b()';
  for x in select ctx() loop return next x; end loop;
  for x in execute 'select ctx()' loop return next x; end loop;
  x := ctx();
  return next x;
  x := (select ctx());
  return next x;
  select ctx() into x;
  return next x;
  select into x ctx();
  return next x;
  execute 'select ctx()' into x;
  return next x;
  if ctx() is not null then
    perform   ctx(),
       1;
  end if;
end $$;
select * from ctx3();
do $$
declare c text;
begin
  get diagnostics c = pg_context;
  raise notice '%', c;
  c := ctx();
  raise notice '%', c;
  begin
    raise exception 'x';
  exception when others then
    get stacked diagnostics c = pg_exception_context;
    raise notice '%', c;
  end;
end $$;
create function trg() returns trigger language plpgsql as $$
begin
  new.v := ctx() is null;
  return new;
end $$;
create function trg2() returns trigger language plpgsql as $$
begin
  insert into log(t) values (ctx());
  if new.v = 7 then raise exception 'seven'; end if;
  return new;
end $$;
create trigger trg before insert on t for each row execute function trg2();
insert into t values (1, 1);
select t from log order by n;
do $$
declare c text;
begin
  insert into t values (2, 7);
exception when others then
  get stacked diagnostics c = pg_exception_context;
  raise notice '%', c;
end $$;
create procedure pp(inout a text) language plpgsql as $$ begin a := ctx(); end $$;
do $$
declare c text;
begin
  call pp(c);
  raise notice '%', c;
end $$;
create schema other;
create function other.f(a int[], b varchar(10), variadic c text[]) returns text language plpgsql as $$
begin return ctx(); end $$;
select other.f('{1}', 'a', 'b');
create function "Odd Name"("A b" int, out x text, out y int) language plpgsql as $$ begin x := ctx(); end $$;
select "Odd Name"(1);
