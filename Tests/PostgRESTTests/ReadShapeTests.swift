import Testing

@testable import PostgREST

/// What queries have in common, and that what they have of their own is read as the parser reads it.
@Suite struct ReadShapeTests {
    /// Queries of one shape in a row of their own.
    static let alike = [
        ["id=eq.1&select=*", "id=eq.2&select=*", "id=eq.&select=*", "id=eq.a%26b.c%2C%22&select=*"],
        ["a=not.gte.2024-01-01T00:00:00%2B00:00", "a=not.gte.x"],
        ["name=ilike.*a*", "name=ilike.%25b"],
        ["id=in.(1,2)", "id=in.(3,b-c)"],
        ["child.id=eq.1&select=*,child(*)", "child.id=eq.2&select=*,child(*)"],
        ["data-%3E%3Ea=eq.1", "data-%3E%3Ea=eq.2"],
        ["tags=cs.%7Ba%7D&tags=ov.(1)", "tags=cs.%7B%7D&tags=ov.x"],
        ["count=eq.1&order.x=eq.5", "count=eq.2&order.x=eq.6"],
    ]

    @Test(arguments: alike)
    func `reads that differ in literals have one shape`(queries: [String]) throws {
        let shapes = Set(queries.map { ReadShape.split($0).shape })
        #expect(shapes.count == 1)
        #expect(Set(queries.map { "\(ReadShape.split($0).literals.all)" }).count == queries.count)
    }

    @Test(arguments: alike.flatMap { $0 } + apart)
    func `literals are those that the parser finds`(query: String) throws {
        guard let parameters = try? QueryParameters(QueryString(query), isRoutine: false) else {
            // What means nothing has a shape all the same.
            #expect(Self.apart.contains(query))
            return
        }
        let literals = ReadShape.split(query).literals
        #expect(parameters.agrees(with: literals))
        var other = try QueryParameters(QueryString(query), isRoutine: false)
        other.take(literals)
        #expect(other.filters.map(\.value) == parameters.filters.map(\.value))
        #expect(other.canonical == parameters.canonical)
    }

    /// Each of another shape than all others.
    static let apart = [
        "select=id", "select=eq.5", "select=eq.6", "order=eq.5", "order=eq.6", "limit=1", "limit=2", "offset=1",
        "columns=eq.5", "columns=eq.6", "child.order=eq.a&select=child(*)", "child.order=eq.b&select=child(*)",
        "or=(a.eq.1,b.eq.2)", "or=(a.eq.1,b.eq.3)", "not.and=(a.eq.1)", "a=eq.1", "a=neq.1", "a=not.eq.1", "b=eq.1",
        "a=is.null", "a=is.true", "a=eq(any).%7B1%7D", "a=eq(any).%7B2%7D", "a=in.(1)", "a=in.(1,2)", "a=in.()",
        "a=in.(%221%22)", "a=in.(%222%22)", "a=in.(1,%20a)", "a=fts.x", "a=fts.y", "a=isdistinct.1",
        "a=isdistinct.2", "a=eq.1&b=eq.1", "b=eq.1&a=eq.1", "%22a.order%22=eq.1", "a=like.1", "a=match.1",
    ]

    @Test func `reads that differ in anything else have shapes of their own`() {
        #expect(Set(Self.apart.map { ReadShape.split($0).shape }).count == Self.apart.count)
    }
}
