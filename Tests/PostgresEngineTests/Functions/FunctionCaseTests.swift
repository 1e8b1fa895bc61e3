import Foundation
import PostgresEngine
import PostgresSyntax
import PostgresTypes
import Testing

/// Expressions with the answers of PostgreSQL 15, recorded by `Cases/record.py`.
@Suite struct FunctionCaseTests {
    /// Another folder can be named to compare more than what is kept here.
    static let folder: URL = {
        if let other = ProcessInfo.processInfo.environment["FUNCTION_CASES"] { return URL(fileURLWithPath: other) }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Cases")
    }()

    static let files: [String] = {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".tsv") }
                .map { String($0.dropLast(4)) }.sorted()
        } catch {
            return ["none"]
        }
    }()

    @Test(arguments: files) func answersAreThoseOfPostgres(_ file: String) throws {
        let text = try String(contentsOf: Self.folder.appendingPathComponent("\(file).tsv"), encoding: .utf8)
        let session = try SampleSession()
        var failures: [String] = []
        var refused: [String] = []
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(Self.unescaped)
            let expected = Array(fields.dropFirst())
            let answer = Self.answer(fields[0], in: session)
            if answer.first == "!0A000", expected.first != "!0A000" {
                refused.append("\(fields[0]): \(answer.last ?? "")")
            } else if answer != expected {
                failures.append("\(fields[0])\n  expected \(expected)\n  answered \(answer)")
            }
        }
        let report =
            failures.joined(separator: "\n") + (refused.isEmpty ? "" : "\nrefused:\n" + refused.joined(separator: "\n"))
        #expect(failures.isEmpty && refused.isEmpty, "\(report)")
    }

    /// Every implemented signature is one that PostgreSQL has, so that none is out of reach by a slip of the pen.
    @Test func signaturesAreThoseOfTheCatalog() {
        let known = BuiltinCatalog.shared.allFunctions.map(\.signature)
        let unknown = Set(FunctionLibrary.signatures).subtracting(known)
        #expect(unknown.isEmpty, "\(unknown.sorted())")
    }

    /// Strictness is the catalog's: a strict function answers NULL to a NULL without being called.
    @Test func strictnessIsThatOfTheCatalog() {
        let differing = BuiltinCatalog.shared.allFunctions.filter { function in
            guard let isStrict = FunctionLibrary.isStrict(function.signature), !function.arguments.isEmpty,
                function.schema == "pg_catalog"
            else { return false }
            return isStrict != function.isStrict
        }
        #expect(differing.isEmpty, "\(differing.map(\.signature))")
    }

    /// Every row's values, or `!SQLSTATE` and the message.
    static func answer(_ query: String, in session: SampleSession) -> [String] {
        do {
            let sql =
                ["select", "with", "values", "(select"].contains(where: query.lowercased().hasPrefix)
                ? query : "SELECT \(query)"
            return try session.rows(sql).map { $0.map { $0 ?? "\u{0}NULL" }.joined(separator: "|") }
        } catch let error as PostgresError {
            return ["!\(error.code)", error.message]
        } catch {
            return ["!", "\(error)"]
        }
    }

    static func unescaped(_ field: Substring) -> String {
        var result = ""
        var isEscaped = false
        for character in field {
            if isEscaped {
                result.append(
                    character == "n" ? "\n" : character == "t" ? "\t" : character == "0" ? "\u{0}" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        return result
    }
}
