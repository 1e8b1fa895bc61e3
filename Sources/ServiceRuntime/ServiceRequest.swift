package import NIOCore
package import WorkerProtocol

/// One HTTP request to a deployed service, as the front hands it over.
package struct ServiceRequest: Sendable {
    /// Method, path, query, headers, endpoints. `head.rawPath` begins with `head.rootPath`
    /// (`/services/api/tasks/1` and `/services`); `head.requestID` names the call in the log.
    package var head: RequestHead
    package var body: ServiceRequestBody

    package init(head: RequestHead, body: ServiceRequestBody) {
        self.head = head
        self.body = body
    }
}

/// The body of a request: nothing, what is already there, or a stream that is read only as fast as the service takes it.
package enum ServiceRequestBody: Sendable {
    case empty
    case complete(ByteBuffer)
    case stream(any AsyncSequence<ByteBuffer, any Error> & Sendable)
}

/// What a service answered. The head is complete; the body may still be under way.
package struct ServiceResponse: Sendable {
    package var status: Int
    /// In the order and with the duplicates that the service gave; no `transfer-encoding` or `connection`.
    package var headers: [HeaderField]
    package var body: ServiceResponseBody

    package init(status: Int, headers: [HeaderField], body: ServiceResponseBody) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// The body of a response: all of it, or a stream.
package enum ServiceResponseBody: Sendable {
    case complete(ByteBuffer)
    /// To be iterated once. The service is slowed down to the speed of the reader. Iteration throws `ServiceCallError`
    /// when the worker dies half-way; dropping the iterator or the stream tells the service that the client is gone.
    case stream(BodyStream)
}

extension ServiceRequest {
    /// Reads a short body whole before the call: it then travels in one frame with the head.
    mutating func gatherSmallBody() async throws {
        guard case .stream(let pieces) = body else { return }
        let length = head.headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) }
        let chunked = head.headers.contains { $0.name.lowercased() == "transfer-encoding" }
        if length == nil && !chunked || length == 0 {
            body = .empty
            return
        }
        guard let length, length <= Frame.largestBodyPiece else { return }
        var whole = ByteBuffer()
        for try await var piece in pieces { whole.writeBuffer(&piece) }
        body = .complete(whole)
    }
}
