import SQLite

/// `text` and its kin: kept as written.
enum TextCodec {
    static func decode(_ text: String) throws(PostgresError) -> SQLValue {
        if text.utf8.contains(0) { throw .zeroByte }
        return .text(text)
    }

    /// `name`: cut after 63 bytes, never inside a character.
    static func decodeName(_ text: String) throws(PostgresError) -> SQLValue {
        guard text.utf8.count > 63 else { return try decode(text) }
        var end = text.utf8.index(text.utf8.startIndex, offsetBy: 63)
        while text.utf8[end] & 0xC0 == 0x80 { end = text.utf8.index(before: end) }
        return try decode(String(text[..<end]))
    }

    /// `"char"`: one byte; a backslash and three octal digits stand for a byte above 127.
    static func decodeCharacter(_ text: String) throws(PostgresError) -> SQLValue {
        let bytes = Array(text.utf8)
        var byte = bytes.first ?? 0
        if bytes.count == 4, byte == UInt8(ascii: "\\"),
            bytes[1...].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) })
        {
            byte = (bytes[1] & 7) << 6 | (bytes[2] & 7) << 3 | (bytes[3] & 7)
        }
        guard byte != 0 else { return .text("") }
        guard byte < 0x80 else { return .text("\\" + String(Int(byte), radix: 8)) }
        return .text(String(UnicodeScalar(byte)))
    }

    /// The length coercion of `character varying(n)`: blanks beyond n are cut silently, other characters are cut
    /// by an explicit cast and an error otherwise.
    static func limit(_ text: String, to length: Int, type: String, isExplicit: Bool) throws(PostgresError) -> String {
        guard text.utf8.count > length, text.unicodeScalars.count > length else { return text }
        let scalars = text.unicodeScalars
        let end = scalars.index(scalars.startIndex, offsetBy: length)
        if !isExplicit, !scalars[end...].allSatisfy({ $0 == " " }) { throw .tooLong("\(type)(\(length))") }
        return String(scalars[..<end])
    }

    /// The length coercion of `character(n)`: as `limit`, then filled with blanks.
    static func pad(_ text: String, to length: Int, isExplicit: Bool) throws(PostgresError) -> String {
        let text = try limit(text, to: length, type: "character", isExplicit: isExplicit)
        let missing = length - text.unicodeScalars.count
        return missing > 0 ? text + String(repeating: " ", count: missing) : text
    }
}

/// `uuid`: 36 characters in small letters, whose byte order is Postgres' order.
enum UUIDCodec {
    static func decode(_ text: String) throws(PostgresError) -> SQLValue {
        var bytes = text.utf8[...]
        if bytes.first == UInt8(ascii: "{") {
            guard bytes.last == UInt8(ascii: "}") else { throw .invalidSyntax("uuid", text) }
            bytes = bytes.dropFirst().dropLast()
        }
        var digits = 0
        var result: [UInt8] = []
        result.reserveCapacity(36)
        var afterDash = false
        for byte in bytes {
            if byte == UInt8(ascii: "-") {
                // A dash may follow every second byte, so every fourth digit, and only between digits.
                guard digits > 0, digits % 4 == 0, digits < 32, !afterDash else { throw .invalidSyntax("uuid", text) }
                afterDash = true
                continue
            }
            guard byte.hexDigit != nil, digits < 32 else { throw .invalidSyntax("uuid", text) }
            if digits == 8 || digits == 12 || digits == 16 || digits == 20 { result.append(UInt8(ascii: "-")) }
            result.append(byte.lowered)
            digits += 1
            afterDash = false
        }
        guard digits == 32 else { throw .invalidSyntax("uuid", text) }
        return .text(String(decoding: result, as: UTF8.self))
    }
}

/// An enum's label, as text.
enum EnumCodec {
    static func decode(_ text: String, _ type: EnumType, context: ValueContext) throws(PostgresError) -> SQLValue {
        guard type.labels.contains(text) else {
            let name = context.objects?.name(type.id.oid, .regtype) ?? quotedIdentifier(type.name)
            throw PostgresError("22P02", "invalid input value for enum \(name): \"\(text)\"")
        }
        return .text(text)
    }
}

/// An identifier as Postgres prints it in messages: in double quotes unless it is plain lower case.
/// Keywords are not known here; no sane type bears the name of one.
func quotedIdentifier(_ name: String) -> String {
    let bytes = name.utf8
    let isPlain =
        bytes.first.map { ($0.isLetter && $0 == $0.lowered) || $0 == UInt8(ascii: "_") } ?? false
        && bytes.allSatisfy { ($0.isLetter && $0 == $0.lowered) || $0.isDigit || $0 == UInt8(ascii: "_") }
    guard !isPlain else { return name }
    var quoted = "\""
    for character in name.unicodeScalars {
        if character == "\"" { quoted += "\"" }
        quoted.unicodeScalars.append(character)
    }
    return quoted + "\""
}
