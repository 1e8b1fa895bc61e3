import PostgresTypes
import World

/// A message encrypted with a password (RFC 4880), as pgcrypto writes it: either side reads what the other wrote.
enum OpenPGPMessage {
    private static let wrongKey = PostgresError("39000", "Wrong key or corrupt data")

    static func encrypt(
        _ data: [UInt8], isText: Bool, password: [UInt8], _ options: OpenPGPOptions, _ entropy: Entropy
    ) throws(PostgresError) -> [UInt8] {
        guard !password.isEmpty, let size = OpenPGPOptions.keySizes[options.cipher] else {
            throw PostgresError("39000", "Illegal argument to function")
        }
        let maker = OpenPGPKeyMaker(
            mode: options.mode, digest: options.digest, salt: entropy.bytes(8),
            count: options.count.map { wanted in
                (0...255).first { OpenPGPKeyMaker.bytes(counted: $0) >= wanted } ?? 255
            } ?? 96 + (entropy.bytes(1)[0] & 0x1F))
        let keyCipher = options.hasSessionKey ? options.keyCipher ?? options.cipher : options.cipher
        var key = maker.key(password, size: OpenPGPOptions.keySizes[keyCipher] ?? size)
        var header = [4, keyCipher] + maker.packed
        if options.hasSessionKey {
            let own = entropy.bytes(size)
            header += AESCipher(key: key).feedback([options.cipher] + own, start: zeros, isDecryption: false)
            key = own
        }
        var text = data
        if isText, options.convertsLines {
            text = text.flatMap { $0 == UInt8(ascii: "\n") ? [UInt8(ascii: "\r"), $0] : [$0] }
        }
        let kind = UInt8(ascii: isText ? options.isUnicode ? "u" : "t" : "b")
        let literal = OpenPGPPacket.stream(.literal, [kind, 0, 0, 0, 0, 0] + text)
        let prefix = entropy.bytes(AESCipher.blockSize)
        let start = prefix + prefix.suffix(2)
        let cipher = AESCipher(key: key)
        let body: [UInt8]
        if options.isProtected {
            let checked = start + literal + [0xD3, 0x14]
            let whole = checked + Digest.sha1.hash(checked)
            body = OpenPGPPacket.stream(.protected, [1] + cipher.feedback(whole, start: zeros, isDecryption: false))
        } else {
            let first = cipher.feedback(start, start: zeros, isDecryption: false)
            let rest = cipher.feedback(literal, start: Array(first.suffix(AESCipher.blockSize)), isDecryption: false)
            body = OpenPGPPacket.stream(.encrypted, first + rest)
        }
        return OpenPGPPacket.write(.sessionKey, header) + body
    }

    /// - Throws: 39000 for another password, a damaged message, or data where text is wanted.
    static func decrypt(
        _ message: [UInt8], asText: Bool, password: [UInt8], _ options: OpenPGPOptions
    ) throws(PostgresError) -> [UInt8] {
        guard let packets = OpenPGPPacket.read(message), packets.count == 2,
            packets[0].tag == OpenPGPPacket.Tag.sessionKey.rawValue, !password.isEmpty
        else { throw wrongKey }
        let cipher = AESCipher(key: try key(packets[0].body, password))
        let literal: [UInt8]
        switch OpenPGPPacket.Tag(rawValue: packets[1].tag) {
        case .protected: literal = try checked(packets[1].body, cipher)
        case .encrypted: literal = try unchecked(packets[1].body, cipher)
        default: throw wrongKey
        }
        guard let inner = OpenPGPPacket.read(literal)?.first else { throw wrongKey }
        if inner.tag == OpenPGPPacket.Tag.compressed.rawValue {
            throw .notSupported("decrypting a compressed message of pgcrypto")
        }
        guard inner.tag == OpenPGPPacket.Tag.literal.rawValue, inner.body.count >= 6,
            inner.body.count >= 6 + Int(inner.body[1])
        else { throw wrongKey }
        let isText = inner.body[0] == UInt8(ascii: "t") || inner.body[0] == UInt8(ascii: "u")
        if asText, !isText { throw PostgresError("39000", "Not text data") }
        let text = Array(inner.body.dropFirst(6 + Int(inner.body[1])))
        guard isText, options.convertsLines else { return text }
        return text.indices.filter { index in
            !(text[index] == UInt8(ascii: "\r") && index + 1 < text.count && text[index + 1] == UInt8(ascii: "\n"))
        }.map { text[$0] }
    }

    /// The key that a message's first packet makes of the password.
    private static func key(_ header: [UInt8], _ password: [UInt8]) throws(PostgresError) -> [UInt8] {
        guard header.count >= 4, header[0] == 4, let mode = OpenPGPKeyMaker.Mode(rawValue: header[2]),
            let digest = OpenPGPKeyMaker.digest(header[3])
        else { throw wrongKey }
        guard let size = OpenPGPOptions.keySizes[header[1]] else {
            throw .notSupported("decrypting OpenPGP's cipher \(header[1])")
        }
        let saltEnd = mode == .simple ? 4 : 12
        let end = mode == .iterated ? saltEnd + 1 : saltEnd
        guard header.count >= end else { throw wrongKey }
        let maker = OpenPGPKeyMaker(
            mode: mode, digest: digest, salt: Array(header[4..<saltEnd]), count: mode == .iterated ? header[12] : 0)
        let key = maker.key(password, size: size)
        if header.count == end { return key }
        let own = AESCipher(key: key).feedback(Array(header[end...]), start: zeros, isDecryption: true)
        guard OpenPGPOptions.keySizes[own[0]] == own.count - 1 else { throw wrongKey }
        return Array(own.dropFirst())
    }

    private static func checked(_ body: [UInt8], _ cipher: AESCipher) throws(PostgresError) -> [UInt8] {
        guard body.first == 1, body.count > 1 + AESCipher.blockSize + 2 + 22 else { throw wrongKey }
        let plain = cipher.feedback(Array(body.dropFirst()), start: zeros, isDecryption: true)
        guard hasPrefix(plain), Digest.sha1.hash(plain.dropLast(20)) == Array(plain.suffix(20)) else { throw wrongKey }
        return Array(plain.dropFirst(AESCipher.blockSize + 2).dropLast(22))
    }

    private static func unchecked(_ body: [UInt8], _ cipher: AESCipher) throws(PostgresError) -> [UInt8] {
        let first = Array(body.prefix(AESCipher.blockSize + 2))
        guard hasPrefix(cipher.feedback(first, start: zeros, isDecryption: true)) else { throw wrongKey }
        return cipher.feedback(
            Array(body.dropFirst(first.count)), start: Array(first.suffix(AESCipher.blockSize)), isDecryption: true)
    }

    /// Whether a decryption begins with its random block and two bytes of that again.
    private static func hasPrefix(_ plain: [UInt8]) -> Bool {
        plain.count >= AESCipher.blockSize + 2 && plain[14] == plain[16] && plain[15] == plain[17]
    }

    private static let zeros = [UInt8](repeating: 0, count: AESCipher.blockSize)
}
