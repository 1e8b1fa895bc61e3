/// An `inet` or `cidr` value: an IPv4 or IPv6 address with the number of bits that name its network.
package struct NetworkAddress: Hashable, Sendable {
    /// 4 or 16 bytes.
    package var bytes: [UInt8]
    /// The length of the network's prefix.
    package var bits: Int

    package var isIPv6: Bool { bytes.count == 16 }
    var allBits: Int { bytes.count * 8 }

    package init(bytes: [UInt8], bits: Int) {
        self.bytes = bytes
        self.bits = bits
    }

    /// Reads `inet`'s text form, or `cidr`'s, which may leave out bytes (`10.1`) and must not name a host.
    package init(parsing text: String, isCIDR: Bool = false) throws(PostgresError) {
        let type = isCIDR ? "cidr" : "inet"
        guard let address = Self.read(text, isCIDR: isCIDR) else { throw .invalidSyntax(type, text) }
        self = address
        guard !isCIDR || hostBits.allSatisfy({ $0 == 0 }) else {
            throw PostgresError(
                "22P02", "invalid cidr value: \"\(text)\"", detail: "Value has bits set to right of mask.")
        }
    }

    /// Reads a stored value.
    package init(stored text: String) {
        self = Self.read(text, isCIDR: false) ?? NetworkAddress(bytes: [0, 0, 0, 0], bits: 32)
    }

    /// The address with only the bits of the host left.
    private var hostBits: [UInt8] {
        bytes.enumerated().map { index, byte in
            let kept = min(max(bits - index * 8, 0), 8)
            return kept == 8 ? 0 : byte & (0xFF >> UInt8(kept))
        }
    }

    /// The output form: the prefix length is shown where it isn't the whole address, of a `cidr` always.
    package func text(isCIDR: Bool = false) -> String {
        let address = isIPv6 ? textIPv6 : bytes.map(String.init).joined(separator: ".")
        return bits != allBits || isCIDR ? "\(address)/\(bits)" : address
    }

    /// IPv4 before IPv6; then by the network, its length, and the host.
    package func compare(_ other: NetworkAddress) -> Int {
        guard bytes.count == other.bytes.count else { return bytes.count - other.bytes.count }
        let common = min(bits, other.bits)
        for (index, (a, b)) in zip(bytes, other.bytes).enumerated() {
            let kept = common - index * 8
            guard kept > 0 else { break }
            let mask: UInt8 = kept >= 8 ? 0xFF : ~(0xFF >> UInt8(kept))
            if a & mask != b & mask { return Int(a & mask) - Int(b & mask) }
        }
        if bits != other.bits { return bits - other.bits }
        for (a, b) in zip(bytes, other.bytes) where a != b { return Int(a) - Int(b) }
        return 0
    }

    // MARK: Reading

    private static func read(_ text: String, isCIDR: Bool) -> NetworkAddress? {
        var bytes = Array(text.utf8)
        var bits: Int?
        if let slash = bytes.firstIndex(of: UInt8(ascii: "/")) {
            let digits = bytes[(slash + 1)...]
            guard !digits.isEmpty, digits.count < 4, digits.allSatisfy(\.isDigit) else { return nil }
            bits = Int(String(decoding: digits, as: UTF8.self))
            bytes.removeSubrange(slash...)
        }
        if bytes.contains(UInt8(ascii: ":")) {
            guard let address = readIPv6(bytes[...]), bits ?? 128 <= 128 else { return nil }
            return NetworkAddress(bytes: address, bits: bits ?? 128)
        }
        guard let parts = readIPv4(bytes[...]), bits ?? 32 <= 32 else { return nil }
        let length: Int
        if let bits {
            length = bits
            // Bytes that are left out are zero, but only beyond the prefix.
            guard isCIDR || bits / 8 <= parts.count else { return nil }
        } else if isCIDR {
            length = classBits(parts)
        } else {
            guard parts.count == 4 else { return nil }
            length = 32
        }
        return NetworkAddress(bytes: parts + Array(repeating: 0, count: 4 - parts.count), bits: length)
    }

    /// The prefix that the old address classes give to a network without one.
    private static func classBits(_ parts: [UInt8]) -> Int {
        let byClass =
            switch parts[0] {
            case 240...: 32
            case 224...: 8
            case 192...: 24
            case 128...: 16
            default: 8
            }
        let bits = max(byClass, parts.count * 8)
        return bits == 8 && parts[0] == 224 ? 4 : bits
    }

    /// One to four decimal bytes.
    private static func readIPv4(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        let pieces = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...4).contains(pieces.count) else { return nil }
        var parts: [UInt8] = []
        for piece in pieces {
            guard !piece.isEmpty, piece.allSatisfy(\.isDigit) else { return nil }
            let value = piece.reduce(0) { min($0 * 10 + Int($1 - UInt8(ascii: "0")), 1000) }
            guard let byte = UInt8(exactly: value) else { return nil }
            parts.append(byte)
        }
        return parts
    }

    private static func readIPv6(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var words: [UInt16] = []
        var gap: Int?
        var rest = bytes
        if rest.first == UInt8(ascii: ":") {
            guard rest.starts(with: "::".utf8) else { return nil }
            gap = 0
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let piece = rest.prefix { $0 != UInt8(ascii: ":") }
            if piece.contains(UInt8(ascii: ".")) {
                // The last four bytes in the notation of IPv4.
                guard piece.count == rest.count, let last = readIPv4(piece), last.count == 4 else { return nil }
                words.append(UInt16(last[0]) << 8 | UInt16(last[1]))
                words.append(UInt16(last[2]) << 8 | UInt16(last[3]))
                rest = []
                break
            }
            guard (1...4).contains(piece.count) else { return nil }
            var word: UInt16 = 0
            for byte in piece {
                guard let digit = byte.hexDigit else { return nil }
                word = word << 4 | UInt16(digit)
            }
            words.append(word)
            rest = rest.dropFirst(piece.count)
            guard !rest.isEmpty else { break }
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = words.count
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil
            }
        }
        if let gap {
            guard words.count < 8 else { return nil }
            words.insert(contentsOf: repeatElement(0, count: 8 - words.count), at: gap)
        }
        guard words.count == 8 else { return nil }
        return words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }

    // MARK: Writing

    /// The longest run of zero words is left out; addresses that embed an IPv4 one show it as such.
    private var textIPv6: String {
        let words = (0..<8).map { UInt16(bytes[$0 * 2]) << 8 | UInt16(bytes[$0 * 2 + 1]) }
        var best: Range<Int>?
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, words[end] == 0 { end += 1 }
            if end - start >= 2, end - start > best?.count ?? 0 { best = start..<end }
            start = max(end, start + 1)
        }
        let embeds = best?.lowerBound == 0 && (best?.count == 6 || (best?.count == 5 && words[5] == 0xFFFF))
        var text = ""
        for index in 0..<8 {
            if let best, best.contains(index) {
                if index == best.lowerBound { text += ":" }
                continue
            }
            if index > 0 { text += ":" }
            if index == 6, embeds {
                text += bytes[12...].map(String.init).joined(separator: ".")
                break
            }
            text += String(words[index], radix: 16)
        }
        if best?.upperBound == 8 { text += ":" }
        return text
    }
}
