import PostgresTypes
import SQLite
import World

extension FunctionTable {
    mutating func addCrypto() {
        scalar("md5(text)", "md5(bytea)") { .text(Hex.encode(Digest.md5.hash(Self.bytes($0, 0)))) }
        for digest in [Digest.sha224, .sha256, .sha384, .sha512] {
            scalar("\(digest.rawValue)(bytea)") { .blob(digest.hash(Self.bytes($0, 0))) }
        }
        scalar("digest(text,text)", "digest(bytea,text)") { call in
            .blob(try Self.digest(call.text(1)).hash(Self.bytes(call, 0)))
        }
        scalar("hmac(text,text,text)", "hmac(bytea,bytea,text)") { call in
            .blob(try Self.digest(call.text(2)).authenticate(Self.bytes(call, 0), key: Self.bytes(call, 1)))
        }
        volatile("gen_random_uuid()", "uuid_generate_v4()") { .text(try $0.context.world.uuid()) }
        volatile("uuid_generate_v1()", "uuid_generate_v1mc()") { call in
            .text(try Self.timeBased(call.context.world))
        }
        volatile("gen_random_bytes(int4)") { call in
            guard (1...1024).contains(call.integer(0)) else {
                throw PostgresError("39000", "Length not in range")
            }
            return .blob(try call.context.world.entropy.bytes(Int(call.integer(0))))
        }
        native("uuid_nil()") { _ in "'00000000-0000-0000-0000-000000000000'" }
        native("uuid_ns_dns()") { _ in "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'" }
        native("uuid_ns_url()") { _ in "'6ba7b811-9dad-11d1-80b4-00c04fd430c8'" }
        native("uuid_ns_oid()") { _ in "'6ba7b812-9dad-11d1-80b4-00c04fd430c8'" }
        native("uuid_ns_x500()") { _ in "'6ba7b814-9dad-11d1-80b4-00c04fd430c8'" }
        for (name, digest, version) in [("uuid_generate_v3", Digest.md5, 0x30), ("uuid_generate_v5", .sha1, 0x50)] {
            scalar("\(name)(uuid,text)") { call in
                let space = Hex.decode(call.text(0).utf8.filter { $0 != UInt8(ascii: "-") }) ?? []
                var bytes = Array(digest.hash(space + Array(call.text(1).utf8)).prefix(16))
                bytes[6] = bytes[6] & 0x0F | UInt8(version)
                bytes[8] = bytes[8] & 0x3F | 0x80
                return try PostgresType.uuid.decode(text: Hex.encode(bytes), context: call.context.valueContext)
            }
        }
        addEncodings()
    }

    /// A UUID of version 1: the clock's time since the calendar's reform, in tenths of microseconds, and a node that is no
    /// machine's.
    private static func timeBased(_ world: World) -> String {
        let random = world.entropy.bytes(10)
        let reform: Int64 = 122_192_928_000_000_000
        let ticks = UInt64(bitPattern: world.now.microseconds * 10 + reform + Int64(random[0] % 10))
        var bytes = [UInt8](repeating: 0, count: 16)
        for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: ticks >> UInt64(24 - 8 * index)) }
        for index in 0..<2 { bytes[4 + index] = UInt8(truncatingIfNeeded: ticks >> UInt64(40 - 8 * index)) }
        for index in 0..<2 { bytes[6 + index] = UInt8(truncatingIfNeeded: ticks >> UInt64(56 - 8 * index)) }
        bytes.replaceSubrange(8..<16, with: random[2...])
        bytes[6] = bytes[6] & 0x0F | 0x10
        bytes[8] = bytes[8] & 0x3F | 0x80
        bytes[10] |= 1
        let text = Hex.encode(bytes)
        var parts: [Substring] = []
        var rest = text[...]
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return parts.joined(separator: "-")
    }

    private static func digest(_ name: String) throws -> Digest {
        guard let digest = Digest(rawValue: name.lowercased()) else {
            throw PostgresError("22023", "Cannot use \"\(name)\": No such hash algorithm")
        }
        return digest
    }

    // MARK: encode, decode

    private mutating func addEncodings() {
        scalar("encode(bytea,text)") { call in
            let bytes = Self.bytes(call, 0)
            switch call.text(1).lowercased() {
            case "hex": return .text(Hex.encode(bytes))
            case "base64": return .text(Base64.encode(bytes))
            case "escape": return .text(Self.escaped(bytes))
            default: throw PostgresError("22023", "unrecognized encoding: \"\(call.text(1))\"")
            }
        }
        scalar("decode(text,text)") { call in
            switch call.text(1).lowercased() {
            case "hex": return .blob(try Self.hexDecoded(call.text(0)))
            case "base64": return .blob(try Base64.decode(call.text(0)))
            case "escape": return .blob(try ByteaCodec.unescaped(Array(call.text(0).utf8)))
            default: throw PostgresError("22023", "unrecognized encoding: \"\(call.text(1))\"")
            }
        }
        scalar("convert_from(bytea,name)") { call in
            let bytes = Self.bytes(call, 0)
            guard ["utf8", "utf-8", "sql_ascii"].contains(call.text(1).lowercased()) else {
                throw PostgresError.notSupported("encoding \(call.text(1))")
            }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw PostgresError("22021", "invalid byte sequence for encoding \"UTF8\"")
            }
            return .text(text)
        }
        scalar("convert_to(text,name)") { call in
            guard ["utf8", "utf-8"].contains(call.text(1).lowercased()) else {
                throw PostgresError.notSupported("encoding \(call.text(1))")
            }
            return .blob(Self.bytes(call, 0))
        }
        scalar("byteacat(bytea,bytea)") { .blob(Self.bytes($0, 0) + Self.bytes($0, 1)) }
        addBytes()
    }

    private static func hexDecoded(_ text: String) throws -> [UInt8] {
        var digits: [UInt8] = []
        for scalar in text.unicodeScalars {
            if [" ", "\n", "\t", "\r"].contains(scalar) { continue }
            guard scalar.isASCII, let value = Hex.value(UInt8(scalar.value)) else {
                throw PostgresError("22023", "invalid hexadecimal digit: \"\(scalar)\"")
            }
            digits.append(value)
        }
        guard digits.count % 2 == 0 else {
            throw PostgresError("22023", "invalid hexadecimal data: odd number of digits")
        }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private static func escaped(_ bytes: [UInt8]) -> String {
        var result = ""
        for byte in bytes {
            if byte == 0 || byte >= 0x80 {
                let octal = String(byte, radix: 8)
                result += "\\" + String(repeating: "0", count: 3 - octal.count) + octal
            } else if byte == UInt8(ascii: "\\") {
                result += "\\\\"
            } else {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return result
    }
}

/// Base 64 as Postgres prints it: lines of 76 characters.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        var column = 0
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            var bits = part.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            bits <<= UInt32(8 * (3 - part.count))
            for index in 0..<4 {
                let isPadding = index > part.count
                result.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(bits >> UInt32(18 - 6 * index)) & 63])
            }
            column += 4
            if column == 76 && start + 3 < bytes.count {
                result.append(UInt8(ascii: "\n"))
                column = 0
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    static func decode(_ text: String) throws -> [UInt8] {
        var result: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        var padding = 0
        for scalar in text.unicodeScalars {
            if [" ", "\n", "\t", "\r"].contains(scalar) { continue }
            var value = 0
            if scalar == "=" {
                guard count == 2 && padding == 0 || count == 3 else {
                    throw PostgresError("22023", "unexpected \"=\" while decoding base64 sequence")
                }
                padding += 1
            } else {
                guard padding == 0, scalar.isASCII, let index = alphabet.firstIndex(of: UInt8(scalar.value)) else {
                    throw PostgresError("22023", "invalid symbol \"\(scalar)\" found while decoding base64 sequence")
                }
                value = index
            }
            bits = bits << 6 | UInt32(value)
            count += 1
            guard count == 4 else { continue }
            for index in 0..<(3 - padding) { result.append(UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * index))) }
            (bits, count) = (0, 0)
        }
        guard count == 0 else {
            throw PostgresError(
                "22023", "invalid base64 end sequence",
                hint: "Input data is missing padding, is truncated, or is otherwise corrupted.")
        }
        return result
    }
}
