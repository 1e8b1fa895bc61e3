/// The order of text in a Supabase database, which is ICU's for en-US: letters before their case, punctuation before
/// digits before letters. Levels: which character, then its accents, then upper or lower case, then the bytes.
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
        let order = weights.withUnsafeBufferPointer { weights -> Int? in
            func weight(_ byte: UInt8) -> Int { Int(weights[Int(byte)]) }
            var (i, j) = (left.startIndex, right.startIndex)
            var caseOrder = 0
            while true {
                while i < left.endIndex, left[i] < 128, weight(left[i]) == 0 { i = left.index(after: i) }
                while j < right.endIndex, right[j] < 128, weight(right[j]) == 0 { j = right.index(after: j) }
                if i < left.endIndex && left[i] >= 128 || j < right.endIndex && right[j] >= 128 { return nil }
                if i == left.endIndex || j == right.endIndex { break }
                let (a, b) = (left[i], right[j])
                let difference = weight(a) - weight(b)
                if difference != 0 { return difference }
                // Lower case stands before upper case, and only the first difference counts.
                if caseOrder == 0, a != b { caseOrder = a > b ? -1 : 1 }
                i = left.index(after: i)
                j = right.index(after: j)
            }
            // Characters beyond ASCII may still follow on one side, and may have no weight of their own.
            if i != left.endIndex { return left[i...].allSatisfy { $0 < 128 } ? 1 : nil }
            if j != right.endIndex { return right[j...].allSatisfy { $0 < 128 } ? -1 : nil }
            return caseOrder
        }
        let found = order ?? CollationKey(left).compare(CollationKey(right))
        if found != 0 { return found }
        if left.elementsEqual(right) { return 0 }
        return left.lexicographicallyPrecedes(right) ? -1 : 1
    }
}

/// A text's weights, level by level, for texts with characters beyond ASCII.
private struct CollationKey {
    private struct Element {
        var primary: UInt16
        var secondary: UInt8
        var tertiary: UInt8
    }

    private static let table: [UInt32: [Element]] = {
        var table: [UInt32: [Element]] = [:]
        let text = EnglishOrderData.elements.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        for line in text.utf8.split(separator: 10) {
            let fields = line.split(separator: 32)
            guard fields.count == 2, let code = UInt32(String(fields[0]) ?? "", radix: 16) else { continue }
            table[code] = fields[1].split(separator: 44).map { element in
                let parts = element.split(separator: 46).map { UInt16(String($0) ?? "", radix: 16) ?? 0 }
                return Element(primary: parts[0], secondary: UInt8(parts[1]), tertiary: UInt8(parts[2]))
            }
        }
        return table
    }()

    private var primaries: [UInt16] = []
    private var secondaries: [UInt8] = []
    private var tertiaries: [UInt8] = []

    init(_ bytes: some Collection<UInt8>) {
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars { add(scalar.value) }
    }

    private mutating func add(_ code: UInt32) {
        if let elements = Self.table[code] {
            for element in elements {
                if element.primary != 0 { primaries.append(element.primary) }
                if element.secondary != 0 { secondaries.append(element.secondary) }
                if element.tertiary != 0 { tertiaries.append(element.tertiary) }
            }
        } else if (0xAC00...0xD7A3).contains(code) {
            // A Hangul syllable is its letters.
            let index = code - 0xAC00
            add(0x1100 + index / 588)
            add(0x1161 + index % 588 / 28)
            if index % 28 > 0 { add(0x11A7 + index % 28) }
        } else {
            // Everything else by its code, Han before what has no place.
            let isHan = (0x4E00...0x9FFF).contains(code)
            primaries += [(isHan ? 0xFA00 : 0xFD00) + UInt16(code >> 15), UInt16(code & 0x7FFF) + 1]
            secondaries.append(5)
            tertiaries.append(5)
        }
    }

    func compare(_ other: CollationKey) -> Int {
        func order<T: Comparable>(_ left: [T], _ right: [T]) -> Int {
            left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
        }
        let primary = order(primaries, other.primaries)
        if primary != 0 { return primary }
        let secondary = order(secondaries, other.secondaries)
        return secondary != 0 ? secondary : order(tertiaries, other.tertiaries)
    }
}
