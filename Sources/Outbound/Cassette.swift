package import JSONText
import NIOCore
import World

/// A recording of calls and their answers, as HAR 1.2, the format in which browsers and proxies export theirs.
package struct Cassette: Sendable {
    /// One call and what it got.
    package struct Entry: Sendable {
        package var json: JSON
        let key: CallKey
        let answer: OutboundAnswer

        var title: String { "\(key.method) \(key.host)\(key.path)" }
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    /// Reads HAR.
    /// - Throws: `CassetteError`.
    package init(parsing bytes: [UInt8]) throws(CassetteError) {
        guard let found = (try? JSON(parsing: bytes))?["log"]?["entries"]?.arrayValue else {
            if case .unknown(let reason) = Self.format(of: bytes) { throw .notHAR(reason) }
            throw .notHAR("it is a cassette of VCR.py")
        }
        for (index, json) in found.enumerated() {
            guard let entry = Entry(json) else {
                throw .notHAR("entry \(index + 1) has no request URL or response status")
            }
            entries.append(entry)
        }
    }

    /// What a recording is written in.
    package enum Format: Equatable, Sendable {
        case har
        /// A cassette of VCR.py.
        case vcr(isYAML: Bool)
        /// None that is read, and why.
        case unknown(String)
    }

    package static func format(of bytes: [UInt8]) -> Format {
        if bytes.first(where: { !" \t\r\n".utf8.contains($0) }) != UInt8(ascii: "{") {
            let lines = bytes.split(separator: UInt8(ascii: "\n"))
            let isYAML = lines.contains { $0.starts(with: "interactions:".utf8) }
            return isYAML ? .vcr(isYAML: true) : .unknown("it is neither JSON nor a cassette of VCR.py")
        }
        guard let document = try? JSON(parsing: bytes) else { return .unknown("it is not JSON") }
        if document["log"]?["entries"]?.arrayValue != nil { return .har }
        if document["interactions"]?.arrayValue != nil { return .vcr(isYAML: false) }
        return .unknown("it has neither log.entries (HAR) nor interactions (VCR.py)")
    }

    /// Notes a call and its answer.
    mutating func record(
        _ call: OutboundCall, _ answer: OutboundAnswer, body: [UInt8], at moment: String, redact: (JSON) -> JSON
    ) {
        let json = Self.redactedHeaders(Entry.har(call, answer, body: body, at: moment), redact)
        if let entry = Entry(json) { entries.append(entry) }
    }

    /// The whole document.
    package var json: JSON {
        [
            "log": [
                "version": "1.2", "creator": ["name": "altan-emulator", "version": "1"],
                "entries": .array(entries.map(\.json)),
            ]
        ]
    }

    /// Bodies that the document holds as base64, as far as they are text: what is in them cannot be seen in the document.
    var opaqueBodies: [String] {
        entries.flatMap { entry -> [String] in
            [entry.json["request"]?["postData"], entry.json["response"]?["content"]].compactMap { content in
                guard content?["encoding"]?.stringValue == "base64", let text = content?["text"]?.stringValue else {
                    return nil
                }
                return String(decoding: Entry.bytes(base64: text), as: UTF8.self)
            }
        }
    }

    private static let secretHeaders = [
        "authorization", "cookie", "set-cookie", "x-api-key", "api-key", "stripe-signature", "x-twilio-signature",
    ]

    private static func isSecret(header name: String) -> Bool {
        let name = name.lowercased()
        return secretHeaders.contains(name) || name.hasSuffix("-token") || name.hasSuffix("-key")
    }

    /// Takes secrets out: of headers that hold nothing else, and known ones everywhere.
    private static func redactedHeaders(_ entry: JSON, _ redact: (JSON) -> JSON) -> JSON {
        var entry = entry
        for side in ["request", "response"] {
            var part = entry[side] ?? [:]
            let headers = (part["headers"]?.arrayValue ?? []).map { header -> JSON in
                let name = header["name"]?.stringValue ?? ""
                guard isSecret(header: name) else { return header }
                return ["name": .string(name), "value": .string("<REDACTED:\(name.lowercased())>")]
            }
            part.set("headers", .array(headers))
            entry.set(side, part)
        }
        return redact(entry)
    }
}

/// Why a file is no recording, or cannot become one.
package enum CassetteError: Error, Equatable, CustomStringConvertible {
    case unreadable(String)
    case notHAR(String)
    case unwritable(String, reason: String)
    /// A secret would be in the file.
    case leaks(String)

    package var description: String {
        switch self {
        case .unreadable(let path): "\(path) cannot be read."
        case .notHAR(let reason): "This is no recording: \(reason)."
        case .unwritable(let path, let reason): "\(path) cannot be written: \(reason)."
        case .leaks(let path): "\(path) was not written: a secret's value would have been in it."
        }
    }
}

extension Cassette.Entry {
    /// Headers that say how a body travelled; it is kept decoded.
    private static let transport = ["content-encoding", "content-length", "transfer-encoding", "connection"]

    init?(_ json: JSON) {
        guard let url = json["request"]?["url"]?.stringValue, let scheme = url.firstRange(of: "://"),
            let method = json["request"]?["method"]?.stringValue, let response = json["response"],
            let status = response["status"]?.intValue
        else { return nil }
        self.json = json
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let target = rest.dropFirst(authority.count)
        key = CallKey(
            method: method, host: String(authority.prefix { $0 != ":" }),
            target: target.hasPrefix("/") ? String(target) : "/" + target,
            contentType: Self.header("content-type", of: json["request"]) ?? json["request"]?["postData"]?["mimeType"]?
                .stringValue ?? "",
            body: Self.bytes(json["request"]?["postData"] ?? [:]))
        var headers = (response["headers"]?.arrayValue ?? []).compactMap { field -> (name: String, value: String)? in
            guard let name = field["name"]?.stringValue, let value = field["value"]?.stringValue else { return nil }
            return name.hasPrefix(":") || Self.transport.contains(name.lowercased()) ? nil : (name, value)
        }
        let content = response["content"] ?? [:]
        if !headers.contains(where: { $0.name.lowercased() == "content-type" }),
            let type = content["mimeType"]?.stringValue, !type.isEmpty
        {
            headers.append(("content-type", type))
        }
        answer = OutboundAnswer(
            status: status, headers: headers, body: .whole(ByteBuffer(bytes: Self.bytes(content))), origin: .cassette)
    }

    private static func header(_ name: String, of side: JSON?) -> String? {
        side?["headers"]?.arrayValue?.first { $0["name"]?.stringValue?.lowercased() == name }?["value"]?.stringValue
    }

    /// The bytes of a `postData` or `content`.
    private static func bytes(_ content: JSON) -> [UInt8] {
        let text = content["text"]?.stringValue ?? ""
        return content["encoding"]?.stringValue == "base64" ? bytes(base64: text) : Array(text.utf8)
    }

    /// Some proxies break long lines.
    fileprivate static func bytes(base64 text: String) -> [UInt8] {
        Base64.decode(text.utf8.filter { !"\r\n ".utf8.contains($0) }) ?? []
    }

    /// A call and its answer as a HAR entry.
    static func har(_ call: OutboundCall, _ answer: OutboundAnswer, body: [UInt8], at moment: String) -> JSON {
        let request = Array(call.body.readableBytesView)
        var sent: JSON = [
            "method": .string(call.method), "url": .string("\(call.scheme.rawValue)://\(call.host)\(call.target)"),
            "httpVersion": "HTTP/1.1", "cookies": [], "headers": fields(call.headers), "queryString": [],
            "headersSize": -1, "bodySize": .integer(request.count),
        ]
        if !request.isEmpty { sent.set("postData", content(request, type: call.header("content-type") ?? "")) }
        let type = answer.headers.first { $0.name.lowercased() == "content-type" }?.value ?? ""
        return [
            "startedDateTime": .string(moment), "time": 0, "request": sent,
            "response": [
                "status": .integer(answer.status), "statusText": .string(answer.reason ?? ""),
                "httpVersion": "HTTP/1.1",
                "cookies": [], "headers": fields(answer.headers), "content": content(body, type: type),
                "redirectURL": "", "headersSize": -1, "bodySize": .integer(body.count),
            ], "cache": [:], "timings": ["send": 0, "wait": 0, "receive": 0],
            "_altan": ["service": .string(call.service), "answered_by": .string(answer.origin.name)],
        ]
    }

    private static func fields(_ headers: [(name: String, value: String)]) -> JSON {
        .array(headers.map { ["name": .string($0.name), "value": .string($0.value)] })
    }

    private static func content(_ bytes: [UInt8], type: String) -> JSON {
        var json: JSON = ["size": .integer(bytes.count), "mimeType": .string(type)]
        if let text = String(validating: bytes, as: UTF8.self) {
            json.set("text", .string(text))
        } else {
            json.set("text", .string(Base64.encode(bytes)))
            json.set("encoding", "base64")
        }
        return json
    }
}

/// A recorded request and response, for playing the request to a service of one's own.
package struct RecordedExchange: Sendable {
    package var method: String
    /// Path and query.
    package var target: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    package var status: Int
    package var responseHeaders: [(name: String, value: String)]
    package var responseBody: [UInt8]
}

extension Cassette.Entry {
    package var exchange: RecordedExchange {
        let request = json["request"] ?? [:]
        let url = request["url"]?.stringValue ?? ""
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let target = rest.drop { $0 != "/" && $0 != "?" }
        var body: [UInt8] = []
        if case .whole(let buffer) = answer.body { body = Array(buffer.readableBytesView) }
        return RecordedExchange(
            method: request["method"]?.stringValue ?? "GET",
            target: target.hasPrefix("/") ? String(target) : "/\(target)",
            headers: (request["headers"]?.arrayValue ?? []).compactMap { field in
                guard let name = field["name"]?.stringValue, let value = field["value"]?.stringValue else { return nil }
                return (name, value)
            },
            body: Self.bytes(request["postData"] ?? [:]), status: answer.status, responseHeaders: answer.headers,
            responseBody: body)
    }
}
