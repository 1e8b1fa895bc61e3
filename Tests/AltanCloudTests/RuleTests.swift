import JSONText
import Testing
import World

@testable import AltanCloud

/// Rules as functions of a record. That the platform keeps what they say is tested with the binary, by transcripts.
@Suite struct RuleTests {
    /// A line as the journal has it; numbered by its place.
    private func record(_ lines: [JSON]) -> RunRecord {
        RunRecord(
            lines.enumerated().compactMap { index, line in
                var line = line
                line.set("sequence", .integer(index + 1))
                line.set("run", "r")
                return JournalEntry(line)
            })
    }

    private func findings(_ rule: Rule, _ lines: [JSON], limit: Int? = nil) -> [Int?] {
        rule.judge(record(lines), RuleSetting(severity: .warn, limit: limit ?? rule.limit)).map { $0.entry?.sequence }
    }

    private func deployment(_ name: String = "a", status: Int = 200, module: JSON = [:]) -> JSON {
        ["kind": "deployment", "path": .string(name), "cloud_id": "c", "status": .integer(status), "module": module]
    }

    @Test func everyRuleHasANameOfItsOwnAndASentence() {
        let names = RuleBook.rules.map(\.name)
        #expect(Set(names).count == names.count)
        for rule in RuleBook.rules {
            #expect(Naming.isSnakeCase(rule.name))
            #expect(rule.description.hasSuffix("."))
        }
        #expect(RuleBook.rules.filter { $0.severity == .block }.map(\.name) == ["secrets_before_deploy"])
    }

    @Test func whatTheSeedDeploysIsNoAgentsDoing() {
        let seeded: JSON = ["kind": "deployment", "caller": "seed", "path": "Bad_", "status": 200]
        for rule in RuleBook.rules { #expect(findings(rule, [seeded], limit: 0).isEmpty, "\(rule.name)") }
    }

    @Test(arguments: [
        ("STRIPE_KEY,STRIPE_SECRET", 1), ("STRIPE_KEY,OPENAI_KEY", 2), ("API_KEY,SECRET_KEY", 0),
        ("AWS_ID,S3_BUCKET", 1),
        ("TOKEN,TWILIO_SID", 1), ("GOOGLE_KEY,GEMINI_API_KEY", 1),
    ])
    func providersAreToldByNames(keys: String, count: Int) {
        #expect(Provider.named(by: keys.split(separator: ",").map(String.init)).count == count)
    }

    @Test(arguments: [
        ("tasks", true), ("task_2", true), ("Tasks", false), ("tasks_", false), ("a__b", false), ("2a", false),
        ("", false),
    ])
    func snakeCase(name: String, isSnake: Bool) {
        #expect(Naming.isSnakeCase(name) == isSnake)
        #expect(Naming.isUpperSnakeCase(name.uppercased()) == (isSnake || name == "Tasks"))
    }

    static let requirements: [(requirements: [String], imports: [JSON], features: [JSON], problems: Int)] = [
        (["stripe"], ["stripe"], [], 0), (["stripe"], [], [], 1), (["stripe==1.0"], ["stripe"], [], 1),
        (["stripe>=1.0"], ["stripe"], [], 0), (["stripe==1.*"], ["stripe"], [], 0),
        (["Pillow"], ["PIL.Image"], [], 0),
        (["google-cloud-storage"], ["google.cloud", "google.cloud.storage"], [], 0),
        (["python-multipart"], [], ["Form"], 0), (["python-multipart"], [], [], 1),
        (["uvicorn[standard]; python_version > '3'"], ["uvicorn"], [], 0), ([], ["supabase"], [], 1),
        (["supabase"], ["supabase.client"], [], 0), (["some-tool"], ["some_tool"], [], 0),
        (["httpx", "HTTPX"], ["httpx"], [], 1), (["python-slugify"], ["slugify"], [], 0),
        (["x @ https://example.com/x.whl"], ["x"], [], 1),
    ]

    @Test(arguments: requirements)
    func requirementsAreMinimal(test: (requirements: [String], imports: [JSON], features: [JSON], problems: Int)) {
        var line = deployment(module: ["imports": .array(test.imports), "features": .array(test.features)])
        line.set("requirements", .array(test.requirements.map(JSON.string)))
        #expect(findings(.minimalRequirements, [line]).count == test.problems)
    }

    @Test(arguments: [
        ("/api/a/items/{id}", "/services/api/a/items/5", true), ("/api/a/items/{id}", "/services/api/a/items", false),
        ("/api/a/items/{id}", "/services/api/a/items/5/x", false), ("/api/a/{rest:path}", "/services/api/a/b/c", true),
        ("/api/a/v{n}.json", "/services/api/a/v2.json", true), ("/api/a/v{n}.json", "/services/api/a/v2.xml", false),
        ("/api/a/ping", "/services/api/a/ping", true),
    ])
    func pathsMatchTheirTemplates(template: String, path: String, matches: Bool) {
        #expect(PathTemplate(template).matches(path) == matches)
    }

    @Test func roundsOfDebuggingAreThoseAfterSomethingBroke() {
        let broken: JSON = [
            "kind": "service", "service": "a", "cloud_id": "c", "method": "GET", "path": "/x", "status": 500,
        ]
        let refused: JSON = [
            "kind": "service", "service": "a", "cloud_id": "c", "method": "GET", "path": "/x", "status": 404,
        ]
        // What a service refuses breaks nothing; the first deployment is no round; another service has its own.
        #expect(
            findings(.debugRounds, [deployment(), refused, deployment(), refused, deployment(), deployment()]) == [])
        #expect(
            findings(
                .debugRounds,
                [deployment(status: 422), deployment(status: 422), deployment(), broken, deployment("b"), deployment()])
                == [6])
    }

    @Test func limitsComeFromSettings() throws {
        var book = RuleBook()
        try book.configure("budget_calls", 1)
        try book.configure("debug_rounds", ["severity": "block", "limit": 0])
        let calls = record([
            ["kind": "tool", "path": "get_project", "status": 200], ["kind": "tool", "path": "x", "status": 200],
        ])
        #expect(
            book.verdicts(on: calls).first { $0.name == "budget_calls" }?.findings.map { $0.entry?.sequence } == [2])
        let blocks = book.verdicts(on: calls).map(\.blocks)
        #expect(!blocks.contains(true))
        for wrong: (String, JSON) in [
            ("nope", "off"), ("naming", "loud"), ("naming", 3), ("naming", ["allowed": []]), ("budget_calls", -1),
            ("naming", true), ("minimal_requirements", ["allow": "stripe"]),
        ] {
            #expect(throws: RuleSettingError.self) { try book.configure(wrong.0, wrong.1) }
        }
    }

    @Test func strictRulesBlockUnlessTheyAreOff() throws {
        var book = RuleBook()
        try book.configure("naming", "off")
        book.makeStrict()
        #expect(Set(book.all.filter { $0.setting.severity != .block }.map(\.rule.name)) == ["naming"])
    }

    @Test func aPersonNeedNotAskForTheProject() {
        func calls(by caller: String) -> [JSON] {
            [["kind": "tool", "caller": .string(caller), "path": "create_service", "status": 200]]
        }
        #expect(findings(.projectFirst, calls(by: "cli")) == [1])
        #expect(findings(.projectFirst, calls(by: RunRecord.person)).isEmpty)
    }

    @Test func aRefusalSaysWhatToDo() throws {
        var book = RuleBook()
        try book.configure("project_first", "block")
        let proposal = try #require(JournalEntry(["kind": "tool", "run": "r", "path": "get_cloud"]))
        let error = #expect(throws: CloudError.self) { try book.judge(proposal, after: RunRecord([])) }
        #expect(error?.status == 422)
        #expect(error?.json["rule"] == "project_first")
        #expect(error?.nextStep.contains("get_project") == true)
    }

    // MARK: Patterns

    static let patterns: [(pattern: JSON, line: JSON, matches: Bool)] = [
        (["path": "delete_*"], ["path": "delete_service"], true), (["path": "delete_*"], ["path": "undelete_x"], false),
        (["path": "*"], ["kind": "tool"], false), (["status": 200], ["status": 200], true),
        (["status": ["min": 400, "max": 499]], ["status": 404], true),
        (["status": ["min": 400]], ["status": 200], false),
        (["path": ["a", "b?"]], ["path": "bc"], true), (["path": ["not": "a*"]], ["path": "bc"], true),
        (["request.query": "*drop*"], ["request": ["query": "x drop y"]], true),
        (["request": "*drop*"], ["request": ["query": "drop"]], true),
        (["path": "a*b*c"], ["path": "aXbXbc"], true), (["path": "a*b*c"], ["path": "acb"], false),
        (["refused_by": ["not": "*"]], ["path": "x"], true),
    ]

    @Test(arguments: patterns) func linesMatchPatterns(test: (pattern: JSON, line: JSON, matches: Bool)) throws {
        var line = test.line
        for (name, value) in [("kind", "tool"), ("run", "r")] where line[name] == nil { line.set(name, .string(value)) }
        let entry = try #require(JournalEntry(line))
        let pattern = try EntryPattern(test.pattern, of: "r")
        #expect(pattern.matches(entry) == test.matches)
    }

    @Test(
        arguments: [
            [:], ["rules": [["name": "Bad"]]], ["rules": [["name": "a"]]], ["rules": [["name": "a", "never": "x"]]],
            ["rules": [["name": "a", "never": ["path": "x"], "after": ["path": "y"]]]],
            ["rules": [["name": "a", "never": ["kind": "nothing"]]]], ["rules": [["name": "a", "of": ["path": "x"]]]],
            ["rules": [["name": "naming", "never": ["path": "x"]]]],
            ["rules": [["name": "a", "never": ["path": "x"], "sevrity": "off"]]],
        ] as [JSON])
    func whatIsNoRuleIsRefused(json: JSON) {
        #expect(throws: RuleSettingError.self) { try Rule.patternRules(json) }
    }
}
