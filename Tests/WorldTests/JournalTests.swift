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
            #expect(try await journal.lines(run: "named").map { $0["name"] ?? $0["path"] } == ["named", "three"])
            #expect(try await journal.lines(limit: 3).map { $0["path"] } == ["two", nil, "three"])
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

    @Test func whatAnEventDoesNotSayIsTakenFromTheContext() async throws {
        try await withJournal { journal, _ in
            await JournalContext(caller: "mcp", run: "mine", requestID: "q").run {
                journal.append(JournalEvent(.secret, path: "KEY", status: 200))
                journal.append(JournalEvent(.tool, caller: "cli", requestID: "q", path: "t", status: 200))
            }
            let lines = try await journal.lines(run: "mine")
            #expect(lines.map { $0["kind"] } == ["run", "secret", "tool"])
            #expect(lines[1]["caller"] == "mcp")
            #expect(lines[1]["cause"] == "q")
            #expect(lines[2]["caller"] == "cli")
            #expect(lines[2]["cause"] == nil)
        }
    }

    @Test func aRunIsFoundByItsName() async throws {
        try await withJournal { journal, _ async throws in
            let run = journal.startRun(name: "nightly")
            _ = journal.startRun(name: nil)
            journal.append(JournalEvent(.tool, run: "nightly", path: "one"))
            #expect(journal.run("nightly") == run)
            #expect(try await journal.lines(run: run).map { $0["kind"] } == ["run", "tool"])
        }
    }

    @Test func callsThatRepeatAreKeptOnceInMemory() async throws {
        try await withJournal { journal, _ async throws in
            let run = journal.currentRun
            for path in ["a", "a", "b", "a"] { journal.append(JournalEvent(.tool, path: path, status: 200)) }
            journal.append(JournalEvent(.deployment, path: "s", status: 200))
            journal.append(JournalEvent(.tool, path: "a", status: 200, request: .json([:])))
            let entries = await journal.recent(run: run)
            #expect(entries.map(\.path) == [nil, "a", "b", "s", "a"])
            #expect(entries.map(\.count) == [1, 3, 1, 1, 1])
            #expect(entries.allSatisfy { $0.json["request"] == nil })
            #expect(try await journal.lines(run: run).count == 7)
        }
    }

    @Test func theCanonicalFormIsTheSameForTheSameCalls() {
        func lines(_ id: String, _ other: String, _ time: String, _ port: Int, _ first: Int) -> [JSON] {
            [
                [
                    "sequence": .integer(first), "run": .string(other), "kind": "tool", "request_id": .string(id),
                    "response": ["url": .string("http://127.0.0.1:\(port)/x/\(other)"), "duration_ms": .integer(port)],
                    "at": .string(time), "duration_ms": 1,
                ],
                [
                    "sequence": .integer(first + 1), "kind": "secret", "cause": .string(id),
                    "note": .string("at \(time)."),
                ],
            ]
        }
        let one = JournalCanon.canonical(
            lines("q1", "0b7f6c52-6f0e-4c7d-9a51-3d2f8f6c1e10", "2026-01-01T00:00:00.000000+00:00", 54321, 1))
        let two = JournalCanon.canonical(
            lines("q2", "1b7f6c52-6f0e-4c7d-9a51-3d2f8f6c1e11", "2027-02-03 04:05:06Z", 5000, 90))
        #expect(one == two)
        #expect(one[1]["cause"] == one[0]["request_id"])
        #expect(one[0]["response"]?["url"] == "http://<address>/x/<id:1>")
    }
}
