import AltanCloud
import JSONText
import Testing
import World

@testable import AgentTools

@Suite struct ReportTests {
    private func report(_ lines: [JSON], _ settings: JSON = [:]) throws -> RunReport {
        var book = RuleBook()
        for member in settings.objectValue ?? [] { try book.configure(member.key, member.value) }
        let entries = lines.enumerated().compactMap { index, line in
            var line = line
            line.set("sequence", .integer(index + 1))
            line.set("run", "r")
            line.set("at", "2026-01-01T00:00:00.000000+00:00")
            return JournalEntry(line)
        }
        return RunReport(RunRecord(entries), run: "r", rules: book)
    }

    private let early: [JSON] = [
        ["kind": "run", "name": "a <run> & more"],
        ["kind": "tool", "path": "get_cloud", "status": 200, "duration_ms": .double(1.5)],
        ["kind": "tool", "path": "get_project", "status": 200],
    ]

    @Test func aWarningIsToldAndPasses() throws {
        let report = try report(early)
        #expect(!report.isBlocked)
        #expect(report.steps.map(\.outcome) == [.failed, .passed, .passed] + Array(repeating: .notReached, count: 5))
        #expect(report.text.contains("get_cloud was called before get_project. [get_cloud (line 2)]"))
        #expect(report.junit.contains("failures=\"0\""))
        #expect(report.junit.contains("warning: get_cloud was called before get_project."))
    }

    @Test func whatBlocksFails() throws {
        let report = try report(early, ["project_first": "block"])
        #expect(report.isBlocked)
        #expect(report.json["passed"] == false)
        #expect(report.junit.contains("<failure type=\"project_first\""))
        #expect(report.junit.contains("a &lt;run&gt; &amp; more"))
        #expect(report.markdown.contains("| ❌ | 1. Get project |"))
    }

    @Test func arunWithoutItsBeginningSaysSo() throws {
        let report = try report(Array(early.dropFirst()))
        #expect(report.json["complete"] == false)
        #expect(report.text.contains("no longer has the beginning"))
    }

    @Test func controlCharactersDoNotBreakTheXML() throws {
        let report = try report([["kind": "run", "name": "a\u{1}b\"c"]])
        #expect(report.junit.contains("<testsuite name=\"a?b&quot;c\""))
    }

    @Test func aTraceHasASpanForEachLineAndItsCause() throws {
        let lines: [JSON] = [
            [
                "kind": "tool", "run": "r", "request_id": "t", "path": "create_service", "status": 422,
                "error": "rule_broken",
                "at": "2026-01-01T00:00:01.000000+00:00", "duration_ms": .double(250), "request": ["a": 1],
            ],
            [
                "kind": "deployment", "run": "r", "cause": "t", "path": "a", "status": 422, "refused_by": "naming",
                "at": "2026-01-01T00:00:01.000000+00:00",
            ],
        ]
        let trace = OTLPTrace(lines.compactMap { JournalEntry($0) }).json
        let spans = try #require(trace["resourceSpans"]?[0]?["scopeSpans"]?[0]?["spans"]?.arrayValue)
        #expect(spans.count == 2)
        #expect(spans[0]["name"] == "execute_tool create_service")
        #expect(spans[0]["startTimeUnixNano"] == "1767225600750000000")
        #expect(spans[0]["endTimeUnixNano"] == "1767225601000000000")
        #expect(spans[0]["status"]?["code"] == 2)
        #expect(spans[0]["traceId"]?.stringValue?.count == 32)
        #expect(spans[0]["spanId"]?.stringValue?.count == 16)
        #expect(spans[1]["parentSpanId"] == spans[0]["spanId"])
        #expect(spans[0]["traceId"] == spans[1]["traceId"])
        let names = spans[0]["attributes"]?.arrayValue?.compactMap { $0["key"]?.stringValue } ?? []
        #expect(
            Set(names).isSuperset(of: [
                "gen_ai.tool.name", "gen_ai.operation.name", "gen_ai.tool.call.arguments", "error.type",
            ]))
    }
}
