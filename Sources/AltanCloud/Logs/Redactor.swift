package import JSONText
private import Synchronization

/// Takes secrets out of texts that people and agents get to see: logs, errors, the journal.
///
/// Replaces every value it was told of (six bytes or longer), also where it stands JSON-escaped or percent-encoded,
/// and whatever looks like a key of a well-known provider or a bearer token. It never forgets a value: one that was
/// deleted may still be in a line not yet written.
package final class Redactor: Sendable {
    private struct Known: Sendable {
        var name: String
        var bytes: [UInt8]
    }

    private struct State {
        /// Longest first, so that a value within another one is not replaced before it.
        var known: [Known] = []
        var values: Set<[UInt8]> = []
    }

    /// Shorter values are words: replacing them would make every text unreadable.
    private static let shortest = 6

    private let state = Mutex(State())

    package init() {}

    /// Remembers a value from now on.
    package func learn(_ value: SecretValue, named name: String) {
        let forms = Self.forms(of: value.revealed).filter { $0.count >= Self.shortest }
        guard !forms.isEmpty else { return }
        state.withLock { state in
            let fresh = forms.filter { state.values.insert($0).inserted }
            guard !fresh.isEmpty else { return }
            state.known += fresh.map { Known(name: name, bytes: $0) }
            state.known.sort { ($1.bytes.count, $0.name) < ($0.bytes.count, $1.name) }
        }
    }

    /// `text` with every secret replaced by `[secret NAME]` and every key-like token by `[redacted]`.
    package func redact(_ text: String) -> String {
        var bytes = Array(text.utf8)
        var changed = replaceKnown(in: &bytes)
        changed = KeyPattern.redact(&bytes) || changed
        return changed ? String(decoding: bytes, as: UTF8.self) : text
    }

    /// `text` with every secret that is known by its value replaced, and nothing else: for what must otherwise reach an
    /// agent unchanged.
    package func redactKnown(_ text: String) -> String {
        var bytes = Array(text.utf8)
        return replaceKnown(in: &bytes) ? String(decoding: bytes, as: UTF8.self) : text
    }

    /// As `redactKnown(_:)` for every text of a document, names of members included.
    package func redactKnown(_ json: JSON) -> JSON {
        switch json {
        case .string(let text): .string(redactKnown(text))
        case .array(let items): .array(items.map { redactKnown($0) })
        case .object(let members):
            .object(members.map { JSON.Member(redactKnown($0.key), redactKnown($0.value)) })
        default: json
        }
    }

    private func replaceKnown(in bytes: inout [UInt8]) -> Bool {
        let known = state.withLock { $0.known }
        var changed = false
        for secret in known where bytes.count >= secret.bytes.count {
            changed = Self.replace(secret.bytes, in: &bytes, with: Array("[secret \(secret.name)]".utf8)) || changed
        }
        return changed
    }

    /// As `redact(_:)` for every text of a document, and for what its members' names say is secret, however short:
    /// `provided_secrets`, passwords, authorization headers, and the `value` beside a `key`.
    package func redact(_ json: JSON) -> JSON {
        switch json {
        case .string(let text): return .string(redact(text))
        case .array(let items): return .array(items.map { redact($0) })
        case .object(let members):
            let isSecret = members.contains { $0.key == "key" }
            return .object(
                members.map { member in
                    let name = member.key.lowercased()
                    // A secret's record is an object with the key and the value beside each other.
                    let isRecord = name == "secret" && member.value["key"] != nil
                    if (Self.secretMembers.contains(name) && !isRecord) || (isSecret && name == "value") {
                        return JSON.Member(member.key, Self.blank(member.value))
                    }
                    return JSON.Member(redact(member.key), redact(member.value))
                })
        default: return json
        }
    }

    private static let secretMembers: Set<String> = [
        "provided_secrets", "authorization", "apikey", "password", "secret", "client_secret", "cookie", "set-cookie",
        "x-altan-key",
    ]

    /// Keeps the names of an object's members and no value.
    private static func blank(_ json: JSON) -> JSON {
        switch json {
        case .null: .null
        case .object(let members): .object(members.map { JSON.Member($0.key, blank($0.value)) })
        default: "[redacted]"
        }
    }

    /// The ways a value may stand in a text: as it is, JSON-escaped, in HTML, percent-encoded, and line by line.
    private static func forms(of value: String) -> [[UInt8]] {
        let plain = Array(value.utf8)
        var forms = [plain]
        let escaped = Array(JSON.string(value).bytes.dropFirst().dropLast())
        if escaped != plain { forms.append(escaped) }
        for apostrophe in ["&#x27;", "&#39;"] {
            let inHTML = Array(value.map { htmlEscapes[$0] ?? ($0 == "'" ? apostrophe : String($0)) }.joined().utf8)
            if !forms.contains(inHTML) { forms.append(inHTML) }
        }
        // Libraries differ in what they leave as it is, in the case of the digits, and in how a form writes a blank.
        for kept in ["~", "~/", "~!'()*", "~;,/?:@&=+$#!'()*"] {
            for digits in ["0123456789ABCDEF", "0123456789abcdef"] {
                let encoded = percentEncoded(plain, keeping: Array(kept.utf8), digits: Array(digits.utf8))
                forms.append(encoded)
                if plain.contains(UInt8(ascii: " ")) { forms.append(withPlusForBlank(encoded)) }
            }
        }
        // A key file is printed a line at a time. Its first and last line are no secret, but harmless to lose.
        let lines = plain.split(separator: UInt8(ascii: "\n"))
        if lines.count > 1 { forms += lines.filter { $0.count >= 16 }.map(Array.init) }
        return forms
    }

    private static let htmlEscapes: [Character: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"]

    private static func percentEncoded(_ bytes: [UInt8], keeping kept: [UInt8], digits: [UInt8]) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            KeyPattern.isWord(byte) || kept.contains(byte)
                ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }

    /// `%20` as `+`: a percent sign of the value itself is `%25` by now.
    private static func withPlusForBlank(_ encoded: [UInt8]) -> [UInt8] {
        Array(encoded.split(separator: Array("%20".utf8), omittingEmptySubsequences: false).joined(separator: [0x2B]))
    }

    private static func replace(_ needle: [UInt8], in text: inout [UInt8], with replacement: [UInt8]) -> Bool {
        var result: [UInt8] = []
        var copied = 0
        var position = 0
        let last = text.count - needle.count
        while position <= last {
            if text[position] == needle[0], text[position..<position + needle.count].elementsEqual(needle) {
                result += text[copied..<position]
                result += replacement
                position += needle.count
                copied = position
            } else {
                position += 1
            }
        }
        guard copied > 0 else { return false }
        text = result + text[copied...]
        return true
    }
}
