import JSONText
package import SQLite

extension PostgresType {
    /// Appends the value as `to_json` and `row_to_json` print it: numbers bare unless they are NaN or infinite,
    /// `json` and `jsonb` as they are, arrays as arrays, rows as objects, everything else as a string.
    package func writeJSON(_ value: SQLValue, to buffer: inout [UInt8], context: ValueContext) {
        switch value {
        case .null: buffer.append(ascii: "null")
        case .integer(let number): writeJSON(integer: number, to: &buffer, context: context)
        case .real(let number): writeJSON(real: number, to: &buffer)
        case .text(var text):
            text.withUTF8 { writeJSON(text: UnsafeRawBufferPointer($0), to: &buffer, context: context) }
        case .blob(let bytes):
            bytes.withUnsafeBytes { writeJSON(blob: $0, to: &buffer) }
        }
    }

    /// The same, straight from the current row of a statement.
    package func writeJSON(
        column: Int, of statement: Statement, to buffer: inout [UInt8], context: ValueContext
    ) {
        if statement.isNull(column) { return buffer.append(ascii: "null") }
        switch storageClass {
        case .integer: writeJSON(integer: statement.integer(column), to: &buffer, context: context)
        case .text:
            statement.withBytes(column) { writeJSON(text: $0, to: &buffer, context: context) }
        case .blob: statement.withBytes(column) { writeJSON(blob: $0, to: &buffer) }
        case .real, .any: writeJSON(statement.value(column), to: &buffer, context: context)
        }
    }

    private func writeJSON(integer number: Int64, to buffer: inout [UInt8], context: ValueContext) {
        switch self {
        case .bool: buffer.append(ascii: number == 0 ? "false" : "true")
        case .int2, .int4, .int8: buffer.append(integer: number)
        case .float4, .float8: writeJSON(real: Double(number), to: &buffer)
        case .timestamptz:
            buffer.append(UInt8(ascii: "\""))
            Temporal.append(timestamptz: number, isJSON: true, in: context.timeZone, to: &buffer)
            buffer.append(UInt8(ascii: "\""))
        case .timestamp:
            buffer.append(UInt8(ascii: "\""))
            Temporal.append(timestamp: number, isJSON: true, to: &buffer)
            buffer.append(UInt8(ascii: "\""))
        case .date:
            buffer.append(UInt8(ascii: "\""))
            Temporal.append(date: number, to: &buffer)
            buffer.append(UInt8(ascii: "\""))
        case .time:
            buffer.append(UInt8(ascii: "\""))
            Temporal.append(time: number, to: &buffer)
            buffer.append(UInt8(ascii: "\""))
        default: JSON.write(string: encode(.integer(number), context: context), to: &buffer)
        }
    }

    private func writeJSON(real number: Double, to buffer: inout [UInt8]) {
        let quote = !number.isFinite
        if quote { buffer.append(UInt8(ascii: "\"")) }
        FloatCodec.write(number, isSingle: self == .float4, to: &buffer)
        if quote { buffer.append(UInt8(ascii: "\"")) }
    }

    private func writeJSON(text bytes: UnsafeRawBufferPointer, to buffer: inout [UInt8], context: ValueContext) {
        switch self {
        case .json, .jsonb: buffer.append(contentsOf: bytes)
        case .numeric:
            // NaN and the infinities are no JSON numbers.
            let isNumber = bytes.last?.isDigit ?? false
            if !isNumber { buffer.append(UInt8(ascii: "\"")) }
            buffer.append(contentsOf: bytes)
            if !isNumber { buffer.append(UInt8(ascii: "\"")) }
        case .uuid:
            buffer.append(UInt8(ascii: "\""))
            buffer.append(contentsOf: bytes)
            buffer.append(UInt8(ascii: "\""))
        case .array(let element):
            // What is stored is what is printed, wherever an element's storage is its JSON form.
            if element.storesItsJSON, bytes.first != UInt8(ascii: "{") { return buffer.append(contentsOf: bytes) }
            let array = ArrayValue(stored: String(decoding: bytes, as: UTF8.self), element: element)
            ArrayCodec.writeJSON(array, element: element, to: &buffer, context: context)
        case .composite(let type):
            let row = RowValue(stored: String(decoding: bytes, as: UTF8.self), type: type)
            RowCodec.writeJSON(row, type, to: &buffer, context: context)
        case .systemVector(let element):
            let array = ArrayValue(stored: String(decoding: bytes, as: UTF8.self), element: element)
            ArrayCodec.writeJSON(array, element: element, to: &buffer, context: context)
        case .range(let kind) where kind.element == .timestamptz,
            .multirange(let kind) where kind.element == .timestamptz:
            let stored = SQLValue.text(String(decoding: bytes, as: UTF8.self))
            JSON.write(string: encode(stored, context: context), to: &buffer)
        case .float4, .float8: writeJSON(real: .nan, to: &buffer)
        case .hstore:
            // Its cast to json is used.
            buffer.append(UInt8(ascii: "{"))
            for (index, pair) in HStore(stored: String(decoding: bytes, as: UTF8.self)).pairs.enumerated() {
                if index > 0 { buffer.append(ascii: ", ") }
                JSON.write(string: pair.key, to: &buffer)
                buffer.append(ascii: ": ")
                if let value = pair.value {
                    JSON.write(string: value, to: &buffer)
                } else {
                    buffer.append(ascii: "null")
                }
            }
            buffer.append(UInt8(ascii: "}"))
        default: JSON.write(stringBytes: bytes, to: &buffer)
        }
    }

    private func writeJSON(blob bytes: UnsafeRawBufferPointer, to buffer: inout [UInt8]) {
        // The hex form's backslash has to be escaped in JSON.
        buffer.append(ascii: "\"\\")
        ByteaCodec.write(bytes, to: &buffer)
        buffer.append(UInt8(ascii: "\""))
    }

    /// Whether an element inside a stored array already looks as JSON output wants it.
    private var storesItsJSON: Bool {
        switch self {
        case .int2, .int4, .int8, .text, .varchar, .bpchar, .citext, .name, .uuid, .enumeration, .xml, .inet, .cidr,
            .macaddr, .bit, .varbit, .tsvector, .tsquery, .interval, .timetz, .bytea:
            true
        default: false
        }
    }
}
