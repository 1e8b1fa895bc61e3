create table emp (id int primary key, name text);
insert into emp values (1, 'Ann'), (2, 'Bob');
create function repeat_value(v anyelement, n int) returns setof anyelement language sql as $$ select v from generate_series(1, n) $$;
select repeat_value('x'::text, 2);
select * from repeat_value(5, 2);
select * from repeat_value(array[1, 2], 1);
select r + 1 from repeat_value(1.5, 2) r;
create function elements(a anyarray) returns setof anyelement language plpgsql as $$ begin return query select unnest(a); end $$;
select * from elements(array[3, 1]) order by 1;
select elements(array['b', 'a']::text[]);
create function matching(t text, c text, v anyelement) returns setof jsonb language plpgsql as $$
begin
  return query execute format('select to_jsonb(x) from %I x where %I = $1 order by 1', t, c) using v;
  if not found then raise notice 'none'; end if;
end $$;
select matching('emp', 'id', 1);
select * from matching('emp', 'name', 'Bob'::text);
select * from matching('emp', 'name', 'Zed'::text);
select * from matching('emp', 'nope', 1);
create function rows_like(kind anyelement) returns setof anyelement language plpgsql as $$ begin return query execute 'select * from ' || pg_typeof(kind) || ' order by id desc'; end $$;
select * from rows_like(null::emp);
select name from rows_like(null::emp) where id = 1;
select rows_like(null::emp);
select * from repeat_value('x', 1);
