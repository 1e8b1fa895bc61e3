import PostgresSyntax
import Testing

@Suite struct RoutineLoweringTests {
    @Test(arguments: Self.routines)
    func routinesKeepTheirParts(_ test: LoweringCase) throws {
        #expect(describe(try Script.parseSingle(test.sql)) == test.expected)
    }

    @Test(arguments: Self.sessions)
    func sessionStatementsKeepTheirValues(_ test: LoweringCase) throws {
        #expect(describe(try Script.parseSingle(test.sql)) == test.expected)
    }

    @Test(arguments: Self.unsupported)
    func theRestIsRefusedByName(_ test: LoweringCase) throws {
        #expect(describe(try Script.parseSingle(test.sql)) == test.expected)
    }

    /// Functions, triggers, policies, DO.
    private static let routines = [
        LoweringCase(
            "create or replace function s.f(a int default 1, inout b text, variadic c int[], out d int) returns setof record language plpgsql stable strict security definer set search_path = '' parallel safe cost 1 as $$x$$",
            "createFunction(name: s.f, language: 'plpgsql', orReplace: true, parameters: [(name: 'a', mode: .input, type: pg_catalog.int4, defaultValue: 1), (name: 'b', mode: .inputOutput, type: text), (name: 'c', mode: .variadic, type: pg_catalog.int4[]), (name: 'd', mode: .output, type: pg_catalog.int4)], returns: setof record, text('x'), volatility: .stable, isStrict: true, isSecurityDefiner: true, cost: 1.0, parallel: 'safe', settings: [(name: 'search_path', values: [''])])"
        ),
        LoweringCase(
            "create function f(int) returns s.t.c%type language SQL immutable as 'select 1'",
            "createFunction(name: f, language: 'sql', parameters: [(mode: .input, type: pg_catalog.int4)], returns: s.t.c%type, text('select 1'), volatility: .immutable)"
        ),
        LoweringCase(
            "create function f() returns table (a int, b text) return 1",
            "createFunction(name: f, language: 'sql', parameters: [(name: 'a', mode: .table, type: pg_catalog.int4), (name: 'b', mode: .table, type: text)], returns: setof pg_catalog.record, returning(1), volatility: .volatile)"
        ),
        LoweringCase(
            "create function f() returns int language sql begin atomic select 1; select 2; end",
            "createFunction(name: f, language: 'sql', returns: pg_catalog.int4, statements([select(select(targets: [1])), select(select(targets: [2]))]), volatility: .volatile)"
        ),
        LoweringCase(
            "create procedure s.p() as 'x' language sql",
            "createFunction(name: s.p, language: 'sql', isProcedure: true, text('x'), volatility: .volatile)"),
        LoweringCase(
            "create function f() returns int language c as 'a', 'b'",
            "unsupported(tag: 'a function in an object file')"),
        LoweringCase(
            "create trigger t before insert or update of a, b on s.t for each row when (new.a > 1) execute function s.f('x', 1)",
            "createTrigger(name: 't', table: s.t, timing: .before, events: [.insert, .update], columns: [a b], isForEachRow: true, condition: operation(>, left: new.a, right: 1), function: s.f, arguments: [x 1])"
        ),
        LoweringCase(
            "create constraint trigger t after delete on t deferrable initially deferred for each row execute function f()",
            "createTrigger(name: 't', table: t, timing: .after, events: [.delete], isForEachRow: true, function: f, isConstraint: true, isDeferrable: true, isInitiallyDeferred: true)"
        ),
        LoweringCase(
            "create or replace trigger t instead of delete on v for each row execute procedure f()",
            "createTrigger(name: 't', table: v, orReplace: true, timing: .insteadOf, events: [.delete], isForEachRow: true, function: f)"
        ),
        LoweringCase(
            "create trigger t after update on t referencing new table as n old table as o execute function f()",
            "createTrigger(name: 't', table: t, timing: .after, events: [.update], function: f, oldTable: 'o', newTable: 'n')"
        ),
        LoweringCase(
            #"create policy "p q" on s.t as restrictive for select to anon, public using (true) with check (a = 1)"#,
            "createPolicy(name: 'p q', table: s.t, command: .select, roles: [anon public], using: true, check: operation(=, left: a, right: 1))"
        ),
        LoweringCase(
            "create policy p on t",
            "createPolicy(name: 'p', table: t, command: .all, isPermissive: true, roles: [public])"),
        LoweringCase("do $$begin end$$", "anonymousBlock('begin end')"),
        LoweringCase("do language plv8 $$x$$", "unsupported(tag: 'DO in language plv8')"),
        LoweringCase(
            "alter function s.f(int) stable strict security definer set search_path = '' reset x cost 3",
            "alterFunction(kind: .function, name: s.f, signature: [pg_catalog.int4], volatility: .stable, isStrict: true, isSecurityDefiner: true, cost: 3.0, settings: [(name: 'search_path', values: ['']), (name: 'x')])"
        ),
        LoweringCase(
            "alter procedure f reset all",
            "alterFunction(kind: .procedure, name: f, settings: [(name: 'all')])"),
        LoweringCase(
            "alter policy p on s.t to anon using (true)",
            "alterPolicy(name: 'p', table: s.t, roles: [anon], using: true)"),
        LoweringCase("alter policy p on t with check (false)", "alterPolicy(name: 'p', table: t, check: false)"),
        LoweringCase("call s.p(1, a => 2)", "call(name: [s p], arguments: [1, a => 2])"),
    ]

    /// COPY, transactions, settings.
    private static let sessions = [
        LoweringCase(
            "copy s.t (a, b) from stdin with (format csv, header true, delimiter ',', null '')",
            "copyFromStandardInput(table: s.t, columns: [a b], options: [delimiter: ',', format: 'csv', header: 'true', null: ''], data: '')"
        ),
        LoweringCase(
            "copy t from stdin csv header",
            "copyFromStandardInput(table: t, options: [format: 'csv', header: 'true'], data: '')"),
        LoweringCase(
            #"copy t from stdin (delimiter E'\t', quote '"')"#,
            #"copyFromStandardInput(table: t, options: [delimiter: '\#t', quote: '"'], data: '')"#),
        LoweringCase("copy t to stdout", "copyToStandardOutput(source: table(t))"),
        LoweringCase("copy t from '/x'", "unsupported(tag: 'COPY FROM a file or program')"),
        LoweringCase("copy t from stdin where a", "unsupported(tag: 'COPY … WHERE')"),
        LoweringCase("begin isolation level serializable read write", "transaction(.begin)"),
        LoweringCase("begin read only", "unsupported(tag: 'BEGIN READ ONLY')"),
        LoweringCase("start transaction", "transaction(.begin)"),
        LoweringCase("commit", "transaction(.commit)"),
        LoweringCase("end", "transaction(.commit)"),
        LoweringCase("abort", "transaction(.rollback)"),
        LoweringCase("rollback and chain", "transaction(chain())"),
        LoweringCase("savepoint x", "transaction(savepoint('x'))"),
        LoweringCase("release x", "transaction(release('x'))"),
        LoweringCase("rollback to x", "transaction(rollbackTo('x'))"),
        LoweringCase("prepare transaction 'x'", "unsupported(tag: 'two-phase commit')"),
        LoweringCase("set a.b = 'x', y, 1, -1, -1.5, true, 0", "set(name: 'a.b', values: [x y 1 -1 -1.5 true 0])"),
        LoweringCase("set local role to anon", "set(name: 'role', values: [anon], isLocal: true)"),
        LoweringCase("set role none", "set(name: 'role', values: [none])"),
        LoweringCase("set session authorization default", "set(name: 'session_authorization')"),
        LoweringCase("set time zone 'utc'", "set(name: 'timezone', values: [utc])"),
        LoweringCase("set time zone interval '1' hour", "unsupported(tag: 'SET to an interval')"),
        LoweringCase("set x to default", "set(name: 'x')"),
        LoweringCase("reset all", "set(name: 'all')"),
        LoweringCase(
            "set transaction isolation level serializable",
            "set(name: 'transaction_isolation', values: [serializable], isLocal: true)"),
        LoweringCase(
            "set session characteristics as transaction read only",
            "set(name: 'default_transaction_read_only', values: [1])"),
        LoweringCase(#"set search_path to 'a', "B", c"#, "set(name: 'search_path', values: [a B c])"),
        LoweringCase("set x from current", "unsupported(tag: 'SET … FROM CURRENT')"),
        LoweringCase("show search_path", "show('search_path')"),
        LoweringCase("notify ch, 'x'", "notify(channel: 'ch')"),
    ]

    /// What is recognised and named, not lowered.
    private static let unsupported = [
        LoweringCase(
            "create type r as range (subtype = int, multirange_type_name = s.m)",
            "createRange(name: r, subtype: pg_catalog.int4, multirangeName: s.m)"),
        LoweringCase(
            "create cast (int as text) with inout as implicit",
            "createCast(source: pg_catalog.int4, target: text, method: .throughText, context: .implicit)"),
        LoweringCase(
            "create aggregate f(int) (sfunc = x, stype = int)",
            "createAggregate(name: f, arguments: [pg_catalog.int4], transition: x, stateType: pg_catalog.int4)"),
        LoweringCase("create operator + (leftarg = int, function = f)", "unsupported(tag: 'CREATE OPERATOR')"),
        LoweringCase(
            "create text search configuration c (copy = simple)",
            "createTextSearch(kind: .textSearchConfiguration, name: c, options: [(name: 'copy', value: [simple])])"),
        LoweringCase(
            "create rule r as on insert to t do instead nothing",
            "createRule(name: 'r', table: t, event: .insert, isInstead: true)"),
        LoweringCase("alter system set a = 1", "unsupported(tag: 'ALTER SYSTEM')"),
        LoweringCase("explain select 1", "explain(statement: select(select(targets: [1])))"),
    ]
}
