import PostgresTypes
import SQLite

/// `enum_range` and kin, hashes, and advisory locks.
extension FunctionTable {
    mutating func addEnumsAndLocks() {
        typed("enum_first(anyenum)", isStrict: false) { call in
            guard let first = try Self.labels(call).first else { throw Self.isEmpty }
            return .text(first)
        }
        typed("enum_last(anyenum)", isStrict: false) { call in
            guard let last = try Self.labels(call).last else { throw Self.isEmpty }
            return .text(last)
        }
        typed("enum_range(anyenum)", isStrict: false) { .array(try Self.labels($0)) }
        typed("enum_range(anyenum,anyenum)", isStrict: false) { call in
            let labels = try Self.labels(call)
            let start = call.isNull(0) ? 0 : labels.firstIndex(of: call.text(0)) ?? 0
            let end = call.isNull(1) ? labels.count - 1 : labels.firstIndex(of: call.text(1)) ?? labels.count - 1
            return .array(start <= end ? Array(labels[start...end]) : [])
        }
        scalar("hashtext(text)") { call in
            .integer(Int64(Int32(truncatingIfNeeded: call.arguments.withBytes(0) { TextHash.hash($0) })))
        }
        scalar("hashtextextended(text,int8)") { call in
            let seed = UInt64(bitPattern: call.integer(1))
            return .integer(Int64(bitPattern: call.arguments.withBytes(0) { TextHash.extended($0, seed: seed) }))
        }
        addAdvisoryLocks()
    }

    private static let isEmpty = PostgresError("55000", "enum has no values")

    private static func labels(_ call: Invocation) throws -> [String] {
        guard case .enumeration(let type) = try call.type(0) else {
            throw PostgresError("0A000", "could not determine actual enum type")
        }
        return type.labels
    }

    /// One transaction writes at a time, so that whoever runs holds every lock there is.
    private mutating func addAdvisoryLocks() {
        for kind in ["", "_shared"] {
            for arguments in ["int8", "int4,int4"] {
                for scope in ["", "_xact"] {
                    volatile("pg_advisory\(scope)_lock\(kind)(\(arguments))") { _ in .text("") }
                    volatile("pg_try_advisory\(scope)_lock\(kind)(\(arguments))") { _ in .bool(true) }
                }
                volatile("pg_advisory_unlock\(kind)(\(arguments))") { _ in .bool(true) }
            }
        }
        volatile("pg_advisory_unlock_all()") { _ in .text("") }
    }
}

/// PostgreSQL's hash of bytes: Bob Jenkins' lookup3 with its own start.
enum TextHash {
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt32 { words(bytes, seed: 0).last }

    /// 64 bits, of which the lower ones are `hash` where the seed is 0.
    static func extended(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        let (high, low) = words(bytes, seed: seed)
        return UInt64(high) << 32 | UInt64(low)
    }

    private static func words(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> (first: UInt32, last: UInt32) {
        var a = 0x9E37_79B9 &+ UInt32(truncatingIfNeeded: bytes.count) &+ 3_923_095
        var (b, c) = (a, a)
        if seed != 0 {
            a = a &+ UInt32(truncatingIfNeeded: seed >> 32)
            b = b &+ UInt32(truncatingIfNeeded: seed)
            mix(&a, &b, &c)
        }
        var offset = 0
        func word(_ start: Int, _ count: Int = 4) -> UInt32 {
            (0..<max(0, min(count, bytes.count - start))).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32($1 * 8) }
        }
        while bytes.count - offset >= 12 {
            a = a &+ word(offset)
            b = b &+ word(offset + 4)
            c = c &+ word(offset + 8)
            mix(&a, &b, &c)
            offset += 12
        }
        // The lowest byte of the last word is left free for the length.
        let rest = bytes.count - offset
        a = a &+ word(offset)
        if rest > 4 { b = b &+ word(offset + 4) }
        if rest > 8 { c = c &+ word(offset + 8, 3) << 8 }
        finish(&a, &b, &c)
        return (b, c)
    }

    private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 { value << count | value >> (32 - count) }

    private static func mix(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
        a = (a &- c) ^ rotate(c, 4)
        c = c &+ b
        b = (b &- a) ^ rotate(a, 6)
        a = a &+ c
        c = (c &- b) ^ rotate(b, 8)
        b = b &+ a
        a = (a &- c) ^ rotate(c, 16)
        c = c &+ b
        b = (b &- a) ^ rotate(a, 19)
        a = a &+ c
        c = (c &- b) ^ rotate(b, 4)
        b = b &+ a
    }

    private static func finish(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
        c = (c ^ b) &- rotate(b, 14)
        a = (a ^ c) &- rotate(c, 11)
        b = (b ^ a) &- rotate(a, 25)
        c = (c ^ b) &- rotate(b, 16)
        a = (a ^ c) &- rotate(c, 4)
        b = (b ^ a) &- rotate(a, 14)
        c = (c ^ b) &- rotate(b, 24)
    }
}
