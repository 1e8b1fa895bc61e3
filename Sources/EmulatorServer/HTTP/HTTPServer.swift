import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Listens on a port and answers HTTP/1.1 on every connection made to it.
///
/// A server of our own on SwiftNIO: a request that is passed on to a service is read, forwarded, answered and written
/// on one event loop, without a change of threads.
final class HTTPServer: Service, CustomStringConvertible {
    /// How the requests of a new connection are answered; may put handlers of its own before HTTP.
    typealias Prepare = @Sendable (any Channel) throws -> HTTPConnection.Answering

    /// The lifecycle library writes every service down, and would look for the type's name with reflection.
    let description = "HTTP server"
    private let host: String
    private let port: Int
    private let group: any EventLoopGroup
    private let answering: Prepare
    private let onListening: @Sendable (any Channel) async throws -> Void
    private let connections = OpenConnections()
    /// How long responses under way may take when the server is stopped.
    private let stopLimit = TimeAmount.seconds(3)

    /// - Parameter onListening: called when the port is taken; connections wait until it returns.
    init(
        host: String, port: Int, group: any EventLoopGroup, answering: @escaping Prepare,
        onListening: @escaping @Sendable (any Channel) async throws -> Void
    ) {
        self.host = host
        self.port = port
        self.group = group
        self.answering = answering
        self.onListening = onListening
    }

    /// Serves until the task is cancelled or asked to shut down, then lets responses under way be completed.
    /// - Throws: `IOError` when the port cannot be had, and what `onListening` throws.
    func run() async throws {
        let listener = try await bind()
        do {
            try await onListening(listener)
        } catch {
            try? await listener.close()
            throw error
        }
        try await listener.setOption(.autoRead, value: true).get()
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await listener.closeFuture.get()
            await connections.close(within: stopLimit, on: listener.eventLoop)
        } onCancelOrGracefulShutdown: {
            listener.close(promise: nil)
        }
    }

    private func bind() async throws -> any Channel {
        let (answering, connections) = (answering, connections)
        return try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                connections.add(channel)
                return channel.eventLoop.makeCompletedFuture {
                    try Self.configure(channel, answering)
                }
            }
            .bind(host: host, port: port)
            .get()
    }

    private static func configure(_ channel: any Channel, _ answering: Prepare) throws {
        let answering = try answering(channel)
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderListSize = 80 << 10
        limits.maxHeaderFieldCount = 1000
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(decoder))
        try channel.pipeline.syncOperations.addHandler(HTTPConnection(channel: channel, answering: answering))
    }
}

/// The connections that are open, so that stopping can end them.
private final class OpenConnections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    func add(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        channels.withLock { $0[key] = channel }
        channel.closeFuture.whenComplete { _ in self.channels.withLock { $0[key] = nil } }
    }

    /// Closes the idle ones at once, the others when their response is complete, and all that are left at the limit.
    func close(within limit: TimeAmount, on loop: any EventLoop) async {
        let open = channels.withLock { Array($0.values) }
        for channel in open { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        let end = loop.scheduleTask(in: limit) { for channel in open { channel.close(promise: nil) } }
        // `andAllComplete` does not fail for a future that failed.
        try? await EventLoopFuture.andAllComplete(open.map(\.closeFuture), on: loop).get()
        end.cancel()
    }
}
