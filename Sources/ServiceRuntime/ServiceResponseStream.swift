package import NIOCore

/// The body of a response that is still under way. See `ServiceResponseBody.stream`.
package struct ServiceResponseStream: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer

    let next: @Sendable () async throws -> ByteBuffer?

    package func makeAsyncIterator() -> Iterator { Iterator(next: next) }

    package struct Iterator: AsyncIteratorProtocol {
        let next: @Sendable () async throws -> ByteBuffer?

        package func next() async throws -> ByteBuffer? { try await next() }
    }
}
