/// Comparing stored `numeric` values without taking them apart: the collation `pg_numeric`.
enum DecimalText {
    /// Below, equal to or above zero. Both are in `numeric`'s output form: no superfluous zeros in front.
    static func compare<Bytes: RandomAccessCollection<UInt8>>(_ left: Bytes, _ right: Bytes) -> Int
    where Bytes.Index == Int {
        let signs = (rank(left), rank(right))
        if signs.0 != signs.1 { return signs.0 - signs.1 }
        switch signs.0 {
        case 1: return compareMagnitude(left, left.startIndex, right, right.startIndex)
        case -1: return compareMagnitude(right, right.startIndex + 1, left, left.startIndex + 1)
        default: return 0
        }
    }

    /// NaN 3, Infinity 2, positive 1, zero 0, negative -1, -Infinity -2.
    private static func rank<Bytes: RandomAccessCollection<UInt8>>(_ bytes: Bytes) -> Int where Bytes.Index == Int {
        guard let first = bytes.first else { return 0 }
        switch first {
        case UInt8(ascii: "N"): return 3
        case UInt8(ascii: "I"): return 2
        case UInt8(ascii: "-"): return bytes.count > 1 && bytes[bytes.startIndex + 1] == UInt8(ascii: "I") ? -2 : -1
        case UInt8(ascii: "0"):
            return bytes.contains { $0 != UInt8(ascii: "0") && $0 != UInt8(ascii: ".") } ? 1 : 0
        default: return 1
        }
    }

    private static func compareMagnitude<Bytes: RandomAccessCollection<UInt8>>(
        _ left: Bytes, _ leftStart: Int, _ right: Bytes, _ rightStart: Int
    ) -> Int where Bytes.Index == Int {
        func wholeEnd(_ bytes: Bytes, _ start: Int) -> Int {
            var index = start
            while index < bytes.endIndex, bytes[index] != UInt8(ascii: ".") { index += 1 }
            return index
        }
        let ends = (wholeEnd(left, leftStart), wholeEnd(right, rightStart))
        let widths = (ends.0 - leftStart, ends.1 - rightStart)
        if widths.0 != widths.1 { return widths.0 - widths.1 }
        var (i, j) = (leftStart, rightStart)
        // The points stand at the same place; beyond the end of the shorter one there are zeros.
        while i < left.endIndex || j < right.endIndex {
            let a = i < left.endIndex ? left[i] : UInt8(ascii: "0")
            let b = j < right.endIndex ? right[j] : UInt8(ascii: "0")
            if a != b, a != UInt8(ascii: "."), b != UInt8(ascii: ".") { return Int(a) - Int(b) }
            i += 1
            j += 1
        }
        return 0
    }
}
