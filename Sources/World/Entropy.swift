import Synchronization

/// The one source of chance: the system's generator, or a seeded one whose sequence is the same in every run.
package final class Entropy: Sendable {
    /// nil: the system's generator. Otherwise the state of a SplitMix64 sequence.
    private let state: Mutex<UInt64?>

    private init(_ seed: UInt64?) { state = Mutex(seed) }

    /// The system's generator, fit for keys.
    package static func system() -> Entropy { Entropy(nil) }

    /// A repeatable sequence. Not fit for secrets that must stay secret.
    package static func seeded(_ seed: UInt64) -> Entropy { Entropy(seed) }

    /// The next 64 random bits.
    package func next() -> UInt64 {
        state.withLock { seed in
            guard var value = seed else {
                var system = SystemRandomNumberGenerator()
                return system.next()
            }
            value &+= 0x9E37_79B9_7F4A_7C15
            seed = value
            var mixed = value
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    /// `count` random bytes.
    package func bytes(_ count: Int) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count + 7)
        while result.count < count {
            withUnsafeBytes(of: next()) { result.append(contentsOf: $0) }
        }
        return Array(result.prefix(count))
    }

    /// A number in 0 ..< 1 with 53 random bits, as Postgres' `random()`.
    package func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A random (version 4, RFC 4122) UUID in lower case.
    package func uuid() -> String {
        var bytes = bytes(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        return String(unsafeUninitializedCapacity: 36) { text in
            var position = 0
            func put(_ digit: UInt8) {
                text[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                position += 1
            }
            for (index, byte) in bytes.enumerated() {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    text[position] = UInt8(ascii: "-")
                    position += 1
                }
                put(byte >> 4)
                put(byte & 15)
            }
            return position
        }
    }
}
