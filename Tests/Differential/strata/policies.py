"""Row security: policies per command and role, over rows of several owners, permissive and restrictive, forced and not."""

from case import Stratum

ROLES = ["anon", "authenticated", "service_role", "owner"]
USERS = {"a": "11111111-1111-4111-8111-111111111111", "b": "22222222-2222-4222-8222-222222222222"}
ROWS = f"""insert into notes values (1, '{USERS["a"]}', 1, 'one', false), (2, '{USERS["b"]}', 1, 'two', true),
(3, '{USERS["b"]}', 2, 'three', false), (4, null, null, 'four', true)"""
SETUP = f"""create table notes (id int primary key, owner uuid, team int, body text, public boolean default false);
create table members (team int, member uuid, primary key (team, member));
insert into members values (1, '{USERS["a"]}'), (1, '{USERS["b"]}'), (2, '{USERS["b"]}');
{ROWS};
grant usage on schema SCHEMA to anon, authenticated, service_role;
grant all on notes, members to authenticated, service_role; grant select, insert on notes to anon;"""
OWN, TEAM, OPEN = "owner = auth.uid()", "exists (select 1 from members m where m.team = notes.team and m.member = auth.uid())", "public"  # fmt: skip
POLICIES = {
    "none": "",
    "select own": f"create policy p on notes for select using ({OWN});",
    "all own": f"create policy p on notes using ({OWN});",
    "all own to authenticated": f"create policy p on notes to authenticated using ({OWN}) with check ({OWN});",
    "public or own": f"create policy p on notes for select using ({OPEN}); create policy q on notes for all to authenticated using ({OWN});",
    "team": f"create policy p on notes for select to authenticated using ({TEAM}); create policy q on notes for insert to authenticated with check ({TEAM} and {OWN}); create policy r on notes for update to authenticated using ({TEAM}) with check ({OWN});",
    "update only": "create policy p on notes for update using (true);",
    "insert only": f"create policy p on notes for insert with check ({OWN});",
    "delete public": f"create policy p on notes for select using (true); create policy q on notes for delete using ({OPEN});",
    "restrictive": "create policy p on notes using (true); create policy q on notes as restrictive using (team is not null) with check (length(body) < 6);",
    "restrictive alone": f"create policy q on notes as restrictive using ({OPEN});",
    "error": "create policy p on notes using (1 / (id - 2) >= 0);",
    "recursion": "create policy p on notes using (exists (select 1 from notes n where n.public));",
    "definer function": "create function mine(k int) returns boolean language sql security definer stable as 'select exists (select 1 from SCHEMA.members where team = k and member = auth.uid())'; create policy p on notes using (SCHEMA.mine(team));",
    "forced": f"alter table notes force row level security; create policy p on notes using ({OPEN});",
    "setting": "create policy p on notes using (body = current_setting('app.body', true)) with check (true);",
}  # fmt: skip
NEW = f"(10, '{USERS['a']}', 1, 'new', false)"
STATEMENTS = [
    "select * from notes order by id",
    f"insert into notes values {NEW}",
    f"insert into notes values {NEW} returning id",
    f"insert into notes values (11, '{USERS['b']}', 2, 'other', true)",
    f"insert into notes values (1, '{USERS['a']}', 1, 'again', true) on conflict (id) do nothing",
    f"insert into notes values (2, '{USERS['a']}', 1, 'again', true) on conflict (id) do update set body = excluded.body",
    "update notes set body = body || '!'",
    f"update notes set owner = '{USERS['b']}' where id = 1 returning id, body",
    "update notes set team = 2",
    "delete from notes where id < 3",
    "delete from notes returning id",
    "select count(*) from notes n join members m using (team)",
    "truncate notes",
]


def fill(stratum: Stratum, ask) -> None:
    for name, policies in POLICIES.items():
        schema = "rls_" + name.replace(" ", "_")
        path = f"set local search_path to {schema}, public; "
        made = (SETUP + "alter table notes enable row level security;" + policies).replace("SCHEMA", schema)
        owned = f"alter table {schema}.notes owner to rls_owner; grant usage on schema {schema} to rls_owner; grant select on {schema}.members to rls_owner;"
        role = "create role rls_owner;" if name == "none" else ""
        stratum.add(
            f"{role}create schema {schema}; {path}{made}{owned} select count(*)::text from notes", f"{name}: set up"
        )
        for user in ["anon", "authenticated a", "authenticated b", "service_role", "rls_owner"]:
            for statement in stratum.sample(STATEMENTS, 5):
                _ask(stratum, name, path, user, statement)


def _ask(stratum: Stratum, name: str, path: str, user: str, statement: str) -> None:
    """What the statement returns to the user, or all rows after it. The rows are made anew before."""
    role, _, who = user.partition(" ")
    claims = f"""set local request.jwt.claims to '{{"sub": "{USERS[who]}", "role": "{role}"}}'; """ if who else ""
    become = f"{path}delete from notes; {ROWS}; {claims}set local app.body to 'two'; set local role {role}; "
    title = f"{name}: {user}: {statement}"
    if statement.startswith("select"):
        stratum.query(statement, title, before=become)
        return
    if "returning" in statement:
        sql = f"with x as ({statement}) select coalesce(json_agg(x order by id), '[]')::text from x"
    else:
        sql = f"{statement}; reset role; select json_agg(n order by id)::text from notes n"
    stratum.add(become + sql, title)
