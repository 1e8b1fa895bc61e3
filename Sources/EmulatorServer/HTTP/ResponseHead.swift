import NIOCore
import NIOHTTP1

/// How a client learns where a response's body ends.
enum ResponseFraming: Equatable {
    /// There is no body; a `Content-Length` that the response names stays, for HEAD.
    case none
    case length(Int)
    case chunked
    /// The end of the connection, for clients of HTTP/1.0.
    case untilClose
}

extension FrontResponse {
    /// Writes the status line and the header fields as HTTP/1.1 has them.
    ///
    /// Framing and the connection are this server's: fields about them are dropped. A name that is none is left out,
    /// and a line break within a value becomes a space, so that no response can be split in two.
    func writeHead(to buffer: inout ByteBuffer, _ framing: ResponseFraming, closes: Bool) {
        if let reason {
            buffer.writeString("HTTP/1.1 \(status) ")
            buffer.writeBytes(reason.utf8.lazy.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 })
            buffer.writeStaticString("\r\n")
        } else if status == 200 {
            buffer.writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            buffer.writeString("HTTP/1.1 \(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)\r\n")
        }
        for (name, value) in headers where Self.isSent(name, framing) {
            buffer.writeString(name)
            buffer.writeStaticString(": ")
            if value.utf8.allSatisfy({ $0 >= 0x20 }) {
                buffer.writeString(value)
            } else {
                buffer.writeBytes(value.utf8.lazy.map { $0 < 0x20 && $0 != 0x09 ? 0x20 : $0 })
            }
            buffer.writeStaticString("\r\n")
        }
        switch framing {
        case .length(let length): buffer.writeString("Content-Length: \(length)\r\n")
        case .chunked: buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
        case .none, .untilClose: break
        }
        buffer.writeString(closes ? "Connection: close\r\n\r\n" : "\r\n")
    }

    private static func isSent(_ name: String, _ framing: ResponseFraming) -> Bool {
        switch name.utf8.count {
        case 0: return false
        case 10 where name.lowercased() == "connection" || name.lowercased() == "keep-alive": return false
        case 14 where framing != .none && name.lowercased() == "content-length": return false
        case 17 where name.lowercased() == "transfer-encoding": return false
        default: return name.utf8.allSatisfy(isTokenByte)
        }
    }

    /// RFC 9110's `tchar`.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// How long the body of a response is that is no stream.
    var bodyLength: Int {
        switch body {
        case .bytes(let bytes): bytes.count
        case .buffer(let buffer): buffer.readableBytes
        case .stream: 0
        }
    }

    /// Appends it.
    func writeBody(to buffer: inout ByteBuffer) {
        switch body {
        case .bytes(let bytes): buffer.writeBytes(bytes)
        case .buffer(let body): buffer.writeImmutableBuffer(body)
        case .stream: break
        }
    }

    /// The body of a response that is no stream.
    func buffer(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        switch body {
        case .bytes(let bytes): allocator.buffer(bytes: bytes)
        case .buffer(let buffer): buffer
        case .stream: ByteBuffer()
        }
    }
}
