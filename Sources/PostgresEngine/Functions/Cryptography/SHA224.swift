import Crypto

/// SHA-224 (FIPS 180-4), which swift-crypto leaves out: SHA-256 from another start, cut to 28 bytes. It is a hash
/// function of that library's kind, so that the library's HMAC takes it too.
struct SHA224: HashFunction {
    /// The 28 bytes of a hash.
    struct Digest: Crypto.Digest {
        static let byteCount = 28
        fileprivate let bytes: [UInt8]

        func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
            try bytes.withUnsafeBytes(body)
        }
    }

    static let blockByteCount = 64

    /// All of it, since what is hashed here lies in memory anyway.
    private var message: [UInt8] = []

    mutating func update(bufferPointer: UnsafeRawBufferPointer) { message += bufferPointer }

    func finalize() -> Digest {
        var state = Self.start
        let padded = padded
        for start in stride(from: 0, to: padded.count, by: Self.blockByteCount) {
            Self.mix(padded[start..<start + Self.blockByteCount], into: &state)
        }
        let bytes = state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
        return Digest(bytes: Array(bytes.prefix(Digest.byteCount)))
    }

    /// The message, a one bit, zeros and the message's length in bits, in whole blocks.
    private var padded: [UInt8] {
        var result = message + [0x80]
        while result.count % Self.blockByteCount != Self.blockByteCount - 8 { result.append(0) }
        let bits = UInt64(message.count) * 8
        return result + (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * $0)) }
    }

    private static func mix(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
        var w = stride(from: block.startIndex, to: block.endIndex, by: 4).map { start in
            block[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        for i in 16..<64 {
            let low = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3
            let high = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10
            w.append(w[i - 16] &+ low &+ w[i - 7] &+ high)
        }
        var s = state
        for i in 0..<64 {
            let high = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)
            let first = s[7] &+ high &+ (s[4] & s[5] ^ ~s[4] & s[6]) &+ constants[i] &+ w[i]
            let low = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)
            let second = low &+ (s[0] & s[1] ^ s[0] & s[2] ^ s[1] & s[2])
            s = [first &+ second, s[0], s[1], s[2], s[3] &+ first, s[4], s[5], s[6]]
        }
        state = zip(state, s).map { $0 &+ $1 }
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

    /// The second 32 bits behind the point of the square roots of the ninth to sixteenth primes.
    private static let start: [UInt32] = [
        0xC105_9ED8, 0x367C_D507, 0x3070_DD17, 0xF70E_5939, 0xFFC0_0B31, 0x6858_1511, 0x64F9_8FA7, 0xBEFA_4FA4,
    ]

    /// The first 32 bits behind the point of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = [
        0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1, 0x923F_82A4, 0xAB1C_5ED5,
        0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3, 0x72BE_5D74, 0x80DE_B1FE, 0x9BDC_06A7, 0xC19B_F174,
        0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F, 0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA,
        0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7, 0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351, 0x1429_2967,
        0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC, 0x5338_0D13, 0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85,
        0xA2BF_E8A1, 0xA81A_664B, 0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070,
        0x19A4_C116, 0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F, 0x682E_6FF3,
        0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208, 0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7, 0xC671_78F2,
    ]
}
