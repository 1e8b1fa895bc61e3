import AltanCloud
import Testing

@testable import ServiceRuntime

@Suite(.enabled(if: RuntimeFixture.isAvailable, RuntimeFixture.notice), .timeLimit(.minutes(2)))
struct InspectionTests {
    struct Module: Sendable, CustomTestStringConvertible {
        var code: String
        var required: [String] = []
        var optional: [String] = []
        var testDescription: String { code }
    }

    static let modules: [Module] = [
        Module(code: "import os\nA = os.environ['A']", required: ["A"]),
        Module(code: "import os\nval = os.environ.get('A')\nif not val: raise ValueError('A')", required: ["A"]),
        Module(code: "from os import environ as e, getenv\nA = e['A']\nB = getenv('B')", required: ["A", "B"]),
        Module(
            code: "import os as o\nA = o.getenv('A', None)\nB = o.getenv('B', 'x')", required: ["A"], optional: ["B"]),
        Module(code: "import os\ndef f(): return os.environ['A']", optional: ["A"]),
        Module(code: "import os\ndef f(): return os.environ['A']\nX = f()", required: ["A"]),
        Module(code: "import os\nclass S:\n  def __init__(self): self.a = os.environ['A']\ns = S()", required: ["A"]),
        Module(code: "import os\nclass S:\n  A = os.environ['A']", required: ["A"]),
        Module(code: "import os\ntry:\n  A = os.environ['A']\nexcept KeyError: pass", optional: ["A"]),
        Module(code: "import os\nA = os.getenv('A') or 'x'", optional: ["A"]),
        Module(code: "import os\nif os.getenv('A'): print(1)", optional: ["A"]),
        Module(code: "import os\nif not os.getenv('A'): raise SystemExit", required: ["A"]),
        Module(code: "import os\nif 'A' in os.environ: a = os.environ['A']", optional: ["A"]),
        Module(code: "import os\nos.environ['A'] = 'x'\nA = os.environ['A']", optional: ["A"]),
        Module(code: "import os\nH = os.environ['HOME']", optional: ["HOME"]),
        Module(code: "import os\nname = 'A'\nA = os.environ[name]"),
        Module(code: "environ = {}\nA = environ['A']"),
        Module(code: "import os\nif __name__ == '__main__': os.environ['A']", optional: ["A"]),
    ]

    @Test(arguments: modules) func namesAreFound(module: Module) async throws {
        try await RuntimeFixture.setup.value
        let found = await RuntimeFixture.shared.supervisor.inspect(code: module.code)
        #expect(found.requiredSecrets == module.required)
        #expect(found.optionalSecrets == module.optional)
        #expect(found.syntaxError == nil)
    }

    @Test func syntaxErrorsAreInPythonsWords() async throws {
        try await RuntimeFixture.setup.value
        let found = await RuntimeFixture.shared.supervisor.inspect(code: "def f(:\n  pass")
        #expect(found.syntaxError?.contains("line 1\n    def f(:\n") == true)
        #expect(found.syntaxError?.contains("SyntaxError: invalid syntax") == true)
        let deep = await RuntimeFixture.shared.supervisor.inspect(code: String(repeating: "-", count: 200_000) + "1")
        #expect(deep.syntaxError != nil)
        #expect(await RuntimeFixture.shared.supervisor.inspect(code: "x = 1").syntaxError == nil)
    }
}
