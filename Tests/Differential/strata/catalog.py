"""What tools and migrations ask of information_schema and pg_catalog, about a schema that has one of everything."""

from case import Stratum

from . import introspection

SCHEMA = """create schema things; set local search_path to things, public;
create type mood as enum ('sad', 'ok'); create type pair as (a int, b text); create domain positive as int check (value > 0);
create table parents (id bigint generated always as identity primary key, code varchar(5) not null unique, made timestamptz default now());
create table items (id uuid primary key default gen_random_uuid(), parent bigint not null references parents on delete cascade, price numeric(8,2) default 0 check (price >= 0), m mood default 'ok', tags text[] default '{}', twice numeric generated always as (price * 2) stored, p positive, pr pair, note text collate "C", constraint unusual unique (parent, m));
create index items_price on items (price desc nulls last); create unique index items_lower on items (lower(note)) where price > 1; create index items_tags on items using gin (tags);
create view cheap as select id, price from items where price < 5; create materialized view kept as select parent, count(*) as n from items group by parent; create sequence counter start 5 increment 2;
create function add_up(a int, b int default 2) returns int language sql immutable as 'select a + b'; create function watch() returns trigger language plpgsql as 'begin return new; end';
create trigger watching before update of price on items for each row when (old.price is distinct from new.price) execute function watch();
alter table items enable row level security; create policy readable on items for select to authenticated using (price > 0); create policy writable on items with check (true);
grant select on items to anon; grant select, insert (price) on items to authenticated; grant execute on function add_up(int, int) to anon;
comment on table items is 'Things'; comment on column items.price is 'In euros'; comment on function add_up(int, int) is 'Adds';
create table parted (k int, v text) partition by range (k); create table parted_1 partition of parted for values from (0) to (10); create table parted_rest partition of parted default; select 1::text"""  # fmt: skip
MINE = "'things'"
QUERIES = [
    f"select table_name, table_type, is_insertable_into from information_schema.tables where table_schema = {MINE} order by 1",
    f"select table_name, column_name, ordinal_position, column_default, is_nullable, data_type, udt_name, character_maximum_length, numeric_precision, numeric_scale, is_identity, identity_generation, is_generated, generation_expression, is_updatable from information_schema.columns where table_schema = {MINE} order by 1, 3",
    f"select table_name, column_name, datetime_precision, domain_name, collation_name from information_schema.columns where table_schema = {MINE} order by 1, 2",
    f"select constraint_name, table_name, constraint_type, is_deferrable from information_schema.table_constraints where table_schema = {MINE} and constraint_name not like '%not_null' order by 1, 2",
    f"select constraint_name, table_name, column_name, ordinal_position from information_schema.key_column_usage where table_schema = {MINE} order by 1, 4",
    f"select constraint_name, unique_constraint_name, update_rule, delete_rule, match_option from information_schema.referential_constraints where constraint_schema = {MINE} order by 1",
    f"select constraint_name, check_clause from information_schema.check_constraints where constraint_schema = {MINE} and constraint_name not like '%not_null' order by 1",
    f"select table_name, column_name, constraint_name from information_schema.constraint_column_usage where table_schema = {MINE} order by 1, 2, 3",
    f"select table_name, view_definition, is_updatable, check_option from information_schema.views where table_schema = {MINE} order by 1",
    f"select routine_name, routine_type, data_type, external_language, is_deterministic, security_type from information_schema.routines where routine_schema = {MINE} order by 1",
    f"select parameter_name, ordinal_position, data_type, parameter_mode, parameter_default from information_schema.parameters where specific_schema = {MINE} order by specific_name, ordinal_position",
    f"select trigger_name, event_manipulation, event_object_table, action_timing, action_orientation, action_condition, action_statement from information_schema.triggers where trigger_schema = {MINE} order by 1, 2",
    f"select sequence_name, data_type, start_value, increment, maximum_value, cycle_option from information_schema.sequences where sequence_schema = {MINE} order by 1",
    "select schema_name from information_schema.schemata where schema_name in ('things', 'public', 'information_schema', 'pg_catalog') order by 1",
    f"select grantee, table_name, privilege_type, is_grantable from information_schema.role_table_grants where table_schema = {MINE} and grantee <> 'postgres' order by 1, 2, 3",
    f"select grantee, column_name, privilege_type from information_schema.column_privileges where table_schema = {MINE} and grantee = 'authenticated' and privilege_type = 'INSERT' order by 1, 2",
    f"select domain_name, data_type from information_schema.domains where domain_schema = {MINE} order by 1",
    "select enum_range(null::things.mood)::text as r",
    f"select relname, relkind, relrowsecurity, relforcerowsecurity, relispartition, relnatts, relhastriggers from pg_class where relnamespace = {MINE}::regnamespace order by 1",
    "select attname, atttypid::regtype, attnotnull, atthasdef, attidentity, attgenerated, attnum, atttypmod, attndims, format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'things.items'::regclass and attnum > 0 order by attnum",
    "select conname, contype, conkey, confkey, confdeltype, confupdtype, confmatchtype, condeferrable, convalidated, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'things'::regnamespace order by 1",
    f"select indexname, indexdef, tablename from pg_indexes where schemaname = {MINE} order by 1",
    "select c.relname, i.indisunique, i.indisprimary, i.indnatts, i.indkey::text, pg_get_expr(i.indpred, i.indrelid), pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = 'things.items'::regclass order by 1",
    f"select policyname, tablename, permissive, roles, cmd, qual, with_check from pg_policies where schemaname = {MINE} order by 1",
    f"select tablename, tableowner, hasindexes, hastriggers, rowsecurity from pg_tables where schemaname = {MINE} order by 1",
    f"select viewname, definition from pg_views where schemaname = {MINE} order by 1",
    f"select matviewname, ispopulated, definition from pg_matviews where schemaname = {MINE} order by 1",
    "select enumlabel, enumsortorder from pg_enum where enumtypid = 'things.mood'::regtype order by 2",
    f"select typname, typtype, typcategory, typnotnull, format_type(typbasetype, null) as base from pg_type where typnamespace = {MINE}::regnamespace and typtype in ('e', 'd') order by 1",
    f"select proname, pronargs, prorettype::regtype, provolatile, prosecdef, prosrc, pg_get_function_arguments(oid), pg_get_function_identity_arguments(oid), pg_get_function_result(oid) from pg_proc where pronamespace = {MINE}::regnamespace order by 1",
    "select pg_get_functiondef('things.add_up(int, int)'::regprocedure) as d",
    "select tgname, tgenabled, tgtype, pg_get_triggerdef(oid) from pg_trigger where tgrelid = 'things.items'::regclass and not tgisinternal order by 1",
    "select pg_get_viewdef('things.cheap') as d",
    "select pg_get_viewdef('things.cheap'::regclass, true) as d",
    "select adnum, pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = 'things.items'::regclass order by 1",
    "select obj_description('things.items'::regclass, 'pg_class') as a, col_description('things.items'::regclass, 3) as b, obj_description('things.add_up(int, int)'::regprocedure, 'pg_proc') as c",
    "select objsubid, description from pg_description where objoid = 'things.items'::regclass order by 1",
    "select inhrelid::regclass, inhparent::regclass from pg_inherits where inhparent = 'things.parted'::regclass order by 1::text",
    "select pg_get_partkeydef('things.parted'::regclass) as k, pg_get_expr(relpartbound, oid) as b from pg_class where relname = 'parted_1'",
    f"select sequencename, start_value, increment_by, last_value from pg_sequences where schemaname = {MINE} order by 1",
    "select pg_get_serial_sequence('things.parents', 'id') as s, pg_get_serial_sequence('things.items', 'id') as n",
    "select rolname, rolsuper, rolcanlogin, rolbypassrls from pg_roles where rolname in ('anon', 'authenticated', 'service_role') order by 1",
    "select nspname from pg_namespace where nspname in ('things', 'public', 'pg_catalog') order by 1",
    "select extname, nspname from pg_extension e join pg_namespace n on n.oid = extnamespace where extname in ('plpgsql', 'pgcrypto') order by 1",
    "select distinct deptype from pg_depend where refobjid = 'things.items'::regclass order by 1",
    "select polname, polcmd, polpermissive, polroles::regrole[]::text, pg_get_expr(polqual, polrelid) from pg_policy where polrelid = 'things.items'::regclass order by 1",
    "select name, setting from pg_settings where name in ('server_version_num', 'TimeZone') order by 1",
]  # fmt: skip
RELATIONS = ["things.items", "items", "things.cheap", "things.nothing", "nowhere.items", "pg_class", "things.items_price", "things.counter", "things.add_up"]  # fmt: skip
ASKED = [
    "to_regclass('{0}')::text", "'{0}'::regclass::text", "has_table_privilege('anon', '{0}', 'select')", "has_table_privilege('authenticated', '{0}', 'insert, update')",
    "has_table_privilege('nobody_here', '{0}', 'select')", "has_table_privilege('{0}', 'fly')", "pg_table_is_visible('{0}'::regclass)", "has_column_privilege('authenticated', '{0}', 'price', 'insert')",
]  # fmt: skip
OTHERS = [
    "'integer'::regtype", "'int4[]'::regtype", "'nothing'::regtype", "to_regtype('varchar(3)')", "to_regtype('things.mood')", "to_regproc('lower')", "to_regproc('things.add_up')", "'things.add_up'::regproc", "'lower'::regproc", "'lower(text)'::regprocedure",
    "'nothing(int)'::regprocedure", "to_regnamespace('things')", "'nowhere'::regnamespace", "'anon'::regrole", "'nobody_here'::regrole", "format_type(23, null)", "format_type(1043, 9)", "format_type(1700, 524294)", "format_type(0, null)", "format_type(99999999, null)",
    "current_schema()", "current_schemas(false)", "current_database() is not null", "current_user", "session_user", "has_schema_privilege('anon', 'things', 'usage')", "has_schema_privilege('things', 'create')", "has_function_privilege('anon', 'things.add_up(int, int)', 'execute')", "has_function_privilege('things.nothing()', 'execute')", "has_any_column_privilege('anon', 'things.items', 'select')",
    "pg_has_role('anon', 'member')", "quote_ident('Select')", "col_description('things.items'::regclass, 1)", "pg_get_constraintdef(0)", "pg_get_viewdef(0)", "pg_get_indexdef('things.items_lower'::regclass)", "pg_get_indexdef('things.items_lower'::regclass, 1, true)", "pg_get_functiondef(0)", "obj_description(0)", "pg_typeof(null)", "pg_typeof(row(1))", "pg_column_size(1)", "to_regrole('anon')", "pg_relation_is_updatable('things.cheap'::regclass, false)", "pg_is_in_recovery()", "pg_get_function_result('things.add_up'::regproc)",
]  # fmt: skip
WRONG = ["select nothing from information_schema.tables", "select * from information_schema.nothing", "insert into information_schema.tables default values", "select * from pg_nothing", "select relname::nothing from pg_class", "create table pg_catalog.mine (a int)", "select 'things.items'::regclass + 'x'", "drop schema things"]  # fmt: skip


def fill(stratum: Stratum, ask) -> None:
    stratum.add(SCHEMA, "set up")
    for query in QUERIES:
        stratum.query(query)
    for relation in RELATIONS:
        for asked in ASKED:
            stratum.expression(asked.format(relation))
    for expression in OTHERS:
        stratum.expression(expression)
    for statement in WRONG:
        stratum.add(statement)
    introspection.fill(stratum)
