import PostgresSyntax
import Testing

@Suite struct InteractiveInputTests {
    /// What comes of each line, the rest last.
    private func pieces(_ lines: String...) -> [[InteractiveInput.Piece]] {
        var input = InteractiveInput()
        var all: [[InteractiveInput.Piece]] = []
        for line in lines {
            input.add(line: line)
            all.append(Array(sequence(state: ()) { _ in input.next() }))
        }
        return all + [input.rest().map { [$0] } ?? []]
    }

    @Test func aStatementComesWithItsSemicolon() {
        #expect(
            pieces("select 1; select", "  ';',", " (2); -- done", "select 3") == [
                [.statement("select 1;")], [], [.statement("select\n  ';',\n (2);")], [], [.statement("select 3\n")],
            ])
    }

    @Test func commandsStandBetweenStatements() {
        #expect(
            pieces("\\d  tasks ;", "\\x", "\\q;", "select '\\d';") == [
                [.command(name: "d", arguments: "tasks")], [.command(name: "x", arguments: "")],
                [.command(name: "q", arguments: "")], [.statement("select '\\d';")], [],
            ])
    }

    @Test func rowsBelongToTheirCopy() {
        #expect(
            pieces("copy t from stdin;", "1;", "\\.", "select 1;") == [
                [], [], [.statement("copy t from stdin;\n1;\n\\.\n")], [.statement("select 1;")], [],
            ])
    }

    @Test func whatIsOpenIsWaitedFor() {
        #expect(pieces("/* one", "two */ select $$;", "$$;") == [[], [], [.statement("select $$;\n$$;")], []])
        var input = InteractiveInput()
        #expect(input.waiting == .statement)
        input.add(line: "select (1;")
        #expect(input.next() == nil && input.waiting == .restOfStatement)
        input.discard()
        input.add(line: "copy t from stdin;")
        #expect(input.next() == nil && input.waiting == .rows)
    }

    @Test func transactionsAreTold() {
        #expect(InteractiveInput.Piece.statement("begin;").transactionCommand == .begin)
        #expect(InteractiveInput.Piece.statement("END;").transactionCommand == .commit)
        #expect(InteractiveInput.Piece.statement("select 1;").transactionCommand == nil)
        #expect(InteractiveInput.Piece.command(name: "d", arguments: "").transactionCommand == nil)
    }
}
