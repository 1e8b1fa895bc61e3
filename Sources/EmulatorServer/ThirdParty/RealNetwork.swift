import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Outbound

/// The real internet, for hosts that the configuration allows: over TLS where the service's code asked for it.
struct RealNetwork: OutboundNetwork {
    private static let limit = TimeAmount.seconds(100)
    private static let hopByHop = ["connection", "host", "keep-alive", "transfer-encoding", "accept-encoding"]

    func send(_ call: OutboundCall) async throws -> OutboundAnswer {
        let port = call.port.map { ":\($0)" } ?? ""
        var request = HTTPClientRequest(url: "\(call.scheme.rawValue)://\(call.host)\(port)\(call.target)")
        request.method = HTTPMethod(rawValue: call.method)
        for (name, value) in call.headers where !Self.hopByHop.contains(name) {
            request.headers.add(name: name, value: value)
        }
        if call.body.readableBytes > 0 { request.body = .bytes(call.body) }
        let response = try await HTTPClient.shared.execute(request, timeout: Self.limit)
        return OutboundAnswer(
            status: Int(response.status.code), headers: response.headers.map { ($0.name, $0.value) },
            body: .stream(response.body), origin: .network)
    }
}
