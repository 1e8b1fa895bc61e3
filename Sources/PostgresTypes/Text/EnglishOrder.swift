/// The order of text in a Supabase database, which is ICU's for en-US: letters before their case, punctuation before
/// digits before letters. Three levels: which character, then upper or lower case, then the bytes.
enum EnglishOrder {
    /// Primary weights of the printable ASCII characters; 0 is ignored (control characters).
    private static let weights: [UInt8] = {
        var table = [UInt8](repeating: 0, count: 128)
        var next: UInt8 = 1
        for character in "\t\n\u{0B}\u{0C}\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$".utf8 {
            table[Int(character)] = next
            next += 1
        }
        for digit in UInt8(ascii: "0")...UInt8(ascii: "9") {
            table[Int(digit)] = next
            next += 1
        }
        for letter in UInt8(ascii: "a")...UInt8(ascii: "z") {
            table[Int(letter)] = next
            table[Int(letter & 0xDF)] = next
            next += 1
        }
        return table
    }()

    static func compare(_ left: String, _ right: String) -> Int {
        compare(Array(left.utf8), Array(right.utf8))
    }

    static func compare(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Int {
        let order = weights.withUnsafeBufferPointer { weights in
            func weight(_ byte: UInt8) -> Int { byte < 128 ? Int(weights[Int(byte)]) : Int(byte) }
            var (i, j) = (left.startIndex, right.startIndex)
            var caseOrder = 0
            while true {
                while i < left.endIndex, weight(left[i]) == 0 { i = left.index(after: i) }
                while j < right.endIndex, weight(right[j]) == 0 { j = right.index(after: j) }
                if i == left.endIndex || j == right.endIndex { break }
                let (a, b) = (left[i], right[j])
                let difference = weight(a) - weight(b)
                if difference != 0 { return difference }
                // Lower case stands before upper case, and only the first difference counts.
                if caseOrder == 0, a != b { caseOrder = a > b ? -1 : 1 }
                i = left.index(after: i)
                j = right.index(after: j)
            }
            if i != left.endIndex { return 1 }
            if j != right.endIndex { return -1 }
            return caseOrder
        }
        if order != 0 { return order }
        if left.elementsEqual(right) { return 0 }
        return left.lexicographicallyPrecedes(right) ? -1 : 1
    }
}
