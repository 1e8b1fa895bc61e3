import Testing
import World

@Suite struct ClockTests {
    @Test func aFrozenClockStandsStillUntilMoved() {
        let clock = Clock.frozen(at: Timestamp(microseconds: 1_000_000))
        #expect(clock.now == clock.now)
        clock.advance(by: .seconds(2))
        #expect(clock.now == Timestamp(microseconds: 3_000_000))
    }

    @Test func unfreezingGoesOnFromWhereItStood() {
        let clock = Clock.frozen(at: Timestamp(microseconds: 0))
        clock.freeze(at: nil)
        #expect(clock.now.microseconds >= 0)
        #expect(clock.now.microseconds < 60_000_000)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000000+00:00"),
        (-1, "1969-12-31T23:59:59.999999+00:00"),
        (1_709_210_096_123_456, "2024-02-29T12:34:56.123456+00:00"),
    ])
    func timestampsPrintAsISO8601(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
    }
}

@Suite struct EntropyTests {
    @Test func theSameSeedGivesTheSameSequence() {
        #expect(Entropy.seeded(7).bytes(40) == Entropy.seeded(7).bytes(40))
        #expect(Entropy.seeded(7).uuid() != Entropy.seeded(8).uuid())
    }

    @Test func uuidsAreVersionFour() {
        let uuid = Array(World.deterministic().uuid())
        #expect(uuid.count == 36)
        #expect(uuid[14] == "4")
        #expect("89ab".contains(uuid[19]))
    }
}
