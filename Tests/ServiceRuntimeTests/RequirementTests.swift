import AltanCloud
import Testing
import WorkerProtocol

@testable import ServiceRuntime

@Suite struct RequirementTests {
    @Test(arguments: [
        ("supabase", "supabase", true), (" Stripe ", "stripe", true), ("python_multipart", "python-multipart", true),
        ("Zope.Interface", "zope-interface", true), ("httpx>=0.27", "httpx", false),
        ("supabase[realtime]", "supabase", false), ("x; python_version<'3'", "x", false),
        ("pkg @ https://x.test/y.whl", "pkg", false),
    ])
    func specifiersAreRead(specifier: String, name: String, isBare: Bool) {
        let requirement = Requirement(specifier)
        #expect(requirement?.name == name)
        #expect(requirement?.isBare == isBare)
    }

    @Test(arguments: ["", "--index-url", "https://x.test/y.whl"]) func whatHasNoNameIsNone(specifier: String) {
        #expect(Requirement(specifier).map(\.isBare) != true)
    }

    @Test func aDryRunIsReadFromItsReport() {
        let report = DryRun(
            """
            Resolved 8 packages in 192ms
            Would install 2 packages
             - httpx==0.28.1
             + httpx==0.27.2
             + sniffio==1.3.1
            """)
        #expect(report.removed == ["httpx==0.28.1"])
        #expect(report.added == ["httpx==0.27.2", "sniffio==1.3.1"])
    }

    @Test func theKeyDoesNotDependOnOrder() {
        let one = ResolvedSet(["b==1", "a==2"]).key(abi: "cp311", baseLock: "x")
        #expect(one == ResolvedSet(["a==2", "b==1", "a==2"]).key(abi: "cp311", baseLock: "x"))
        #expect(one != ResolvedSet(["a==2", "b==1"]).key(abi: "cp312", baseLock: "x"))
        #expect(one != ResolvedSet(["a==2"]).key(abi: "cp311", baseLock: "x"))
        #expect(one.count == 32)
    }

    @Test func uvsOwnWordsAreTheFailure() {
        let failure = DeployFailure.requirements(
            uv: """
                Using Python 3.11.2 environment at: base
                error: No solution found when resolving dependencies
                  cause: Because there is no version of stripe==99.0 and you require stripe==99.0, we can conclude.
                """, offline: false)
        #expect(failure.stage == .requirements)
        #expect(
            failure.message.hasSuffix(
                "error: No solution found when resolving dependencies cause: Because there is no version of stripe==99.0 and you require stripe==99.0, we can conclude."
            ))
    }

    @Test func linesAreAssembledAcrossReads() {
        var lines = LineAssembler()
        #expect(lines.append(Array("a\nb".utf8)) == ["a"])
        #expect(lines.append(Array("c\r\n\nd".utf8)) == ["bc", ""])
        #expect(lines.finish() == "d")
        #expect(lines.finish() == nil)
        #expect(lines.append([UInt8](repeating: 65, count: LineAssembler.longestLine + 1)).count == 1)
    }

    @Test func cacheFoldersFollowTheEnvironment() {
        #expect(BaseEnvironment.cacheFolder(environment: ["ALTAN_EMULATOR_CACHE": "/c", "HOME": "/h"]) == "/c")
        #expect(BaseEnvironment.cacheFolder(environment: ["XDG_CACHE_HOME": "/x"]) == "/x/altan-emulator")
        #expect(BaseEnvironment.cacheFolder(environment: ["HOME": "/h"]) == "/h/.cache/altan-emulator")
    }
}

/// Packages from a registry; needs the network or a warm cache, so that it runs only where it is asked for.
@Suite(
    .enabled(
        if: RuntimeFixture.isAvailable && RuntimeFixture.mayInstall, "set ALTAN_TEST_NETWORK=1 to install packages"),
    .serialized, .timeLimit(.minutes(3)))
struct InstallationTests {
    let fixture = RuntimeFixture.shared

    @Test func whatIsMissingIsInstalledBesideTheBase() async throws {
        try await fixture.running(
            "adds", "import yaml, fastapi\n@router.get('/x')\ndef x(): return [yaml.__file__, fastapi.__file__]",
            requirements: ["PyYAML", "supabase"])
        let body = try await fixture.text("adds", "/x").body
        #expect(body.contains("/requirements/") && body.contains("/python/cp"), "\(body)")
    }

    @Test func aContradictingVersionGetsAnInterpreterOfItsOwn() async throws {
        try await fixture.running(
            "contradicts", "import httpx\n@router.get('/x')\ndef x(): return httpx.__version__",
            requirements: ["httpx<0.28"])
        #expect(try await fixture.text("contradicts", "/x").body.hasPrefix(#""0.27"#))
        try await fixture.running("beside", "import httpx\n@router.get('/x')\ndef x(): return httpx.__version__")
        #expect(try await fixture.text("beside", "/x").body.hasPrefix(#""0.28"#))
    }

    @Test(arguments: ["no-such-package-of-ours-1", "stripe==99.0"])
    func whatDoesNotExistIsNamed(requirement: String) async throws {
        guard
            case .failed(let failure) = try await fixture.deploy("unresolved", "", requirements: [requirement])
        else {
            Issue.record("it came up")
            return
        }
        #expect(failure.stage == .requirements)
        #expect(failure.message.contains(requirement), "\(failure.message)")
    }
}
