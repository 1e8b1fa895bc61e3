import JSONText
import SQLite

/// Composite types: `(1,"a b",)`.
enum RowCodec {
    static func decode(_ text: String, _ type: CompositeType, context: ValueContext) throws(PostgresError) -> SQLValue {
        var values: [SQLValue] = []
        try readFields(of: text, count: type.fields.count) { index, text throws(PostgresError) in
            guard let text else { return values.append(.null) }
            let field = type.fields[index]
            values.append(try field.type.decode(text: text, modifier: field.modifier, context: context))
        }
        return RowValue(values).stored
    }

    /// A JSON object gives fields by name, what it lacks is NULL; a string is read as a row literal.
    static func decode(_ json: JSON, _ type: CompositeType, context: ValueContext) throws(PostgresError) -> SQLValue {
        switch json {
        case .object:
            var values: [SQLValue] = []
            for field in type.fields {
                let value = json[field.name] ?? .null
                values.append(try field.type.decode(json: value, modifier: field.modifier, context: context))
            }
            return RowValue(values).stored
        case .string(let text): return try decode(text, type, context: context)
        case .array: throw PostgresError("22023", "cannot call populate_composite on an array")
        default: throw PostgresError("22023", "cannot call populate_composite on a scalar")
        }
    }

    /// Takes a row literal apart and hands on each field (nil is NULL) before it looks at the next one.
    private static func readFields(
        of text: String, count: Int, _ body: (Int, String?) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        let bytes = Array(text.utf8)
        var position = 0
        while position < bytes.count, bytes[position].isBlank { position += 1 }
        guard position < bytes.count, bytes[position] == UInt8(ascii: "(") else {
            throw .malformedRecord(text, "Missing left parenthesis.")
        }
        position += 1
        for index in 0..<count {
            if index > 0 {
                guard position < bytes.count, bytes[position] == UInt8(ascii: ",") else {
                    throw .malformedRecord(text, "Too few columns.")
                }
                position += 1
            }
            if position < bytes.count, bytes[position] == UInt8(ascii: ",") || bytes[position] == UInt8(ascii: ")") {
                try body(index, nil)
                continue
            }
            var field: [UInt8] = []
            var isQuoted = false
            scan: while true {
                guard position < bytes.count else { throw .malformedRecord(text, "Unexpected end of input.") }
                let byte = bytes[position]
                position += 1
                switch byte {
                case UInt8(ascii: "\\"):
                    guard position < bytes.count else { throw .malformedRecord(text, "Unexpected end of input.") }
                    field.append(bytes[position])
                    position += 1
                case UInt8(ascii: "\""):
                    // Two quotes inside quotes are one.
                    if isQuoted, position < bytes.count, bytes[position] == byte {
                        field.append(byte)
                        position += 1
                    } else {
                        isQuoted.toggle()
                    }
                case UInt8(ascii: ","), UInt8(ascii: ")"):
                    if !isQuoted {
                        position -= 1
                        break scan
                    }
                    field.append(byte)
                default: field.append(byte)
                }
            }
            try body(index, String(decoding: field, as: UTF8.self))
        }
        guard position < bytes.count, bytes[position] == UInt8(ascii: ")") else {
            throw .malformedRecord(text, "Too many columns.")
        }
        position += 1
        while position < bytes.count, bytes[position].isBlank { position += 1 }
        guard position == bytes.count else { throw .malformedRecord(text, "Junk after right parenthesis.") }
    }

    static func write(_ row: RowValue, _ type: CompositeType, to buffer: inout [UInt8], context: ValueContext) {
        buffer.append(UInt8(ascii: "("))
        for (index, (field, value)) in zip(type.fields, row.fields).enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            if !value.isNull { write(field: field.type.encode(value, context: context), to: &buffer) }
        }
        buffer.append(UInt8(ascii: ")"))
    }

    /// Appends a field in quotes where the text form needs them; quotes and backslashes are doubled.
    static func write(field text: String, to buffer: inout [UInt8]) {
        let needsQuotes =
            text.isEmpty
            || text.utf8.contains {
                $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "(")
                    || $0 == UInt8(ascii: ")") || $0 == UInt8(ascii: ",") || $0.isBlank
            }
        guard needsQuotes else { return buffer.append(contentsOf: text.utf8) }
        buffer.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { buffer.append(byte) }
            buffer.append(byte)
        }
        buffer.append(UInt8(ascii: "\""))
    }

    static func writeJSON(_ row: RowValue, _ type: CompositeType, to buffer: inout [UInt8], context: ValueContext) {
        buffer.append(UInt8(ascii: "{"))
        for (index, (field, value)) in zip(type.fields, row.fields).enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            JSON.write(string: field.name, to: &buffer)
            buffer.append(UInt8(ascii: ":"))
            field.type.writeJSON(value, to: &buffer, context: context)
        }
        buffer.append(UInt8(ascii: "}"))
    }

    /// Field by field; NULLs equal each other and stand last.
    static func compare(_ left: RowValue, _ right: RowValue, _ type: CompositeType) -> Int {
        for (index, (a, b)) in zip(left.fields, right.fields).enumerated() {
            if a.isNull || b.isNull {
                if a.isNull && b.isNull { continue }
                return a.isNull ? 1 : -1
            }
            let result = type.fields[index].type.compare(a, b)
            if result != 0 { return result }
        }
        return 0
    }
}
