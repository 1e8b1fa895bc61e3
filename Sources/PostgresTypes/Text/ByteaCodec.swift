import SQLite

/// `bytea`: a blob. Reads the hex form (`\x00ff`) and the old escape form, writes hex.
package enum ByteaCodec {
    static func decode(_ text: String) throws(PostgresError) -> SQLValue {
        let bytes = Array(text.utf8)
        guard bytes.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "x")]) else { return .blob(try unescaped(bytes)) }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count / 2)
        var index = 2
        while index < bytes.count {
            if bytes[index] == 0x20 || bytes[index] == 0x0A || bytes[index] == 0x09 || bytes[index] == 0x0D {
                index += 1
                continue
            }
            let high = try digit(bytes, index)
            guard index + 1 < bytes.count else {
                throw PostgresError("22023", "invalid hexadecimal data: odd number of digits")
            }
            result.append(high << 4 | (try digit(bytes, index + 1)))
            index += 2
        }
        return .blob(result)
    }

    private static func digit(_ bytes: [UInt8], _ index: Int) throws(PostgresError) -> UInt8 {
        if let value = bytes[index].hexDigit { return value }
        // The whole character, which may be longer than this byte.
        let rest = String(decoding: bytes[index...].prefix(4), as: UTF8.self)
        throw PostgresError(
            "22023", "invalid hexadecimal digit: \"\(rest.unicodeScalars.first.map(String.init) ?? "")\"")
    }

    /// Reads backslashes: doubled, or before three octal digits.
    package static func unescaped(_ bytes: [UInt8]) throws(PostgresError) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\") else {
                result.append(bytes[index])
                index += 1
                continue
            }
            if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "\\") {
                result.append(UInt8(ascii: "\\"))
                index += 2
            } else if index + 3 < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "3")).contains(bytes[index + 1]),
                bytes[(index + 2)...(index + 3)].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) })
            {
                result.append((bytes[index + 1] & 7) << 6 | (bytes[index + 2] & 7) << 3 | (bytes[index + 3] & 7))
                index += 4
            } else {
                throw PostgresError("22P02", "invalid input syntax for type bytea")
            }
        }
        return result
    }

    /// Appends `\x` and the digits.
    static func write(_ bytes: some Sequence<UInt8>, to buffer: inout [UInt8]) {
        buffer.append(ascii: "\\x")
        for byte in bytes {
            buffer.append(lowerHexDigits[Int(byte >> 4)])
            buffer.append(lowerHexDigits[Int(byte & 15)])
        }
    }
}
