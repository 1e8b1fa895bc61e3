import AltanCloud
import Foundation
import JSONText
import Testing

@testable import ServiceRuntime

@Suite(.enabled(if: RuntimeFixture.isAvailable, RuntimeFixture.notice), .timeLimit(.minutes(2)))
struct ProcessTests {
    /// Starts a child, and a grandchild in a session of its own whose parent ends.
    private let code = """
        import os, subprocess
        child = subprocess.Popen(["sleep", "1000"])
        orphan = subprocess.Popen(["sh", "-c", "setsid sleep 1000 & exit"]); orphan.wait()
        @router.get("/pids")
        def list_pids():
            return [os.getpid(), child.pid]
        @router.get("/die")
        def die(): os._exit(4)
        """

    private func isAlive(_ pid: Int) -> Bool {
        guard let state = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return !state.contains(") Z")
    }

    private func descendants(of parent: Int) -> [Int] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let children = entries.compactMap(Int.init).filter { pid in
            guard let state = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let end = state.lastIndex(of: ")")
            else { return false }
            return state[end...].split(separator: " ")[2] == "\(parent)"
        }
        return children + children.flatMap(descendants)
    }

    @Test func shutdownLeavesNoProcess() async throws {
        let fixture = RuntimeFixture()
        try await fixture.running("family", code)
        let zygote = Int(try await fixture.supervisor.house.ready().zygote.pid)
        let family = descendants(of: zygote)
        // The worker, its child, and the one that called setsid, which is the zygote's child by now.
        #expect(family.count >= 3)
        await fixture.supervisor.shutdown()
        #expect(([zygote] + family).filter(isAlive) == [])
        await #expect(throws: ServiceCallError.noSuchService("family")) { try await fixture.call("family", "/pids") }
        guard case .failed = try await fixture.deploy("late", "") else {
            Issue.record("it came up after the shutdown")
            return
        }
    }

    @Test func theEndOfTheHostIsTheEndOfAll() async throws {
        let fixture = RuntimeFixture()
        try await fixture.running("family", code)
        let ready = try await fixture.supervisor.house.ready()
        let family = descendants(of: Int(ready.zygote.pid))
        #expect(family.count >= 3)
        // What the kernel does with a killed host's sockets.
        ready.zygote.end()
        while family.contains(where: isAlive) { await Task.yield() }
        await fixture.supervisor.shutdown()
    }

    @Test func aWorkersChildrenEndWithIt() async throws {
        let fixture = RuntimeFixture.shared
        try await fixture.running("parent", code)
        let pids = try JSON(parsing: try await fixture.text("parent", "/pids").body)
        let child = try #require(pids[1]?.intValue)
        await #expect(throws: ServiceCallError.self) { try await fixture.call("parent", "/die") }
        while isAlive(child) { await Task.yield() }
        let next = try JSON(parsing: try await fixture.text("parent", "/pids").body)
        #expect(next[0] != pids[0])
        await fixture.supervisor.remove(service: "parent", cloud: "cloud")
        while try isAlive(#require(next[1]?.intValue)) { await Task.yield() }
    }

    @Test func aKilledZygoteIsReplacedAndItsServicesComeBack() async throws {
        let fixture = RuntimeFixture()
        try await fixture.running("survivor", "import os\n@router.get('/x')\ndef x(): return os.getpid()")
        let before = try await fixture.text("survivor", "/x").body
        try await fixture.supervisor.house.ready().zygote.kill()
        var after = before
        while after == before {
            do { after = try await fixture.text("survivor", "/x").body } catch is ServiceCallError {}
        }
        #expect(Int(after) != nil)
        await fixture.supervisor.shutdown()
    }
}
