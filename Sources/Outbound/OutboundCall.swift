package import NIOCore

/// One HTTP call of a service to somewhere else, as the worker's own listener took it.
package struct OutboundCall: Sendable {
    package enum Scheme: String, Sendable {
        case http, https

        package var port: Int { self == .https ? 443 : 80 }
    }

    /// The service that calls, and its cloud. (A stand-in that calls has its host's name and `StandIn.cloud`.)
    package var service: String
    package var cloud: String
    package var method: String
    /// How the service's code believes that it speaks to the host.
    package var scheme: Scheme
    /// The host that was meant, in lower case, without a port.
    package var host: String
    package var port: Int?
    /// Path and query as they were sent.
    package var target: String
    /// Names in lower case.
    package var headers: [(name: String, value: String)]
    package var body: ByteBuffer
    /// The id of the service's own call during which this one was made, where the worker said so.
    package let cause: String?

    /// The header by which a worker says the cause. It is the emulator's own, and handed on to nobody.
    private static let causeHeader = "x-altan-cause"

    package init(
        service: String, cloud: String, method: String, scheme: Scheme = .https, authority: String, target: String,
        headers: [(name: String, value: String)], body: ByteBuffer
    ) {
        self.service = service
        self.cloud = cloud
        self.method = method
        self.scheme = scheme
        self.target = target
        let fields = headers.map { (name: $0.name.lowercased(), value: $0.value) }
        cause = fields.first { $0.name == Self.causeHeader }?.value
        self.headers = fields.filter { $0.name != Self.causeHeader }
        self.body = body
        let parts = authority.lowercased().split(separator: ":", maxSplits: 1)
        host = parts.first.map(String.init) ?? ""
        while host.hasSuffix(".") { host.removeLast() }
        port = parts.count > 1 ? Int(parts[1]) : nil
    }

    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The path without its query.
    package var path: String { String(target.prefix { $0 != "?" }) }

    package var query: String? {
        target.firstIndex(of: "?").map { String(target[target.index(after: $0)...]) }
    }
}

/// What a call got.
package struct OutboundAnswer: Sendable {
    package enum Body: Sendable {
        case whole(ByteBuffer)
        case stream(any AsyncSequence<ByteBuffer, any Error> & Sendable)
    }

    /// Who answered, for logs and counts.
    package enum Origin: Hashable, Sendable {
        /// A stand-in of the seed, or one that is built in.
        case standIn(isBuiltIn: Bool)
        case cassette
        case network
        case refused
        /// A stand-in that could not answer.
        case failed
        /// The emulator itself, at `emulator.internal`.
        case emulator

        package var name: String {
            switch self {
            case .standIn(isBuiltIn: true): "stand-in"
            case .standIn(isBuiltIn: false): "your stand-in"
            case .cassette: "cassette"
            case .network: "network"
            case .refused: "refused"
            case .failed: "stand-in failed"
            case .emulator: "emulator"
            }
        }
    }

    package var status: Int
    /// What stands beside the status instead of its usual name.
    package var reason: String?
    package var headers: [(name: String, value: String)]
    package var body: Body
    package var origin: Origin

    package init(
        status: Int, reason: String? = nil, headers: [(name: String, value: String)], body: Body, origin: Origin
    ) {
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body
        self.origin = origin
    }
}
