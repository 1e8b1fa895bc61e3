package import NIOCore

/// The body of a response that is still under way. See `ServiceResponseBody.stream`.
package struct ServiceResponseStream: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer

    let queue: ResponseBodyQueue

    package func makeAsyncIterator() -> Iterator { Iterator(queue: queue) }

    package struct Iterator: AsyncIteratorProtocol {
        let queue: ResponseBodyQueue

        package mutating func next() async throws -> ByteBuffer? { try await queue.next() }
    }
}
