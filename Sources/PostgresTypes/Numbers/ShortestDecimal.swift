private import Glibc

/// The fewest digits that read back as the same floating point number.
enum ShortestDecimal {
    /// The significant digits of a positive number, and the power of ten of the first one.
    ///
    /// Swift finds the shortest decimal too, but takes one that lies exactly between two numbers if it rounds to the
    /// right one. PostgreSQL never does, and shows more digits then.
    static func digits(of value: Double, isSingle: Bool) -> (digits: [UInt8], exponent: Int) {
        let shortest = isSingle ? parse(Float(value).description) : parse(value.description)
        guard isMidpoint(shortest.digits, shortest.exponent, significandBits: isSingle ? 24 : 53) else {
            return shortest
        }
        for count in (shortest.digits.count + 1)...17 {
            let text = printed(value, format: "%.\(count - 1)e")
            let candidate = parse(text)
            let isSame = isSingle ? Float(text) == Float(value) : strtod(text, nil) == value
            if isSame, !isMidpoint(candidate.digits, candidate.exponent, significandBits: isSingle ? 24 : 53) {
                return candidate
            }
        }
        return shortest
    }

    /// Takes `1.25e-07` or `1250.0` apart.
    private static func parse(_ text: String) -> (digits: [UInt8], exponent: Int) {
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        let bytes = text.utf8
        for (index, byte) in zip(bytes.indices, bytes) {
            if byte.isDigit {
                digits.append(byte)
            } else if byte == UInt8(ascii: ".") {
                point = digits.count
            } else if byte == UInt8(ascii: "e") {
                exponent = Int(Substring(bytes[bytes.index(after: index)...])) ?? 0
                break
            }
        }
        exponent += (point ?? digits.count) - 1
        let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(zeros)
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return (digits, exponent - zeros)
    }

    /// Whether a decimal lies exactly between two neighbouring numbers: it then has one significant bit more than they.
    private static func isMidpoint(_ digits: [UInt8], _ exponent: Int, significandBits: Int) -> Bool {
        var odd = digits.reduce(UInt64(0)) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }
        guard odd != 0 else { return false }
        let power = exponent - digits.count + 1
        odd >>= UInt64(odd.trailingZeroBitCount)
        if power > 0 {
            for _ in 0..<power {
                let (product, overflow) = odd.multipliedReportingOverflow(by: 5)
                if overflow { return false }
                odd = product
            }
        } else {
            for _ in 0..<(-power) {
                guard odd % 5 == 0 else { return false }
                odd /= 5
            }
        }
        return 64 - odd.leadingZeroBitCount == significandBits + 1
    }
}
