create function talk() returns void language plpgsql as $$
begin
  raise debug 'debug'; raise log 'log'; raise info 'info'; raise notice 'notice'; raise warning 'warning';
end $$;
select talk();
set client_min_messages = warning;
select talk();
drop table if exists nothing;
create table if not exists t (a int);
create table if not exists t (a int);
set client_min_messages to 'LOG';
select talk();
set client_min_messages to error;
select talk();
do $$ begin perform set_config('client_min_messages', 'notice', true); raise notice 'heard'; end $$;
select talk();
reset client_min_messages;
drop table if exists nothing;
