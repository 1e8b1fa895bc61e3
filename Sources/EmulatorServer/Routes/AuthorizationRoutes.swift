import AltanCloud
import JSONText
import NIOCore
import ServiceLifecycle

// /authorization-request: what an agent, or the platform's screens, ask and answer in JSON.
extension Emulator {
    /// - Parameter path: what follows the first segment, decoded.
    func authorizationRequests(
        _ request: FrontRequest, _ path: [String], _ plane: ControlPlane
    ) async throws -> FrontResponse {
        switch (request.method, path.count) {
        case ("POST", 0): return .json(try await plane.createAuthorizationRequest(try await request.json()))
        case ("GET", 0):
            return .json(
                try await plane.authorizationRequests(
                    cloud: request.parameter("cloud_id"), roomID: request.parameter("room_id"),
                    isCompleted: try flag("is_completed", of: request)))
        case ("GET", 1) where path[0] == "events": return requestEvents(request)
        case ("GET", 1): return .json(try await plane.authorizationRequest(path[0]))
        case ("PATCH", 2) where path[1] == "complete":
            return .json(try await plane.completeAuthorizationRequest(path[0], try await request.json()))
        case ("PATCH", 2) where path[1] == "reject":
            return .json(try await plane.rejectAuthorizationRequest(path[0]))
        case ("DELETE", 1): return .json(try await plane.deleteAuthorizationRequest(path[0]))
        case (_, 0), (_, 1): throw FrontFailure.methodNotAllowed(request.method, path: request.path)
        case (_, 2) where path[1] == "complete" || path[1] == "reject":
            throw FrontFailure.methodNotAllowed(request.method, path: request.path)
        default: throw Unemulated.failure(request)
        }
    }

    private func flag(_ name: String, of request: FrontRequest) throws(CloudError) -> Bool? {
        switch request.parameter(name)?.lowercased() {
        case nil: return nil
        case "true", "1": return true
        case "false", "0": return false
        default: throw .invalidArguments([.init(name, "must be true or false")])
        }
    }

    /// How long a stream of events is silent at most: connections that the peer has left are noticed by writing.
    private static let heartbeat = Duration.seconds(15)

    /// `GET …/events?room_id=&cloud_id=&id=`: what happens to requests from now on, as server-sent events named as on
    /// the platform. Values are in none of them: the agent fetches those, once.
    private func requestEvents(_ request: FrontRequest) -> FrontResponse {
        let (room, cloud, id) = (
            request.parameter("room_id"), request.parameter("cloud_id"), request.parameter("id")
        )
        let events = platform.requestEvents.listen()
        let origin = platform.origins.current
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: ByteBuffer.self, throwing: (any Error).self)
        continuation.yield(ByteBuffer(string: ": listening\n\n"))
        // Ends with the stream, whose end cancels it.
        let pump = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await event in events {
                        let asked = event.request
                        guard room == nil || asked.roomID == room, cloud == nil || asked.cloudID == cloud,
                            id == nil || asked.id == id
                        else { continue }
                        let record = ControlPlaneJSON.request(asked, baseURL: origin)
                        continuation.yield(ByteBuffer(string: "event: \(event.name)\ndata: \(record.text)\n\n"))
                    }
                }
                group.addTask {
                    while (try? await Task.sleep(for: Self.heartbeat)) != nil {
                        continuation.yield(ByteBuffer(string: ": still here\n\n"))
                    }
                }
                await group.next()
                group.cancelAll()
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in pump.cancel() }
        return FrontResponse(
            status: 200,
            headers: [("Content-Type", "text/event-stream; charset=utf-8"), ("Cache-Control", "no-store")],
            body: .stream(stream))
    }
}

/// Ends the streams of events when the emulator is asked to stop: an open one must not keep it from stopping.
struct EventStreamsEnd: ServiceLifecycle.Service, CustomStringConvertible {
    let events: AuthorizationEvents
    /// The lifecycle library writes every service down, and would look through it with reflection.
    let description = "the end of event streams"

    func run() async throws {
        try? await gracefulShutdown()
        events.finish()
    }
}
