import JSONText
import PostgresTypes
import SQLite

/// Rows in one JSON text, for `json_each`: a bare value each for one column, an array each for several. JSON carries
/// integers and text as they are; reals and blobs travel as text.
enum PackedRows {
    static func pack(_ rows: [[SQLValue]]) -> SQLValue {
        var buffer: [UInt8] = [UInt8(ascii: "[")]
        for (index, row) in rows.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            if row.count == 1 {
                write(row[0], to: &buffer)
                continue
            }
            buffer.append(UInt8(ascii: "["))
            for (column, value) in row.enumerated() {
                if column > 0 { buffer.append(UInt8(ascii: ",")) }
                write(value, to: &buffer)
            }
            buffer.append(UInt8(ascii: "]"))
        }
        buffer.append(UInt8(ascii: "]"))
        return .text(String(decoding: buffer, as: UTF8.self))
    }

    private static func write(_ value: SQLValue, to buffer: inout [UInt8]) {
        switch value {
        case .null: buffer.append(contentsOf: "null".utf8)
        case .integer(let number): buffer.append(contentsOf: String(number).utf8)
        case .real(let number): JSON.write(string: number.description, to: &buffer)
        case .text(let text): JSON.write(string: text, to: &buffer)
        case .blob(let bytes): JSON.write(string: Hex.encode(bytes), to: &buffer)
        }
    }

    static func unpackReal(_ value: SQLValue) -> SQLValue {
        guard case .text(let text) = value else { return value }
        return .float(Double(text) ?? .nan)
    }

    static func unpackBlob(_ value: SQLValue) -> SQLValue {
        guard case .text(let text) = value else { return value }
        return .blob(Hex.decode(text.utf8) ?? [])
    }

    /// The rows in a packed text, in its own terms: reals and blobs still as text.
    static func unpack(_ text: String) -> [SQLValue] {
        guard case .array(let items) = try? JSON(parsing: text) else { return [] }
        return items.map(value)
    }

    /// As `unpack`, for rows of several columns.
    static func unpackRows(_ text: String) -> [[SQLValue]] {
        guard case .array(let items) = try? JSON(parsing: text) else { return [] }
        return items.map { ($0.arrayValue ?? []).map(value) }
    }

    static func value(_ json: JSON) -> SQLValue {
        switch json {
        case .number(let digits): Int64(digits).map(SQLValue.integer) ?? .text(digits)
        case .string(let text): .text(text)
        case .bool(let value): .bool(value)
        case .null, .array, .object: .null
        }
    }
}

/// Two hexadecimal digits for each byte.
enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    static func encode(_ bytes: some Swift.Sequence<UInt8>) -> String {
        var result: [UInt8] = []
        for byte in bytes {
            result.append(digits[Int(byte >> 4)])
            result.append(digits[Int(byte & 15)])
        }
        return String(decoding: result, as: UTF8.self)
    }

    static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 97...102: digit - 87
        case 65...70: digit - 55
        default: nil
        }
    }

    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 2 == 0 else { return nil }
        var result: [UInt8] = []
        var high: UInt8?
        for byte in text {
            guard let value = value(byte) else { return nil }
            if let first = high {
                result.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return result
    }
}
