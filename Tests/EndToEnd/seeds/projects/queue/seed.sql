insert into queue.schedules values ('daily','1 day','report','{"a":1}',null),('hourly','01:00:00','sync',null,'2024-05-31 23:30Z'),('weekly','P7D','report','[]','2024-05-01');
insert into queue.workers values ('w1', default, array['sync','report'], '{"b": 1, "a":2,  "b":3}');
do $$ declare i int; begin
 for i in 1..5 loop perform queue.enqueue(case when i % 2 = 0 then 'mail' else 'sync' end, jsonb_build_object('n', i), make_interval(mins => i), 100 - i * 10, case i when 3 then 'k' end); end loop;
 for i in reverse 3..1 by 2 loop raise notice '%', i; end loop;
end $$;
grant usage on schema queue to service_role;
grant execute on all functions in schema queue to service_role;
grant execute on all procedures in schema queue to service_role;
grant select, update on queue.jobs to service_role;
