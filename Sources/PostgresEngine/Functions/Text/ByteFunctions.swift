import PostgresTypes
import SQLite

/// Single bytes and bits of a bytea.
extension FunctionTable {
    mutating func addBytes() {
        scalar("get_byte(bytea,int4)") { call in
            let bytes = Self.bytes(call, 0)
            return .integer(Int64(bytes[try Self.index(call.integer(1), count: bytes.count)]))
        }
        scalar("set_byte(bytea,int4,int4)") { call in
            var bytes = Self.bytes(call, 0)
            bytes[try Self.index(call.integer(1), count: bytes.count)] = UInt8(truncatingIfNeeded: call.integer(2))
            return .blob(bytes)
        }
        scalar("get_bit(bytea,int8)") { call in
            let bytes = Self.bytes(call, 0)
            let bit = try Self.index(call.integer(1), count: bytes.count * 8)
            return .integer(Int64(bytes[bit / 8] >> UInt8(bit % 8) & 1))
        }
        scalar("set_bit(bytea,int8,int4)") { call in
            var bytes = Self.bytes(call, 0)
            let bit = try Self.index(call.integer(1), count: bytes.count * 8)
            let mask = UInt8(1) << UInt8(bit % 8)
            switch call.integer(2) {
            case 0: bytes[bit / 8] &= ~mask
            case 1: bytes[bit / 8] |= mask
            default: throw PostgresError("22023", "new bit must be 0 or 1")
            }
            return .blob(bytes)
        }
        scalar("bit_count(bytea)") { call in
            .integer(Self.bytes(call, 0).reduce(0) { $0 + Int64($1.nonzeroBitCount) })
        }
        scalar("position(bytea,bytea)") { call in
            let (text, part) = (Self.bytes(call, 0), Self.bytes(call, 1))
            guard part.count <= text.count else { return .integer(0) }
            let place = (0...text.count - part.count).first { text[$0..<$0 + part.count].elementsEqual(part) }
            return .integer(place.map { Int64($0) + 1 } ?? 0)
        }
        scalar("overlay(bytea,bytea,int4)") { call in
            try Self.overlay(call, count: Int64(Self.bytes(call, 1).count))
        }
        scalar("overlay(bytea,bytea,int4,int4)") { try Self.overlay($0, count: $0.integer(3)) }
    }

    private static func index(_ value: Int64, count: Int) throws -> Int {
        guard (0..<Int64(count)).contains(value) else {
            throw PostgresError("2202E", "index \(value) out of valid range, 0..\(count - 1)")
        }
        return Int(value)
    }

    /// What stands before the place, the new bytes, and what stands after the replaced ones, as `substring` finds them.
    private static func overlay(_ call: Invocation, count: Int64) throws -> SQLValue {
        let (bytes, new, start) = (Self.bytes(call, 0), Self.bytes(call, 1), call.integer(2))
        guard start > 0 else { throw PostgresError("22011", "negative substring length not allowed") }
        let end = start + count
        guard Int64(Int32.min)...Int64(Int32.max) ~= end else { throw IntegerWidth.int4.overflow }
        let rest = bytes.dropFirst(max(0, Int(end) - 1))
        return .blob(bytes.prefix(Int(start) - 1) + new + rest)
    }
}
