extension JSON {
    /// Compact JSON: no blanks, members in their order.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Compact JSON as UTF-8.
    package var bytes: [UInt8] {
        var buffer: [UInt8] = []
        write(to: &buffer)
        return buffer
    }

    /// Appends compact JSON to `buffer`.
    package func write(to buffer: inout [UInt8]) {
        switch self {
        case .null: buffer.append(contentsOf: "null".utf8)
        case .bool(let value): buffer.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let digits): buffer.append(contentsOf: digits.utf8)
        case .string(let text): JSON.write(string: text, to: &buffer)
        case .array(let items):
            buffer.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                item.write(to: &buffer)
            }
            buffer.append(UInt8(ascii: "]"))
        case .object(let members):
            buffer.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                JSON.write(string: member.key, to: &buffer)
                buffer.append(UInt8(ascii: ":"))
                member.value.write(to: &buffer)
            }
            buffer.append(UInt8(ascii: "}"))
        }
    }

    /// JSON with two blanks of indentation, for people.
    package var prettyText: String {
        var text = ""
        writePretty(to: &text, indentation: "")
        return text
    }

    private func writePretty(to text: inout String, indentation: String) {
        let inner = indentation + "  "
        switch self {
        case .array(let items) where !items.isEmpty:
            text += "[\n"
            for (index, item) in items.enumerated() {
                text += (index > 0 ? ",\n" : "") + inner
                item.writePretty(to: &text, indentation: inner)
            }
            text += "\n\(indentation)]"
        case .object(let members) where !members.isEmpty:
            text += "{\n"
            for (index, member) in members.enumerated() {
                text += (index > 0 ? ",\n" : "") + inner + JSON.string(member.key).text + ": "
                member.value.writePretty(to: &text, indentation: inner)
            }
            text += "\n\(indentation)}"
        default: text += self.text
        }
    }

    /// Appends `text` as a JSON string with its quotes; escapes what RFC 8259 requires and nothing else,
    /// as Postgres' `to_json` does.
    package static func write(string text: String, to buffer: inout [UInt8]) {
        var text = text
        text.withUTF8 { write(stringBytes: UnsafeRawBufferPointer($0), to: &buffer) }
    }

    /// As `write(string:to:)`, from UTF-8 bytes.
    package static func write(stringBytes bytes: UnsafeRawBufferPointer, to buffer: inout [UInt8]) {
        buffer.append(UInt8(ascii: "\""))
        var start = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            guard byte < 0x20 || byte == 0x22 || byte == 0x5C else { continue }
            // Slices are copied byte by byte, buffers at once.
            buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            start = index + 1
            switch byte {
            case 0x22: buffer.append(contentsOf: [0x5C, 0x22])
            case 0x5C: buffer.append(contentsOf: [0x5C, 0x5C])
            case 8: buffer.append(contentsOf: "\\b".utf8)
            case 9: buffer.append(contentsOf: "\\t".utf8)
            case 10: buffer.append(contentsOf: "\\n".utf8)
            case 12: buffer.append(contentsOf: "\\f".utf8)
            case 13: buffer.append(contentsOf: "\\r".utf8)
            default:
                let digits = Array("0123456789abcdef".utf8)
                buffer.append(contentsOf: "\\u00".utf8)
                buffer.append(digits[Int(byte >> 4)])
                buffer.append(digits[Int(byte & 15)])
            }
        }
        buffer.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start...]))
        buffer.append(UInt8(ascii: "\""))
    }
}
