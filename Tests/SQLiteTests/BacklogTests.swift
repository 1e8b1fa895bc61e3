import SQLite
import Testing

@Suite struct BacklogTests {
    @Test func whatWasBegunIsThereWhenItIsWaitedFor() throws {
        let connection = try Connection(path: ":memory:")
        for number in 1...50 {
            connection.begin("CREATE TABLE t\(number) (a); INSERT INTO t\(number) VALUES (\(number))")
        }
        connection.begin("CREATE TABLE sum AS SELECT t1.a + t50.a AS a FROM t1, t50")
        try connection.settle()
        #expect(try connection.rows("SELECT a FROM sum") == [[.integer(51)]])
        try connection.settle()
    }

    @Test func nothingIsRunBehindWhatFailed() throws {
        let connection = try Connection(path: ":memory:")
        connection.begin("CREATE TABLE t (a)")
        connection.begin("CREATE TABLE t (a)")
        connection.begin("CREATE TABLE u (a)")
        #expect(throws: SQLiteError.self) { try connection.settle() }
        #expect(try connection.rows("SELECT name FROM sqlite_schema") == [[.text("t")]])
        connection.begin("CREATE TABLE u (a)")
        try connection.settle()
        #expect(try connection.rows("SELECT name FROM sqlite_schema") == [[.text("t")], [.text("u")]])
    }
}
