create table member (org int, who text, primary key (org, who));
create table item (id int primary key, org int, n int);
insert into member values (1, 'anon'), (2, 'anon');
create function belongs(o int) returns boolean language sql stable as $$ select exists (select 1 from member where org = o) $$;
create function few() returns trigger language plpgsql as $$
begin
  if (select count(*) from item where org = new.org) >= 2 then raise exception 'two are enough' using errcode = 'PT403'; end if;
  return new;
end $$;
create trigger few before insert on item for each row execute function few();
create function more() returns trigger language plpgsql as $$
begin new.n := (select coalesce(max(n), 0) + 1 from item); return new; end $$;
create trigger more before update on item for each row execute function more();
alter table item enable row level security;
create policy mine on item for all to anon using (true) with check (belongs(org));
grant all on item to anon;
grant select on member to anon;
set role anon;
insert into item values (1, 1, 0), (2, 1, 0), (3, 1, 0);
insert into item values (1, 1, 0), (2, 1, 0);
insert into item select 2 + g, 2, 0 from generate_series(1, 2) g;
update item set org = 3 - org;
select id, org, n from item order by id;
