package import JSONText

/// One thing that happened, as whoever saw it tells it to the journal.
package struct JournalEvent: Sendable {
    /// Which part of the platform it happened in.
    package enum Kind: String, CaseIterable, Sendable {
        /// `removal`: a service was deleted. `secret` and `authorization`: what became of one, whoever did it.
        case run, tool, deployment, removal, secret, authorization, service, outbound, control, rest, auth, storage
        case sql, reset
    }

    package var kind: Kind
    /// Who asked: `mcp`, `http`, `cli`, a service's name, `browser` …
    package var caller: String?
    /// The run a caller named; nil means the current one.
    package var run: String?
    package var requestID: String?
    /// The request that led to this one.
    package var cause: String?
    package var method: String?
    package var path: String?
    package var status: Int?
    package var duration: Duration?
    package var request: JournalBody?
    package var response: JournalBody?
    /// Whatever else is worth knowing; appended to the line as members.
    package var facts: [JSON.Member]

    package init(
        _ kind: Kind,
        caller: String? = nil,
        run: String? = nil,
        requestID: String? = nil,
        cause: String? = nil,
        method: String? = nil,
        path: String? = nil,
        status: Int? = nil,
        duration: Duration? = nil,
        request: JournalBody? = nil,
        response: JournalBody? = nil,
        facts: [JSON.Member] = []
    ) {
        self.kind = kind
        self.caller = caller
        self.run = run
        self.requestID = requestID
        self.cause = cause
        self.method = method
        self.path = path
        self.status = status
        self.duration = duration
        self.request = request
        self.response = response
        self.facts = facts
    }
}

/// What a request or reply carried. Up to 64 KiB of it are kept.
package enum JournalBody: Sendable {
    case json(JSON)
    /// JSON or text as it came over the wire; what is no UTF-8 is kept as its length only.
    case bytes([UInt8])
}

extension JournalBody {
    /// The most of a body that a line keeps.
    static let limit = 64 * 1024
    /// How much beyond the limit is looked at, so that a secret across the edge is still recognised.
    private static let margin = 4 * 1024

    /// The body as a value for the line, not yet redacted and perhaps `margin` too long.
    var value: JSON {
        switch self {
        case .json(let json):
            let bytes = json.bytes
            return bytes.count <= Self.limit + Self.margin ? json : Self.start(of: bytes)
        case .bytes(let bytes):
            if bytes.count <= Self.limit + Self.margin {
                if let json = try? JSON(parsing: bytes) { return json }
                guard let text = String(validating: bytes, as: UTF8.self) else { return Self.binary(bytes.count) }
                return .string(text)
            }
            if bytes.prefix(1024).contains(0) { return Self.binary(bytes.count) }
            return Self.start(of: bytes)
        }
    }

    /// What is looked at of a body that is too long. A cut inside a character is repaired by the decoder.
    private static func start(of bytes: [UInt8]) -> JSON {
        .string(String(decoding: bytes.prefix(limit + margin), as: UTF8.self))
    }

    /// Cuts a redacted value to the limit and says so.
    static func cut(_ value: JSON) -> JSON {
        let bytes: [UInt8]
        if case .string(let text) = value { bytes = Array(text.utf8) } else { bytes = value.bytes }
        guard bytes.count > limit else { return value }
        return ["truncated": true, "text": .string(String(decoding: bytes.prefix(limit), as: UTF8.self))]
    }

    private static func binary(_ count: Int) -> JSON { ["binary": true, "bytes": .integer(count)] }
}
