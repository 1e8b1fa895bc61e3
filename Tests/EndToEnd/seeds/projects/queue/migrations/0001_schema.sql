create schema if not exists queue;

create type queue.job_status as enum ('queued','running','done','failed','dead');

create unlogged table queue.jobs (
 id bigint primary key generated always as identity,
 kind text not null, payload jsonb not null default '{}', status queue.job_status not null default 'queued',
 priority int not null default 100, attempts int not null default 0, max_attempts int not null default 3,
 run_at timestamptz not null default now(), locked_at timestamptz, locked_by text, last_error text, result jsonb,
 unique_key text, created_at timestamptz not null default now(), finished_at timestamptz,
 exclude using btree (unique_key with =) where (status in ('queued','running'))
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);

create index jobs_ready on queue.jobs (priority, run_at) where status = 'queued';

create table queue.schedules (name text primary key, every interval not null check (every >= interval '1 minute'), kind text not null, payload jsonb, last_run timestamptz);

create table queue.workers (id text primary key, seen timestamptz default now(), capabilities text[] not null check (cardinality(capabilities) > 0), meta json);

create or replace function queue.enqueue(kind text, payload jsonb default '{}', delay interval default '0', priority int default 100, unique_key text default null)
returns bigint language plpgsql security definer set search_path = queue, pg_catalog as $$
declare new_id bigint;
begin
  insert into jobs as j (kind, payload, run_at, priority, unique_key)
  values (enqueue.kind, enqueue.payload, '2024-01-01'::timestamptz + delay, enqueue.priority, enqueue.unique_key)
  returning j.id into strict new_id;
  perform pg_notify('jobs', new_id::text);
  return new_id;
exception when exclusion_violation then
  select id into new_id from jobs j where j.unique_key = enqueue.unique_key and j.status in ('queued','running');
  raise notice 'job % already queued', new_id;
  return new_id;
end $$;

create or replace function queue.claim(worker text, kinds text[] default null, batch int default 1, at timestamptz default '2024-06-01') returns setof queue.jobs language sql volatile set search_path to 'queue' as $$
  update jobs set status = 'running', locked_at = at, locked_by = worker, attempts = attempts + 1
   where id in (select id from jobs where status = 'queued' and run_at <= at and (kinds is null or kind = any(kinds)) order by priority, run_at, id for update skip locked limit batch)
  returning *;
$$;

create or replace procedure queue.finish(job_id bigint, ok boolean, info jsonb default null, inout final text default null) language plpgsql as $$
declare j queue.jobs;
begin
  select * into strict j from queue.jobs where id = job_id for no key update;
  if j.status <> 'running' then raise exception 'job % is % not running', job_id, j.status using errcode = 'object_not_in_prerequisite_state'; end if;
  if ok then
    update queue.jobs set status = 'done', result = info, finished_at = '2024-06-01 01:00Z', locked_at = null, locked_by = null where id = job_id;
    final := 'done';
  elsif j.attempts >= j.max_attempts then
    update queue.jobs set status = 'dead', last_error = info ->> 'error' where id = job_id returning status::text into final;
  else
    update queue.jobs set status = 'queued', last_error = info ->> 'error', run_at = j.run_at + (power(2, j.attempts) * interval '30 seconds'), locked_at = null, locked_by = null where id = job_id returning status into final;
  end if;
exception when no_data_found then
  raise exception 'no job %', job_id using errcode = 'P0002', hint = 'It may have been purged.';
end $$;

create function queue.purge(older interval = '7 days', at timestamptz = '2024-07-01') returns int language plpgsql as $$
declare n int := 0; total int := 0; cur cursor (lim timestamptz) for select id from queue.jobs where finished_at < lim order by id; r record;
begin
  for r in cur(at - older) loop
    delete from queue.jobs where id = r.id;
    get diagnostics n = row_count; total := total + n;
  end loop;
  return total;
end $$;

create function queue.stats(out status text, out n bigint, out oldest timestamptz, out kinds text[]) returns setof record language sql stable as $$
 select j.status::text, count(*), min(created_at) filter (where false), array_agg(distinct kind order by kind) from queue.jobs j group by j.status order by j.status
$$;

create function queue.tick() returns void language plpgsql as $$
declare s record; c int := 0;
begin
  for s in select * from queue.schedules where coalesce(last_run + every, '-infinity') <= '2024-06-01' order by name loop
    begin
      perform queue.enqueue(s.kind, coalesce(s.payload, '{}'), unique_key => s.name);
      update queue.schedules set last_run = '2024-06-01' where name = s.name;
      c := c + 1;
    exception when others then
      raise warning 'schedule % failed: % (%)', s.name, sqlerrm, sqlstate;
    end;
  end loop;
  if c = 0 then raise info 'nothing to do'; end if;
end $$;

select cron.schedule('tick', '* * * * *', 'select queue.tick()');

select cron.schedule('purge', '0 3 * * *', $$ select queue.purge('30 days') $$);

select cron.schedule('hook', '*/5 * * * *', $$
  select net.http_post(url := 'https://x.supabase.co/functions/v1/tick', headers := jsonb_build_object('Content-Type','application/json','Authorization','Bearer ' || (select decrypted_secret from vault.decrypted_secrets where name = 'service_key')), body := jsonb_build_object('time', now())) as request_id;
$$);

select vault.create_secret('s3cr3t', 'service_key', 'key for cron');

create or replace function queue.on_done() returns trigger language plpgsql security definer as $$
begin
  perform net.http_post('https://hooks.example.com/jobs', jsonb_build_object('type', tg_op, 'table', tg_table_name, 'schema', tg_table_schema, 'record', row_to_json(new), 'old_record', null));
  return new;
end $$;

create trigger on_done after update of status on queue.jobs for each row when (new.status = 'done' and old.status is distinct from 'done') execute function queue.on_done();
