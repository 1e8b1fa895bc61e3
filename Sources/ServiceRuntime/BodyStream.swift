package import NIOCore

/// A body that is still under way, to be read once. Dropping it tells the sender that nobody reads any more.
package struct BodyStream: AsyncSequence, Sendable {
    package typealias Element = ByteBuffer

    private let queue: BodyQueue

    package init(queue: BodyQueue) { self.queue = queue }

    package func makeAsyncIterator() -> Iterator { Iterator(queue: queue) }

    package struct Iterator: AsyncIteratorProtocol {
        let queue: BodyQueue

        package mutating func next() async throws -> ByteBuffer? { try await queue.next() }
    }
}
