import Crypto
import CryptoExtras

/// The Advanced Encryption Standard under one key, in the modes of pgcrypto and OpenPGP.
struct AESCipher {
    static let blockSize = 16

    private let key: SymmetricKey

    /// - Parameter key: 16, 24 or 32 bytes.
    init(key: [UInt8]) { self.key = SymmetricKey(data: key) }

    /// Each block alone (ECB).
    func separate(_ blocks: [UInt8], isDecryption: Bool) -> [UInt8] {
        Self.unfailing {
            var result = blocks
            for start in stride(from: 0, to: blocks.count, by: Self.blockSize) {
                let block = start..<start + Self.blockSize
                if isDecryption {
                    try AES.inversePermute(&result[block], key: key)
                } else {
                    try AES.permute(&result[block], key: key)
                }
            }
            return result
        }
    }

    /// Each block mixed with the ciphertext before it (CBC), the first one with `start`.
    func chained(_ blocks: [UInt8], start: [UInt8], isDecryption: Bool) -> [UInt8] {
        // The library refuses to decrypt no blocks, which pgcrypto does.
        if blocks.isEmpty { return [] }
        return Self.unfailing {
            let start = try AES._CBC.IV(ivBytes: start)
            return Array(
                isDecryption
                    ? try AES._CBC.decrypt(blocks, using: key, iv: start, noPadding: true)
                    : try AES._CBC.encrypt(blocks, using: key, iv: start, noPadding: true))
        }
    }

    /// Every block masked with the encryption of the ciphertext before it (CFB); the last one may be short.
    func feedback(_ text: [UInt8], start: [UInt8], isDecryption: Bool) -> [UInt8] {
        Self.unfailing {
            let start = try AES._CFB.IV(ivBytes: start)
            return Array(
                isDecryption
                    ? try AES._CFB.decrypt(text, using: key, iv: start)
                    : try AES._CFB.encrypt(text, using: key, iv: start))
        }
    }

    /// The library throws for keys, starts and texts of another length than AES has, and those are made to measure.
    private static func unfailing(_ body: () throws -> [UInt8]) -> [UInt8] {
        do { return try body() } catch { fatalError("AES with a wrong length: \(error)") }
    }
}
