import AltanCloud
import Glibc
import Testing
import WorkerProtocol

@testable import ServiceRuntime

@Suite(.enabled(if: RuntimeFixture.isAvailable, RuntimeFixture.notice), .timeLimit(.minutes(2)))
struct FailureTests {
    let fixture = RuntimeFixture.shared

    struct Import: Sendable, CustomTestStringConvertible {
        var name: String
        var code: String
        var stage: DeployFailure.Stage
        var message: String
        var traceback: String?
        var hint: String?
        var testDescription: String { name }
    }

    static let imports: [Import] = [
        Import(
            name: "missing_secret",
            code: """
                import os
                KEY = os.environ.get("STRIPE_KEY")
                if not KEY:
                    raise ValueError("STRIPE_KEY not configured")
                """, stage: .import, message: "ValueError: STRIPE_KEY not configured",
            traceback: "File \"missing_secret.py\", line 4, in <module>\n    raise ValueError(\"STRIPE_KEY not",
            hint: "STRIPE_KEY. Add with upsert_secret"),
        Import(
            name: "missing_package", code: "import bs4", stage: .import, message: "No module named 'bs4'",
            traceback: "missing_package.py", hint: #"Add "beautifulsoup4""#),
        Import(
            name: "syntax", code: "def f(:\n  pass", stage: .import, message: "SyntaxError: invalid syntax",
            traceback: "def f(:", hint: nil),
        Import(
            name: "exits", code: "import sys\nsys.exit(2)", stage: .import, message: "sys.exit(2) was called",
            traceback: "SystemExit: 2", hint: nil),
        Import(
            name: "dies", code: "import os\nos._exit(3)", stage: .import, message: "(exit code 3)",
            traceback: nil, hint: nil),
        Import(
            name: "empty", code: "x = 1", stage: .router, message: "no variable `router`", traceback: nil,
            hint: "APIRouter()"),
        Import(
            name: "renamed", code: "from fastapi import APIRouter\napi = APIRouter()", stage: .router,
            message: "is called `api`", traceback: nil, hint: "router = api"),
        Import(
            name: "application", code: "from fastapi import FastAPI\napp = FastAPI()", stage: .router,
            message: "FastAPI application (`app`)", traceback: nil, hint: "APIRouter()"),
        Import(
            name: "startup",
            code: """
                from fastapi import APIRouter
                router = APIRouter()
                @router.on_event("startup")
                def up(): raise RuntimeError("not today")
                """, stage: .import, message: "RuntimeError: not today", traceback: "in up", hint: nil),
    ]

    @Test(arguments: imports) func aModuleThatDoesNotComeUpSaysWhy(_ case: Import) async throws {
        guard case .failed(let failure) = try await fixture.deploy(`case`.name, `case`.code, bare: true) else {
            Issue.record("it came up")
            return
        }
        #expect(failure.stage == `case`.stage)
        #expect(failure.message.contains(`case`.message), "\(failure.message)")
        if let traceback = `case`.traceback {
            #expect(failure.traceback?.contains(traceback) == true, "\(failure.traceback ?? "none")")
        }
        if let hint = `case`.hint { #expect(failure.hint?.contains(hint) == true, "\(failure.hint ?? "none")") }
        await #expect(throws: ServiceCallError.notRunning(service: `case`.name, failure)) {
            try await fixture.call(`case`.name, "/x")
        }
    }

    @Test func aFailedDeploymentLeavesTheOldVersionServing() async throws {
        try await fixture.running("keeps", "@router.get('/v')\ndef v(): return 1")
        guard case .failed = try await fixture.deploy("keeps", "raise ValueError") else {
            Issue.record("it came up")
            return
        }
        #expect(try await fixture.text("keeps", "/v").body == "1")
        try await fixture.running("keeps", "@router.get('/v')\ndef v(): return 2")
        #expect(try await fixture.text("keeps", "/v").body == "2")
    }

    @Test func aReplacedWorkerFinishesWhatItBegan() async throws {
        let code = """
            import asyncio
            @router.get("/slow")
            async def slow():
                print("began")
                await asyncio.sleep(0.3)
                return "old"
            """
        try await fixture.running("swapped", code)
        async let slow = fixture.text("swapped", "/slow")
        _ = await fixture.logs.line(of: "swapped", containing: "began")
        try await fixture.running("swapped", "@router.get('/slow')\ndef slow(): return 'new'")
        #expect(try await fixture.text("swapped", "/slow").body == #""new""#)
        #expect(try await slow.body == #""old""#)
    }

    @Test func anErrorInAHandlerIsOneResponse() async throws {
        try await fixture.running(
            "errors",
            """
            import sys
            @router.get("/raise")
            async def boom(): raise ValueError("boom")
            @router.get("/exit")
            async def leave(): sys.exit(3)
            @router.get("/exit-sync")
            def leave_sync(): sys.exit(3)
            @router.get("/http")
            def http(): raise HTTPException(402, "pay")
            @router.get("/ok")
            def ok(): return 1
            """)
        for path in ["/raise", "/exit", "/exit-sync"] {
            #expect(try await fixture.text("errors", path, requestID: path) == (500, "Internal Server Error"))
        }
        #expect(try await fixture.text("errors", "/http") == (402, #"{"detail":"pay"}"#))
        #expect(try await fixture.text("errors", "/ok").body == "1")
        let line = await fixture.logs.line(of: "errors", containing: "ValueError: boom")
        #expect(line.requestID == "/raise")
        #expect(!fixture.logs.lines(of: "errors").contains { $0.contains("starlette") })
    }

    @Test(arguments: [
        ("os._exit(3)", "exit code 3"), ("ctypes.string_at(0)", "signal 11"), ("os.kill(os.getpid(), 9)", "signal 9"),
    ])
    func aWorkerThatDiesFailsItsCallsAndComesBack(statement: String, reason: String) async throws {
        let name = "dies_\(reason.last!)"
        try await fixture.running(
            name,
            """
            import ctypes, os
            @router.get("/die")
            async def die(): \(statement)
            @router.get("/ok")
            def ok(): return 1
            """)
        let error = await #expect(throws: ServiceCallError.self) { try await fixture.call(name, "/die") }
        guard case .workerDied(_, let exit) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(exit.contains(reason))
        #expect(error?.status == 502)
        #expect(try await fixture.text(name, "/ok").body == "1")
    }

    /// Only a service that ends before it has answered anything waits longer each time.
    @Test func aServiceThatAnswersIsStartedAgainAtOnceHoweverOftenItIsKilled() async throws {
        let impatient = RuntimeFixture { $0.requestLimit = .seconds(8) }
        try await impatient.running(
            "killed", "import os\n@router.get('/pid')\ndef pid(): return os.getpid()\n")
        for _ in 0..<11 {
            let pid = try #require(pid_t(try await impatient.text("killed", "/pid").body))
            kill(pid, SIGKILL)
            _ = await impatient.logs.line(of: "killed", containing: "started again")
            impatient.logs.forget()
        }
        #expect(try await impatient.text("killed", "/pid").status == 200)
        await impatient.supervisor.shutdown()
    }

    @Test func aZygoteThatIsKilledAgainAndAgainTakesNoServiceWithIt() async throws {
        let fixture = RuntimeFixture()
        try await fixture.running("stays", "@router.get('/ok')\ndef ok(): return 1")
        for _ in 0..<4 {
            let ready = try await fixture.supervisor.house.ready()
            kill(ready.zygote.pid, SIGKILL)
            await ready.ended.value
            #expect(try await fixture.text("stays", "/ok").body == "1")
        }
        await fixture.supervisor.shutdown()
    }

    @Test func aStreamThatBreaksOffThrows() async throws {
        try await fixture.running(
            "breaks",
            """
            import os
            from fastapi.responses import StreamingResponse
            def pieces(how):
                yield "x"
                if how == "die": os._exit(1)
                raise ValueError("half-way")
            @router.get("/{how}")
            def stream(how: str): return StreamingResponse(pieces(how))
            """)
        for how in ["raise", "die"] {
            let response = try await fixture.call("breaks", "/\(how)")
            #expect(response.status == 200)
            await #expect(throws: ServiceCallError.self, "\(how)") { try await response.body.whole() }
        }
    }

    @Test func memoryWithoutEndIsAnErrorOfOneRequest() async throws {
        let small = RuntimeFixture { $0.memoryLimit = 512 << 20 }
        try await small.running(
            "eats",
            """
            @router.get("/eat")
            def eat(): return len([b"x" * (1 << 20) for _ in range(4096)])
            @router.get("/ok")
            def ok(): return 1
            """)
        #expect(try await small.text("eats", "/eat").status == 500)
        #expect(try await small.text("eats", "/ok").body == "1")
        await small.supervisor.shutdown()
    }

    @Test func timeLimitsAreKept() async throws {
        let quick = RuntimeFixture {
            $0.importDeadline = .seconds(3)
            $0.requestLimit = .milliseconds(400)
        }
        guard case .failed(let failure) = try await quick.deploy("endless", "def f():\n  while True: pass\nf()\n")
        else {
            Issue.record("it came up")
            return
        }
        #expect(failure.message.contains("did not end within"))
        #expect(failure.traceback?.contains("in f") == true, "\(failure.traceback ?? "none")")
        try await quick.running("slow", "import asyncio\n@router.get('/x')\nasync def x(): await asyncio.sleep(60)\n")
        await #expect(throws: ServiceCallError.timeout(service: "slow", limit: .milliseconds(400))) {
            try await quick.call("slow", "/x")
        }
        await quick.supervisor.shutdown()
    }

    @Test func aStuckWorkerIsStoppedAndABlockedOneIsNot() async throws {
        let watchful = RuntimeFixture { $0.heartbeatLimit = .milliseconds(1500) }
        try await watchful.running(
            "stuck",
            """
            import time
            @router.get("/spin")
            async def spin():
                while True: pass
            @router.get("/block")
            async def block():
                time.sleep(4)
                return 1
            """)
        #expect(try await watchful.text("stuck", "/block").body == "1")
        #expect(watchful.logs.lines(of: "stuck").filter { $0.contains("blocking call") }.count == 1)
        await #expect(throws: ServiceCallError.unresponsive(service: "stuck")) {
            try await watchful.call("stuck", "/spin")
        }
        _ = await watchful.logs.line(of: "stuck", containing: "in spin")
        #expect(try await watchful.text("stuck", "/block").body == "1")
        await watchful.supervisor.shutdown()
    }
}
