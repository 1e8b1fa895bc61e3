set timezone to 'America/New_York';
create table z2 (id int, at timestamptz default '2024-01-15 12:00+00', d date default '2024-01-01', ts timestamp default '2024-01-01 10:00', check (at < '2030-01-01Z'));
create function zf() returns timestamptz language sql as $$ select '2024-01-15 12:00'::timestamptz $$;
create table zc as select '2024-01-15 12:00'::timestamptz at;
set timezone to 'UTC';
insert into z2 (id) values (1);
select * from z2;
select zf();
select * from zc;
