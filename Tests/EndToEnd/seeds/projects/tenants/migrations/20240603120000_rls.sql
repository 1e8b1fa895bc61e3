do $$ declare t record; begin
  for t in select tablename from pg_tables where schemaname = 'public' loop
    execute format('alter table public.%I enable row level security', t.tablename);
  end loop;
end $$;
create policy "members see their orgs" on public.organizations for select to authenticated using (private.org_role(id) is not null or created_by = (select auth.uid()));
create policy "anyone signed in may create" on public.organizations as permissive for insert to authenticated with check (created_by = auth.uid());
create policy "admins update" on public.organizations for update to authenticated using (authorize(id, 'members.write')) with check (authorize(id, 'members.write'));
create policy "see co-members" on public.memberships for select using (authorize(org_id, 'members.read') or user_id = auth.uid());
create policy "manage members" on public.memberships for all to authenticated using (authorize(org_id, 'members.write')) with check (authorize(org_id, 'members.write') and role <> 'owner');
create policy "hook reads" on public.memberships as permissive for select to supabase_auth_admin using (true);
create policy read on public.projects for select to authenticated using (authorize(org_id, 'projects.read') and deleted_at is null);
create policy "write" on public.projects for insert to authenticated with check (authorize(org_id, 'projects.write'));
create policy "update" on public.projects for update to authenticated using (authorize(org_id, 'projects.write'));
create policy "no frozen orgs" on public.projects as restrictive for all to authenticated using (coalesce((select not (o.settings->>'frozen')::boolean from organizations o where o.id = org_id), true));
create policy "del" on public.projects for delete to authenticated using (authorize(org_id, 'projects.delete'));
create policy all_issues on public.issues to authenticated using (exists (select 1 from projects p where p.id = issues.project_id)) with check (exists (select from projects p where p.id = project_id));
create policy inv on public.invitations for all to authenticated using (authorize(org_id, 'members.write') or email = (auth.jwt() ->> 'email')::citext) with check (authorize(org_id,'members.write'));
create policy perms on public.role_permissions for select to anon, authenticated using (true);
create policy audit_read on public.audit_log for select to authenticated using (private.org_role(org_id) in ('owner','admin'));
revoke all on public.audit_log from anon;
revoke insert, update, delete, truncate on public.audit_log from authenticated;
revoke update on public.organizations from authenticated;
grant update (name, settings, plan) on public.organizations to authenticated;
