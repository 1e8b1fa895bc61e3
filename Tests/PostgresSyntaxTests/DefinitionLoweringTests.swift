import PostgresSyntax
import Testing

@Suite struct DefinitionLoweringTests {
    @Test(arguments: Self.definitions)
    func definitionsKeepTheirParts(_ test: LoweringCase) throws {
        #expect(describe(try Script.parseSingle(test.sql)) == test.expected)
    }

    @Test(arguments: Self.grants)
    func grantsKeepTheirObjects(_ test: LoweringCase) throws {
        #expect(describe(try Script.parseSingle(test.sql)) == test.expected)
    }

    /// Schemas, views, indexes, sequences, types, names in DROP and COMMENT.
    private static let definitions = [
        LoweringCase(
            "create schema if not exists s authorization x",
            "createSchema(name: 's', ifNotExists: true, owner: 'x')"),
        LoweringCase("create schema authorization x", "createSchema(name: 'x', owner: 'x')"),
        LoweringCase(
            "create schema s create table t (a int)",
            "createSchema(name: 's', elements: [createTable(name: t, columns: [(name: 'a', type: pg_catalog.int4)])])"),
        LoweringCase(
            "create table a(x, y) as select 1 with no data",
            "createTableAs(name: a, columns: [x y], query: (select(targets: [1])))"),
        LoweringCase(
            "create materialized view if not exists v as select 1",
            "createTableAs(name: v, query: (select(targets: [1])), isMaterializedView: true, ifNotExists: true, withData: true)"
        ),
        LoweringCase(
            "create temp table a as select 1",
            "createTableAs(name: a, query: (select(targets: [1])), withData: true, isTemporary: true)"),
        LoweringCase(
            "create or replace view s.v (a) with (security_invoker=true, security_barrier) as select 1 with local check option",
            "createView(name: s.v, columns: [a], query: (select(targets: [1])), orReplace: true, options: [security_barrier: 'true', security_invoker: 'true'], checkOption: 'local')"
        ),
        LoweringCase(
            "create recursive view v (n) as select 1",
            "createView(name: v, columns: [n], query: (select(targets: [n], from: [relation(v)]), with: (isRecursive: true, tables: [(name: 'v', columns: [n], statement: select(select(targets: [1])))])))"
        ),
        LoweringCase(
            "create temp view v as select 1",
            "createView(name: v, query: (select(targets: [1])), isTemporary: true)"),
        LoweringCase(
            #"create unique index concurrently if not exists i on only s.t using gin (a, lower(b) collate "C" desc nulls last, c gin_trgm_ops) include (z) nulls not distinct where a > 1"#,
            "createIndex(name: 'i', table: s.t, method: 'gin', keys: [(value: a), (value: collate(call(name: [lower], arguments: [b]), [C]), isDescending: true, nullsFirst: false), (value: c, operatorClass: [gin_trgm_ops])], including: [z], filter: operation(>, left: a, right: 1), isUnique: true, nullsNotDistinct: true, ifNotExists: true, isOnly: true)"
        ),
        LoweringCase(
            "create index on t ((a + 1))",
            "createIndex(table: t, method: 'btree', keys: [(value: operation(+, left: a, right: 1))])"),
        LoweringCase(
            "create sequence if not exists s.q as int start 1 increment by -2 no minvalue maxvalue 9223372036854775807 cache 3 cycle owned by s.t.c",
            "createSequence(name: s.q, options: (type: pg_catalog.int4, start: 1, increment: -2, maximum: 9223372036854775807, cache: 3, cycle: true, ownedBy: [s t c]), ifNotExists: true)"
        ),
        LoweringCase(
            "create sequence q minvalue 0 no cycle",
            "createSequence(name: q, options: (minimum: 0, cycle: false))"),
        LoweringCase(
            "alter sequence q owned by none restart with 0",
            "alterSequence(name: q, options: (restart: 0, ownedBy: [none]))"),
        LoweringCase(
            "alter sequence if exists q restart",
            "alterSequence(name: q, options: (restartsAtStart: true), ifExists: true)"),
        LoweringCase("alter sequence q no maxvalue", "unsupported(tag: 'ALTER SEQUENCE … NO MAXVALUE')"),
        LoweringCase("create type s.mood as enum ('a', 'b')", "createEnum(s.mood, labels: [a b])"),
        LoweringCase("create type mood as enum ()", "createEnum(mood)"),
        LoweringCase(
            "alter type mood add value if not exists 'x' before 'y'",
            "alterEnum(name: mood, action: add(label: 'x', before: true, neighbour: 'y', ifNotExists: true))"),
        LoweringCase("alter type mood add value 'x'", "alterEnum(name: mood, action: add(label: 'x'))"),
        LoweringCase(
            "alter type mood rename value 'x' to 'y'",
            "alterEnum(name: mood, action: rename(from: 'x', to: 'y'))"),
        LoweringCase(
            #"create type c as (a int, b text collate "C")"#,
            "createComposite(c, fields: [(name: 'a', type: pg_catalog.int4), (name: 'b', type: text, collation: [C])])"),
        LoweringCase(
            #"create domain d as text collate "C" default 'x' constraint nn not null check (value > 'a')"#,
            "createDomain(name: d, type: text, constraints: [(kind: defaultValue('x')), (name: 'nn', kind: .notNull), (kind: check(operation(>, left: value, right: 'a')))], collation: [C])"
        ),
        LoweringCase(
            #"create extension if not exists "uuid-ossp" with schema extensions"#,
            "createExtension(name: 'uuid-ossp', schema: 'extensions', ifNotExists: true)"),
        LoweringCase(
            "alter table t rename column a to b",
            "rename(kind: .table, name: t, change: column('a', to: 'b'))"),
        LoweringCase(
            "alter table if exists t rename to b",
            "rename(kind: .table, name: t, change: name('b'), ifExists: true)"),
        LoweringCase(
            "alter table t rename constraint a to b",
            "rename(kind: .table, name: t, change: constraint('a', to: 'b'))"),
        LoweringCase("alter view v rename column a to b", "rename(kind: .view, name: v, change: column('a', to: 'b'))"),
        LoweringCase(
            "alter type t rename attribute a to b",
            "rename(kind: .type, name: t, change: column('a', to: 'b'))"),
        LoweringCase("alter schema a rename to b", "rename(kind: .schema, name: a, change: name('b'))"),
        LoweringCase(
            "alter policy p on s.t rename to q",
            "rename(kind: .policy, name: s.t, ownName: 'p', change: name('q'))"),
        LoweringCase(
            "alter function s.f(int, text) rename to g",
            "rename(kind: .function, name: s.f, signature: [pg_catalog.int4, text], change: name('g'))"),
        LoweringCase(
            "alter domain d rename constraint a to b",
            "rename(kind: .domain, name: d, change: constraint('a', to: 'b'))"),
        LoweringCase("alter type s.t set schema u", "rename(kind: .type, name: s.t, change: schema('u'))"),
        LoweringCase("alter function f set schema u", "rename(kind: .function, name: f, change: schema('u'))"),
        LoweringCase("alter type s.t owner to x", "alterTable(kind: .type, name: s.t, actions: [setOwner('x')])"),
        LoweringCase("alter schema s owner to x", "alterTable(kind: .schema, name: s, actions: [setOwner('x')])"),
        LoweringCase(
            "alter function s.f(int) owner to x",
            "alterTable(kind: .function, name: s.f, signature: [pg_catalog.int4], actions: [setOwner('x')])"),
        LoweringCase(
            "drop table if exists a, s.b cascade",
            "drop(kind: .table, names: [[a], [s b]], ifExists: true, cascade: true)"),
        LoweringCase(
            "drop function if exists s.f(int, out text), g",
            "drop(kind: .function, names: [[s f], [g]], signatures: [[pg_catalog.int4], nil], ifExists: true)"),
        LoweringCase("drop policy if exists p on s.t", "drop(kind: .policy, names: [[s t p]], ifExists: true)"),
        LoweringCase("drop trigger r on t", "drop(kind: .trigger, names: [[t r]])"),
        LoweringCase("drop type s.x, y", "drop(kind: .type, names: [[s x], [y]])"),
        LoweringCase("drop schema a, b cascade", "drop(kind: .schema, names: [[a], [b]], cascade: true)"),
        LoweringCase("drop role if exists a, b", "drop(kind: .role, names: [[a], [b]], ifExists: true)"),
        LoweringCase("drop text search configuration x", "drop(kind: .textSearchConfiguration, names: [[x]])"),
        LoweringCase(
            "truncate a, s.b restart identity cascade",
            "truncate([a, s.b], restartIdentity: true, cascade: true)"),
        LoweringCase("truncate only a", "unsupported(tag: 'ONLY')"),
        LoweringCase("comment on table s.t is 'x'", "comment(.table, name: [s t], text: 'x')"),
        LoweringCase("comment on column s.t.c is null", "comment(.column, name: [s t c])"),
        LoweringCase("comment on column s.t.c is ''", "comment(.column, name: [s t c])"),
        LoweringCase(
            "comment on function s.f(int) is 'x'",
            "comment(.function, name: [s f], signature: [pg_catalog.int4], text: 'x')"),
        LoweringCase("comment on constraint c on s.t is 'x'", "comment(.constraint, name: [s t c], text: 'x')"),
        LoweringCase(
            "comment on constraint c on domain d is 'x'",
            "comment(.domainConstraint, name: [d c], text: 'x')"),
        LoweringCase("comment on type s.x is 'x'", "comment(.type, name: [s x], text: 'x')"),
        LoweringCase("comment on schema s is 'x'", "comment(.schema, name: [s], text: 'x')"),
        LoweringCase("refresh materialized view concurrently s.v", "refreshMaterializedView(s.v, concurrently: true)"),
        LoweringCase(
            "alter view v reset (security_invoker)",
            "alterTable(kind: .view, name: v, actions: [resetOptions([security_invoker])])"),
        LoweringCase(
            "alter domain s.d add constraint c check (value > 0)",
            "alterTable(kind: .domain, name: s.d, actions: [addConstraint(name: 'c', kind: check(operation(>, left: value, right: 0)))])"
        ),
        LoweringCase(
            "alter domain d set default 1",
            "alterTable(kind: .domain, name: d, actions: [setDefault(column: '', 1)])"),
        LoweringCase(
            "alter domain d drop not null",
            "alterTable(kind: .domain, name: d, actions: [setNotNull(column: '')])"),
        LoweringCase(
            "alter domain d drop constraint if exists c cascade",
            "alterTable(kind: .domain, name: d, actions: [dropConstraint('c', ifExists: true, cascade: true)])"),
        LoweringCase("create publication p for all tables", "createPublication(name: 'p', isForAllTables: true)"),
        LoweringCase(
            "create publication p for table a, s.b, tables in schema s with (publish = 'insert')",
            "createPublication(name: 'p', tables: [a, s.b], schemas: [s], options: [publish: 'insert'])"),
        LoweringCase(
            "alter publication p add table a",
            "alterPublication(action: .add, objects: (name: 'p', tables: [a]))"),
        LoweringCase(
            "alter publication p drop tables in schema s",
            "alterPublication(action: .drop, objects: (name: 'p', schemas: [s]))"),
        LoweringCase(
            "alter publication p set (publish = 'insert')",
            "alterPublication(action: .setOptions, objects: (name: 'p', options: [publish: 'insert']))"),
        LoweringCase("create publication p for table a (b)", "unsupported(tag: 'a publication of some columns')"),
    ]

    /// Privileges and roles.
    private static let grants = [
        LoweringCase(
            "grant select, insert (a, b) on table s.t, u to anon, public, current_user with grant option",
            "grant(isGrant: true, privileges: [(name: 'select'), (name: 'insert', columns: [a b])], objects: named(.table, [[s t], [u]]), grantees: [anon public current_user], withGrantOption: true)"
        ),
        LoweringCase(
            "grant all (c) on t to x",
            "grant(isGrant: true, privileges: [(name: 'all', columns: [c])], objects: named(.table, [[t]]), grantees: [x])"
        ),
        LoweringCase(
            "grant all on all tables in schema a, b to x",
            "grant(isGrant: true, privileges: [(name: 'all')], objects: allInSchema(.table, [a b]), grantees: [x])"),
        LoweringCase(
            "grant all privileges on all functions in schema a to x",
            "grant(isGrant: true, privileges: [(name: 'all')], objects: allInSchema(.function, [a]), grantees: [x])"),
        LoweringCase(
            "grant usage, select on sequence s.q to x",
            "grant(isGrant: true, privileges: [(name: 'usage'), (name: 'select')], objects: named(.sequence, [[s q]]), grantees: [x])"
        ),
        LoweringCase(
            "grant usage on schema a to x granted by y",
            "grant(isGrant: true, privileges: [(name: 'usage')], objects: named(.schema, [[a]]), grantees: [x])"),
        LoweringCase(
            "grant usage on type t to x",
            "grant(isGrant: true, privileges: [(name: 'usage')], objects: named(.type, [[t]]), grantees: [x])"),
        LoweringCase(
            "grant create on database d to x",
            "grant(isGrant: true, privileges: [(name: 'create')], objects: named(.database, [[d]]), grantees: [x])"),
        LoweringCase(
            "revoke grant option for execute on function s.f(int), g from public cascade",
            "grant(privileges: [(name: 'execute')], objects: named(.function, [[s f], [g]]), grantees: [public], withGrantOption: true, cascades: true, signatures: [[pg_catalog.int4], nil])"
        ),
        LoweringCase(
            "grant a, b to c with admin option",
            "grant(isGrant: true, objects: roles([a b]), grantees: [c], withGrantOption: true)"),
        LoweringCase("revoke a from b", "grant(objects: roles([a]), grantees: [b])"),
        LoweringCase("drop owned by a, b cascade", "owned(roles: [a b], cascades: true)"),
        LoweringCase("reassign owned by a to b", "owned(roles: [a], newOwner: 'b')"),
        LoweringCase(
            "alter default privileges for role p in schema a, b grant all on tables to x",
            "alterDefaultPrivileges(schemas: [a b], (isGrant: true, privileges: [(name: 'all')], objects: defaults(.table), grantees: [x], forRoles: [p]))"
        ),
        LoweringCase(
            "alter default privileges revoke execute on functions from public",
            "alterDefaultPrivileges((privileges: [(name: 'execute')], objects: defaults(.function), grantees: [public]))"
        ),
        LoweringCase(
            "create role x login noinherit superuser bypassrls createdb nocreaterole password 'x' in role a, b role c admin d",
            "createRole(name: 'x', options: [login(true), inherit(false), superuser(true), bypassRowSecurity(true), createDatabase(true), createRole(false), other('password'), memberOf([a b]), members([c]), members([d])])"
        ),
        LoweringCase("create user x", "createRole(name: 'x', options: [login(true)])"),
        LoweringCase("alter role x with nologin", "alterRole(name: 'x', options: [login(false)])"),
        LoweringCase("grant usage on foreign server x to y", "unsupported(tag: 'GRANT FOREIGN SERVER')"),
        LoweringCase("alter role x set a.b to 'c'", "alterRoleSettings(role: 'x', (name: 'a.b', values: [c]))"),
        LoweringCase("alter role all reset all", "alterRoleSettings((name: 'all'))"),
        LoweringCase("alter database d set a to b", "alterDatabaseSettings(name: 'a', values: [b])"),
        LoweringCase("alter role x in database d set a to b", "unsupported(tag: 'ALTER ROLE … IN DATABASE')"),
    ]
}
