import PostgresSyntax
import Testing

@Suite struct ScriptTests {
    /// Each piece as `line: text`, or `line: message at position` where it is not SQL.
    private func lines(_ script: String) -> [String] {
        Script.parse(script).map { result in
            switch result {
            case .success(let statement): "\(statement.line): \(statement.text)"
            case .failure(let error): "\(error.line): \(error.message) at \(error.position ?? 0)"
            }
        }
    }

    @Test func statementsKeepTheirTextAndLine() {
        #expect(
            lines("-- first\nselect 1;\n\n/* a; /* b; */ */ select ';' ;;select $a$;$a$\n") == [
                "2: select 1", "4: select ';'", "4: select $a$;$a$",
            ])
    }

    /// Every way a semicolon or quote can hide.
    @Test(arguments: [
        #"select E'\';', 'a\'"#, #"select "a;""b", U&"\0041;""#, "select $$;$$, $a$;$$;$b$;$a$", "select a$1, b",
        "select 1 -- ;\n + 2", "select 1 /* ; /* ; */ ; */ + 2", "select 'it''s;'", "select E'a'';'",
        "create function f() returns int language sql begin atomic select case when true then 1 end; select 2; end",
        "create or replace procedure f() language sql begin atomic select 1; end",
        "create rule r as on insert to t do instead (select 1; select 2)", "select N'a;', B'1', e';'",
    ])
    func semicolonsInsideAStatementDoNotEndIt(_ sql: String) {
        #expect(lines("\(sql);\nselect 2").map { $0.drop { $0 != " " }.dropFirst() } == [sql[...], "select 2"])
    }

    @Test func anEmptyScriptHasNoStatements() {
        for script in ["", " \n", ";;", "-- nothing", "/* nothing", "\u{FEFF}"] { #expect(lines(script) == []) }
    }

    @Test func aBadStatementHidesNoOther() {
        #expect(
            lines("select 1;\nselect 1 +\n  from x;\nselec 2;\nselect 3") == [
                "1: select 1", "3: syntax error at or near \"from\" at 14", "4: syntax error at or near \"selec\" at 1",
                "5: select 3",
            ])
    }

    @Test func aMissingParenthesisEndsAtItsSemicolon() {
        #expect(
            lines("create table t (a int;\nselect 1;") == [
                "1: syntax error at or near \";\" at 22", "2: select 1",
            ])
    }

    /// Messages as Postgres 15 gives them; positions count characters, not bytes.
    @Test(arguments: [
        ("select 'é' x y", "1: syntax error at or near \"y\" at 14"),
        ("select (", "1: syntax error at end of input at 9"),
        ("select 1 +;", "1: syntax error at or near \";\" at 11"),
        ("select 'abc", "1: unterminated quoted string at or near \"'abc\" at 8"),
        ("select $$abc", "1: unterminated dollar-quoted string at or near \"$$abc\" at 8"),
        ("select \"\"", "1: zero-length delimited identifier at or near \"\"\"\" at 8"),
        ("select 1 /* a", "1: unterminated /* comment at or near \"/* a\" at 10"),
        ("create policy if not exists p on t", "1: syntax error at or near \"not\" at 18"),
        (
            "select * from a fetch first 3 rows with ties",
            "1: WITH TIES cannot be specified without ORDER BY clause at 0"
        ),
    ])
    func errorsAreInPostgresWords(_ sql: String, _ expected: String) {
        #expect(lines(sql) == [expected])
    }

    @Test func copyTakesItsRows() throws {
        let results = Script.parse("COPY s.t (a, b) FROM stdin;\n1\tx;\n\\N\t'\n\\.\n\nselect 1;\n")
        #expect(results.count == 2)
        guard case .copyFromStandardInput(let copy) = try results[0].get().statement else {
            Issue.record("not a COPY")
            return
        }
        #expect(copy.data == "1\tx;\n\\N\t'\n")
        #expect(try results[1].get().line == 6)
    }

    @Test func aCopyThatIsNotSQLStillTakesItsRows() {
        #expect(
            lines("copy t (a b) from stdin;\nselect\n\\.\r\nselect 1;") == [
                "1: syntax error at or near \"b\" at 11", "4: select 1",
            ])
    }

    @Test func psqlCommandsAreSkippedOrRefusedByName() {
        #expect(
            lines("\\restrict abc\nselect 1;\n\\connect db\nselect 2;\n\\unrestrict abc") == [
                "2: select 1",
                #"3: psql's command \connect is not supported: a script may hold SQL and COPY data only at 1"#,
                "4: select 2",
            ])
    }
}

@Suite struct SingleParsingTests {
    @Test func severalStatementsAreNotOne() {
        let error = #expect(throws: SyntaxError.self) { try Script.parseSingle("select 1; select 2") }
        #expect(error?.message == "cannot insert multiple commands into a prepared statement")
        #expect(throws: SyntaxError.self) { try Script.parseSingle(" -- nothing") }
    }

    /// Text that would end the expression and begin something else.
    @Test(arguments: [
        "", "a, b", "a b", "a as b", "a from t", "a; select 2", "a limit 1", "a for update", "1 union select 2",
    ])
    func onlyAnExpressionIsAnExpression(_ text: String) {
        #expect(throws: SyntaxError.self) { try Script.parseExpression(text) }
    }

    @Test(arguments: ["", "int + 1", "int x", "int, int", "int from t", "int; drop table t", "1", "text collate \"C\""])
    func onlyATypeIsAType(_ text: String) {
        #expect(throws: SyntaxError.self) { try Script.parseTypeName(text) }
    }

    @Test func locationsAreBytesOfTheCallersText() throws {
        guard case .operation(_, let left, let right) = try Script.parseExpression("'é' || x").node else {
            Issue.record("not an operation")
            return
        }
        #expect(left?.location == 0)
        #expect(right.location == 8)
        #expect(try Script.parseExpression("'é' || x").location == 5)
        #expect(try Script.parseTypeName("int").location == 0)
        let error = #expect(throws: SyntaxError.self) { try Script.parseExpression("a +") }
        #expect(error?.position == 4)
    }
}
