import JSONText
import Testing

@testable import EmulatorServer

@Suite struct StateDifferenceTests {
    private func document(_ rows: [JSON], secrets: JSON = [:], key: JSON = ["id"]) throws -> StateDocument {
        let columns: JSON = [
            ["name": "id", "type": "integer"], ["name": "title", "type": "text"],
            ["name": "at", "type": "timestamp with time zone"], ["name": "token", "type": "uuid"],
        ]
        let table: JSON = ["columns": columns, "key": key, "rows": .array(StateDocument.sorted(rows: rows))]
        return try StateDocument(
            saved: [
                "clouds": ["default": ["services": [:], "tables": ["public.t": table], "secrets": secrets]],
                "format": .string(StateDocument.format), "third_party": [:],
            ])
    }

    private func row(_ id: Int, _ title: String, at: JSON = "2026-01-01", token: JSON = "a") -> JSON {
        ["id": .integer(id), "title": .string(title), "at": at, "token": token]
    }

    @Test func theOrderOfRowsAndMembersMeansNothing() throws {
        let one = try document([row(1, "a"), row(2, "b")])
        let two = try document([row(2, "b"), row(1, "a")])
        #expect(one.hash == two.hash)
        #expect(one.hash.count == 64)
        #expect(one.hash != (try document([row(1, "a")])).hash)
    }

    @Test func timesAndIdsCanBeIgnored() throws {
        let one = try document([row(1, "a", at: "2026-01-01", token: "x")])
        let two = try document([row(1, "a", at: "2027-01-01", token: "y")])
        #expect(one.hash != two.hash)
        #expect(one.ignoring(times: true, ids: true).hash == two.ignoring(times: true, ids: true).hash)
        #expect(one.ignoring(times: true, ids: false).hash != two.ignoring(times: true, ids: false).hash)
        // Null is not a moment.
        let none = try document([row(1, "a", at: .null, token: "x")])
        #expect(one.ignoring(times: true, ids: true).hash != none.ignoring(times: true, ids: true).hash)
    }

    @Test func changesAreToldByPath() throws {
        let old = try document([row(1, "a"), row(2, "b")], secrets: ["A": [:]])
        let new = try document([row(1, "c"), row(3, "d")], secrets: ["B": [:]])
        let changes = StateDifference(from: old, to: new).changes
        #expect(
            changes.map { "\($0.kind.rawValue) \($0.path)" } == [
                "changed tables/public.t/rows/1/title", "removed tables/public.t/rows/2",
                "added tables/public.t/rows/3",
                "removed secrets/A", "added secrets/B",
            ])
        #expect(StateDifference(from: new, to: new).changes.isEmpty)
    }

    @Test(arguments: [
        ("tables/public.t/rows/1/title", 1), ("changed tables/*", 1), ("added tables/*", 1), ("tables/*", 3), ("*", 5),
        ("secrets/A", 1), ("tables/*/rows/*/title", 1), ("added *", 2), ("tables/public.t", 0), ("*title*", 1),
    ])
    func whatIsAllowedIsNotToldOf(pattern: String, count: Int) throws {
        let old = try document([row(1, "a"), row(2, "b")], secrets: ["A": [:]])
        let new = try document([row(1, "c"), row(3, "d")], secrets: ["B": [:]])
        let rest = StateDifference(from: old, to: new).without(allowed: [pattern]).changes
        #expect(rest.count == 5 - count)
    }

    @Test func equalRowsWithoutAKeyAreCounted() throws {
        let old = try document([row(1, "a"), row(1, "a")], key: [])
        let new = try document([row(1, "a")], key: [])
        #expect(StateDifference(from: old, to: new).changes.map(\.kind) == [.removed])
    }

    @Test func whatIsNoStateIsRefused() {
        #expect(throws: StateDocumentError.self) { try StateDocument(saved: ["format": "1"]) }
    }
}
