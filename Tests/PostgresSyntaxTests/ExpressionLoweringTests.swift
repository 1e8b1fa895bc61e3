import PostgresSyntax
import Testing

@Suite struct ExpressionLoweringTests {
    @Test(arguments: Self.expressions)
    func expressionsKeepTheirMeaning(_ test: LoweringCase) throws {
        #expect(describe(try Script.parseExpression(test.sql)) == test.expected)
    }

    @Test(arguments: Self.types)
    func typeNamesKeepTheirModifiers(_ test: LoweringCase) throws {
        #expect(describe(try Script.parseTypeName(test.sql)) == test.expected)
    }

    /// Every kind of expression.
    private static let expressions = [
        LoweringCase("a.b", "a.b"),
        LoweringCase("0", "0"),
        LoweringCase("-1", "-1"),
        LoweringCase("- /* c */ 5", "-5"),
        LoweringCase("-(-(-7))", "-7"),
        LoweringCase("- -5", "5"),
        LoweringCase("-2147483648", "-2147483648"),
        LoweringCase("2147483648", "#2147483648"),
        LoweringCase("99999999999", "#99999999999"),
        LoweringCase("-2.5", "#-2.5"),
        LoweringCase("''", "''"),
        LoweringCase(#"'a''b"\c'"#, #"'a'b"\c'"#),
        LoweringCase(#"E'a\n\x41'"#, "'a\nA'"),
        LoweringCase(#"U&'\00e9'"#, "'é'"),
        LoweringCase("$q$it's$q$", "'it's'"),
        LoweringCase("true", "true"),
        LoweringCase("false", "false"),
        LoweringCase("null", "null"),
        LoweringCase("B'01'", "constant(bitString('b01'))"),
        LoweringCase("X'ff'", "constant(bitString('xff'))"),
        LoweringCase("$3", "parameter(3)"),
        LoweringCase("*", "*"),
        LoweringCase("a.b.*", "a.b.*"),
        LoweringCase("a + 1", "operation(+, left: a, right: 1)"),
        LoweringCase("@ a", "operation(@, right: a)"),
        LoweringCase("a operator(pg_catalog.+) b", "operation(pg_catalog.+, left: a, right: b)"),
        LoweringCase("a <> b", "operation(<>, left: a, right: b)"),
        LoweringCase("a ~~* 'x'", "operation(~~*, left: a, right: 'x')"),
        LoweringCase(
            "a like 'x' escape '!'",
            "operation(~~, left: a, right: call(name: [pg_catalog like_escape], arguments: ['x', '!']))"),
        LoweringCase("a not ilike 'b'", "operation(!~~*, left: a, right: 'b')"),
        LoweringCase(
            "a similar to 'x'",
            "operation(~, left: a, right: call(name: [pg_catalog similar_to_escape], arguments: ['x']))"),
        LoweringCase("a like any (b)", "anyAll(~~, left: a, array: b)"),
        LoweringCase("a = any(b)", "anyAll(=, left: a, array: b)"),
        LoweringCase("a <> all(array[1,2])", "anyAll(<>, left: a, array: array([1, 2]), isAll: true)"),
        LoweringCase("a in (1,2)", "inList(a, [1, 2])"),
        LoweringCase("a not in (1,2)", "inList(a, [1, 2], negated: true)"),
        LoweringCase("a in (select 1)", "subquery(any(=, left: a), (select(targets: [1])))"),
        LoweringCase("a not in (select 1)", "not(subquery(any(=, left: a), (select(targets: [1]))))"),
        LoweringCase("a > all (select 1)", "subquery(all(>, left: a), (select(targets: [1])))"),
        LoweringCase("(a,b) in (select 1,2)", "subquery(any(=, left: row([a, b])), (select(targets: [1, 2])))"),
        LoweringCase("a between 1 and 2", "between(a, low: 1, high: 2)"),
        LoweringCase("a not between symmetric 1 and 2", "between(a, low: 1, high: 2, symmetric: true, negated: true)"),
        LoweringCase("a is distinct from b", "isDistinct(a, from: b)"),
        LoweringCase("a is not distinct from null", "isDistinct(a, from: null, negated: true)"),
        LoweringCase("nullif(a,b)", "nullIf(a, b)"),
        LoweringCase("not a", "not(a)"),
        LoweringCase("a and b and c or d", "or([and([a, b, c]), d])"),
        LoweringCase("a is null", "isNull(a)"),
        LoweringCase("a notnull", "isNull(a, negated: true)"),
        LoweringCase("a is not true", "isTruth(a, .isTrue, negated: true)"),
        LoweringCase("a is false", "isTruth(a, .isFalse)"),
        LoweringCase("a is not unknown", "isTruth(a, .isUnknown, negated: true)"),
        LoweringCase("f()", "call(name: [f])"),
        LoweringCase("s.f(1, b => 2, c := 3)", "call(name: [s f], arguments: [1, b => 2, c => 3])"),
        LoweringCase("f(variadic x)", "call(name: [f], arguments: [x], isVariadic: true)"),
        LoweringCase("count(*)", "call(name: [count], isStar: true)"),
        LoweringCase("count(*) filter (where x)", "call(name: [count], isStar: true, filter: x)"),
        LoweringCase(
            "sum(distinct a order by b desc nulls last)",
            "call(name: [sum], arguments: [a], isDistinct: true, order: [(value: b, isDescending: true, nullsFirst: false)])"
        ),
        LoweringCase(
            "percentile_cont(0.5) within group (order by x)",
            "call(name: [percentile_cont], arguments: [#0.5], order: [(value: x)], isWithinGroup: true)"),
        LoweringCase("sum(a) over w", "call(name: [sum], arguments: [a], window: (reference: 'w'))"),
        LoweringCase(
            "rank() over (partition by a order by b)",
            "call(name: [rank], window: (partition: [a], order: [(value: b)]))"),
        LoweringCase(
            "sum(a) over (w rows between 1 preceding and current row)",
            "call(name: [sum], arguments: [a], window: (reference: 'w', frame: (mode: .rows, start: preceding(1), end: .currentRow), isCopy: true))"
        ),
        LoweringCase(
            "sum(a) over (order by b groups unbounded preceding exclude ties)",
            "call(name: [sum], arguments: [a], window: (order: [(value: b)], frame: (mode: .groups, start: .unboundedPreceding, exclusion: .ties)))"
        ),
        LoweringCase(
            "sum(a) over (order by b range between current row and unbounded following)",
            "call(name: [sum], arguments: [a], window: (order: [(value: b)], frame: (mode: .range, start: .currentRow, end: .unboundedFollowing)))"
        ),
        LoweringCase(
            "sum(a) over (order by b rows x preceding)",
            "call(name: [sum], arguments: [a], window: (order: [(value: b)], frame: (mode: .rows, start: preceding(x))))"
        ),
        LoweringCase("case when a then b end", "caseWhen(branches: [(condition: a, result: b)])"),
        LoweringCase(
            "case a when 1 then 2 else 3 end",
            "caseWhen(operand: a, branches: [(condition: 1, result: 2)], otherwise: 3)"),
        LoweringCase("coalesce(a,b)", "coalesce([a, b])"),
        LoweringCase("greatest(a,b)", "extremum([a, b], isGreatest: true)"),
        LoweringCase("least(a,b)", "extremum([a, b])"),
        LoweringCase("a::text", "cast(a, text)"),
        LoweringCase(#"cast(a as s."T")"#, "cast(a, s.T)"),
        LoweringCase("interval '1 day'", "cast('1 day', pg_catalog.interval)"),
        LoweringCase("-1::text", "operation(-, right: cast(1, text))"),
        LoweringCase(#"a collate "C""#, "collate(a, [C])"),
        LoweringCase("array[1,2]", "array([1, 2])"),
        LoweringCase("array[]::text[]", "cast(array([]), text[])"),
        LoweringCase("array(select 1)", "subquery(.array, (select(targets: [1])))"),
        LoweringCase("(a,b)", "row([a, b])"),
        LoweringCase("row(a)", "row([a])"),
        LoweringCase("(select 1)", "subquery(.scalar, (select(targets: [1])))"),
        LoweringCase("exists (select)", "subquery(.exists, (select()))"),
        LoweringCase("a[1]", "element(a, [(upper: 1)])"),
        LoweringCase("a[1][2:]", "element(a, [(upper: 1), (lower: 2, isSlice: true)])"),
        LoweringCase("a[:]", "element(a, [(isSlice: true)])"),
        LoweringCase("(a).b", "field(a, 'b')"),
        LoweringCase("(a).*", "allFields(a)"),
        LoweringCase("(f(x)).b[1].c", "field(element(field(call(name: [f], arguments: [x]), 'b'), [(upper: 1)]), 'c')"),
        LoweringCase("current_timestamp", "sqlValue(.currentTimestamp)"),
        LoweringCase("current_timestamp(3)", "cast(sqlValue(.currentTimestamp), pg_catalog.timestamptz(3))"),
        LoweringCase("localtime(0)", "cast(sqlValue(.localTime), pg_catalog.time(0))"),
        LoweringCase("current_user", "sqlValue(.currentUser)"),
        LoweringCase("current_catalog", "sqlValue(.currentCatalog)"),
        LoweringCase("now()", "call(name: [now])"),
        LoweringCase("extract(epoch from a)", "call(name: [pg_catalog extract], arguments: ['epoch', a])"),
        LoweringCase("a at time zone 'utc'", "call(name: [pg_catalog timezone], arguments: ['utc', a])"),
        LoweringCase("position('a' in b)", "call(name: [pg_catalog position], arguments: [b, 'a'])"),
        LoweringCase("trim(both 'x' from y)", "call(name: [pg_catalog btrim], arguments: [y, 'x'])"),
        LoweringCase("substring(a from 1 for 2)", "call(name: [pg_catalog substring], arguments: [a, 1, 2])"),
        LoweringCase("overlay(a placing b from 1)", "call(name: [pg_catalog overlay], arguments: [a, b, 1])"),
        LoweringCase("(a, b) overlaps (c, d)", "call(name: [pg_catalog overlaps], arguments: [a, b, c, d])"),
        LoweringCase("grouping(a, b)", "call(name: [grouping], arguments: [a, b])"),
        LoweringCase("xmlelement(name x)", "unsupported('XML')"),
        LoweringCase("f(x order by y using <)", "unsupported('ORDER BY … USING')"),
    ]

    /// Types with their modifiers.
    private static let types = [
        LoweringCase("int", "pg_catalog.int4"),
        LoweringCase("numeric(10,2)", "pg_catalog.numeric(10,2)"),
        LoweringCase("numeric(5,-2)", "pg_catalog.numeric(5,-2)"),
        LoweringCase("varchar(20)", "pg_catalog.varchar(20)"),
        LoweringCase("char", "pg_catalog.bpchar(1)"),
        LoweringCase("timestamptz(3)", "timestamptz(3)"),
        LoweringCase("timestamp with time zone", "pg_catalog.timestamptz"),
        LoweringCase("interval(3)", "pg_catalog.interval(32767,3)"),
        LoweringCase("interval day to second(3)", "pg_catalog.interval(7176,3)"),
        LoweringCase("interval year", "pg_catalog.interval(4)"),
        LoweringCase("text[]", "text[]"),
        LoweringCase("int[3][]", "pg_catalog.int4[][]"),
        LoweringCase("int array", "pg_catalog.int4[]"),
        LoweringCase(#"s."Mood""#, "s.Mood"),
        LoweringCase("vector(3)", "vector(3)"),
        LoweringCase("geometry(Point, 4326)", "geometry(!point, 4326)"),
        LoweringCase("double precision", "pg_catalog.float8"),
        LoweringCase("bit varying(3)", "pg_catalog.varbit(3)"),
    ]
}
