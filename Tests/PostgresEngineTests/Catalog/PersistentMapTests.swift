import Testing

@testable import PostgresEngine

@Suite struct PersistentMapTests {
    @Test func itHoldsWhatADictionaryHolds() {
        var map: PersistentMap<Int, String> = [:]
        var expected: [Int: String] = [:]
        // Numbers come back, so that entries are replaced and removed as well as added.
        for number in 0..<3000 {
            let key = number * 7919 % 1009
            if number % 5 == 0 {
                #expect(map.removeValue(forKey: key) == expected.removeValue(forKey: key))
            } else {
                map[key] = "\(number)"
                expected[key] = "\(number)"
            }
        }
        #expect(map.count == expected.count)
        #expect(Set(map.keys) == Set(expected.keys))
        #expect(map.values.sorted() == expected.values.sorted())
        #expect((0..<1009).allSatisfy { map[$0] == expected[$0] })
        for key in expected.keys { map[key] = nil }
        #expect(map.isEmpty)
    }

    @Test func aCopyKeepsWhatItHeld() {
        var map: PersistentMap<Int, [Int]> = [:]
        for number in 0..<100 { map[number] = [number] }
        let copy = map
        for number in 0..<100 { map[number, default: []].append(-1) }
        for number in 100..<1000 { map[number] = [] }
        map[5] = nil
        #expect(copy.count == 100)
        #expect((0..<100).allSatisfy { copy[$0] == [$0] })
        #expect(map[6] == [6, -1])
        #expect(map != copy)
        var again: PersistentMap<Int, [Int]> = [:]
        for number in (0..<100).reversed() { again[number] = [number] }
        #expect(again == copy)
    }
}
