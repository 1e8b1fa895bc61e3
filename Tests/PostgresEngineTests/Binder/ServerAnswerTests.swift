import Foundation
import PostgresSyntax
import PostgresTypes
import Testing

@testable import PostgresEngine

/// Some thousands of generated statements with what PostgreSQL 15 makes of each: the types of its columns and
/// parameters, or the error. `Tests/Oracle/binder_cases.py` writes them.
struct ServerAnswerTests {
    static let folder: URL = {
        if let other = ProcessInfo.processInfo.environment["BINDER_CASES"] { return URL(fileURLWithPath: other) }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../Conformance/Binder")
    }()

    static let catalog: TestCatalog = {
        do {
            return try TestCatalog(
                script: String(contentsOf: folder.appendingPathComponent("schema.sql"), encoding: .utf8))
        } catch {
            preconditionFailure("schema.sql: \(error)")
        }
    }()

    static func lines(_ name: String) throws -> [String] {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            .split(separator: "\n").map(String.init)
    }

    static let suites = [
        "operators", "casts", "assignments", "constructs", "functions", "nested", "parameters", "queries", "written",
    ]

    /// What the binder says, in the words of a case file.
    static func answer(_ sql: String, hints: [String]) -> String {
        do {
            let bound = try catalog.bind(sql)
            let columns = catalog.describe(columns: bound.outputColumns)
            let parameters = bound.parameters.isEmpty ? "" : "; " + catalog.describe(bound.parameters)
            return "= " + columns + parameters
        } catch let error as PostgresError {
            var line = "! \(error.code) \(error.message)"
            if error.hint != nil || error.detail != nil {
                let hint = error.hint.map { text in hints.firstIndex(of: text).map(String.init) ?? text } ?? ""
                line += "\t" + hint
            }
            return line + (error.detail.map { "\t" + $0 } ?? "")
        } catch let error as SyntaxError {
            return "! 42601 \(error.message)"
        } catch {
            return "! \(error)"
        }
    }

    @Test(arguments: suites)
    func answersAreTheServers(_ suite: String) throws {
        let hints = try Self.lines("hints.txt")
        var differing: [String] = []
        var refused: [String] = []
        let cases = try Self.lines(suite + ".tsv")
        for line in cases {
            let fields = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let found = Self.answer(fields[0], hints: hints)
            if found == fields[1] { continue }
            if found.hasSuffix("is not supported by the emulator yet") {
                refused.append("\(fields[0])\n   server: \(fields[1])\n   binder: \(found)")
            } else {
                differing.append("\(fields[0])\n   server: \(fields[1])\n   binder: \(found)")
            }
        }
        if let report = ProcessInfo.processInfo.environment["BINDER_REPORT"] {
            let text =
                "\(suite): \(cases.count) cases, \(differing.count) differ, \(refused.count) refused\n"
                + "DIFFER\n" + differing.joined(separator: "\n") + "\nREFUSED\n" + refused.joined(separator: "\n")
                + "\n"
            try text.write(toFile: "\(report)/\(suite).txt", atomically: true, encoding: .utf8)
        }
        #expect(differing.isEmpty, "\(differing.prefix(5).joined(separator: "\n"))")
        // What isn't implemented may be refused by name, but seldom.
        #expect(refused.count * 100 <= cases.count * 3, "\(refused.prefix(5).joined(separator: "\n"))")
    }
}
