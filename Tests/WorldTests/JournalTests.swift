import Foundation
import JSONText
import TestSupport
import Testing
import World

@Suite struct JournalTests {
    private func withJournal(
        largestFile: Int = 64 << 20, redact: @escaping @Sendable (JSON) -> JSON = { $0 },
        _ body: (Journal, String) async throws -> Void
    ) async throws {
        try await withScratchFolder { folder in
            let journal = try Journal(folder: folder, world: .deterministic(), largestFile: largestFile, redact: redact)
            try await body(journal, folder)
            journal.close()
        }
    }

    @Test func anEventIsOneLineWithItsTimesApart() async throws {
        try await withJournal { journal, folder in
            journal.append(
                JournalEvent(
                    .tool, caller: "mcp", requestID: "r", cause: "q", method: "POST", path: "/x", status: 200,
                    duration: .microseconds(1500), request: .bytes(Array(#"{"a":1.50}"#.utf8)),
                    response: .json(["b": true]), facts: [.init("tool", "t")]))
            await journal.flush()
            let text = try String(contentsOfFile: folder + "/journal.jsonl", encoding: .utf8)
            let lines = text.split(separator: "\n")
            #expect(lines.count == 2)
            let expected =
                #"{"sequence":2,"run":"\#(journal.currentRun)","kind":"tool","caller":"mcp","request_id":"r","#
                + #""cause":"q","method":"POST","path":"/x","status":200,"tool":"t","request":{"a":1.50},"#
                + #""response":{"b":true},"at":"2026-01-01T00:00:00.000000+00:00","duration_ms":1.5}"#
            #expect(String(lines[1]) == expected)
        }
    }

    @Test func runsDivideTheJournal() async throws {
        try await withJournal { journal, _ async throws in
            journal.append(JournalEvent(.tool, path: "one"))
            let run = journal.startRun(name: "second")
            journal.append(JournalEvent(.tool, path: "two"))
            journal.append(JournalEvent(.tool, run: "named", path: "three"))
            #expect(journal.currentRun == run)
            #expect(
                try await journal.lines(run: run).map { $0["path"]?.stringValue ?? $0["name"]?.stringValue } == [
                    "second", "two",
                ])
            #expect(try await journal.lines(run: "named").map { $0["path"] } == ["three"])
            #expect(try await journal.lines(limit: 2).map { $0["path"] } == ["two", "three"])
        }
    }

    @Test func linesAreRedactedBeforeTheyAreCut() async throws {
        // The secret lies across the limit of 64 KiB.
        let text = String(repeating: "x", count: 64 * 1024 - 3) + "hush-hush" + String(repeating: "y", count: 100_000)
        let redact: @Sendable (JSON) -> JSON = { json in
            var json = json
            if let body = json["request"]?.stringValue {
                json.set("request", .string(body.replacing("hush-hush", with: "[secret]")))
            }
            return json
        }
        try await withJournal(redact: redact) { journal, _ in
            journal.append(JournalEvent(.rest, request: .bytes(Array(text.utf8))))
            let line = try #require(try await journal.lines().last)
            #expect(line["request"]?["truncated"] == true)
            let kept = try #require(line["request"]?["text"]?.stringValue)
            #expect(kept.utf8.count == 64 * 1024)
            #expect(kept.hasSuffix("x[se"))
        }
    }

    @Test(
        arguments: [
            ([0xFF, 0xFE], #"{"binary":true,"bytes":2}"#), (Array("plain".utf8), #""plain""#),
            (Array("[1,2]".utf8), "[1,2]"), ([UInt8](repeating: 0, count: 100_000), #"{"binary":true,"bytes":100000}"#),
        ] as [([UInt8], String)])
    func bodiesAreKeptAsWhatTheyAre(bytes: [UInt8], expected: String) async throws {
        try await withJournal { journal, _ async throws in
            journal.append(JournalEvent(.rest, request: .bytes(bytes)))
            #expect(try await journal.lines().last?["request"]?.text == expected)
        }
    }

    @Test func aFullFileIsRotatedAndFourAreKept() async throws {
        try await withJournal(largestFile: 1000) { journal, folder in
            for index in 0..<50 { journal.append(JournalEvent(.rest, path: "\(index)")) }
            await journal.flush()
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names == ["journal.1.jsonl", "journal.2.jsonl", "journal.3.jsonl", "journal.jsonl"])
            #expect(try await journal.lines(limit: 2).map { $0["path"] } == ["48", "49"])
            // The first ones are gone with the file before the last.
            let kept = try await journal.lines().compactMap { $0["path"]?.stringValue }
            #expect(kept.count < 50 && kept.count > 10)
        }
    }

    @Test func countersCount() async throws {
        try await withJournal { journal, _ in
            journal.count("rest.read")
            journal.count("rest.read")
            #expect(journal.counters == ["rest.read": 2])
        }
    }
}
