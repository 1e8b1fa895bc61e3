/// What keys of well-known providers look like: a prefix and then a long word.
struct KeyPattern {
    var prefix: [UInt8]
    /// How long the rest must at least be, so that prose and names are left alone.
    var minimum: Int
    /// Whose live key it is; nil for test keys and for what does not tell live from test.
    var liveKeyOf: String?

    private init(_ prefix: String, _ minimum: Int, live: String? = nil) {
        self.prefix = Array(prefix.utf8)
        self.minimum = minimum
        liveKeyOf = live
    }

    static let all = [
        KeyPattern("sk_live_", 8, live: "Stripe"), KeyPattern("rk_live_", 8, live: "Stripe"),
        KeyPattern("sk_test_", 8), KeyPattern("rk_test_", 8), KeyPattern("whsec_", 12),
        KeyPattern("sk-ant-", 16, live: "Anthropic"), KeyPattern("sk-proj-", 16, live: "OpenAI"),
        KeyPattern("sk-", 32, live: "OpenAI"), KeyPattern("SG.", 32, live: "SendGrid"),
        KeyPattern("AKIA", 16, live: "AWS"), KeyPattern("xoxb-", 16, live: "Slack"),
        KeyPattern("xoxp-", 16, live: "Slack"),
        KeyPattern("ghp_", 30, live: "GitHub"), KeyPattern("github_pat_", 30, live: "GitHub"),
        KeyPattern("glpat-", 16, live: "GitLab"), KeyPattern("AIza", 30, live: "Google"),
        KeyPattern("sb_secret_", 16), KeyPattern("eyJ", 60),
        KeyPattern("Bearer ", 16), KeyPattern("bearer ", 16), KeyPattern("Basic ", 16), KeyPattern("basic ", 16),
    ]

    /// The provider whose live key `value` seems to be.
    static func liveKeyOwner(_ value: String) -> String? {
        let bytes = Array(value.utf8)
        return all.first { pattern in
            pattern.liveKeyOf != nil && bytes.starts(with: pattern.prefix)
                && bytes.count >= pattern.prefix.count + pattern.minimum
        }?.liveKeyOf
    }

    /// Replaces what looks like a key; whether there was any.
    static func redact(_ text: inout [UInt8]) -> Bool {
        var result: [UInt8] = []
        var copied = 0
        var position = 0
        while position < text.count {
            guard position == 0 || !isWord(text[position - 1]), let pattern = match(text, position) else {
                position += 1
                continue
            }
            // `Bearer` and what a patterns's word is introduced with stay, so that the text still makes sense.
            let kept = pattern.prefix.last == UInt8(ascii: " ") ? pattern.prefix.count : 0
            result += text[copied..<position + kept]
            result += Array("[redacted]".utf8)
            position = endOfWord(text, position + pattern.prefix.count)
            copied = position
        }
        guard copied > 0 else { return false }
        text = result + text[copied...]
        return true
    }

    private static let firstBytes = Set(all.map { $0.prefix[0] })

    private static func match(_ text: [UInt8], _ position: Int) -> KeyPattern? {
        guard firstBytes.contains(text[position]) else { return nil }
        return all.first { pattern in
            text[position...].starts(with: pattern.prefix)
                && endOfWord(text, position + pattern.prefix.count) - position - pattern.prefix.count >= pattern.minimum
        }
    }

    private static func endOfWord(_ text: [UInt8], _ start: Int) -> Int {
        var end = start
        while end < text.count, isWord(text[end]) || text[end] == UInt8(ascii: "+") || text[end] == UInt8(ascii: "=") {
            end += 1
        }
        return end
    }

    /// Letters, digits, and the marks that keys and base64url are written with.
    static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
