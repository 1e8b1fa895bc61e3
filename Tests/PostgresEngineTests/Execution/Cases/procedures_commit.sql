create table log (n int, at_start bool);
create procedure p(upto int) language plpgsql as $$
begin
  for i in 1..upto loop
    insert into log (n) values (i);
    if i % 2 = 0 then commit; else rollback; end if;
  end loop;
end $$;
call p(5);
select n from log order by n;
do $$ begin insert into log (n) values (100); commit; insert into log (n) values (101); rollback; end $$;
select n from log order by n;
begin;
call p(2);
rollback;
create function f() returns int language plpgsql as $$ begin commit; return 1; end $$;
select f();
create procedure inner_p() language plpgsql as $$ begin insert into log (n) values (200); commit; end $$;
create procedure outer_p() language plpgsql as $$ begin call inner_p(); insert into log (n) values (201); rollback; end $$;
call outer_p();
select n from log order by n;
do $$ begin
  begin
    insert into log (n) values (300);
    commit;
  exception when division_by_zero then null;
  end;
end $$;
select count(*) from log where n = 300;
create procedure failing() language plpgsql as $$ begin insert into log (n) values (400); commit; insert into log (n) values (401); perform 1 / 0; end $$;
call failing();
select n from log where n >= 400;
create procedure guarded() language plpgsql set search_path = public as $$ begin commit; end $$;
call guarded();
create procedure chained() language plpgsql as $$ begin insert into log (n) values (500); commit and chain; insert into log (n) values (501); end $$;
call chained();
select n from log where n >= 500 order by n;
create table counted (id int);
insert into counted select generate_series(1, 3);
do $$ declare r record; begin
  for r in select id from counted order by id loop
    update counted set id = id + 10 where id = r.id;
    commit;
  end loop;
end $$;
select id from counted order by id;
create procedure takes(a int) language plpgsql as $$ begin raise notice 'took %', a; end $$;
call takes($1);
call takes(7);
