-- A column for every kind of filter that a client can build, and a function for every kind of result.

create table items (
    id integer primary key,
    name text not null,
    price numeric,
    active boolean,
    tags text[] not null default '{}',
    doc jsonb,
    span int4range,
    notes text not null default ''
);

create table parts (id integer primary key, item_id integer not null references items, label text not null);

create schema attic;
grant usage on schema attic to anon, authenticated, service_role;
create table attic.boxes (id integer primary key);
grant all on attic.boxes to anon, authenticated, service_role;

create function add_up(a integer, b integer default 10) returns integer language sql immutable as 'select a + b';
create function hello(name text) returns text language sql stable as $$ select 'Hello, ' || name $$;
create function nothing() returns void language plpgsql as 'begin end';
create function evens(top integer) returns setof integer language sql immutable as 'select n from generate_series(2, top, 2) n';
create function all_items() returns setof items language sql stable as 'select * from items order by id';
create function one_item(id integer) returns items language sql stable as 'select * from items where items.id = $1';
create function price_list(minimum numeric) returns table (name text, price numeric) language sql stable as
    'select name, price from items where price >= minimum order by price';
create function halves(num integer, out low integer, out high integer) language sql immutable as 'select num / 2, num - num / 2';
create function doubled(num integer, out result integer) language sql immutable as 'select num * 2';
create function joined(variadic words text[]) returns text language sql immutable as $$ select array_to_string(words, '-') $$;
create function summed(numbers integer[]) returns bigint language sql immutable as 'select sum(n) from unnest(numbers) n';
create function member(doc jsonb, key text) returns jsonb language sql immutable as 'select doc -> key';
create function whole(jsonb) returns jsonb language sql immutable as 'select $1';
create function add_part(id integer, item_id integer, label text) returns setof parts language sql as
    'insert into parts values (id, item_id, label) returning *';
create function sorry() returns integer language plpgsql as
    $$ begin raise exception 'sorry' using detail = 'for this', hint = 'ask again', errcode = 'P0001'; end $$;
create function choose(arg integer) returns integer language sql as 'select 1';
create function choose(arg text) returns integer language sql as 'select 2';
