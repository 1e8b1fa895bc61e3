package import JSONText
import NIOCore

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

    /// Reads HAR, or the JSON form of VCR.py's cassettes.
    /// - Throws: `CassetteError`.
    package init(parsing bytes: [UInt8]) throws(CassetteError) {
        let document: JSON
        do {
            document = try JSON(parsing: bytes)
        } catch {
            throw .notHAR("it is not JSON (YAML is not read: save the cassette as JSON)")
        }
        let found: [JSON]
        if let entries = document["log"]?["entries"]?.arrayValue {
            found = entries
        } else if let interactions = document["interactions"]?.arrayValue {
            found = interactions.map(VCRInteraction.har)
        } else {
            throw .notHAR("it has neither log.entries (HAR) nor interactions (VCR.py)")
        }
        for (index, json) in found.enumerated() {
            guard let entry = Entry(json) else {
                throw .notHAR("entry \(index + 1) has no request URL or response status")
            }
            entries.append(entry)
        }
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
        return content["encoding"]?.stringValue == "base64" ? Base64.decode(text) ?? [] : Array(text.utf8)
    }

    /// A call and its answer as a HAR entry.
    static func har(_ call: OutboundCall, _ answer: OutboundAnswer, body: [UInt8], at moment: String) -> JSON {
        let request = Array(call.body.readableBytesView)
        var sent: JSON = [
            "method": .string(call.method), "url": .string("https://\(call.host)\(call.target)"),
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

/// VCR.py's interactions as HAR entries.
enum VCRInteraction {
    static func har(_ interaction: JSON) -> JSON {
        let request = interaction["request"] ?? [:]
        let response = interaction["response"] ?? [:]
        var sent: JSON = [
            "method": request["method"] ?? .null, "url": request["uri"] ?? .null, "headers": fields(request["headers"]),
        ]
        let body = request["body"]?["string"] ?? request["body"] ?? .null
        if let text = body.stringValue { sent.set("postData", ["mimeType": "", "text": .string(text)]) }
        let answer = response["body"] ?? [:]
        var content: JSON = ["mimeType": "", "text": answer["string"] ?? .string("")]
        if let encoded = answer["base64_string"] { content = ["mimeType": "", "text": encoded, "encoding": "base64"] }
        return [
            "request": sent,
            "response": [
                "status": response["status"]?["code"] ?? response["status_code"] ?? .null,
                "headers": fields(response["headers"]), "content": content,
            ],
        ]
    }

    /// `{name: [value, …]}`.
    private static func fields(_ headers: JSON?) -> JSON {
        .array(
            (headers?.objectValue ?? []).flatMap { member in
                (member.value.arrayValue ?? [member.value]).map { value -> JSON in
                    ["name": .string(member.key), "value": value]
                }
            })
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
