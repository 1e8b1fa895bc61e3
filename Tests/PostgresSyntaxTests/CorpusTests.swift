import Foundation
import PostgresSyntax
import Testing

/// Real migrations and dumps, from folders named by the environment; without them the tests say so and pass.
@Suite struct CorpusTests {
    /// Statements that are meant to fail, by what Postgres says of them.
    private static let expectedErrors: Set<String> = ["syntax error at or near \"where\""]

    /// What may be unsupported in them, wherever it stands in a statement.
    private static let expected: Set<String> = [
        "unsupported('XMLTABLE'", "ignorable('REPLICA IDENTITY'",
    ]

    @Test func projectsParse() throws {
        guard let folder = folder("ALTAN_PROJECTS") else { return }
        for file in try files(in: folder, ending: ".sql") { try check(file) }
        for file in try files(in: folder, ending: "checks.jsonl") { try checkStatements(file) }
    }

    @Test func dumpsParse() throws {
        guard let folder = folder("ALTAN_POSTGREST_CASES") else { return }
        for file in try files(in: folder, ending: ".sql") { try check(file) }
    }

    private func folder(_ variable: String) -> URL? {
        guard let path = ProcessInfo.processInfo.environment[variable] else {
            print("skipped: set \(variable) to a folder to read its SQL")
            return nil
        }
        return URL(fileURLWithPath: path)
    }

    private func files(in folder: URL, ending: String) throws -> [URL] {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(ending) }
        #expect(!paths.isEmpty)
        return paths.sorted().map { folder.appendingPathComponent($0) }
    }

    private func check(_ file: URL) throws {
        let results = Script.parse(try String(contentsOf: file, encoding: .utf8))
        #expect(!results.isEmpty, "\(file.path)")
        for result in results { check(result, in: file) }
    }

    /// Every statement of a file of checks, each a line of JSON.
    private func checkStatements(_ file: URL) throws {
        struct Check: Decodable {
            struct Then: Decodable { var sql: String }
            var sql: String
            var then: Then?
        }
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let check = try JSONDecoder().decode(Check.self, from: Data(line.utf8))
            for sql in [check.sql] + (check.then.map { [$0.sql] } ?? []) {
                for result in Script.parse(sql) { self.check(result, in: file) }
            }
        }
    }

    private func check(_ result: Result<ParsedStatement, SyntaxError>, in file: URL) {
        switch result {
        case .failure(let error):
            #expect(Self.expectedErrors.contains(error.message), "\(file.path):\(error.line): \(error.message)")
        case .success(let statement):
            let description = describe(statement.statement)
            for match in description.matches(of: /(unsupported|ignorable)\((tag: )?'[^']*'/) {
                let construct = String(match.output.0)
                #expect(Self.expected.contains(construct), "\(file.path):\(statement.line): \(construct)")
            }
        }
    }
}
