import PostgresTypes
import SQLite
import World

/// `encrypt` and `decrypt` of pgcrypto, with AES. Other ciphers are refused by name.
extension FunctionTable {
    mutating func addCiphers() {
        for isEncryption in [true, false] {
            let name = isEncryption ? "encrypt" : "decrypt"
            scalar("\(name)(bytea,bytea,text)") { call in
                try Self.cipher(call, call.text(2), start: [], isEncryption: isEncryption)
            }
            scalar("\(name)_iv(bytea,bytea,bytea,text)") { call in
                try Self.cipher(call, call.text(3), start: Self.bytes(call, 2), isEncryption: isEncryption)
            }
        }
    }

    private static func cipher(
        _ call: Invocation, _ method: String, start: [UInt8], isEncryption: Bool
    ) throws -> SQLValue {
        let method = try CipherMethod(method)
        let name = isEncryption ? "encrypt" : "decrypt"
        // What is longer than the longest key of AES does not count.
        let key = Array(bytes(call, 1).prefix(32))
        let size = [16, 24].first { key.count <= $0 } ?? 32
        let cipher = AESCipher(key: key + [UInt8](repeating: 0, count: size - key.count))
        let vector = Array((start + [UInt8](repeating: 0, count: AESCipher.blockSize)).prefix(AESCipher.blockSize))
        let data = bytes(call, 0)
        let result =
            isEncryption
            ? method.encrypt(data, cipher, start: vector) : method.decrypt(data, cipher, start: vector)
        guard let result else {
            throw PostgresError("39000", "\(name) error: \(isEncryption ? "Encryption" : "Decryption") failed")
        }
        return .blob(result)
    }
}

/// How a cipher is applied to texts longer than a block: `aes-cbc/pad:pkcs`.
private struct CipherMethod {
    private var isChained = true
    private var isPadded = true

    /// - Throws: 22023 for an unknown method, 0A000 for ciphers other than AES.
    init(_ text: String) throws(PostgresError) {
        let text = text.lowercased()
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let unknown = PostgresError("22023", "Cannot use \"\(text)\": No such cipher algorithm")
        let words = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard words.count <= 2 else { throw unknown }
        switch words[0] {
        case "aes", "rijndael": break
        case "bf", "blowfish", "des", "des3", "3des", "cast5": throw .notSupported("cipher \(words[0])")
        default: throw unknown
        }
        if words.count == 2 {
            guard ["cbc", "ecb"].contains(words[1]) else { throw unknown }
            isChained = words[1] == "cbc"
        }
        for option in parts.dropFirst() {
            guard ["pad:pkcs", "pad:none"].contains(option) else { throw unknown }
            isPadded = option == "pad:pkcs"
        }
    }

    /// nil for a text that is no number of blocks and may not be padded.
    func encrypt(_ data: [UInt8], _ cipher: AESCipher, start: [UInt8]) -> [UInt8]? {
        var text = data
        if isPadded {
            let padding = AESCipher.blockSize - data.count % AESCipher.blockSize
            text += [UInt8](repeating: UInt8(padding), count: padding)
        }
        guard text.count % AESCipher.blockSize == 0 else { return nil }
        return apply(cipher, to: text, start: start, isDecryption: false)
    }

    /// nil for what no such encryption gives.
    func decrypt(_ data: [UInt8], _ cipher: AESCipher, start: [UInt8]) -> [UInt8]? {
        guard data.count % AESCipher.blockSize == 0 else { return nil }
        let result = apply(cipher, to: data, start: start, isDecryption: true)
        guard isPadded else { return result }
        guard let padding = result.last, (1...16).contains(padding),
            result.suffix(Int(padding)).allSatisfy({ $0 == padding })
        else { return nil }
        return result.dropLast(Int(padding))
    }

    private func apply(_ cipher: AESCipher, to blocks: [UInt8], start: [UInt8], isDecryption: Bool) -> [UInt8] {
        isChained
            ? cipher.chained(blocks, start: start, isDecryption: isDecryption)
            : cipher.separate(blocks, isDecryption: isDecryption)
    }
}
