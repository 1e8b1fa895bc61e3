/// One header field. Names are compared without regard to case; HTTP/1.1 servers pass them on in lower case.
package struct HeaderField: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A host and a port, as in ASGI's `client` and `server`.
package struct Endpoint: Hashable, Sendable {
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// Everything of a request but its body, as ASGI's `http` scope wants it.
package struct RequestHead: Hashable, Sendable {
    /// Names the exchange in logs.
    package var requestID: String
    package var httpVersion: String
    package var method: String
    package var scheme: String
    /// The path of the request line before `?`, percent-encoded, beginning with `rootPath`.
    package var rawPath: String
    /// What follows `?`, without it.
    package var query: String
    /// Where the application is mounted: `/services`.
    package var rootPath: String
    package var headers: [HeaderField]
    package var client: Endpoint?
    package var server: Endpoint?

    package init(
        requestID: String,
        httpVersion: String = "1.1",
        method: String,
        scheme: String = "http",
        rawPath: String,
        query: String,
        rootPath: String,
        headers: [HeaderField],
        client: Endpoint?,
        server: Endpoint?
    ) {
        self.requestID = requestID
        self.httpVersion = httpVersion
        self.method = method
        self.scheme = scheme
        self.rawPath = rawPath
        self.query = query
        self.rootPath = rootPath
        self.headers = headers
        self.client = client
        self.server = server
    }

    /// The path with its percent escapes resolved; bytes that are no UTF-8 become U+FFFD, as in uvicorn.
    package var path: String { percentDecoded(rawPath) }

    /// The head as a `request` frame's payload begins: `u32` length, then the marshalled tuple
    /// `(request id, http version, method, scheme, path, raw path, query, root path, headers, client, server)`.
    package var payload: [UInt8] {
        var writer = MarshalWriter(capacity: 1024)
        writer.uint32(0)
        writer.tuple(count: 11)
        writer.text(requestID)
        writer.text(httpVersion)
        writer.text(method)
        writer.text(scheme)
        writer.text(path)
        writer.bytes(rawPath.utf8)
        writer.bytes(query.utf8)
        writer.text(rootPath)
        writer.list(count: headers.count)
        for field in headers {
            writer.tuple(count: 2)
            writer.lowercased(field.name)
            writer.bytes(field.value.utf8)
        }
        for endpoint in [client, server] {
            guard let endpoint else {
                writer.none()
                continue
            }
            writer.tuple(count: 2)
            writer.text(endpoint.host)
            writer.integer(Int32(truncatingIfNeeded: endpoint.port))
        }
        writer.patch(UInt32(writer.buffer.count - 4), at: 0)
        return writer.buffer
    }
}

/// The header fields of a response and where its body starts in the payload.
package struct ResponseFields: Hashable, Sendable {
    package var headers: [HeaderField]
    /// Offset of the body's first byte in the payload.
    package var bodyStart: Int

    /// Reads the payload of a `response` frame: `u32` length, a marshalled list of pairs of bytes, the body.
    package init(_ payload: UnsafeRawBufferPointer) throws(FrameError) {
        var fields = ByteFields(payload)
        guard let length = fields.uint32(), let head = fields.bytes(Int(length)) else { throw .malformed(.response) }
        bodyStart = 4 + Int(length)
        var objects = ByteFields(head)
        guard objects.byte() == Marshal.list, let count = objects.uint32() else { throw .malformed(.response) }
        var headers: [HeaderField] = []
        for _ in 0..<count {
            guard objects.byte() == Marshal.tuple, objects.uint32() == 2,
                objects.byte() == Marshal.bytes, let nameLength = objects.uint32(),
                let name = objects.bytes(Int(nameLength)),
                objects.byte() == Marshal.bytes, let valueLength = objects.uint32(),
                let value = objects.bytes(Int(valueLength))
            else { throw .malformed(.response) }
            headers.append(HeaderField(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        self.headers = headers
    }
}

/// `text` with its percent escapes resolved; a `%` without two hexadecimal digits stays.
func percentDecoded(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), rest.count >= 2, let high = hexadecimalDigit(rest[rest.startIndex]),
            let low = hexadecimalDigit(rest[rest.startIndex + 1])
        {
            bytes.append(high << 4 | low)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

private func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
