import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1

/// HTTP to one address. To be closed.
struct HTTPConnection: Sendable {
    /// Without a slash at its end.
    let baseURL: String
    private let client: HTTPClient

    /// Longer than anything takes that a command waits for: a deployment that downloads its requirements.
    private static let limit = TimeAmount.minutes(15)

    init(baseURL: String) {
        var url = Substring(baseURL)
        while url.last == "/" { url.removeLast() }
        self.baseURL = String(url)
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(5)
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async { try? await client.shutdown() }

    /// - Parameter target: path and query.
    /// - Throws: `CommandFailure.unreachable`.
    func send(
        _ method: String, _ target: String, headers: [(name: String, value: String)], body: [UInt8]?,
        within limit: TimeAmount = Self.limit
    ) async throws -> Reply {
        var request = HTTPClientRequest(url: baseURL + target)
        request.method = HTTPMethod(rawValue: method)
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        if let body { request.body = .bytes(body) }
        do {
            let response = try await client.execute(request, timeout: limit)
            let bytes = try await response.body.collect(upTo: 1 << 30)
            return Reply(
                status: Int(response.status.code), headers: response.headers.map { ($0.name.lowercased(), $0.value) },
                bytes: Array(bytes.readableBytesView))
        } catch let error as CancellationError {
            throw error
        } catch let error as IOError {
            throw CommandFailure.unreachable(url: baseURL, reason: String(cString: strerror(error.errnoCode)))
        } catch {
            throw CommandFailure.unreachable(url: baseURL, reason: "\(error)")
        }
    }

    /// Posts a body and hands over each line of the answer as it comes.
    /// - Throws: `CommandFailure`, also for a refusal.
    func lines(
        _ target: String, headers: [(name: String, value: String)], body: [UInt8],
        isolation: isolated (any Actor)? = #isolation, _ take: (String) throws -> Void
    ) async throws {
        var request = HTTPClientRequest(url: baseURL + target)
        request.method = .POST
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        request.body = .bytes(body)
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, timeout: Self.limit)
        } catch let error as IOError {
            throw CommandFailure.unreachable(url: baseURL, reason: String(cString: strerror(error.errnoCode)))
        }
        guard response.status == .ok else {
            let bytes = Array(try await response.body.collect(upTo: 1 << 20).readableBytesView)
            let reply = Reply(status: Int(response.status.code), headers: [], bytes: bytes)
            throw CommandFailure.refused(Refusal(status: reply.status, json: try reply.json(of: target)))
        }
        var lines = LineBuffer()
        for try await buffer in response.body { try lines.add(buffer.readableBytesView, take) }
    }

    /// Whether an emulator answers there.
    func isAlive() async -> Bool {
        (try? await send("GET", "/_emulator/health", headers: [], body: nil, within: .seconds(5)))?.status == 200
    }
}
