import PostgresTypes

/// Packets of OpenPGP (RFC 4880 §4): a tag and a body, written as pgcrypto writes them, read in every form.
struct OpenPGPPacket {
    enum Tag: UInt8 {
        case sessionKey = 3
        case compressed = 8
        case encrypted = 9
        case literal = 11
        case protected = 18
    }

    var tag: UInt8
    var body: [UInt8]

    /// The size of a part of a body whose whole length comes later.
    private static let partSize = 1 << 14

    static func write(_ tag: Tag, _ body: [UInt8]) -> [UInt8] { [0xC0 | tag.rawValue] + length(body.count) + body }

    /// In parts, as what is written while it is made.
    static func stream(_ tag: Tag, _ body: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [0xC0 | tag.rawValue]
        var rest = body[...]
        while rest.count >= partSize {
            result += [0xE0 | 14] + rest.prefix(partSize)
            rest = rest.dropFirst(partSize)
        }
        return result + length(rest.count) + rest
    }

    private static func length(_ count: Int) -> [UInt8] {
        if count < 192 { return [UInt8(count)] }
        if count < 8384 { return [UInt8((count - 192) >> 8 + 192), UInt8((count - 192) & 255)] }
        return [255] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) }
    }

    /// The packets of a message; nil for what is none.
    static func read(_ bytes: [UInt8]) -> [OpenPGPPacket]? {
        var reader = Reader(rest: bytes[...])
        var packets: [OpenPGPPacket] = []
        while !reader.rest.isEmpty {
            guard let packet = reader.packet() else { return nil }
            packets.append(packet)
        }
        return packets
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func packet() -> OpenPGPPacket? {
            guard let first = rest.popFirst(), first & 0x80 != 0 else { return nil }
            guard first & 0x40 != 0 else {
                let width = [1, 2, 4, rest.count][Int(first & 3)]
                guard first & 3 < 3 else { return finish(first >> 2 & 15, rest.count) }
                return number(width).flatMap { finish(first >> 2 & 15, $0) }
            }
            var body: [UInt8] = []
            while true {
                guard let byte = rest.popFirst() else { return nil }
                let isPart = (224...254).contains(byte)
                let count: Int?
                switch byte {
                case ..<192: count = Int(byte)
                case ..<224: count = rest.popFirst().map { (Int(byte) - 192) << 8 + Int($0) + 192 }
                case 255: count = number(4)
                default: count = 1 << Int(byte & 31)
                }
                guard let count, rest.count >= count else { return nil }
                body += rest.prefix(count)
                rest = rest.dropFirst(count)
                if !isPart { return OpenPGPPacket(tag: first & 63, body: body) }
            }
        }

        private mutating func number(_ width: Int) -> Int? {
            guard rest.count >= width else { return nil }
            defer { rest = rest.dropFirst(width) }
            return rest.prefix(width).reduce(0) { $0 << 8 | Int($1) }
        }

        private mutating func finish(_ tag: UInt8, _ count: Int) -> OpenPGPPacket? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return OpenPGPPacket(tag: tag, body: Array(rest.prefix(count)))
        }
    }
}

/// How a password becomes a key (RFC 4880 §3.7).
struct OpenPGPKeyMaker {
    enum Mode: UInt8 {
        case simple = 0
        case salted = 1
        case iterated = 3
    }

    var mode: Mode
    var digest: Digest
    var salt: [UInt8] = []
    /// The number of hashed bytes in its one byte.
    var count: UInt8 = 0

    private static let digests: [(code: UInt8, digest: Digest)] = [
        (1, .md5), (2, .sha1), (8, .sha256), (9, .sha384), (10, .sha512),
    ]

    static func digest(_ code: UInt8) -> Digest? { digests.first { $0.code == code }?.digest }

    static func bytes(counted count: UInt8) -> Int { (16 + Int(count & 15)) << (Int(count >> 4) + 6) }

    var packed: [UInt8] {
        let code = Self.digests.first { $0.digest == digest }?.code ?? 0
        return [mode.rawValue, code] + (mode == .simple ? [] : salt) + (mode == .iterated ? [count] : [])
    }

    func key(_ password: [UInt8], size: Int) -> [UInt8] {
        let unit = (mode == .simple ? [] : salt) + password
        var text = unit
        if mode == .iterated {
            let total = max(Self.bytes(counted: count), unit.count)
            text.reserveCapacity(total)
            while text.count < total { text += unit.prefix(total - text.count) }
        }
        var key: [UInt8] = []
        var zeros: [UInt8] = []
        while key.count < size {
            key += digest.hash(zeros + text)
            zeros.append(0)
        }
        return Array(key.prefix(size))
    }
}
