import AltanCloud
import Foundation
import Logging
import NIOCore
import Synchronization
import Testing
import WorkerProtocol
import World

@testable import ServiceRuntime

/// The supervisor under test and what services printed. Needs the emulator's binary, whose `worker` mode it starts.
struct RuntimeFixture: Sendable {
    let supervisor: ServiceSupervisor
    let logs: RecordingLog

    static let binary = ProcessInfo.processInfo.environment["ALTAN_EMULATOR_BINARY"]
    static let isAvailable = binary != nil
    static let mayInstall = ProcessInfo.processInfo.environment["ALTAN_TEST_NETWORK"] != nil
    static let notice: Comment = "set ALTAN_EMULATOR_BINARY to a built altan-emulator to run these tests"
    static let cacheFolder = BaseEnvironment.cacheFolder(environment: ProcessInfo.processInfo.environment)

    /// One for all tests that use services of their own names; its processes end with this one.
    static let shared = RuntimeFixture()

    /// Makes the base environment unless this machine has it.
    static let setup = Task {
        try await BaseEnvironment(cacheFolder: cacheFolder).setup(
            environment: ProcessInfo.processInfo.environment, progress: { _ in })
    }

    init(change: (inout RuntimeSettings) -> Void = { _ in }) {
        logs = RecordingLog()
        var settings = RuntimeSettings(executable: Self.binary ?? "", cacheFolder: Self.cacheFolder)
        change(&settings)
        supervisor = ServiceSupervisor(
            settings: settings, logs: logs, world: .system(), logger: Logger(label: "test"))
    }

    /// Deploys a module that begins with the usual imports and `router`.
    func deploy(
        _ name: String, _ code: String, requirements: [String] = [], environment: [String: String] = [:],
        bare: Bool = false
    ) async throws -> DeployOutcome {
        try await Self.setup.value
        let preamble = "from fastapi import APIRouter, HTTPException, Request\nrouter = APIRouter()\n"
        return await supervisor.deploy(
            ServiceSource(
                cloudID: "cloud", name: name, code: (bare ? "" : preamble) + code, requirements: requirements,
                environment: environment))
    }

    /// Deploys, and expects it to come up.
    @discardableResult
    func running(
        _ name: String, _ code: String, requirements: [String] = [], environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ServiceInterface {
        switch try await deploy(name, code, requirements: requirements, environment: environment) {
        case .running(let interface): return interface
        case .failed(let failure):
            Issue.record("\(failure)", sourceLocation: sourceLocation)
            throw failure
        }
    }

    func call(
        _ service: String, _ path: String, method: String = "GET", headers: [HeaderField] = [],
        body: ServiceRequestBody = .empty, requestID: String = UUID().uuidString
    ) async throws -> ServiceResponse {
        let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
        let head = RequestHead(
            requestID: requestID, method: method, rawPath: "/services/api/\(service)\(parts[0])",
            query: parts.count > 1 ? parts[1] : "", rootPath: "/services",
            headers: [HeaderField("Host", "127.0.0.1:54321")] + headers,
            client: Endpoint(host: "10.1.2.3", port: 4567), server: Endpoint(host: "127.0.0.1", port: 54321))
        return try await supervisor.call(ServiceRequest(head: head, body: body), service: service, cloud: "cloud")
    }

    /// Status and whole body as text.
    func text(
        _ service: String, _ path: String, method: String = "GET", headers: [HeaderField] = [],
        body: ServiceRequestBody = .empty, requestID: String = UUID().uuidString
    ) async throws -> (status: Int, body: String) {
        let response = try await call(service, path, method: method, headers: headers, body: body, requestID: requestID)
        return (response.status, String(decoding: try await response.body.whole(), as: UTF8.self))
    }
}

extension ServiceResponseBody {
    func whole() async throws -> [UInt8] {
        switch self {
        case .complete(let buffer): return Array(buffer.readableBytesView)
        case .stream(let pieces):
            var bytes: [UInt8] = []
            for try await piece in pieces { bytes.append(contentsOf: piece.readableBytesView) }
            return bytes
        }
    }
}

extension ServiceRequestBody {
    static func text(_ text: String) -> ServiceRequestBody { .complete(ByteBuffer(string: text)) }

    /// Pieces that arrive one by one.
    static func pieces(_ pieces: [ByteBuffer]) -> ServiceRequestBody {
        let (stream, continuation) = AsyncThrowingStream<ByteBuffer, any Error>.makeStream()
        for piece in pieces { continuation.yield(piece) }
        continuation.finish()
        return .stream(stream)
    }
}

/// Keeps what services print, and lets a test wait for a line.
final class RecordingLog: LogSink {
    struct Line: Sendable {
        var text: String
        var service: String
        var requestID: String?
    }

    private struct State {
        var lines: [Line] = []
        var waiting: [(service: String, text: String, continuation: CheckedContinuation<Line, Never>)] = []
    }

    private let state = Mutex(State())

    func append(line: String, service: String, cloud: String, requestID: String?) {
        let line = Line(text: line, service: service, requestID: requestID)
        let found = state.withLock { state in
            state.lines.append(line)
            let found = state.waiting.filter { $0.service == service && line.text.contains($0.text) }
            state.waiting.removeAll { $0.service == service && line.text.contains($0.text) }
            return found.map(\.continuation)
        }
        for continuation in found { continuation.resume(returning: line) }
    }

    func lines(of service: String) -> [String] {
        state.withLock { $0.lines.filter { $0.service == service }.map(\.text) }
    }

    func forget() { state.withLock { $0.lines = [] } }

    /// Waits for a line of the service that contains `text`.
    func line(of service: String, containing text: String) async -> Line {
        await withCheckedContinuation { continuation in
            let found = state.withLock { state -> Line? in
                if let line = state.lines.first(where: { $0.service == service && $0.text.contains(text) }) {
                    return line
                }
                state.waiting.append((service, text, continuation))
                return nil
            }
            if let found { continuation.resume(returning: found) }
        }
    }
}

@Test func theBinaryIsGivenWhereTestsMustNotBeSkipped() {
    let isContinuousIntegration = ProcessInfo.processInfo.environment["CI"] == "true"
    #expect(RuntimeFixture.isAvailable || !isContinuousIntegration, RuntimeFixture.notice)
}
