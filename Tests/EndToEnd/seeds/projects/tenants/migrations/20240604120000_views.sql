alter table public.issues drop constraint issues_check;
alter table public.issues add column if not exists label_count int generated always as (jsonb_array_length(coalesce(custom->'labels','[]'::jsonb))) stored;
alter table public.issues alter column state type citext using state::citext;
create or replace view public.my_orgs with (security_invoker = on) as
  select o.id, o.slug, o.name, m.role, count(*) over () as total,
    (select count(*) from public.memberships x where x.org_id = o.id) as members,
    o.settings -> 'limits' ->> 'projects' as project_limit
  from public.organizations o join public.memberships m on m.org_id = o.id and m.user_id = auth.uid();
create view public.issue_board as
  select p.key || '-' || i.number as ref, i.title, i.state, i.priority,
    dense_rank() over (partition by i.project_id order by i.priority, i.number) as rk,
    lag(i.title) over w as prev, first_value(i.number) over w as first,
    case when i.due < date '2024-07-01' then 'late' when i.due is null then 'none' else to_char(i.due, 'DD Mon YYYY') end as due_text
  from public.issues i inner join public.projects p on p.id = i.project_id
  window w as (partition by i.project_id order by i.number rows between 1 preceding and current row);
alter view public.issue_board set (security_invoker = true);
create materialized view private.org_rollup as
  select o.id as org_id, o.slug::text, count(distinct m.user_id) as members, count(distinct p.id) as projects, coalesce(sum(distinct p.budget), 0)::bigint as budget
  from organizations o left join memberships m on m.org_id = o.id left join projects p on p.org_id = o.id group by o.id, o.slug with no data;
create unique index on private.org_rollup (org_id);
create function public.refresh_rollup() returns void language sql security definer as 'refresh materialized view private.org_rollup';
select cron.schedule('rollup', '*/15 * * * *', $$select public.refresh_rollup()$$);
alter table public.issues add constraint estimate_positive check (estimate > interval '0') not valid;
alter table public.issues validate constraint estimate_positive;
alter table public.issues add foreign key (assignee) references auth.users(id) on delete set null;
alter table public.projects alter column name set default 'Untitled', add column owner uuid default auth.uid();
alter publication supabase_realtime add table public.issues, public.projects;
alter table public.issues replica identity full;
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values ('org-files', 'org-files', false, 5242880, array['image/*','application/pdf']) on conflict (id) do nothing;
create policy "org files" on storage.objects for all to authenticated using (bucket_id = 'org-files' and public.authorize(((storage.foldername(name))[1])::uuid, 'projects.read'))
  with check (bucket_id = 'org-files' and (storage.foldername(name))[1]::uuid in (select org_id from public.memberships where user_id = auth.uid()) and storage.extension(name) in ('png','pdf'));
create or replace function public.handle_new_user() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into public.memberships (org_id, user_id, role)
  select i.org_id, new.id, i.role from public.invitations i where i.email = new.email and i.accepted_at is null and i.expires_at > now()
  on conflict do nothing;
  update public.invitations set accepted_at = '2024-06-05T00:00:00Z' where email = new.email;
  return new;
end $$;
create trigger on_auth_user_created after insert on auth.users for each row execute function public.handle_new_user();
