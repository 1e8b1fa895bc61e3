create function sum_cursor(n int) returns int language plpgsql as $$
declare c cursor(k int) for select g from generate_series(1, k) g; total int := 0;
begin
  for r in c(n) loop total := total + r.g; end loop;
  for r in c(k := 2) loop total := total + r.g * 100; end loop;
  return total;
end $$;
select sum_cursor(3);
do $$ declare c cursor for select 1 as a, 'x' as b; begin for r in c loop raise notice 'row % %', r.a, r.b; end loop; end $$;
do $$ declare c cursor(low int, high int) for select g from generate_series(low, high) g; r record; begin
  for r in c(high := 3, low := 2) loop raise notice '%', r.g; end loop;
  open c(5, high := 6); fetch c into r; raise notice 'first %', r.g; close c;
end $$;
do $$ declare n int := 0; begin for i in 1..3 loop n := n + i; end loop; raise notice '%', n; end $$;
select array(select array[g, g+1] from generate_series(1,2) g);
select array(select array[1] where false);
select array(select null::int[]);
select array(select case g when 1 then array[1] else array[1,2] end from generate_series(1,2) g);
select array(select '{}'::int[]);
select array_agg(a) from (values (array[1,2]), (array[3,4])) v(a);
select array_agg(a) from (values (array[1,2]), (array[3])) v(a);
select count(*) from pg_proc where proname like 'emulator%';
select to_tsquery('english', 'the'), plainto_tsquery('english', 'the a'), websearch_to_tsquery('english', 'of'), phraseto_tsquery('english', 'the of');
select to_tsquery('english', '');
select plainto_tsquery('english', null), to_tsquery('english', 'cat');
