create or replace function one() returns table (a int) language sql as 'select 1';
create or replace function one() returns table (b int) language sql as 'select 2';
select * from one();
create or replace function two(out a int, out b int) language sql as 'select 1, 2';
create or replace function two(out a int, out c int) language sql as 'select 1, 2';
