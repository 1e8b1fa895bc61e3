import PostgresSyntax
import Testing

@Suite struct ScriptTests {
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
}
