create table seen (n serial primary key, event text, tag text, command text, kind text, schema text, identity text);
create function note() returns event_trigger language plpgsql as $$
declare c record;
begin
  for c in select * from pg_event_trigger_ddl_commands() loop
    insert into seen (event, tag, command, kind, schema, identity)
      values (tg_event, tg_tag, c.command_tag, c.object_type, c.schema_name, c.object_identity);
  end loop;
end $$;
create function note_drop() returns event_trigger language plpgsql as $$
declare c record;
begin
  for c in select * from pg_event_trigger_dropped_objects() where object_type in ('table', 'view', 'function', 'table column') loop
    insert into seen (event, tag, kind, schema, identity) values (tg_event, tg_tag, c.object_type, c.schema_name, c.object_identity);
  end loop;
end $$;
create function note_start() returns event_trigger language plpgsql as $$
begin
  insert into seen (event, tag) values (tg_event, tg_tag);
  return;
end $$;
create function protect() returns event_trigger language plpgsql as $$
declare c record;
begin
  for c in select * from pg_event_trigger_ddl_commands() where command_tag in ('CREATE TABLE', 'CREATE TABLE AS') loop
    execute format('alter table %s enable row level security', c.object_identity);
    raise notice 'protected %', c.object_identity;
  end loop;
end $$;
create event trigger protects on ddl_command_end when tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') execute function protect();
create event trigger notes on ddl_command_end execute function note();
create event trigger notes_drop on sql_drop execute function note_drop();
create event trigger notes_start on ddl_command_start when tag in ('DROP TABLE', 'CREATE VIEW') execute procedure note_start();
create table plain (a int, b text);
select relrowsecurity from pg_class where relname = 'plain';
create table keyed (id serial primary key, name text unique);
create index on keyed (name);
create view shown as select a from plain;
alter table plain add column c int;
alter table plain drop column b;
create function f(int) returns int language sql as 'select 1';
create or replace function f(int) returns int language sql as 'select 2';
create type mood as enum ('a');
create schema other;
create table other.thing (id int);
drop function f(int);
drop table plain cascade;
create table copied as select 1 as x;
select tag, command, kind, schema, identity, event from seen order by n;
create event trigger notes on ddl_command_end execute function note();
create event trigger x on nothing execute function note();
create event trigger x on ddl_command_end when color in ('a') execute function note();
create event trigger x on ddl_command_end execute function f();
create event trigger x on ddl_command_end execute function nope();
create function ft() returns trigger language plpgsql as 'begin return new; end';
create event trigger x on ddl_command_end execute function ft();
select note();
select * from pg_event_trigger_ddl_commands();
select * from pg_event_trigger_dropped_objects();
create function bad() returns event_trigger language sql as 'select 1';
select evtname, evtevent, evtfoid::regproc, evtenabled, evttags from pg_event_trigger order by 1;
alter event trigger protects disable;
create table unprotected (a int);
select relrowsecurity from pg_class where relname = 'unprotected';
alter event trigger protects enable;
alter event trigger nope disable;
comment on event trigger protects is 'Row security for every table';
drop function protect();
drop event trigger protects;
drop event trigger protects;
drop event trigger if exists protects;
create function refuse() returns event_trigger language plpgsql as $$ begin raise exception 'no % today', tg_tag; end $$;
create event trigger refuses on ddl_command_end when tag in ('DROP TABLE') execute function refuse();
drop table unprotected;
select count(*) from unprotected;
drop function refuse() cascade;
drop table unprotected;
drop event trigger notes;
drop event trigger notes_drop;
drop event trigger notes_start;
truncate seen;
create table renamed (a int, b int);
create event trigger notes_drop on sql_drop execute function note_drop();
alter table renamed rename column a to z;
alter table renamed rename to other_name;
select event, tag, kind, identity from seen order by n;
alter table other_name drop column b;
select event, tag, kind, identity from seen order by n;
drop event trigger notes_drop;
truncate seen;
create event trigger notes on ddl_command_end execute function note();
alter table other_name add primary key (z);
alter table other_name add column s serial;
alter table other_name rename column s to t;
alter table other_name rename to third_name;
comment on table third_name is 'x';
select tag, command, kind, identity from seen order by n;
drop event trigger notes;
