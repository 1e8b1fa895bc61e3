/// Message digests, computed here because the engine stands on the standard library alone.
enum Digest: String, CaseIterable {
    case md5, sha1, sha224, sha256, sha384, sha512

    func hash(_ message: [UInt8]) -> [UInt8] {
        switch self {
        case .md5: MD5.hash(message)
        case .sha1: SHA1.hash(message)
        case .sha224: Array(SHA2Small.hash(message, SHA2Small.start224).prefix(28))
        case .sha256: SHA2Small.hash(message, SHA2Small.start256)
        case .sha384: Array(SHA2Big.hash(message, SHA2Big.start384).prefix(48))
        case .sha512: SHA2Big.hash(message, SHA2Big.start512)
        }
    }

    private var blockSize: Int { self == .sha384 || self == .sha512 ? 128 : 64 }

    /// RFC 2104.
    func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var key = key.count > blockSize ? hash(key) : key
        key += Array(repeating: 0, count: blockSize - key.count)
        return hash(key.map { $0 ^ 0x5C } + hash(key.map { $0 ^ 0x36 } + message))
    }
}

/// The message with a one bit, zeros and its length in bits, in whole blocks.
private func padded(_ message: [UInt8], block: Int, lengthBytes: Int, isBigEndian: Bool) -> [UInt8] {
    var result = message + [0x80]
    while result.count % block != block - lengthBytes { result.append(0) }
    let bits = UInt64(message.count) * 8
    let length = (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
    result += Array(repeating: 0, count: lengthBytes - 8)
    return result + (isBigEndian ? length.reversed() : length)
}

private enum MD5 {
    private static let shifts: [UInt32] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]
    private static let constants: [UInt32] = Fractions.sines

    static func hash(_ message: [UInt8]) -> [UInt8] {
        var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476]
        let bytes = padded(message, block: 64, lengthBytes: 8, isBigEndian: false)
        for start in stride(from: 0, to: bytes.count, by: 64) {
            let words = (0..<16).map { index in
                (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + index * 4 + $1]) << UInt32(8 * $1) }
            }
            var (a, b, c, d) = (state[0], state[1], state[2], state[3])
            for round in 0..<64 {
                var mix: UInt32
                let word: Int
                switch round / 16 {
                case 0: (mix, word) = (b & c | ~b & d, round)
                case 1: (mix, word) = (d & b | ~d & c, (5 * round + 1) % 16)
                case 2: (mix, word) = (b ^ c ^ d, (3 * round + 5) % 16)
                default: (mix, word) = (c ^ (b | ~d), 7 * round % 16)
                }
                mix = mix &+ a &+ constants[round] &+ words[word]
                (a, d, c) = (d, c, b)
                let shift = shifts[round / 16 * 4 + round % 4]
                b = b &+ (mix << shift | mix >> (32 - shift))
            }
            state = zip(state, [a, b, c, d]).map { $0 &+ $1 }
        }
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } }
    }
}

private enum SHA1 {
    static func hash(_ message: [UInt8]) -> [UInt8] {
        var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
        let bytes = padded(message, block: 64, lengthBytes: 8, isBigEndian: true)
        var words = [UInt32](repeating: 0, count: 80)
        for start in stride(from: 0, to: bytes.count, by: 64) {
            for index in 0..<16 {
                var word: UInt32 = 0
                for place in 0..<4 { word = word << 8 | UInt32(bytes[start + index * 4 + place]) }
                words[index] = word
            }
            for index in 16..<80 {
                let word = words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
                words[index] = word << 1 | word >> 31
            }
            var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
            for round in 0..<80 {
                let (mix, constant): (UInt32, UInt32) =
                    switch round / 20 {
                    case 0: (b & c | ~b & d, 0x5A82_7999)
                    case 1: (b ^ c ^ d, 0x6ED9_EBA1)
                    case 2: (b & c | b & d | c & d, 0x8F1B_BCDC)
                    default: (b ^ c ^ d, 0xCA62_C1D6)
                    }
                let next = (a << 5 | a >> 27) &+ mix &+ e &+ constant &+ words[round]
                (e, d, c, b, a) = (d, c, b << 30 | b >> 2, a, next)
            }
            for (index, word) in [a, b, c, d, e].enumerated() { state[index] &+= word }
        }
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
    }
}

private enum SHA2Small {
    static let start256 = Fractions.squareRoots.prefix(8).map { UInt32($0 >> 32) }
    // SHA-224 starts from the second halves of the roots of the ninth to sixteenth primes.
    static let start224 = Fractions.squareRoots[8..<16].map { UInt32(truncatingIfNeeded: $0) }
    private static let constants = Fractions.cubeRoots.prefix(64).map { UInt32($0 >> 32) }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

    static func hash(_ message: [UInt8], _ start: [UInt32]) -> [UInt8] {
        var state = start
        let bytes = padded(message, block: 64, lengthBytes: 8, isBigEndian: true)
        for start in stride(from: 0, to: bytes.count, by: 64) {
            var w = (0..<16).map { index in
                (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[start + index * 4 + $1]) }
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
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
    }
}

private enum SHA2Big {
    static let start512 = Array(Fractions.squareRoots.prefix(8))
    static let start384 = Array(Fractions.squareRoots[8..<16])
    private static let constants = Fractions.cubeRoots

    private static func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 { word >> count | word << (64 - count) }

    static func hash(_ message: [UInt8], _ start: [UInt64]) -> [UInt8] {
        var state = start
        let bytes = padded(message, block: 128, lengthBytes: 16, isBigEndian: true)
        for start in stride(from: 0, to: bytes.count, by: 128) {
            var w = (0..<16).map { index in
                (0..<8).reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[start + index * 8 + $1]) }
            }
            for i in 16..<80 {
                let low = rotate(w[i - 15], 1) ^ rotate(w[i - 15], 8) ^ w[i - 15] >> 7
                let high = rotate(w[i - 2], 19) ^ rotate(w[i - 2], 61) ^ w[i - 2] >> 6
                w.append(w[i - 16] &+ low &+ w[i - 7] &+ high)
            }
            var s = state
            for i in 0..<80 {
                let high = rotate(s[4], 14) ^ rotate(s[4], 18) ^ rotate(s[4], 41)
                let first = s[7] &+ high &+ (s[4] & s[5] ^ ~s[4] & s[6]) &+ constants[i] &+ w[i]
                let low = rotate(s[0], 28) ^ rotate(s[0], 34) ^ rotate(s[0], 39)
                let second = low &+ (s[0] & s[1] ^ s[0] & s[2] ^ s[1] & s[2])
                s = [first &+ second, s[0], s[1], s[2], s[3] &+ first, s[4], s[5], s[6]]
            }
            state = zip(state, s).map { $0 &+ $1 }
        }
        return state.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
    }
}

/// The digests' constants by their definitions: fractions of roots of primes, and of sines.
private enum Fractions {
    private static let primes: [UInt64] = {
        var found: [UInt64] = []
        var candidate: UInt64 = 2
        while found.count < 80 {
            if found.allSatisfy({ candidate % $0 != 0 }) { found.append(candidate) }
            candidate += 1
        }
        return found
    }()

    /// The first 64 bits after the point of the primes' square roots.
    static let squareRoots: [UInt64] = primes.prefix(16).map { prime in root(of: prime, power: 2) }
    static let cubeRoots: [UInt64] = primes.map { prime in root(of: prime, power: 3) }

    /// Bit by bit: the largest x with x to the power at most prime, in fixed point with 64 bits of fraction.
    private static func root(of prime: UInt64, power: Int) -> UInt64 {
        var root = Wide(0)
        for bit in stride(from: 67, through: 0, by: -1) {
            let candidate = root.setting(bit)
            var product = candidate
            for _ in 1..<power { product = product.multiplied(by: candidate) }
            if product.isAtMost(Wide(prime), shiftedBy: 64 * power) { root = candidate }
        }
        return root.low
    }

    /// floor(|sin(i)| * 2^32) for i from 1 to 64, by the series of the sine: no mathematics library is needed.
    static let sines: [UInt32] = (1...64).map { index in
        let x = Double(index).remainder(dividingBy: 2 * .pi)
        var term = x
        var sum = x
        for step in 1..<20 {
            term *= -x * x / Double(2 * step * (2 * step + 1))
            sum += term
        }
        return UInt32(abs(sum) * 4_294_967_296)
    }

    /// An unsigned number of 32-bit limbs, the lowest first: just enough arithmetic for the roots.
    private struct Wide {
        var limbs: [UInt64]

        init(_ value: UInt64) { limbs = [value & 0xFFFF_FFFF, value >> 32] }

        var low: UInt64 { limbs[0] | (limbs.count > 1 ? limbs[1] << 32 : 0) }

        func setting(_ bit: Int) -> Wide {
            var result = self
            while result.limbs.count <= bit / 32 { result.limbs.append(0) }
            result.limbs[bit / 32] |= 1 << UInt64(bit % 32)
            return result
        }

        func multiplied(by other: Wide) -> Wide {
            var result = Wide(0)
            result.limbs = Array(repeating: 0, count: limbs.count + other.limbs.count)
            for (i, a) in limbs.enumerated() {
                var carry: UInt64 = 0
                for (j, b) in other.limbs.enumerated() {
                    let sum = a * b + result.limbs[i + j] + carry
                    result.limbs[i + j] = sum & 0xFFFF_FFFF
                    carry = sum >> 32
                }
                result.limbs[i + other.limbs.count] += carry
            }
            return result
        }

        func isAtMost(_ other: Wide, shiftedBy bits: Int) -> Bool {
            let bound = Array(repeating: UInt64(0), count: bits / 32) + other.limbs
            let count = max(bound.count, limbs.count)
            for index in (0..<count).reversed() {
                let (a, b) = (index < limbs.count ? limbs[index] : 0, index < bound.count ? bound[index] : 0)
                if a != b { return a < b }
            }
            return true
        }
    }
}
