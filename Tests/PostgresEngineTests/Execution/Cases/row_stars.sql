create table item (id int primary key, name text, price numeric default 3);
create table kept (id int, name text, price numeric);
create table history (id int, name text, price numeric, op text, depth int);
create type pair as (a int, b text);
create function keep_item() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    insert into history values (old.*, 'before', 1);
    insert into history select new.*, 'after', 2;
    return new;
  elsif tg_op = 'DELETE' then
    insert into history (id, name, price) values (old.*);
    insert into history select (old).*, lower(tg_op), pg_trigger_depth();
    return old;
  end if;
  insert into kept values (new.*), (new.id + 100, 'copy', null);
  return new;
end $$;
create trigger keep_item before insert or update or delete on item for each row execute function keep_item();
insert into item values (1, 'one', default), (2, 'two', 2.50);
update item set name = 'uno' where id = 1;
delete from item where id = 2;
select * from kept order by id;
select * from history order by id, op nulls first;
do $$
declare
  r item;
  p pair := row(7, 'seven');
  n int;
  t text;
begin
  r := row(5, 'five', 5);
  insert into kept values (r.*);
  insert into kept select r.*;
  insert into kept select (r).*;
  insert into item values (r.*) on conflict (id) do update set name = excluded.name || '!';
  update item set (name, price) = (select p.b, r.price) where id = 5;
  select p.* into n, t;
  raise notice '% %', n, t;
  insert into kept (id, name) values (p.*);
  insert into kept (id, name, price) values (p.*, 1.5);
end $$;
select * from kept order by id, price;
create function put(r item) returns void language sql as $$ insert into kept values (r.*) $$;
select put(item) from item;
create function put_named(r item) returns setof kept language sql as $$ select r.* $$;
select * from put_named(row(9, 'nine', 9));
values ((row(1, 'x')::pair).*), (2, 'y');
insert into kept values ((row(3, 'z')::pair).*, 0);
select row((row(1, 'x')::pair).*, 2);
insert into kept values (1, 'a', 2), ((row(3, 'z')::pair).*);
do $$ declare q record; begin select 1 as id into q; insert into kept values (q.*); end $$;
do $$ declare q record; begin insert into kept values (q.*); end $$;
do $$ declare q record; begin for q in select * from item loop insert into kept select q.id, q.name, q.price; end loop; end $$;
do $$ begin insert into kept values (nothing.*); end $$;
select * from kept where id = 5 order by name, price;
