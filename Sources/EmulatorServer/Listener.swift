import HTTPTypes
import HummingbirdCore
package import JSONText
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

// The only file that knows the HTTP server.
extension Emulator {
    /// Listens, starts the services, calls `onReady` with the facts of the ready line, and serves until the process is
    /// asked to stop (SIGINT, SIGTERM) or the task is cancelled.
    /// - Parameter port: 0 for any free one.
    /// - Throws: `StartFailure.portInUse`.
    package func serve(
        host: String = "127.0.0.1", port: Int, onReady: @escaping @Sendable (JSON) async throws -> Void
    ) async throws {
        let server = Server(
            childChannelSetup: HTTP1Channel(responder: { request, writer, channel in
                try await self.answer(request, writer, channel)
            }),
            configuration: ServerConfiguration(address: .hostname(host, port: port), reuseAddress: true),
            onServerRunning: { channel in
                do {
                    let bound = channel.localAddress?.port ?? port
                    let origin = "http://\(host):\(bound)"
                    try await self.begin(origin: origin)
                    try await onReady(self.announcement(origin: origin, port: bound))
                } catch {
                    self.logger.error("\(error)")
                }
            },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger
        )
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: server)], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        do {
            try await group.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw StartFailure.portInUse(port)
        }
    }

    /// The ready line; also what `run.json` holds.
    private func announcement(origin: String, port: Int) throws -> JSON {
        var line: JSON = ["event": "ready", "pid": .integer(getpid()), "port": .integer(port)]
        for fact in facts(origin: origin).objectValue ?? [] { line.set(fact.key, fact.value) }
        try folder.announce(line)
        return line
    }

    /// The lifecycle library's own chatter says nothing to people.
    private var quiet: Logger {
        var logger = logger
        logger.logLevel = .error
        return logger
    }

    private func answer(
        _ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel
    ) async throws {
        // Unanswered, curl waits a second before it sends a body.
        if request.headers[.expect]?.lowercased() == "100-continue" {
            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
        }
        let response = await respond(FrontRequest(request, client: channel.remoteAddress))
        var head = HTTPResponse(status: .init(code: response.status))
        for (name, value) in response.headers {
            if let name = HTTPField.Name(name) { head.headerFields.append(HTTPField(name: name, value: value)) }
        }
        switch response.body {
        case .bytes(let bytes):
            if response.sendsLength, head.headerFields[.contentLength] == nil {
                head.headerFields[.contentLength] = String(bytes.count)
            }
            var body = try await writer.writeHead(head)
            if !bytes.isEmpty { try await body.write(ByteBuffer(bytes: bytes)) }
            try await body.finish(nil)
        case .buffer(let buffer):
            if response.sendsLength, head.headerFields[.contentLength] == nil {
                head.headerFields[.contentLength] = String(buffer.readableBytes)
            }
            var body = try await writer.writeHead(head)
            if buffer.readableBytes > 0, response.sendsLength { try await body.write(buffer) }
            try await body.finish(nil)
        case .stream(let stream):
            var body = try await writer.writeHead(head)
            for try await buffer in stream { try await body.write(buffer) }
            try await body.finish(nil)
        }
    }
}

extension FrontRequest {
    init(_ request: Request, client: SocketAddress?) {
        let target = request.head.path ?? "/"
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var headers = request.headers.map { (name: $0.name.canonicalName, value: $0.value) }
        if let authority = request.head.authority { headers.append(("host", authority)) }
        let isEmpty = request.headers[.contentLength] == nil && request.headers[.transferEncoding] == nil
        self.init(
            method: request.method.rawValue, path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : nil,
            headers: headers, body: isEmpty ? .bytes([]) : .stream(request.body),
            client: client.flatMap { address in
                address.port.map { (address.ipAddress ?? "127.0.0.1", $0) }
            })
    }
}
