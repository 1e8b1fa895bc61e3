import PostgresTypes

/// The options of `pgp_sym_encrypt` and `pgp_sym_decrypt`: `cipher-algo=aes256, compress-algo=0`.
struct OpenPGPOptions {
    /// Keys of AES by their number in the standard.
    static let keySizes: [UInt8: Int] = [7: 16, 8: 24, 9: 32]

    var cipher: UInt8 = 7
    /// The cipher of the key itself where it is encrypted; as `cipher` without one.
    var keyCipher: UInt8?
    var isProtected = true
    var hasSessionKey = false
    var mode = OpenPGPKeyMaker.Mode.iterated
    var digest = Digest.sha1
    /// The wanted number of hashed bytes; nil for a random one.
    var count: Int?
    var convertsLines = false
    var isUnicode = false

    init() {}

    /// - Throws: 39000 for what pgcrypto does not know, 0A000 for what is missing here.
    init(_ text: String) throws(PostgresError) {
        let illegal = PostgresError("39000", "Illegal argument to function")
        for item in text.split(separator: ",") {
            let parts = item.split(separator: "=", maxSplits: 1).map {
                $0.filter { !" \t\n".contains($0) }.lowercased()
            }
            guard parts.count == 2 else { throw illegal }
            let (name, value) = (parts[0], parts[1])
            switch name {
            case "cipher-algo": cipher = try Self.cipher(value)
            case "s2k-cipher-algo": keyCipher = try Self.cipher(value)
            case "disable-mdc": isProtected = try Self.number(value) == 0
            case "sess-key": hasSessionKey = try Self.number(value) != 0
            case "s2k-mode":
                guard let mode = OpenPGPKeyMaker.Mode(rawValue: UInt8(clamping: try Self.number(value))) else {
                    throw illegal
                }
                self.mode = mode
            case "s2k-count":
                let count = try Self.number(value)
                guard (1024...65_011_712).contains(count) else { throw illegal }
                self.count = count
            case "s2k-digest-algo":
                guard let digest = Digest(rawValue: value), digest != .sha224 else {
                    throw PostgresError("39000", "Unsupported digest algorithm")
                }
                self.digest = digest
            case "compress-algo":
                guard try Self.number(value) == 0 else { throw .notSupported("pgcrypto's compress-algo=\(value)") }
            case "compress-level": _ = try Self.number(value)
            case "convert-crlf": convertsLines = try Self.number(value) != 0
            case "unicode-mode": isUnicode = try Self.number(value) != 0
            default: throw illegal
            }
        }
    }

    private static func number(_ text: String) throws(PostgresError) -> Int {
        guard let number = Int(text) else { throw PostgresError("39000", "Illegal argument to function") }
        return number
    }

    private static func cipher(_ name: String) throws(PostgresError) -> UInt8 {
        switch name {
        case "aes", "aes128": return 7
        case "aes192": return 8
        case "aes256": return 9
        case "3des", "cast5", "bf", "blowfish", "twofish": throw .notSupported("pgcrypto's cipher \(name)")
        default: throw PostgresError("39000", "Unsupported cipher algorithm")
        }
    }
}
