import PostgresSyntax
import Testing

/// What is parsed ahead is what is parsed in place, in the same order and as far in the text.
@Suite struct StatementsAheadTests {
    private static let statements = (1...500).map { number in
        number % 50 == 0
            ? "selec \(number);\n"
            : number % 70 == 0
                ? "copy t from stdin;\n\(String(repeating: "\(number)\n", count: number * 800))\\.\n"
                : "insert into t values (\(number), '\(String(repeating: "x", count: number % 90))');\n"
    }

    @Test(arguments: ["", "select 1; selec 2; select 3", statements.prefix(40).joined(), statements.joined()])
    func givesWhatTheScriptHolds(_ script: String) {
        var expected = Script.statements(of: script)
        let ahead = StatementsAhead(script)
        while let parsed = expected.next() {
            #expect(ahead.next() == parsed)
            #expect(ahead.consumed == expected.consumed)
        }
        #expect(ahead.next() == nil)
        #expect(ahead.next() == nil)
    }
}
