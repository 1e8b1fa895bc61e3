/// Everything the emulator takes from outside that makes two runs differ: the time, the passing of time, chance.
///
/// One value, made at start and handed to whatever needs it; nothing else calls the system's clock or generator.
/// That is what makes runs repeatable: a test or a seed swaps this one value.
package struct World: Sendable {
    /// Virtual time: what `now()`, JWT expiry, `created_at` and logs see. May be shifted or frozen.
    package let clock: Clock
    /// Chance: ids, tokens, `random()`, `gen_random_uuid()`.
    package let entropy: Entropy

    package init(clock: Clock, entropy: Entropy) {
        self.clock = clock
        self.entropy = entropy
    }

    /// The machine's own clock and generator.
    package static func system() -> World { World(clock: .system(), entropy: .system()) }

    /// A frozen clock and a seeded generator: for tests and deterministic runs.
    package static func deterministic(
        seed: UInt64 = 1,
        now: Timestamp = Timestamp(microseconds: 1_767_225_600_000_000)
    ) -> World {
        World(clock: .frozen(at: now), entropy: .seeded(seed))
    }

    /// The virtual time now.
    package var now: Timestamp { clock.now }

    /// A random (version 4) UUID in lower case.
    package func uuid() -> String { entropy.uuid() }
}
