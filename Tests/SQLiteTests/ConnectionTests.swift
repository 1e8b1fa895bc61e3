import SQLite
import TestSupport
import Testing

private struct Refusal: Error, Equatable { let reason: String }

@Suite struct ConnectionTests {
    @Test func valuesComeBackAsTheyWereBound() throws {
        let connection = try Connection(path: ":memory:")
        let values: [SQLValue] = [
            .null, .integer(.min), .real(0.1), .text(""), .text("a\0b é"), .blob([]), .blob([0, 255]),
        ]
        for value in values {
            #expect(try connection.rows("SELECT ?1", [value]) == [[value]])
        }
    }

    @Test func aDoubleQuotedUnknownNameIsAnError() throws {
        let connection = try Connection(path: ":memory:")
        #expect(throws: SQLiteError.self) { try connection.rows("SELECT \"nothing\"") }
    }

    @Test func whatAFunctionThrowsTheStatementThrows() throws {
        let connection = try Connection(path: ":memory:")
        connection.register(function: "refuse", arguments: 1) { throw Refusal(reason: $0.text(0)) }
        #expect(throws: Refusal(reason: "no")) { try connection.rows("SELECT refuse('no')") }
        #expect(try connection.rows("SELECT 1") == [[.integer(1)]])
    }

    @Test func aFailedTransactionLeavesNothing() throws {
        let connection = try Connection(path: ":memory:")
        try connection.execute("CREATE TABLE t(a)")
        #expect(throws: Refusal.self) {
            try connection.transaction {
                try connection.run("INSERT INTO t VALUES (1)")
                throw Refusal(reason: "rolled back")
            }
        }
        #expect(try connection.rows("SELECT count(*) FROM t") == [[.integer(0)]])
    }

    @Test func nestedUsesOfOneTextDoNotShareAStatement() throws {
        let connection = try Connection(path: ":memory:")
        let sql = "SELECT value FROM json_each('[1,2]')"
        var pairs: [[Int64]] = []
        try connection.query(sql) { outer in
            let left = outer.integer(0)
            try connection.query(sql) { pairs.append([left, $0.integer(0)]) }
        }
        #expect(pairs == [[1, 1], [1, 2], [2, 1], [2, 2]])
    }
}

@Suite struct DatabaseTests {
    @Test func readersSeeWhatTheWriterCommitted() async throws {
        try await withScratchFolder { folder in
            let database = try Database(path: folder + "/a.db")
            try await database.write { try $0.execute("CREATE TABLE t(a)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        _ = try await database.write {
                            try $0.run("INSERT INTO t VALUES (?1)", [.integer(Int64(number))])
                        }
                    }
                }
                try await group.waitForAll()
            }
            let count = try await database.read { try $0.rows("SELECT count(*) FROM t") }
            #expect(count == [[.integer(50)]])
        }
    }
}
