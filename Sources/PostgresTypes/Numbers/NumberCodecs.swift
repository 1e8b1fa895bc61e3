private import Glibc
import SQLite

/// `smallint`, `integer`, `bigint`: SQLite integers.
enum IntegerCodec {
    /// Reads an integer as `int4in` does: blanks around it, a sign, digits; overflow is noticed before garbage behind it.
    static func decode<Number: FixedWidthInteger & SignedInteger>(
        _ text: String, as: Number.Type, type: String
    ) throws(PostgresError) -> SQLValue {
        var bytes = text.utf8.makeIterator()
        var next = bytes.next()
        while let byte = next, byte.isBlank { next = bytes.next() }
        var negative = false
        if next == UInt8(ascii: "-") || next == UInt8(ascii: "+") {
            negative = next == UInt8(ascii: "-")
            next = bytes.next()
        }
        guard let first = next, first.isDigit else { throw .invalidSyntax(type, text) }
        // Collected below zero, where there is one number more.
        var value: Number = 0
        while let byte = next, byte.isDigit {
            let (product, tooBig) = value.multipliedReportingOverflow(by: 10)
            let (difference, overflow) = product.subtractingReportingOverflow(Number(byte - UInt8(ascii: "0")))
            guard !tooBig, !overflow else { throw .outOfRange(type, text) }
            value = difference
            next = bytes.next()
        }
        while let byte = next, byte.isBlank { next = bytes.next() }
        guard next == nil else { throw .invalidSyntax(type, text) }
        if negative { return .integer(Int64(value)) }
        guard value != .min else { throw .outOfRange(type, text) }
        return .integer(-Int64(value))
    }

    /// `oid`: unsigned, but as with C's `strtoul` a minus sign counts from the top.
    static func decodeOID(_ text: String) throws(PostgresError) -> SQLValue {
        let bytes = trimmingBlanks(text.utf8)
        let digits = bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes
        guard !digits.isEmpty, digits.allSatisfy(\.isDigit) else { throw .invalidSyntax("oid", text) }
        guard let number = Int64(Substring(digits)) else { throw .outOfRange("oid", text) }
        let isNegative = bytes.first == UInt8(ascii: "-")
        guard number <= (isNegative ? 1 << 31 : Int64(UInt32.max)) else { throw .outOfRange("oid", text) }
        return .integer(isNegative ? Int64(UInt32(truncatingIfNeeded: -number)) : number)
    }
}

/// `boolean`: 0 and 1.
enum BoolCodec {
    static func decode(_ text: String) throws(PostgresError) -> SQLValue {
        let word = trimmingBlanks(text.utf8)
        func abbreviates(_ full: StaticString, from shortest: Int = 1) -> Bool {
            word.count >= shortest && word.count <= full.utf8CodeUnitCount
                && full.withUTF8Buffer { zip(word, $0).allSatisfy { $0.lowered == $1 } }
        }
        if abbreviates("true") || abbreviates("yes") || abbreviates("on", from: 2) || abbreviates("1") {
            return .integer(1)
        }
        if abbreviates("false") || abbreviates("no") || abbreviates("off", from: 2) || abbreviates("0") {
            return .integer(0)
        }
        throw .invalidSyntax("boolean", text)
    }
}

/// `real` and `double precision`: SQLite reals, and the text `NaN`, because SQLite turns that number into NULL.
enum FloatCodec {
    static let storedNaN = SQLValue.text("NaN")

    static func decode(_ text: String, isSingle: Bool) throws(PostgresError) -> SQLValue {
        let type = isSingle ? "real" : "double precision"
        let trimmed = trimmingBlanks(text.utf8)
        guard !trimmed.isEmpty else { throw .invalidSyntax(type, text) }
        let digits = String(Substring(trimmed))
        var consumed = 0
        errno = 0
        let value: Double = digits.withCString { start in
            var end: UnsafeMutablePointer<CChar>?
            let number = isSingle ? Double(strtof(start, &end)) : strtod(start, &end)
            consumed = end.map { UnsafePointer($0) - start } ?? 0
            return number
        }
        if errno == ERANGE, value == 0 || value.isInfinite {
            // Only `real` shows what stands behind the number too.
            let shown = isSingle ? String(text.utf8.drop(while: \.isBlank)) : String(digits.utf8.prefix(consumed))
            throw PostgresError("22003", "\"\(shown ?? digits)\" is out of range for type \(type)")
        }
        guard consumed == digits.utf8.count else { throw .invalidSyntax(type, text) }
        return store(value)
    }

    /// A number as it is stored.
    static func store(_ value: Double) -> SQLValue { value.isNaN ? storedNaN : .real(value) }

    static func number(_ value: SQLValue) -> Double {
        switch value {
        case .real(let number): number
        case .integer(let number): Double(number)
        default: .nan
        }
    }

    /// Appends a number that has at most six decimals, as most have; false for the others. Decimals of up to 15 digits
    /// are further apart than the numbers they are read as: the first one that reads back is the shortest.
    private static func writeShort(_ value: Double, to buffer: inout [UInt8]) -> Bool {
        let magnitude = abs(value)
        guard magnitude >= 1e-4, magnitude < 1e9 else { return false }
        var scale = 10
        for width in 1...6 {
            let digits = (magnitude * Double(scale)).rounded()
            if digits / Double(scale) == magnitude {
                if value < 0 { buffer.append(UInt8(ascii: "-")) }
                let (whole, fraction) = Int(digits).quotientAndRemainder(dividingBy: scale)
                buffer.append(integer: Int64(whole))
                buffer.append(UInt8(ascii: "."))
                buffer.append(padded: fraction, width: width)
                return true
            }
            scale *= 10
        }
        return false
    }

    /// Appends the shortest decimal that reads back as the same number, in Postgres' notation: an exponent of at
    /// least two digits from 1e+15 (`real`: 1e+06) and below 1e-04, no `.0`.
    static func write(_ value: Double, isSingle: Bool, to buffer: inout [UInt8]) {
        guard value.isFinite else {
            return buffer.append(contentsOf: (value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity").utf8)
        }
        if value == value.rounded(), abs(value) < (isSingle ? 1e6 : 1e15) {
            if value == 0, value.sign == .minus { buffer.append(UInt8(ascii: "-")) }
            return buffer.append(integer: Int64(value))
        }
        if !isSingle, writeShort(value, to: &buffer) { return }
        let (digits, exponent) = ShortestDecimal.digits(of: abs(value), isSingle: isSingle)
        if value < 0 { buffer.append(UInt8(ascii: "-")) }
        if exponent < -4 || exponent >= (isSingle ? 6 : 15) {
            buffer.append(digits[0])
            if digits.count > 1 {
                buffer.append(UInt8(ascii: "."))
                buffer.append(contentsOf: digits[1...])
            }
            buffer.append(UInt8(ascii: "e"))
            buffer.append(UInt8(ascii: exponent < 0 ? "-" : "+"))
            buffer.append(padded: abs(exponent), width: 2)
        } else if exponent < 0 {
            buffer.append(ascii: "0.")
            buffer.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: -exponent - 1))
            buffer.append(contentsOf: digits)
        } else {
            let whole = exponent + 1
            buffer.append(contentsOf: digits.prefix(whole))
            if digits.count < whole {
                buffer.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: whole - digits.count))
            } else if digits.count > whole {
                buffer.append(UInt8(ascii: "."))
                buffer.append(contentsOf: digits[whole...])
            }
        }
    }
}
