import Foundation
import PostgresEngine
import PostgresTypes
import SQLite
import TestSupport
import Testing
import World

/// Scripts whose answers were recorded from PostgreSQL 15 (`Cases/record.py`): every row, tag, error and notice.
@Suite struct RecordedCaseTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases")

    static let names: [String] = {
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (files ?? ["none.sql"]).filter { $0.hasSuffix(".sql") }.map { String($0.dropLast(4)) }.sorted()
    }()

    @Test(arguments: names) func answersAsRecorded(_ name: String) async throws {
        let script = try String(contentsOf: Self.folder.appending(path: "\(name).sql"), encoding: .utf8)
        let expected = try String(contentsOf: Self.folder.appending(path: "\(name).expected"), encoding: .utf8)
        try await withScratchFolder { scratch in
            let database = try PostgresDatabase(
                path: "\(scratch)/\(name).db", world: .deterministic(), durable: false)
            // The recording started in a database without Supabase's roles and default privileges.
            let prepared = await database.execute(
                script: """
                    alter default privileges in schema public revoke all on tables from anon, authenticated, service_role, postgres;
                    grant create on schema public to public;
                    revoke create on schema public from public;
                    """, session: Session())
            #expect(prepared.failures.isEmpty)
            let result = await database.execute(
                script: script, session: Session(searchPath: ["public"]), options: [.continueOnError, .autocommit])
            let answers = Self.sections(result.entries.map(Self.render).joined())
            let recorded = Self.sections(expected)
            #expect(answers.count == recorded.count)
            for (answer, record) in zip(answers, recorded) where answer != record {
                Issue.record("\(name): got\n\(answer)recorded\n\(record)")
            }
        }
    }

    /// The answers, one for each statement.
    private static func sections(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).reduce(into: []) { sections, line in
            if line.hasPrefix("> ") { sections.append("") }
            if !sections.isEmpty, !line.isEmpty { sections[sections.count - 1] += line + "\n" }
        }
    }

    private static func render(_ entry: ScriptResult.Entry) -> String {
        var lines = ["> " + entry.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")]
        lines += entry.notices.map { "\($0.severity.rawValue): \($0.message)" }
        switch entry.outcome {
        case .failure(let error):
            lines.append("ERROR \(error.code): \(error.message)")
            if let detail = error.detail { lines.append("DETAIL: \(detail)") }
            if let hint = error.hint { lines.append("HINT: \(hint)") }
            if let constraint = error.constraint { lines.append("CONSTRAINT: \(constraint)") }
        case .success(let result):
            if let copied = result.copied, !copied.isEmpty { lines.append(String(copied.dropLast())) }
            if !result.columns.isEmpty {
                lines.append(result.columns.map(\.name).joined(separator: "|"))
                for row in result.rows {
                    let cells = zip(row, result.types).map { value, type in
                        value.isNull ? "" : type.encode(value, context: result.context)
                    }
                    lines.append(cells.joined(separator: "|"))
                }
            }
            lines.append(result.tag)
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
