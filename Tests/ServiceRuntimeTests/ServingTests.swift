import AltanCloud
import JSONText
import NIOCore
import Testing
import WorkerProtocol

@testable import ServiceRuntime

@Suite(.enabled(if: RuntimeFixture.isAvailable, RuntimeFixture.notice), .timeLimit(.minutes(2)))
struct ServingTests {
    let fixture = RuntimeFixture.shared

    @Test func aRouteAnswersUnderTheServicesName() async throws {
        let interface = try await fixture.running(
            "hello",
            """
            print("importing")
            @router.get("/hello/{name}")
            async def hello(name: str, times: int = 1):
                return {"hello": [name] * times}
            """)
        #expect(interface.routes == [.init(method: "GET", path: "/api/hello/hello/{name}")])
        #expect(interface.openAPI["paths"]?["/api/hello/hello/{name}"]?["get"] != nil)
        #expect(interface.importLog == ["importing"])
        let answer = try await fixture.text("hello", "/hello/a%20b?times=2")
        #expect(answer == (200, #"{"hello":["a b","a b"]}"#))
        #expect(try await fixture.text("hello", "/hello/a?times=x").status == 422)
        #expect(try await fixture.text("hello", "/nothing").status == 404)
        #expect(try await fixture.text("hello", "/hello/a", method: "POST").status == 405)
    }

    @Test func theScopeIsComplete() async throws {
        try await fixture.running(
            "scope",
            """
            @router.post("/scope/{x}")
            async def scope(request: Request):
                s = request.scope
                return [s["type"], s["http_version"], s["method"], s["scheme"], s["path"], s["raw_path"].decode(),
                        s["query_string"].decode(), s["root_path"], s["client"], s["server"],
                        [[n.decode(), v.decode()] for n, v in s["headers"]], str(request.url), str(request.base_url),
                        str(request.url_for("scope", x="1"))]
            """)
        let answer = try await fixture.text(
            "scope", "/scope/%C3%BC?a=%20", method: "POST", headers: [.init("X-Two", "1"), .init("x-two", "2")])
        #expect(
            try JSON(parsing: answer.body) == [
                "http", "1.1", "POST", "http", "/services/api/scope/scope/ü", "/services/api/scope/scope/%C3%BC",
                "a=%20", "/services", ["10.1.2.3", 4567], ["127.0.0.1", 54321],
                [["host", "127.0.0.1:54321"], ["x-two", "1"], ["x-two", "2"]],
                "http://127.0.0.1:54321/services/api/scope/scope/ü?a=%20", "http://127.0.0.1:54321/services/",
                "http://127.0.0.1:54321/services/api/scope/scope/1",
            ])
    }

    @Test func bodiesOfEverySizeArriveWhole() async throws {
        try await fixture.running(
            "echo",
            """
            from fastapi.responses import Response, StreamingResponse
            @router.post("/whole")
            async def whole(request: Request):
                return Response(await request.body(), media_type="application/octet-stream")
            @router.post("/stream")
            async def stream(request: Request):
                pieces = [piece async for piece in request.stream()]
                return StreamingResponse(iter(pieces))
            @router.post("/count")
            async def count(request: Request):
                return [sum([len(piece) async for piece in request.stream()])]
            """)
        for size in [0, 1, 65_535, 65_536, 65_537, 262_144, 1_000_003, 3_000_000] {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 8)) }
            let pieces = stride(from: 0, to: size, by: 50_001).map {
                ByteBuffer(bytes: bytes[$0..<min(size, $0 + 50_001)])
            }
            let length = HeaderField("content-length", "\(size)")
            let chunked = HeaderField("transfer-encoding", "chunked")
            for (body, header) in [
                (ServiceRequestBody.complete(ByteBuffer(bytes: bytes)), length), (.pieces(pieces), length),
                (.pieces(pieces), chunked),
            ] {
                for path in ["/whole", "/stream"] {
                    let response = try await fixture.call("echo", path, method: "POST", headers: [header], body: body)
                    #expect(try await response.body.whole() == bytes, "\(size) bytes to \(path), \(header)")
                    if case .stream = body { break }  // A stream is read once.
                }
            }
        }
        let sent = ServiceRequestBody.pieces((0..<5).map { _ in ByteBuffer(repeating: 7, count: 300_000) })
        let answer = try await fixture.text(
            "echo", "/count", method: "POST", headers: [.init("transfer-encoding", "chunked")], body: sent)
        #expect(answer.body == "[1500000]")
    }

    @Test func responsesStreamAsTheyAreMade() async throws {
        try await fixture.running(
            "streams",
            """
            import asyncio
            from fastapi.responses import StreamingResponse
            gate = asyncio.Event()
            @router.get("/stream")
            async def stream():
                async def pieces():
                    yield "first"
                    await gate.wait()
                    yield "second"
                return StreamingResponse(pieces())
            @router.get("/open")
            async def open_gate():
                gate.set()
            """)
        let response = try await fixture.call("streams", "/stream")
        guard case .stream(let pieces) = response.body else {
            Issue.record("not streamed")
            return
        }
        var iterator = pieces.makeAsyncIterator()
        #expect(try await iterator.next().map { String(buffer: $0) } == "first")
        #expect(try await fixture.text("streams", "/open").status == 200)
        #expect(try await iterator.next().map { String(buffer: $0) } == "second")
        #expect(try await iterator.next() == nil)
    }

    @Test func aSlowReaderSlowsTheServiceDown() async throws {
        try await fixture.running(
            "pressure",
            """
            from fastapi.responses import StreamingResponse
            made = [0]
            @router.get("/much")
            async def much():
                async def pieces():
                    for _ in range(1000):
                        made[0] += 1
                        yield b"x" * 65536
                return StreamingResponse(pieces())
            @router.get("/made")
            async def count():
                return made[0]
            """)
        let response = try await fixture.call("pressure", "/much")
        let made = try await fixture.text("pressure", "/made")
        #expect(Int(made.body)! < 20)
        #expect(try await response.body.whole().count == 65_536_000)
    }

    @Test func aClientThatLeavesIsNoticed() async throws {
        try await fixture.running(
            "leaving",
            """
            import asyncio
            from fastapi.responses import StreamingResponse
            @router.get("/stream")
            async def stream():
                async def pieces():
                    try:
                        while True:
                            yield "x"
                            await asyncio.sleep(0.01)
                    finally:
                        print("generator closed")
                return StreamingResponse(pieces())
            @router.get("/wait")
            async def wait(request: Request):
                print("waiting")
                while not await request.is_disconnected():
                    await asyncio.sleep(0.01)
                print("client left")
            """)
        do {
            let response = try await fixture.call("leaving", "/stream")
            #expect(response.status == 200)
        }
        _ = await fixture.logs.line(of: "leaving", containing: "generator closed")
        let call = Task { try await fixture.call("leaving", "/wait") }
        _ = await fixture.logs.line(of: "leaving", containing: "waiting")
        call.cancel()
        _ = await fixture.logs.line(of: "leaving", containing: "client left")
        await #expect(throws: CancellationError.self) { try await call.value }
    }

    @Test func whatACallPrintsBearsItsRequestID() async throws {
        try await fixture.running(
            "prints",
            """
            import asyncio, logging, os, sys
            @router.get("/async/{x}")
            async def one(x: str):
                print("async", end=" ")
                await asyncio.sleep(0.01)
                print(x)
                logging.getLogger("mine").warning("logged " + x)
            @router.get("/sync/{x}")
            def two(x: str):
                print("sync", x, file=sys.stderr)
            @router.get("/raw")
            async def raw():
                os.write(1, b"raw bytes\\n")
            """)
        async let one = fixture.text("prints", "/async/a", requestID: "id-a")
        async let two = fixture.text("prints", "/async/b", requestID: "id-b")
        async let three = fixture.text("prints", "/sync/c", requestID: "id-c")
        _ = try await (one, two, three)
        for (text, id) in [
            ("async a", "id-a"), ("async b", "id-b"), ("logged a", "id-a"), ("logged b", "id-b"), ("sync c", "id-c"),
        ] {
            #expect(await fixture.logs.line(of: "prints", containing: text).requestID == id)
        }
        _ = try await fixture.text("prints", "/raw")
        #expect(await fixture.logs.line(of: "prints", containing: "raw bytes").requestID == nil)
    }

    @Test func aServiceSeesItsOwnEnvironmentOnly() async throws {
        try await fixture.running(
            "surroundings",
            """
            import os, subprocess, sys
            @router.get("/env")
            def env():
                return [dict(os.environ), subprocess.check_output(["/usr/bin/env"], text=True).splitlines()]
            """, environment: ["A_KEY": "value"])
        let answer = try JSON(parsing: try await fixture.text("surroundings", "/env").body)
        #expect(Set((answer[0]?.objectValue ?? []).map { $0.key }) == ["A_KEY", "LANG", "PATH"])
        let inherited = Set((answer[1]?.arrayValue ?? []).compactMap { $0.stringValue?.prefix { $0 != "=" } })
        #expect(inherited == ["A_KEY", "LANG", "PATH"])
    }

    @Test func startupAndShutdownHandlersRunOnce() async throws {
        try await fixture.running(
            "lives",
            """
            @router.on_event("startup")
            async def up(): print("up")
            @router.on_event("shutdown")
            def down(): print("down")
            sub = APIRouter()
            @sub.on_event("startup")
            def sub_up(): print("sub up")
            router.include_router(sub, prefix="/sub")
            @router.get("/x")
            def x(): return 1
            """)
        await fixture.supervisor.remove(service: "lives", cloud: "cloud")
        #expect(fixture.logs.lines(of: "lives").sorted() == ["down", "sub up", "up"])
        await #expect(throws: ServiceCallError.noSuchService("lives")) { try await fixture.call("lives", "/x") }
    }

    @Test func aLifespanGivesItsStateToRequests() async throws {
        try await fixture.running(
            "lifespan",
            """
            from contextlib import asynccontextmanager
            @asynccontextmanager
            async def life(app):
                yield {"greeting": "hi"}
            router = APIRouter(lifespan=life)
            @router.get("/x")
            def x(request: Request): return request.state.greeting
            """)
        #expect(try await fixture.text("lifespan", "/x").body == #""hi""#)
    }

    @Test func backgroundTasksRunAfterTheResponse() async throws {
        try await fixture.running(
            "background",
            """
            import asyncio
            from fastapi import BackgroundTasks
            gate = asyncio.Event()
            async def later():
                await gate.wait()
                print("done later")
            @router.get("/x")
            async def x(tasks: BackgroundTasks):
                tasks.add_task(later)
                return 1
            @router.get("/open")
            async def open_gate(): gate.set()
            """)
        #expect(try await fixture.text("background", "/x", requestID: "bg").status == 200)
        #expect(try await fixture.text("background", "/open").status == 200)
        #expect(await fixture.logs.line(of: "background", containing: "done later").requestID == "bg")
    }

    @Test func headersAreKeptAndBrokenOnesRefused() async throws {
        try await fixture.running(
            "headers",
            """
            from fastapi.responses import Response
            @router.get("/two")
            def two():
                r = Response(status_code=418)
                r.set_cookie("a", "1"); r.set_cookie("b", "2")
                return r
            @router.get("/broken")
            def broken(): return Response(headers={"x": "a\\r\\nb: c"})
            """)
        let response = try await fixture.call("headers", "/two")
        #expect(response.status == 418)
        #expect(response.headers.filter { $0.name == "set-cookie" }.count == 2)
        #expect(try await fixture.text("headers", "/broken").status == 500)
    }

    @Test func otherLoopsAndResolversCannotBeImported() async throws {
        let outcome = try await fixture.deploy("loops", "import uvloop\n")
        guard case .failed(let failure) = outcome else {
            Issue.record("uvloop was imported")
            return
        }
        #expect(failure.hint?.contains("uvloop") == true)
    }
}
