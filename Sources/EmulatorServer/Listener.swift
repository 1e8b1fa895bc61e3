import AltanCloud
package import JSONText
import Logging
import NIOCore
import NIOPosix
import SQLite
import ServiceLifecycle
import UnixSignals

extension Emulator {
    /// Listens, starts the services, calls `onReady` with the facts of the ready line, and serves until the process is
    /// asked to stop (SIGINT, SIGTERM) or the task is cancelled.
    /// - Parameter port: 0 for any free one.
    /// - Throws: `StartFailure.portInUse`.
    package func serve(
        host: String = "127.0.0.1", port: Int, onReady: @escaping @Sendable (JSON) async throws -> Void
    ) async throws {
        let answering = answering
        let server = HTTPServer(
            host: host, port: port, group: Self.loops, answering: { _ in answering },
            onListening: { channel in
                let bound = channel.localAddress?.port ?? port
                let origin = "http://\(host):\(bound)"
                try await self.begin(origin: origin)
                try await onReady(self.announcement(origin: origin, port: bound))
            })
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: server), .init(service: EventStreamsEnd(events: platform.requestEvents))],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        do {
            try await group.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw StartFailure.portInUse(port)
        }
    }

    /// Which thread answers what: calls of services stay on the event loop, which only passes them on; REST runs where
    /// SQLite may block. The rest runs on the shared pool. What `DirectReads` knows runs nowhere else: it is answered
    /// before there is a task.
    private var answering: HTTPConnection.Answering {
        HTTPConnection.Answering(
            executor: { request, loop in
                request.isServiceCall ? loop : request.isIn("/rest/") ? Database.executor : nil
            },
            endsWithClient: \.isServiceCall,
            respond: { await self.respond($0) },
            atOnce: { self.directAnswer($0) })
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
}

extension FrontRequest {
    fileprivate var isServiceCall: Bool { isIn("/services/api/") }

    /// Whether the path leads there, of whatever cloud; good enough for where to run.
    fileprivate func isIn(_ place: String) -> Bool {
        path.hasPrefix(place) || (path.hasPrefix("/clouds/") && path.contains(place))
    }
}
