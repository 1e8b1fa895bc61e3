-- Tables on which an emulator is wrong without saying so, when it is.

create table parents (id integer primary key, name text not null unique, code varchar(5), tags text[], span int4range);
create table children (id integer primary key, parent_id integer not null references parents, seen timestamptz, day date);

create table kinds (
    id integer primary key, word text, amount numeric(20, 10), ratio real, flag boolean, moment timestamp, zoned timestamptz,
    check (coalesce(trim(word), 'x') <> ''), check (amount between 0 and 1000000)
);

-- Row security: no policy, two permissive ones, one that asks another table, one by the caller's id.
create table locked (id integer primary key);
alter table locked enable row level security;

create table doubled (id integer primary key, owner text);
alter table doubled enable row level security;
create policy own on doubled for select using (owner = 'anon');
create policy odd on doubled for select using (id % 2 = 1);

create table members (user_id uuid primary key);
create table club (id integer primary key, title text);
alter table club enable row level security;
create policy members_read on club for select using (exists (select 1 from members m where m.user_id = auth.uid()));

create table notes (id integer primary key, author uuid default auth.uid(), body text);
alter table notes enable row level security;
create policy own_notes on notes using (author = auth.uid()) with check (author = auth.uid());

create table slots (id integer primary key, room text not null, open boolean not null);
create unique index one_open_slot on slots (room) where open;
