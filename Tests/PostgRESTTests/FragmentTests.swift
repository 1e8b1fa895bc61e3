import JSONText
import Testing

@testable import PostgREST

@Suite struct SelectTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var items: [SelectItem]
        var testDescription: String { text }

        init(_ text: String, _ items: [SelectItem]) {
            self.text = text
            self.items = items
        }
    }

    static func column(
        _ name: String, path: [Field.Step] = [], alias: String? = nil, cast: String? = nil
    ) -> SelectItem {
        .field(Field(name: name, path: path), alias: alias, cast: cast, aggregate: nil)
    }

    static let cases: [Case] = [
        Case("", []),
        Case("*", [.star]),
        Case("id, name ", [column("id"), column("name")]),
        Case("n:name", [column("name", alias: "n")]),
        Case("id::text", [column("id", cast: "text")]),
        Case("x:id::double precision", [column("id", alias: "x", cast: "double precision")]),
        Case("\"a.b\",\"q\\\"\"", [column("a.b"), column("q\"")]),
        Case("my-column", [column("my-column")]),
        Case(
            "data->a->>0",
            [
                column(
                    "data",
                    path: [
                        .init(key: .name("a"), asText: false), .init(key: .index("0"), asText: true),
                    ])
            ]),
        Case("data->-1::int", [column("data", path: [.init(key: .index("-1"), asText: false)], cast: "int")]),
        Case(
            "id,owner:users!tasks_owner_fkey!inner(name,teams(*))",
            [
                column("id"),
                .embed(
                    Embed(
                        name: "users", alias: "owner", hint: "tasks_owner_fkey", join: .inner, isSpread: false,
                        items: [
                            column("name"),
                            .embed(
                                Embed(
                                    name: "teams", alias: nil, hint: nil, join: nil, isSpread: false, items: [.star])),
                        ])),
            ]),
        Case(
            "...users(name)",
            [
                .embed(
                    Embed(name: "users", alias: nil, hint: nil, join: nil, isSpread: true, items: [column("name")]))
            ]),
        Case(
            "rel()", [.embed(Embed(name: "rel", alias: nil, hint: nil, join: nil, isSpread: false, items: []))]),
        Case("count()", [.field(Field(name: "*"), alias: nil, cast: nil, aggregate: .init(name: "count"))]),
        Case(
            "total:price.sum()::text",
            [
                .field(Field(name: "price"), alias: "total", cast: nil, aggregate: .init(name: "sum", cast: "text"))
            ]),
    ]

    @Test(arguments: cases) func selectIsParsed(_ item: Case) throws {
        #expect(try FragmentParser.select(item.text) == item.items)
    }

    @Test(arguments: ["a,", "a(", "a(b", ":a", "a::", "->a", "\"open", "a" + String(repeating: "->b", count: 201)])
    func whatIsNoSelectIsRefused(text: String) {
        #expect(throws: FragmentError.self) { try FragmentParser.select(text) }
    }
}

@Suite struct FilterTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var isNegated: Bool
        var operation: Filter.Operation
        var testDescription: String { text }

        init(_ text: String, _ operation: Filter.Operation, not: Bool = false) {
            self.text = text
            self.operation = operation
            isNegated = not
        }
    }

    static let cases: [Case] = [
        Case("eq.5", .compare(symbol: "=", value: "5", quantifier: nil)),
        Case("eq.", .compare(symbol: "=", value: "", quantifier: nil)),
        Case("not.gte.a.b,c", .compare(symbol: ">=", value: "a.b,c", quantifier: nil), not: true),
        Case("like.a*b", .compare(symbol: "~~", value: "a%b", quantifier: nil)),
        Case("ilike(any).{a*,b}", .compare(symbol: "~~*", value: "{a%,b}", quantifier: .any)),
        Case("lt(all).{1,2}", .compare(symbol: "<", value: "{1,2}", quantifier: .all)),
        Case("in.(1,\"a,b\",c)", .inList(["1", "a,b", "c"])),
        Case("in.()", .inList([])),
        Case("in.( ,3)", .inList(["", "3"])),
        Case("is.NULL", .isValue(.null)),
        Case("not.is.not_null", .isValue(.notNull), not: true),
        Case("isdistinct.x", .isDistinct("x")),
        Case("cs.{a,b}", .compare(symbol: "@>", value: "{a,b}", quantifier: nil)),
        Case(
            "plfts(english).cat",
            .textSearch(function: "plainto_tsquery", configuration: "english", value: "cat")),
    ]

    @Test(arguments: cases) func filtersAreParsed(_ item: Case) throws {
        let filter = try FragmentParser.filter(item.text, on: Field(name: "c"))
        #expect(filter.operation == item.operation)
        #expect(filter.isNegated == item.isNegated)
    }

    @Test(arguments: ["5", "unknown.5", "eq", "neq(any).{1}", "in.1", "is.maybe", "not.5", "xeq.1"])
    func unknownOperatorsAreRefused(text: String) {
        #expect(throws: FragmentError.self) { try FragmentParser.filter(text, on: Field(name: "c")) }
    }

    @Test func logicTreesNest() throws {
        let tree = try FragmentParser.logicTree("(a.eq.1,not.or(b.is.null,c.in.(1,2)))", isOr: true, isNegated: false)
        let inner = LogicTree.group(
            isOr: true, isNegated: true,
            [
                .filter(Filter(field: Field(name: "b"), isNegated: false, operation: .isValue(.null))),
                .filter(Filter(field: Field(name: "c"), isNegated: false, operation: .inList(["1", "2"]))),
            ])
        let first = Filter(
            field: Field(name: "a"), isNegated: false, operation: .compare(symbol: "=", value: "1", quantifier: nil))
        #expect(tree == .group(isOr: true, isNegated: false, [.filter(first), inner]))
    }

    @Test func whatNoStackIsDeepEnoughForIsRefused() throws {
        func nested(_ word: String, _ inner: String, _ count: Int) -> String {
            String(repeating: word, count: count) + inner + String(repeating: ")", count: count)
        }
        _ = try FragmentParser.logicTree(nested("(not.or", "(a.eq.1)", 199), isOr: false, isNegated: false)
        #expect(throws: FragmentError.self) {
            try FragmentParser.logicTree(nested("(not.or", "(a.eq.1)", 200), isOr: false, isNegated: false)
        }
        _ = try FragmentParser.select(nested("a(", "b", 200))
        #expect(throws: FragmentError.self) { try FragmentParser.select(nested("a(", "b", 201)) }
    }

    @Test(arguments: ["()", "(a.eq.1", "a.eq.1", "(a)"])
    func brokenLogicTreesAreRefused(text: String) {
        #expect(throws: FragmentError.self) {
            try FragmentParser.logicTree(text, isOr: false, isNegated: false)
        }
    }

    @Test func ordersTakeDirectionsAndNulls() throws {
        let terms = try FragmentParser.order("a.desc.nullslast,rel(b).asc,c.nullsfirst")
        #expect(
            terms == [
                OrderTerm(relation: nil, field: Field(name: "a"), isDescending: true, nullsFirst: false),
                OrderTerm(relation: "rel", field: Field(name: "b"), isDescending: false, nullsFirst: nil),
                OrderTerm(relation: nil, field: Field(name: "c"), isDescending: false, nullsFirst: true),
            ])
    }

    @Test(arguments: ["a.down", "a.asc.nulls", "a,", ""]) func brokenOrdersAreRefused(text: String) {
        #expect(throws: FragmentError.self) { try FragmentParser.order(text) }
    }
}

@Suite struct PayloadTests {
    @Test func keysOfAllObjectsMustMatch() {
        #expect(throws: RestError.badPayload("All object keys must match")) {
            try Payload(Array(#"[{"a":1},{"b":1}]"#.utf8), contentType: nil, columns: nil)
        }
    }

    @Test func namedColumnsNeedNoUniformKeys() throws {
        let payload = try Payload(Array(#"[{"a":1},{"b":2}]"#.utf8), contentType: nil, columns: ["a", "b"])
        #expect(payload.rows == [[1, nil], [nil, 2]])
    }

    @Test func csvTellsNullFromText() throws {
        let payload = try Payload(Array("a,b\n1,NULL\n,\"NULL\"\n".utf8), contentType: "text/csv", columns: nil)
        #expect(payload.columns == ["a", "b"])
        #expect(payload.rows == [["1", .null], ["", "NULL"]])
    }

    @Test(arguments: ["", "{", "nonsense"]) func whatIsNoJSONIsRefused(text: String) {
        #expect(throws: RestError.badPayload("Empty or invalid json")) {
            try Payload(Array(text.utf8), contentType: "application/json", columns: nil)
        }
    }

    @Test func otherContentTypesAreRefused() {
        #expect(throws: RestError.badPayload("Content-Type not acceptable: image/png")) {
            try Payload([], contentType: "image/png", columns: nil)
        }
    }
}

@Suite struct RangeTests {
    @Test(arguments: [("0-9", 0, 10), ("5-", 5, nil), ("items=2-2", 2, 1)] as [(String, Int, Int?)])
    func rangesAreRead(text: String, offset: Int, limit: Int?) throws {
        #expect(try RowRange.header(text) == RowRange(offset: offset, limit: limit))
    }

    @Test func aReversedRangeIsRefused() {
        #expect(throws: RestError.self) { try RowRange.header("9-5") }
    }

    @Test(arguments: [(0, 0, nil, "*/*"), (0, 3, nil, "0-2/*"), (10, 5, 40, "10-14/40"), (0, 0, 0, "*/0")])
    func contentRangesAreWritten(offset: Int, rows: Int, total: Int?, text: String) {
        #expect(RowRange.contentRange(offset: offset, rows: rows, total: total) == text)
    }

    @Test func queriesAreCanonical() {
        #expect(QueryString("b=2&a=x%20y&a=1").canonical == "a=x%20y&a=1&b=2")
    }
}
