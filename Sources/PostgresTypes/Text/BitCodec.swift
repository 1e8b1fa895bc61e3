/// `bit` and `bit varying`: kept as their digits.
enum BitCodec {
    /// Reads binary digits, or hexadecimal ones behind an `x`.
    static func decode(_ text: String) throws(PostgresError) -> String {
        let first = text.utf8.first?.lowered
        let isHexadecimal = first == UInt8(ascii: "x")
        let digits =
            isHexadecimal || first == UInt8(ascii: "b") ? text.unicodeScalars.dropFirst() : text.unicodeScalars[...]
        var result = ""
        for digit in digits {
            if isHexadecimal {
                guard let value = Character(digit).hexDigitValue, digit.isASCII else {
                    throw PostgresError("22P02", "\"\(digit)\" is not a valid hexadecimal digit")
                }
                let bits = String(value, radix: 2)
                result += String(repeating: "0", count: 4 - bits.utf8.count) + bits
            } else {
                guard digit == "0" || digit == "1" else {
                    throw PostgresError("22P02", "\"\(digit)\" is not a valid binary digit")
                }
                result.unicodeScalars.append(digit)
            }
        }
        return result
    }

    /// The length coercion: `bit(n)` must fit exactly, and an explicit cast fills and cuts on the right.
    static func limit(_ bits: String, to length: Int, isVarying: Bool, isExplicit: Bool) throws(PostgresError) -> String
    {
        let count = bits.utf8.count
        if count == length || (isVarying && count < length) { return bits }
        guard isExplicit else {
            throw isVarying
                ? PostgresError("22001", "bit string too long for type bit varying(\(length))")
                : PostgresError("22026", "bit string length \(count) does not match type bit(\(length))")
        }
        return count > length ? String(bits.prefix(length)) : bits + String(repeating: "0", count: length - count)
    }
}
