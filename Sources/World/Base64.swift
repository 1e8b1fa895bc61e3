/// Base 64 (RFC 4648), without Foundation.
package enum Base64 {
    private static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let url = Array(standard.dropLast(2)) + Array("-_".utf8)

    /// The standard alphabet, with padding.
    package static func encode(_ bytes: [UInt8]) -> String {
        let digits = digits(of: bytes, in: standard)
        let padding = repeatElement(UInt8(ascii: "="), count: (4 - digits.count % 4) % 4)
        return String(decoding: digits + padding, as: UTF8.self)
    }

    /// The alphabet for URLs, without padding, as JSON Web Tokens are written (RFC 7515).
    package static func encodeForURL(_ bytes: [UInt8]) -> String {
        String(decoding: digits(of: bytes, in: url), as: UTF8.self)
    }

    /// The bytes behind either alphabet, with or without padding; nil for what is neither.
    package static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for digit in text where digit != UInt8(ascii: "=") {
            guard let value = value(of: digit) else { return nil }
            bits = (bits << 6 | value) & 0xFF_FFFF
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        // One digit alone is no byte.
        return count < 6 ? bytes : nil
    }

    /// The bytes behind exactly what `encode` makes; nil for anything else.
    package static func decodeStrictly(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard let bytes = decode(text), encode(bytes).utf8.elementsEqual(text) else { return nil }
        return bytes
    }

    private static func digits(of bytes: [UInt8], in alphabet: [UInt8]) -> [UInt8] {
        var digits: [UInt8] = []
        digits.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0...group.count { digits.append(alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)]) }
        }
        return digits
    }

    private static func value(of digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
