/// Writing numbers into a byte buffer by hand: the hot path of result rows allocates no `String`.
extension [UInt8] {
    mutating func append(ascii text: StaticString) {
        text.withUTF8Buffer { self.append(contentsOf: $0) }
    }

    /// `number` in decimal.
    mutating func append(integer number: Int64) {
        guard number < 0 || number > 9 else { return append(UInt8(ascii: "0") + UInt8(number)) }
        if number < 0 { append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        var width = 1
        var bound: UInt64 = 10
        while width < 19, rest >= bound {
            width += 1
            bound &*= 10
        }
        if width == 19, rest >= 10_000_000_000_000_000_000 { width = 20 }
        let start = count
        append(contentsOf: repeatElement(0, count: width))
        withUnsafeMutableBufferPointer { buffer in
            var index = start + width
            while index > start {
                index -= 1
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                buffer[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
                rest = quotient
            }
        }
    }

    /// `number` (not negative) in decimal, filled with zeros on the left up to `width` digits.
    mutating func append(padded number: Int, width: Int) {
        if width == 2, number < 100 {
            append(UInt8(ascii: "0") + UInt8(number / 10))
            append(UInt8(ascii: "0") + UInt8(number % 10))
            return
        }
        var digits = 1
        var bound = 10
        while digits < 18, number >= bound {
            digits += 1
            bound *= 10
        }
        if digits < width { append(contentsOf: repeatElement(UInt8(ascii: "0"), count: width - digits)) }
        append(integer: Int64(number))
    }

    /// A fraction of a second, `.5` for 500000 µs: no trailing zeros, nothing at all for 0.
    mutating func append(fraction microseconds: Int) {
        guard microseconds != 0 else { return }
        append(UInt8(ascii: "."))
        append(padded: microseconds, width: 6)
        while last == UInt8(ascii: "0") { removeLast() }
    }
}

/// The text that `write` puts into a buffer.
func text(_ write: (inout [UInt8]) -> Void) -> String {
    var buffer: [UInt8] = []
    write(&buffer)
    return String(decoding: buffer, as: UTF8.self)
}

extension UInt8 {
    /// What C's `isspace` accepts in the C locale.
    var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
    var isDigit: Bool { UInt8(ascii: "0") <= self && self <= UInt8(ascii: "9") }
    var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
    /// An ASCII capital as its small letter, anything else as it is.
    var lowered: UInt8 { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self }

    /// The value of a hexadecimal digit.
    var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// Bytes without the blanks at both ends.
func trimmingBlanks<Bytes: BidirectionalCollection<UInt8>>(_ bytes: Bytes) -> Bytes.SubSequence {
    var start = bytes.startIndex
    var end = bytes.endIndex
    while start < end, bytes[start].isBlank { start = bytes.index(after: start) }
    while end > start {
        let before = bytes.index(before: end)
        guard bytes[before].isBlank else { break }
        end = before
    }
    return bytes[start..<end]
}

/// Whether `bytes` spell `word` (in small letters), whatever their case.
func matches(_ bytes: some Collection<UInt8>, _ word: StaticString) -> Bool {
    word.withUTF8Buffer { expected in
        bytes.count == expected.count && zip(bytes, expected).allSatisfy { $0.lowered == $1 }
    }
}

let lowerHexDigits: [UInt8] = Array("0123456789abcdef".utf8)
