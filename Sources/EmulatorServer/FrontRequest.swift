package import JSONText
package import NIOCore
import World

/// A request as the routes see it, whether it came over HTTP or from a command in the same process.
package struct FrontRequest: Sendable {
    package var method: String
    /// The path as it was sent, with runs of slashes collapsed: clients up to supabase-py 2.25 join URLs with two.
    package var path: String
    /// What stood before `path` in the request line: `/clouds/{id}` of a further cloud, or nothing.
    package var base = ""
    package var query: String?
    /// Path and query to the letter; nil for a request of this process itself.
    var target: String?
    /// Names in lower case.
    package var headers: [(name: String, value: String)]
    package var body: FrontBody
    /// The peer's address, nil for a request of this process itself.
    package var client: (host: String, port: Int)?

    package init(
        method: String, path: String, query: String? = nil, headers: [(name: String, value: String)] = [],
        body: FrontBody = .bytes([]), client: (host: String, port: Int)? = nil
    ) {
        self.method = method
        self.path = Self.collapsed(path)
        self.query = query
        self.headers = headers
        self.body = body
        self.client = client
    }

    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The path as the client sent it, but for runs of slashes.
    var fullPath: String { base + path }
    /// What the journal keeps of the body; nothing of one that is still arriving.
    var journalBody: JournalBody? {
        if case .bytes(let bytes) = body, !bytes.isEmpty { .bytes(bytes) } else { nil }
    }

    /// The path's segments, still encoded.
    var segments: [Substring] { path.split(separator: "/") }

    /// One parameter of the query string, decoded.
    func parameter(_ name: String) -> String? {
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts[0] == name { return parts.count > 1 ? percentDecoded(parts[1]) : "" }
        }
        return nil
    }

    private static func collapsed(_ path: String) -> String {
        guard path.utf8.contains(bytes: "//") else { return path }
        return "/" + path.split(separator: "/").joined(separator: "/") + (path.hasSuffix("/") ? "/" : "")
    }
}

/// A request's body: already here, or still arriving.
package enum FrontBody: Sendable {
    case bytes([UInt8])
    case buffer(ByteBuffer)
    case stream(any AsyncSequence<ByteBuffer, any Error> & Sendable)

    /// The whole body.
    /// - Throws: `FrontFailure`: 413 when it is longer than `limit`, 400 when it does not arrive whole.
    func collect(upTo limit: Int) async throws -> [UInt8] {
        switch self {
        case .bytes(let bytes):
            guard bytes.count <= limit else { throw FrontFailure.bodyTooLarge(limit: limit) }
            return bytes
        case .buffer(let buffer):
            guard buffer.readableBytes <= limit else { throw FrontFailure.bodyTooLarge(limit: limit) }
            return Array(buffer.readableBytesView)
        case .stream(let stream):
            var bytes: [UInt8] = []
            do {
                for try await buffer in stream {
                    guard bytes.count + buffer.readableBytes <= limit else {
                        throw FrontFailure.bodyTooLarge(limit: limit)
                    }
                    bytes.append(contentsOf: buffer.readableBytesView)
                }
            } catch let failure as FrontFailure {
                throw failure
            } catch {
                // The peer broke off, or its chunks are none: its mistake, not ours.
                throw FrontFailure.brokenBody("\(error)")
            }
            return bytes
        }
    }
}

/// What a route answers.
package struct FrontResponse: Sendable {
    package enum Body: Sendable {
        case bytes([UInt8])
        case buffer(ByteBuffer)
        case stream(any AsyncSequence<ByteBuffer, any Error> & Sendable)
    }

    package var status: Int
    /// What the status line says after the number; nil: what it always says.
    package var reason: String?
    package var headers: [(name: String, value: String)]
    package var body: Body
    /// false: no Content-Length (HEAD, 204).
    package var sendsLength = true

    package init(status: Int, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package static func json(_ json: JSON, status: Int = 200) -> FrontResponse {
        FrontResponse(
            status: status, headers: [("Content-Type", "application/json; charset=utf-8")], body: .bytes(json.bytes))
    }

    package static func html(_ text: String) -> FrontResponse {
        FrontResponse(
            status: 200, headers: [("Content-Type", "text/html; charset=utf-8")], body: .bytes(Array(text.utf8)))
    }

    /// What the journal keeps of the body; nothing of a stream.
    var journalBody: JournalBody? { bytes.isEmpty ? nil : .bytes(bytes) }

    /// The body of a response that is no stream.
    package var bytes: [UInt8] {
        switch body {
        case .bytes(let bytes): bytes
        case .buffer(let buffer): Array(buffer.readableBytesView)
        case .stream: []
        }
    }
}

/// Failures of the front itself, before any part of the emulator was asked.
enum FrontFailure: Error, Equatable {
    case bodyTooLarge(limit: Int)
    case brokenBody(String)
    case notJSON(String)
    case notFound(method: String, path: String)
    case methodNotAllowed(String, path: String)
    case foreignHost(String)
    case foreignOrigin(String)
    /// A token of the platform that is not taken; completes no sentence.
    case badToken(String)
    /// A page's form came as something else.
    case notForm(String)
    case notBuilt(feature: String, message: String)

    var status: Int {
        switch self {
        case .bodyTooLarge: 413
        case .notJSON, .brokenBody: 400
        case .badToken: 401
        case .notForm: 415
        case .notFound: 404
        case .methodNotAllowed: 405
        case .foreignHost, .foreignOrigin: 403
        case .notBuilt: 501
        }
    }

    var code: String {
        switch self {
        case .bodyTooLarge: "body_too_large"
        case .brokenBody: "incomplete_body"
        case .notJSON: "invalid_json"
        case .badToken: "invalid_token"
        case .notForm: "unsupported_media_type"
        case .notFound: "not_found"
        case .methodNotAllowed: "method_not_allowed"
        case .foreignHost, .foreignOrigin: "cross_site_request"
        case .notBuilt: "feature_not_supported"
        }
    }

    var message: String {
        switch self {
        case .bodyTooLarge(let limit):
            "The request body is larger than \(limit / 1_048_576) MB. Services under /services/api take streams of any "
                + "size."
        case .brokenBody(let reason): "The request body did not arrive whole: \(reason)."
        case .notJSON(let reason): "The request body is not JSON: \(reason). Send one JSON object."
        case .notFound(let method, let path): "There is nothing at \(method) \(path)."
        case .methodNotAllowed(let method, let path): "\(path) does not answer \(method)."
        case .foreignHost(let host):
            "The Host header \"\(host)\" is not this machine. The platform's own paths answer on 127.0.0.1 and "
                + "localhost only."
        case .foreignOrigin(let origin):
            "Requests from pages of \(origin) may not use the platform's own paths."
        case .badToken(let problem):
            "\(problem) Send one as Authorization: Bearer TOKEN, or as X-Altan-Key."
        case .notForm(let type): "The form must be sent as application/x-www-form-urlencoded, not as \(type)."
        case .notBuilt(_, let message): message
        }
    }

    var response: FrontResponse {
        var json: JSON = ["detail": .string(message), "message": .string(message), "code": .string(code)]
        if case .notBuilt(let feature, _) = self { json.set("feature", .string(feature)) }
        var response = FrontResponse.json(json, status: status)
        if case .badToken = self { response.headers.append(("WWW-Authenticate", "Bearer")) }
        return response
    }
}

extension BidirectionalCollection<UInt8> {
    /// Whether a text stands somewhere in this one, byte for byte: no search for characters, whose bounds do not matter.
    func contains(bytes text: StaticString) -> Bool {
        let first = text.utf8Start.pointee
        let length = text.utf8CodeUnitCount
        var rest = self[...]
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.prefix(length).elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: length)) {
                return true
            }
            rest = rest.dropFirst()
        }
        return false
    }
}

/// `text` with its percent escapes and `+` resolved.
func percentDecoded(_ text: some StringProtocol) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), rest.count >= 2,
            let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
        {
            bytes.append(value)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
