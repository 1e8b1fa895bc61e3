import Dispatch
import Glibc

/// Standard input, line by line, as it comes.
struct InputLines: Sendable {
    let stream: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation

    /// Starts to read, on a thread of its own, for reading blocks.
    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        (self.stream, self.continuation) = (stream, continuation)
        DispatchQueue(label: "input").async {
            var pending: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { break }
                for byte in buffer[..<count] {
                    if byte != UInt8(ascii: "\n") {
                        pending.append(byte)
                    } else {
                        continuation.yield(String(decoding: pending, as: UTF8.self))
                        pending.removeAll(keepingCapacity: true)
                    }
                }
            }
            if !pending.isEmpty { continuation.yield(String(decoding: pending, as: UTF8.self)) }
            continuation.finish()
        }
    }

    /// Ends the stream though the input goes on.
    func stop() { continuation.finish() }
}
