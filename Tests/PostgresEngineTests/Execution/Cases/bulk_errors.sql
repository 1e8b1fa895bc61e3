create table parent (id int primary key);
insert into parent select generate_series(1, 10);
create sequence drawn;
create table bulk (id int primary key, n int not null default nextval('drawn'), p int references parent, q int references parent, u int unique, t text, check (n > 0), constraint a_check check (length(t) < 5), check (n <> 7 or t is null));
insert into bulk values (1, 1, 1, 1, 1, 'a'), (2, 1, 1, 1, 2, 'b'), (3, null, 99, 1, 1, 'too long'), (4, 1, 1, 1, 4, 'd'), (5, 1, 1, 1, 5, 'e');
insert into bulk values (1, 1, 1, 1, 1, 'a'), (2, 1, 99, 1, 2, 'b'), (3, -1, 99, 1, 1, 'too long'), (4, null, 1, 1, 4, 'd'), (5, 1, 1, 1, 5, 'e');
insert into bulk values (1, 1, 1, 1, 1, 'a'), (2, 1, 99, 1, 2, 'b'), (3, -1, 99, 1, 1, 'c'), (4, 1, 1, 1, 4, 'd');
insert into bulk values (1, 1, 1, 1, 1, 'a'), (2, 1, 99, 1, 2, 'b'), (3, 1, 99, 1, 1, 'c'), (4, -1, 1, 1, 4, 'd');
insert into bulk values (1, 1, 1, 1, 1, 'a'), (2, 1, 1, 98, 2, 'b'), (3, 1, 99, 1, 3, 'c'), (3, 1, 1, 1, 4, 'd');
insert into bulk values (1, 1, 1, 1, 1, 'a'), (2, 1, 1, 98, 2, 'b'), (3, 1, 99, 1, 3, 'c');
insert into bulk values (1, 1, 1, 1, 1, 'a'), (2, 1, 99, 98, 2, 'b'), (3, 1, 97, 96, 3, 'c');
insert into bulk select g, 1, 1, case when g = 3 then 50 else 1 end, g, case when g = 4 then 'too long' end from generate_series(1, 5) g;
insert into bulk select g, 1, 1, case when g = 3 then 50 else 1 end, g, 'ok' from generate_series(1, 5) g;
insert into bulk select g, 1, 1, 1, g % 4, 'ok' from generate_series(1, 5) g;
insert into bulk select g, 10 / (3 - g), 1, 1, g, 'ok' from generate_series(1, 5) g;
insert into bulk select g, g - 3, 1, 1, g, 'ok' from generate_series(1, 5) g;
select * from bulk;
select nextval('drawn');
insert into bulk (id, t) values (1, 'a'), (2, 'b'), (3, 'too long'), (4, 'd'), (5, 'e');
select nextval('drawn');
insert into bulk (id, t) select g, case when g = 3 then 'too long' end from generate_series(1, 5) g;
select nextval('drawn') between 9 and 11;
select setval('drawn', 20);
insert into bulk (id, t, p) values (1, 'a', 1), (2, 'b', 2), (3, 'c', 30), (4, 'd', 40);
select nextval('drawn');
create table log (line text);
create function note() returns trigger language plpgsql as $$
begin
  insert into log values (tg_op || ' ' || new.id);
  perform nextval('drawn');
  if new.id = 3 and new.t = 'stop' then raise exception 'row % stops', new.id using errcode = 'P0009'; end if;
  new.u := new.id * 10;
  return new;
end $$;
create trigger note before insert or update on bulk for each row execute function note();
insert into bulk (id, n, t) values (1, 1, 'a'), (2, 1, 'b'), (3, 1, 'stop'), (4, -1, 'd');
select nextval('drawn');
insert into bulk (id, n, t) values (1, 1, 'a'), (2, -1, 'b'), (3, 1, 'stop'), (4, -1, 'd');
select nextval('drawn');
select * from log;
insert into bulk (id, n, t) values (1, 1, 'a'), (2, 1, 'b'), (3, 1, 'c'), (4, 1, 'd');
select nextval('drawn');
update bulk set n = case id when 3 then -1 else 2 end, p = case id when 2 then 99 end;
select nextval('drawn');
update bulk set p = id + 8;
update bulk set n = n + 1 returning id, n, u;
update bulk set u = 5;
update bulk set id = id + 1;
select * from log;
drop trigger note on bulk;
insert into bulk (id, n, u, t) values (5, 1, 10, 'e'), (6, 1, 20, 'f') on conflict (u) do update set n = -excluded.n;
insert into bulk (id, n, u, t) values (5, 1, 10, 'e'), (6, 1, 70, 'too long') on conflict (u) do nothing;
insert into bulk (id, n, u, t) values (5, 1, 10, 'e'), (6, 1, 10, 'f'), (7, null, 71, 'g') on conflict (u) do update set t = excluded.t;
insert into bulk (id, n, u, t) values (5, 7, 10, null), (6, 7, 70, null), (7, 7, 71, 'g') returning id;
select id, n, p, q, u, t from bulk;
create role bulk_writer;
grant insert, select, update on bulk to bulk_writer;
grant usage on sequence drawn to bulk_writer;
alter table bulk enable row level security;
create policy reading on bulk for select to bulk_writer using (true);
create policy writing on bulk for insert to bulk_writer with check (n < 100);
create policy narrow on bulk as restrictive for insert to bulk_writer with check (t is distinct from 'no');
create policy changing on bulk for update to bulk_writer using (true) with check (u < 1000);
set role bulk_writer;
insert into bulk (id, n, u, t) values (21, 1, 121, 'a'), (22, 1, 122, 'b'), (23, 100, 122, 'too long'), (24, null, 124, 'no');
insert into bulk (id, n, u, t) values (21, 1, 121, 'a'), (22, 1, 122, 'no'), (23, 100, 122, 'too long'), (24, null, 124, 'no');
insert into bulk (id, n, u, t) values (21, 1, 121, 'a'), (22, -1, 122, 'b'), (23, 100, 122, 'too long');
insert into bulk (id, n, u, t) values (21, 1, 121, 'a'), (22, 100, 121, 'no'), (23, 1, 122, 'c');
insert into bulk (id, n, u, t) values (21, 1, 121, 'a'), (22, 1, 121, 'b'), (23, 100, 122, 'c');
insert into bulk (id, n, u, p) values (21, 1, 121, 77), (22, 1, 122, 1), (23, 1, 123, 78);
insert into bulk (id, n, u, t) select g, g + 70, 100 + g, 'x' from generate_series(25, 35) g;
insert into bulk (id, n, u, t) values (21, 1, 121, 'a'), (22, null, 122, 'b'), (23, 100, 122, 'no');
update bulk set u = u * 20, n = -n;
update bulk set u = u + 1, n = case id when 3 then -1 else n end;
insert into bulk (id, n, u, t) values (21, 1, 121, 'a'), (22, 2, null, 'b') returning *;
reset role;
select * from bulk;
drop table bulk, log, parent;
drop sequence drawn;
drop role bulk_writer;
create sequence order_of;
create table computed (x int default nextval('order_of'), y int default nextval('order_of'), z int default nextval('order_of'), w int default nextval('order_of'));
insert into computed (z, x) values (nextval('order_of'), nextval('order_of'));
insert into computed (z, x) values (nextval('order_of'), nextval('order_of')), (nextval('order_of'), nextval('order_of'));
insert into computed (z, x) values (default, nextval('order_of')), (nextval('order_of'), default);
insert into computed (z, x) values (default, nextval('order_of'));
select * from computed;
drop table computed;
create table stamped (id int primary key, state text not null default 'new', name varchar(8), n int, changed_by text, updated_at timestamptz);
create function stamp() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  new.changed_by := current_user;
  if tg_op = 'UPDATE' and new.state is distinct from old.state then
    new.name := old.state || '>' || new.state;
    new.n = new.n + 1;
  elsif new.n is null then
    new.n := 10;
  else
    null;
  end if;
  if new.state = 'skip' then return null; end if;
  if new.state = 'keep' then return old; end if;
  if new.state = 'bad' then raise exception 'bad state of %', new.id; end if;
  return new;
end $$;
create trigger stamp before insert or update on stamped for each row execute function stamp();
insert into stamped (id) values (1), (2), (3), (4);
select id, state, name, n, changed_by, updated_at is not null from stamped;
update stamped set state = case id when 1 then 'done' when 2 then 'skip' when 3 then 'keep' else 'new' end;
select id, state, name, n, changed_by, updated_at is not null from stamped;
update stamped set state = 'bad' where id > 2;
update stamped set state = 'much longer';
update stamped set n = 999, state = 'more' where id = 4;
update stamped set n = 2147483647, state = 'most' where id = 4;
insert into stamped (id, n) values (5, 1), (6, 1000), (7, 1);
insert into stamped (id, state) values (5, 'keep'), (6, 'skip'), (7, 'fine');
select id, state, name, n from stamped;
create or replace function stamp() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  new.updated_at = null;
  new.name = new.nothing;
  return new;
end $$;
update stamped set n = 1 where id = 1;
create or replace function stamp() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  new.name = 12345678;
  new.n = '7';
  return new;
end $$;
update stamped set n = 1 where id = 1 returning id, name, n;
create or replace function stamp() returns trigger language plpgsql as $$
begin
  new.n = 'seven';
  return new;
end $$;
update stamped set n = 1 where id = 1;
create or replace function stamp() returns trigger language plpgsql as $$
begin
  new.n = 5;
end $$;
update stamped set n = 1 where id = 1;
create or replace function stamp() returns trigger language plpgsql as $$
begin
  if new.id = 3 then return null; end if;
  new.n = pg_trigger_depth();
  return new;
end $$;
update stamped set n = 1 where id = 1 returning n;
delete from stamped where id = 1 returning id, n;
drop trigger stamp on stamped;
create trigger stamp before update of state on stamped for each row when (new.id <> 4) execute function stamp();
update stamped set n = 60;
update stamped set state = 'x';
select id, state, n from stamped;
drop table stamped;
