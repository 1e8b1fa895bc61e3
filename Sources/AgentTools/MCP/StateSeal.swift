import Crypto
import JSONText
import World

/// Closes what a client carries from one request to the next, so that it comes back unchanged, soon, and with the
/// request that it was made for.
struct StateSeal: Sendable {
    private let key: SymmetricKey
    /// How long a client may take: a user has to find a key and type it in.
    static let lifetime = Duration.seconds(3600)

    init(key: [UInt8]) { self.key = SymmetricKey(data: key) }

    /// - Parameter purpose: what the retry must be for, to the letter.
    func closed(_ content: JSON, for purpose: JSON, now: Timestamp) -> String {
        let payload: JSON = ["content": content, "until": .integer((now + Self.lifetime).microseconds)]
        let bytes = payload.bytes
        return Base64.encode(bytes) + "." + Base64.encode(tag(bytes, purpose))
    }

    /// - Throws: `MCPError.invalidParams` for a state that was altered, is too old, or belongs to another request.
    func opened(_ state: JSON, for purpose: JSON, now: Timestamp) throws(MCPError) -> JSON {
        let parts = (state.stringValue ?? "").split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let bytes = Base64.decodeStrictly(parts[0].utf8),
            let tag = Base64.decodeStrictly(parts[1].utf8), isTag(tag, of: bytes, purpose),
            let payload = try? JSON(parsing: bytes), let content = payload["content"], let until = payload["until"]
        else { throw .invalidParams("requestState is not what this server gave for this request.") }
        guard let limit = until.intValue, now.microseconds <= limit else {
            throw .invalidParams("requestState is too old: make the request again without it.")
        }
        return content
    }

    private func tag(_ bytes: [UInt8], _ purpose: JSON) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes + [0] + purpose.bytes, using: key))
    }

    private func isTag(_ tag: [UInt8], of bytes: [UInt8], _ purpose: JSON) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(tag, authenticating: bytes + [0] + purpose.bytes, using: key)
    }
}
