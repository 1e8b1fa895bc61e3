create or replace function private.org_role(p_org uuid) returns public.app_role
language sql stable security definer set search_path = '' as $$
  select m.role from public.memberships m where m.org_id = p_org and m.user_id = (select auth.uid())
$$;
create or replace function public.authorize(p_org uuid, requested public.app_permission)
returns boolean language plpgsql stable security definer set search_path to '' as $function$
declare
  bind_permissions int;
  claim_roles jsonb := coalesce(auth.jwt() -> 'app_metadata' -> 'orgs', '{}'::jsonb);
  user_role public.app_role;
begin
  if claim_roles ? p_org::text then
    user_role := (claim_roles ->> p_org::text)::public.app_role;
  else
    select private.org_role(p_org) into user_role;
  end if;
  select count(*) into bind_permissions
  from public.role_permissions
  where role_permissions.permission = requested and role_permissions.role = user_role;
  return bind_permissions > 0;
end;
$function$;
create or replace function public.custom_access_token_hook(event jsonb) returns jsonb language plpgsql stable as $$
declare
  claims jsonb;
  orgs jsonb;
begin
  claims := event->'claims';
  select coalesce(jsonb_object_agg(m.org_id, m.role), '{}') into orgs from public.memberships m where m.user_id = (event->>'user_id')::uuid;
  if jsonb_typeof(claims->'app_metadata') is null then
    claims := jsonb_set(claims, '{app_metadata}', '{}');
  end if;
  claims := jsonb_set(claims, '{app_metadata,orgs}', orgs);
  event := jsonb_set(event, '{claims}', claims);
  return event;
end; $$;
grant execute on function public.custom_access_token_hook to supabase_auth_admin;
revoke execute on function public.custom_access_token_hook from authenticated, anon, public;
grant usage on schema public to supabase_auth_admin;
grant all on table public.memberships to supabase_auth_admin;

create function private.touch() returns trigger language plpgsql as $$ begin new.updated_at := now(); return new; end $$;
create function private.add_owner() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into memberships (org_id, user_id, role) values (new.id, new.created_by, 'owner');
  return null;
end $$;
create function private.protect_owner() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and old.role = 'owner' then
    if exists (select 1 from public.organizations o where o.id = old.org_id) then
      raise exception using errcode = 'P0403', message = format('owner of %s cannot leave', old.org_id), hint = 'Transfer ownership first', detail = row_to_json(old)::text;
    end if;
    return old;
  elsif tg_op = 'UPDATE' and old.role is distinct from new.role and 'owner' in (old.role, new.role) and current_setting('app.transfer', true) is distinct from 'on' then
    raise insufficient_privilege using message = 'use transfer_ownership()';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create function private.number_issue() returns trigger language plpgsql security definer as $$
begin
  insert into private.issue_counters as c (project_id, last) values (new.project_id, 1)
  on conflict (project_id) do update set last = c.last + 1
  returning last into new.number;
  return new;
end $$;
create function private.audit() returns trigger language plpgsql security definer as $$
declare
  o jsonb; n jsonb; org uuid;
begin
  if tg_op in ('UPDATE','DELETE') then o := to_jsonb(old); end if;
  if tg_op in ('UPDATE','INSERT') then n := to_jsonb(new); end if;
  org := coalesce(n->>'org_id', o->>'org_id')::uuid;
  insert into public.audit_log(org_id, action, target, before, after)
  values (org, lower(tg_op) || coalesce(':' || tg_argv[0], ''), tg_relid,
    case when tg_op = 'UPDATE' then (select jsonb_object_agg(k, v) from jsonb_each(o) as t(k, v) where n->k is distinct from v) else o end,
    case when tg_op = 'UPDATE' then (select jsonb_object_agg(key, value) from jsonb_each(n) where o->key is distinct from value) else n end);
  return coalesce(new, old);
end $$;
create function private.enforce_limit() returns trigger language plpgsql as $$
declare
  lim int; used int;
begin
  select (settings #>> '{limits,projects}')::int into strict lim from public.organizations where id = new.org_id for update;
  select count(*) into used from public.projects where org_id = new.org_id and deleted_at is null;
  if used >= lim then
    raise exception 'project limit of % reached for plan "%"', lim, (select plan from public.organizations where id = new.org_id)
      using errcode = 'check_violation', constraint = 'projects_limit', table = 'projects', schema = 'public';
  end if;
  return new;
exception
  when no_data_found then
    raise exception 'organization % does not exist', new.org_id using errcode = 'foreign_key_violation';
end $$;
create trigger touch before update on public.organizations for each row when (old.* is distinct from new.*) execute procedure private.touch();
create trigger add_owner after insert on public.organizations for each row when (new.created_by is not null) execute function private.add_owner();
create trigger protect_owner before update of role or delete on public.memberships for each row execute function private.protect_owner();
create trigger a_number before insert on public.issues for each row when (new.number is null or new.number = 0) execute function private.number_issue();
create trigger z_audit after insert or update or delete on public.memberships for each row execute function private.audit('membership');
create trigger z_audit after insert or update or delete on public.projects for each row execute function private.audit();
create trigger enforce_limit before insert on public.projects for each row execute function private.enforce_limit();

create function public.transfer_ownership(p_org uuid, p_to uuid) returns setof public.memberships
language plpgsql security definer set search_path = public as $$
#variable_conflict use_column
declare
  me constant uuid := auth.uid();
begin
  perform set_config('app.transfer','on',true);
  if private.org_role(p_org) is distinct from 'owner'::app_role then
    raise exception 'only the owner can transfer' using errcode = '42501';
  end if;
  update memberships set role = 'admin' where org_id = p_org and user_id = me;
  update memberships m set role = 'owner' where m.org_id = p_org and m.user_id = p_to;
  if not found then
    raise exception 'user % is not a member', p_to using errcode = 'P0002';
  end if;
  return query select * from memberships where org_id = p_org order by role, user_id;
end $$;
create function public.create_issue(project bigint, title text, variadic labels text[] default array[]::text[]) returns public.issues language plpgsql as $$
declare rec public.issues%rowtype;
begin
  insert into public.issues (project_id, number, title, custom) values (project, 0, create_issue.title, jsonb_build_object('labels', to_jsonb(labels))) returning * into rec;
  return rec;
end $$;
create function public.search_projects(q text, org uuid default null, lim int default 10)
returns table (id bigint, name text, rank real, headline text) language sql stable as $$
  select p.id, p.name, ts_rank(p.search, query), ts_headline('english', p.name, query, 'StartSel=<b>, StopSel=</b>')
  from public.projects p, websearch_to_tsquery('english', q) query
  where p.search @@ query and (org is null or p.org_id = org) and p.deleted_at is null
  order by 3 desc, 1 limit lim
$$;
create function public.invite(p_org uuid, p_email citext, p_role app_role default 'member', out id uuid, out already boolean) language plpgsql security invoker as $$
begin
  insert into invitations (org_id, email, role) values (p_org, p_email, p_role)
  on conflict on constraint invitations_org_id_email_accepted_at_key do nothing returning invitations.id into invite.id;
  already := not found;
end $$;
create function public.org_stats(p_org uuid) returns json language sql stable as $$
  select json_build_object('projects', count(distinct p.id), 'issues', count(i.*), 'open', count(*) filter (where i.state = 'open'),
    'by_priority', coalesce(json_object_agg(distinct i.priority::text, i.priority) filter (where i.priority is not null), '{}'::json),
    'avg', round(avg(i.priority), 2), 'tags', (select array_agg(distinct t order by t) from public.projects x, unnest(x.tags) t where x.org_id = p_org))
  from public.projects p left join public.issues i on i.project_id = p.id where p.org_id = p_org
$$;
