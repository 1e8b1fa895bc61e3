create table stock (sku text primary key, n int not null, note text, updated_at text);
insert into stock values ('a', 1), ('b', 2), ('c', 3), ('d', 4), ('e', 5);
create function tell() returns trigger language plpgsql as $$
begin
  raise notice '% % % % %', tg_name, tg_when, tg_op, old, new;
  return coalesce(new, old);
end $$;
create function stamp() returns trigger language plpgsql as $$
begin
  if new.n = 99 then return null; end if;
  new.updated_at := tg_op || coalesce(old.n::text, '');
  return new;
end $$;
create function keep() returns trigger language plpgsql as $$
begin
  if old.sku = 'd' then return null; end if;
  return old;
end $$;
create trigger a_stamp before insert or update on stock for each row execute function stamp();
create trigger b_keep before delete on stock for each row execute function keep();
create trigger c_row after insert or update or delete on stock for each row execute function tell();
create trigger d_note after update of note on stock for each row execute function tell();
create trigger e_before before insert or update or delete on stock for each statement execute function tell();
create trigger f_after after insert or update or delete on stock for each statement execute function tell();
merge into stock s using (values ('a', 10), ('b', 99), ('c', 0), ('d', 0), ('x', 7), ('y', 99)) v (sku, n) on s.sku = v.sku
  when matched and v.n = 0 then delete
  when matched then update set n = v.n
  when not matched then insert (sku, n) values (v.sku, v.n);
select * from stock order by sku;
merge into stock s using (values ('a', 'x'), ('zz', 'y')) v (sku, note) on s.sku = v.sku when matched then update set note = v.note;
merge into stock s using (values ('q', 'x')) v (sku, note) on s.sku = v.sku when matched then delete when not matched then do nothing;
merge into stock s using (values ('b', 99), ('b', 99)) v (sku, n) on s.sku = v.sku when matched then update set n = v.n;
merge into stock s using (values ('b', 9), ('b', 8)) v (sku, n) on s.sku = v.sku when matched then update set n = v.n;
drop trigger a_stamp on stock;
drop trigger b_keep on stock;
drop trigger d_note on stock;
create function count_rows() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise notice 'gone %', (select string_agg(sku, ',' order by sku) from olds);
  elsif tg_op = 'INSERT' then
    raise notice 'come %', (select string_agg(sku, ',' order by sku) from news);
  end if;
  return null;
end $$;
create trigger g after insert on stock referencing new table as news for each statement execute function count_rows();
create trigger h after delete on stock referencing old table as olds for each statement execute function count_rows();
merge into stock s using (values ('e', 0), ('l', 2)) v (sku, n) on s.sku = v.sku
  when matched then delete when not matched then insert (n, sku) values (v.n, v.sku);
create table parts (k text, v int) partition by list (k);
create table parts_a partition of parts for values in ('a');
create table parts_b partition of parts for values in ('b');
insert into parts values ('a', 1), ('a', 2);
create trigger r before insert or update or delete on parts for each row execute function tell();
create trigger s after insert or update or delete on parts for each row execute function tell();
merge into parts p using (values (1, 'b'), (2, 'a'), (3, 'b')) w (v, k) on p.v = w.v
  when matched then update set k = w.k when not matched then insert values (w.k, w.v);
select tableoid::regclass, * from parts order by v;
