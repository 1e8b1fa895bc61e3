import AltanCloud
package import JSONText
package import World

/// The journal as OpenTelemetry's traces, in OTLP's JSON: a trace for each run, a span for each line that took time.
///
/// Tool calls follow the conventions for generative AI (`execute_tool`), everything else those for HTTP; lines without
/// a duration are spans of none.
package struct OTLPTrace: Sendable {
    /// The conventions' version that attribute names are taken from. They are still in development, so it is pinned.
    package static let schema = "https://opentelemetry.io/schemas/1.38.0"

    private let entries: [JournalEntry]

    package init(_ entries: [JournalEntry]) { self.entries = entries }

    package var json: JSON {
        [
            "resourceSpans": [
                [
                    "resource": ["attributes": [Self.attribute("service.name", "altan-emulator")]],
                    "scopeSpans": [
                        [
                            "scope": ["name": "altan-emulator.journal"],
                            "spans": .array(entries.map(span)), "schemaUrl": .string(Self.schema),
                        ]
                    ],
                    "schemaUrl": .string(Self.schema),
                ]
            ]
        ]
    }

    private func span(_ entry: JournalEntry) -> JSON {
        // The line was written when it was over.
        let end = Timestamp(iso8601: entry.at)?.microseconds ?? 0
        let length = Int64((entry.milliseconds ?? 0) * 1000)
        var json: JSON = [
            "traceId": .string(Self.identifier(entry.run, bytes: 16)),
            "spanId": .string(Self.identifier(entry.requestID ?? "\(entry.run)/\(entry.sequence)", bytes: 8)),
            "name": .string(name(of: entry)), "kind": .integer(entry.kind == .service || entry.kind == .rest ? 2 : 1),
            "startTimeUnixNano": .string("\(end - length)000"), "endTimeUnixNano": .string("\(end)000"),
            "attributes": .array(attributes(of: entry)),
            "status": ["code": .integer((entry.status ?? 0) >= 400 ? 2 : 0)],
        ]
        if let cause = entry.cause { json.set("parentSpanId", .string(Self.identifier(cause, bytes: 8))) }
        return json
    }

    private func name(of entry: JournalEntry) -> String {
        switch entry.kind {
        case .tool: "execute_tool \(entry.path ?? "")"
        case .service, .rest, .control, .auth, .storage, .outbound: "\(entry.method ?? "") \(entry.path ?? "")"
        case .deployment: "deploy \(entry.path ?? "")"
        default: entry.path.map { "\(entry.kind.rawValue) \($0)" } ?? entry.kind.rawValue
        }
    }

    private func attributes(of entry: JournalEntry) -> [JSON] {
        var attributes = [
            Self.attribute("altan.kind", entry.kind.rawValue), Self.attribute("altan.run", entry.run),
        ]
        func add(_ name: String, _ value: String?) {
            if let value { attributes.append(Self.attribute(name, value)) }
        }
        add("altan.caller", entry.caller)
        if entry.kind == .tool {
            add("gen_ai.operation.name", "execute_tool")
            add("gen_ai.tool.name", entry.path)
            add("gen_ai.tool.type", "function")
            add("gen_ai.tool.call.id", entry.requestID)
            add("gen_ai.tool.call.arguments", entry["request"]?.text)
            add("gen_ai.tool.call.result", entry["response"]?.text)
            add("error.type", entry["error"]?.stringValue)
        } else {
            add("http.request.method", entry.method)
            add(entry.method == nil ? "altan.path" : "url.path", entry.path)
            add("url.query", entry["query"]?.stringValue)
            if entry.method != nil, let status = entry.status {
                attributes.append(Self.attribute("http.response.status_code", number: status))
                if status >= 500 { add("error.type", "\(status)") }
            }
        }
        add("altan.rule", entry["rule"]?.stringValue ?? entry["refused_by"]?.stringValue)
        return attributes
    }

    private static func attribute(_ key: String, _ value: String) -> JSON {
        ["key": .string(key), "value": ["stringValue": .string(value)]]
    }

    private static func attribute(_ key: String, number: Int) -> JSON {
        ["key": .string(key), "value": ["intValue": .string("\(number)")]]
    }

    /// An id of the length that traces want: the same for the same text, never all zeros.
    static func identifier(_ text: String, bytes count: Int) -> String {
        // FNV-1a, once for every eight bytes.
        let digits = Array("0123456789abcdef".utf8)
        var result: [UInt8] = []
        for part in 0..<count / 8 {
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(part)
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            for shift in stride(from: 60, through: 0, by: -4) { result.append(digits[Int((hash | 1) >> shift & 15)]) }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
