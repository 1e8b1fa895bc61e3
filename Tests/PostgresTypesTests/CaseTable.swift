import Foundation
import SQLite
import Testing
import World

@testable import PostgresTypes

/// A table of cases with PostgreSQL's own answers: one case a line, columns parted by tabs, `\t`, `\n` and `\\` escaped.
///
/// `ALTAN_TYPE_CASES` names another folder of such tables, to try freshly recorded ones.
struct CaseTable: CustomTestStringConvertible {
    let path: String

    var testDescription: String { URL(fileURLWithPath: path).lastPathComponent }

    /// The tables whose name begins with `kind`.
    static func all(_ kind: String, file: String = #filePath) -> [CaseTable] {
        let folder =
            ProcessInfo.processInfo.environment["ALTAN_TYPE_CASES"]
            ?? URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Cases").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().filter { $0.hasPrefix(kind) && $0.hasSuffix(".tsv") }
            .map { CaseTable(path: folder + "/" + $0) }
    }

    var rows: [[String]] {
        get throws {
            try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
                line.split(separator: "\t", omittingEmptySubsequences: false).map(Self.unescaped)
            }
        }
    }

    private static func unescaped(_ field: Substring) -> String {
        guard field.contains("\\") else { return String(field) }
        var result = ""
        var isEscaped = false
        for character in field.unicodeScalars {
            if isEscaped {
                result.unicodeScalars.append(character == "t" ? "\t" : character == "n" ? "\n" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// Runs `body` on every row and reports all that differ at once.
    func check(_ body: ([String]) throws -> String, expected: ([String]) -> String) throws {
        var differences: [String] = []
        var count = 0
        for row in try rows {
            count += 1
            let actual: String
            do {
                actual = try body(row)
            } catch let error as PostgresError {
                actual = "!\(error.code) \(error.message)" + (error.detail.map { " (\($0))" } ?? "")
            }
            if actual != expected(row) {
                differences.append("\(row.prefix(3)): expected \(expected(row)), got \(actual)")
            }
        }
        if ProcessInfo.processInfo.environment["ALTAN_TYPE_CASES"] != nil {
            print("\(testDescription): \(differences.count) of \(count) differ")
            for line in differences.prefix(400) { print("DIFF", line) }
        }
        #expect(differences.isEmpty, "\(differences.count) differ: \(differences.prefix(20).joined(separator: "\n"))")
    }
}

/// The moment that the recorded answers take for now: 2024-03-15 13:45:06.789 UTC.
let recordedContext = ValueContext(now: Timestamp(microseconds: 1_710_510_306_789_000))

extension PostgresType {
    /// A type by the name that the tables use.
    init(named name: String) {
        if name.hasSuffix("[]") {
            self = .array(PostgresType(named: String(name.dropLast(2))))
            return
        }
        let mood = EnumType(
            id: TypeID(16_385), schema: "public", name: "mood", labels: ["sad", "ok", "happy", "so-so"])
        let pair = CompositeType(
            id: TypeID(16_390), schema: "public", name: "pair",
            fields: [.init(name: "a", type: .int4), .init(name: "b", type: .text)])
        let types: [String: PostgresType] = [
            "bool": .bool, "int2": .int2, "int4": .int4, "int8": .int8, "oid": .oid, "float4": .float4,
            "float8": .float8, "numeric": .numeric, "text": .text, "varchar": .varchar, "bpchar": .bpchar,
            "name": .name, "char": .internalChar, "citext": .citext, "uuid": .uuid, "json": .json, "jsonb": .jsonb,
            "bytea": .bytea, "date": .date, "time": .time, "timetz": .timetz, "timestamp": .timestamp,
            "timestamptz": .timestamptz, "interval": .interval, "inet": .inet, "cidr": .cidr, "macaddr": .macaddr,
            "money": .money, "bit": .bit, "varbit": .varbit, "tsvector": .tsvector, "tsquery": .tsquery,
            "mood": .enumeration(mood), "pair": .composite(pair), "int4range": .range(.int4range),
            "int8range": .range(.int8range), "numrange": .range(.numrange), "tsrange": .range(.tsrange),
            "tstzrange": .range(.tstzrange), "daterange": .range(.daterange), "jsonpath": .jsonpath, "xml": .xml,
        ]
        self = types[name] ?? .unsupported(name)
    }
}
