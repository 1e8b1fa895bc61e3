create function private.permitted(org uuid, wanted public.permission) returns boolean
language plpgsql stable security definer set search_path = '' as $$
declare
  claimed public.member_role;
begin
  claimed := ((select auth.jwt()) -> 'app_metadata' -> 'orgs' ->> org::text)::public.member_role;
  if claimed is null then
    select m.role into claimed from public.members m where m.org_id = org and m.user_id = (select auth.uid());
  end if;
  return exists (select from public.role_permissions p where p.role = claimed and p.permission = wanted);
end $$;
create function private.orgs() returns setof uuid language sql stable security definer set search_path = '' as $$
  select org_id from public.members where user_id = (select auth.uid())
$$;
revoke execute on all functions in schema private from public;
grant execute on all functions in schema private to authenticated, service_role;

-- The access token names the organizations of its user.
create function public.access_token_hook(event jsonb) returns jsonb language plpgsql stable as $$
declare
  orgs jsonb;
begin
  select coalesce(jsonb_object_agg(org_id, role), '{}') into orgs
  from public.members where user_id = (event ->> 'user_id')::uuid;
  return jsonb_set(event, '{claims,app_metadata}', coalesce(event #> '{claims,app_metadata}', '{}') || jsonb_build_object('orgs', orgs));
end $$;
grant select on public.members to supabase_auth_admin;
create policy "the hook reads members" on public.members for select to supabase_auth_admin using (true);
revoke execute on function public.access_token_hook from public, anon, authenticated;
grant execute on function public.access_token_hook to supabase_auth_admin;

create function private.remember() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  old_row jsonb := to_jsonb(old);
  new_row jsonb := to_jsonb(new);
begin
  insert into private.history (record, op, place, changed)
  select extensions.uuid_generate_v5('6ba7b812-9dad-11d1-80b4-00c04fd430c8', tg_table_name || '.' || (coalesce(new_row, old_row) ->> 'meter_id')),
    tg_op, tg_table_name,
    coalesce((select jsonb_object_agg(key, jsonb_build_array(old_row -> key, value) order by key)
      from jsonb_each(coalesce(new_row, old_row)) where old_row -> key is distinct from new_row -> key), '{}');
  return null;
end $$;
create function private.stamp() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.value < old.value then
    raise exception 'a meter cannot run backwards: % after %', new.value, old.value
      using errcode = 'check_violation', table = tg_table_name, hint = 'Replace the meter instead.';
  end if;
  if new.value = 0 and new.source = 'import' then return null; end if;
  new.updated_by := coalesce(auth.uid(), new.updated_by);
  return new;
end $$;
create trigger stamp before insert or update on public.readings for each row execute function private.stamp();
create trigger remember after insert or update or delete on public.readings for each row execute function private.remember();

create function public.import_readings(batch jsonb) returns table (inserted bigint, updated bigint, skipped bigint)
language plpgsql security invoker set search_path = public, extensions as $$
declare
  before bigint := (select count(*) from readings);
  touched bigint;
begin
  merge into readings r
  using (select m.id, x.taken_on, x.value from jsonb_to_recordset(batch) as x (path text, taken_on date, value numeric)
    join meters m on m.path = x.path::ltree where m.retired_at is null) s
  on r.meter_id = s.id and r.taken_on = s.taken_on
  when matched and r.value = s.value then do nothing
  when matched then update set value = s.value, source = 'import'
  when not matched then insert (meter_id, taken_on, value, source) values (s.id, s.taken_on, s.value, 'import');
  get diagnostics touched = row_count;
  inserted := (select count(*) from readings) - before;
  updated := touched - inserted;
  skipped := jsonb_array_length(batch) - touched;
  return next;
end $$;

create function public.rename_meter(old_path text, new_path text) returns int language plpgsql as $$
declare
  moved int;
begin
  update meters set path = case when path = old_path::extensions.ltree then new_path::extensions.ltree
      else new_path::extensions.ltree operator(extensions.||) extensions.subpath(path, extensions.nlevel(old_path::extensions.ltree)) end
  where path operator(extensions.<@) old_path::extensions.ltree;
  get diagnostics moved = row_count;
  if moved = 0 then raise no_data_found using message = format('no meter at %s', old_path); end if;
  return moved;
end $$;

create function public.close_month(org uuid, month date) returns public.invoices
language plpgsql security definer set search_path = public, extensions as $$
declare
  made invoices;
  span daterange := daterange(date_trunc('month', month)::date, (date_trunc('month', month) + interval '1 month')::date);
begin
  if not private.permitted(org, 'invoices.read') then
    raise insufficient_privilege using message = 'only managers close a month';
  end if;
  refresh materialized view public.monthly_usage;
  with usage as (select path, used, n from monthly_usage where org_id = org and monthly_usage.month = lower(span) and used > 0),
    gone as (delete from invoices where org_id = org and period = span and status = 'draft' returning number)
  insert into invoices (org_id, period, total, lines)
  select org, span, round(sum(used) * 0.25, 2), jsonb_agg(jsonb_build_object('path', path, 'used', used) order by path)
  from usage having count(*) > 0
  returning * into made;
  if made is null then raise exception 'nothing to invoice in %', to_char(month, 'FMMonth YYYY') using errcode = 'P0404'; end if;
  insert into private.events (topic, payload) values ('invoice.made', to_jsonb(made) - 'lines');
  return made;
end $$;

create function private.work(worker text, many int default 1) returns setof private.events language sql as $$
  update private.events set locked_by = worker, attempts = attempts + 1
  where id in (select id from private.events where locked_by is null order by id for update skip locked limit many)
  returning *
$$;
create function private.try_event(id bigint) returns text language plpgsql as $$
#variable_conflict use_variable
declare
  state text; said text; detail text; place text;
begin
  perform 1 / (payload ->> 'divisor')::int from private.events e where e.id = id;
  return 'done';
exception
  when division_by_zero or invalid_text_representation then
    get stacked diagnostics state = returned_sqlstate, said = message_text, detail = pg_exception_detail, place = pg_exception_context;
    update private.events e set failed = format('%s: %s', state, said) where e.id = id;
    return place;
end $$;

alter table public.organizations enable row level security;
alter table public.members enable row level security;
alter table public.meters enable row level security;
alter table public.readings enable row level security;
alter table public.invoices enable row level security;
alter table public.role_permissions enable row level security;
create policy "members see their organizations" on public.organizations for select to authenticated using (id in (select private.orgs()));
create policy "members see each other" on public.members for select to authenticated using (org_id in (select private.orgs()));
create policy "managers change members" on public.members for all to authenticated
  using (private.permitted(org_id, 'members.manage')) with check (private.permitted(org_id, 'members.manage') and role <> 'owner');
create policy "meters of mine" on public.meters for all to authenticated
  using (org_id in (select private.orgs())) with check (private.permitted(org_id, 'readings.write'));
create policy "read readings" on public.readings for select to authenticated
  using (exists (select from public.meters m where m.id = meter_id and private.permitted(m.org_id, 'readings.read')));
create policy "write readings" on public.readings for all to authenticated
  using (exists (select from public.meters m where m.id = meter_id and private.permitted(m.org_id, 'readings.write')))
  with check (exists (select from public.meters m where m.id = meter_id and private.permitted(m.org_id, 'readings.write')));
create policy "no future" on public.readings as restrictive for insert to authenticated with check (taken_on < '2030-01-01');
create policy "invoices of mine" on public.invoices for select to authenticated using (private.permitted(org_id, 'invoices.read'));
revoke insert, update, delete on public.invoices from anon, authenticated;
grant update (status) on public.invoices to service_role;

create function public.make_partition(month date) returns text language plpgsql as $$
declare
  name text := 'readings_' || to_char(month, 'YYYY_MM');
begin
  if to_regclass('public.' || name) is not null then return null; end if;
  execute format('create table public.%I (like public.readings including defaults including constraints)', name);
  execute format('with moved as (delete from public.readings where taken_on >= %L and taken_on < %L returning *) insert into public.%I select * from moved',
    month, month + interval '1 month', name);
  execute format('alter table public.readings attach partition public.%I for values from (%L) to (%L)', name, month, month + interval '1 month');
  return name;
end $$;
revoke execute on function public.make_partition from public, anon, authenticated;
