/// The Advanced Encryption Standard (FIPS 197): blocks of 16 bytes under keys of 16, 24 or 32.
struct AES {
    static let blockSize = 16

    private let roundKeys: [UInt8]
    private let rounds: Int

    /// - Parameter key: 16, 24 or 32 bytes.
    init(key: [UInt8]) {
        precondition([16, 24, 32].contains(key.count), "no key of AES")
        rounds = key.count / 4 + 6
        var keys = key
        var constant: UInt8 = 1
        while keys.count < Self.blockSize * (rounds + 1) {
            var word = Array(keys.suffix(4))
            let place = keys.count % key.count
            if place == 0 {
                word = [word[1], word[2], word[3], word[0]].map { Self.boxes.forward[Int($0)] }
                word[0] ^= constant
                constant = Self.doubled(constant)
            } else if key.count == 32, place == 16 {
                word = word.map { Self.boxes.forward[Int($0)] }
            }
            for byte in word { keys.append(keys[keys.count - key.count] ^ byte) }
        }
        roundKeys = Array(keys.prefix(Self.blockSize * (rounds + 1)))
    }

    func encrypt(_ block: some Collection<UInt8>) -> [UInt8] {
        var state = Array(block)
        addKey(0, to: &state)
        for round in 1...rounds {
            // SubBytes and ShiftRows at once.
            var next = (0..<16).map { Self.boxes.forward[Int(state[($0 + $0 % 4 * 4) % 16])] }
            if round < rounds { Self.mix(&next, by: (2, 3, 1, 1)) }
            state = next
            addKey(round, to: &state)
        }
        return state
    }

    func decrypt(_ block: some Collection<UInt8>) -> [UInt8] {
        var state = Array(block)
        addKey(rounds, to: &state)
        for round in (0..<rounds).reversed() {
            state = (0..<16).map { Self.boxes.inverse[Int(state[($0 + 16 - $0 % 4 * 4) % 16])] }
            addKey(round, to: &state)
            if round > 0 { Self.mix(&state, by: (14, 11, 13, 9)) }
        }
        return state
    }

    private func addKey(_ round: Int, to state: inout [UInt8]) {
        for index in 0..<16 { state[index] ^= roundKeys[round * 16 + index] }
    }

    /// Each column times a matrix whose first row is `factors`, every next one turned by one.
    private static func mix(_ state: inout [UInt8], by factors: (UInt8, UInt8, UInt8, UInt8)) {
        for start in stride(from: 0, to: 16, by: 4) {
            let (a, b, c, d) = (state[start], state[start + 1], state[start + 2], state[start + 3])
            func row(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) -> UInt8 {
                product(a, factors.0) ^ product(b, factors.1) ^ product(c, factors.2) ^ product(d, factors.3)
            }
            (state[start], state[start + 1]) = (row(a, b, c, d), row(b, c, d, a))
            (state[start + 2], state[start + 3]) = (row(c, d, a, b), row(d, a, b, c))
        }
    }

    /// Twice a number of the field of 256.
    private static func doubled(_ value: UInt8) -> UInt8 { value << 1 ^ (value & 0x80 == 0 ? 0 : 0x1B) }

    private static func product(_ value: UInt8, _ factor: UInt8) -> UInt8 {
        var (result, power, rest): (UInt8, UInt8, UInt8) = (0, value, factor)
        while rest != 0 {
            if rest & 1 == 1 { result ^= power }
            power = doubled(power)
            rest >>= 1
        }
        return result
    }

    /// The substitution and its inverse: the inverse in the field, then an affine map.
    private static let boxes: (forward: [UInt8], inverse: [UInt8]) = {
        var forward = [UInt8](repeating: 0, count: 256)
        var inverse = forward
        for value in 0...255 {
            let reciprocal = UInt8((1...255).first { product(UInt8(value), UInt8($0)) == 1 } ?? 0)
            var result = reciprocal ^ 0x63
            for turn in 1...4 as ClosedRange<UInt8> { result ^= reciprocal << turn | reciprocal >> (8 - turn) }
            forward[value] = result
            inverse[Int(result)] = UInt8(value)
        }
        return (forward, inverse)
    }()
}

extension AES {
    /// Cipher feedback: every block is masked with the encryption of the ciphertext before it.
    func feedback(_ text: [UInt8], start: [UInt8], isDecryption: Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var register = start
        for begin in stride(from: 0, to: text.count, by: Self.blockSize) {
            let part = text[begin..<min(begin + Self.blockSize, text.count)]
            let masked = zip(part, encrypt(register)).map { $0 ^ $1 }
            result += masked
            register = isDecryption ? Array(part) : masked
        }
        return result
    }
}
