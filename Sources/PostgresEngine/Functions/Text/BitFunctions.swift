import PostgresTypes
import SQLite

/// Bit strings, which are stored as their digits.
extension FunctionTable {
    mutating func addBits() {
        let comparisons: [(String, Comparison)] = [
            ("eq", .equal), ("ne", .notEqual), ("lt", .less), ("le", .lessOrEqual), ("gt", .greater),
            ("ge", .greaterOrEqual),
        ]
        for type in ["bit", "varbit"] {
            for (suffix, comparison) in comparisons { self.comparison("\(type)\(suffix)(\(type),\(type))", comparison) }
        }
        addBitLogic()
        addBitParts()
        for (width, bits) in [(IntegerWidth.int4, 32), (.int8, 64)] {
            scalar("\(width.rawValue)(bit)") { call in
                let digits = call.bits(0)
                guard digits.count <= bits else { throw width.overflow }
                let value = digits.reduce(UInt64(0)) { $0 << 1 | UInt64($1 & 1) }
                return .integer(bits == 32 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value))
            }
            // The lowest bits; a longer string repeats the sign in front.
            scalar("bit(\(width.rawValue),int4)") { call in
                let value = call.integer(0)
                let length = max(Int(call.integer(1)), 1)
                return .bits((0..<length).reversed().map { UInt8(ascii: "0") + UInt8(value >> min($0, 63) & 1) })
            }
        }
    }

    private mutating func addBitLogic() {
        let operators: [(String, String, @Sendable (UInt8, UInt8) -> UInt8)] = [
            ("and", "AND", { $0 & $1 }), ("or", "OR", { $0 | $1 }), ("xor", "XOR", { $0 ^ $1 | UInt8(ascii: "0") }),
        ]
        for (name, verb, body) in operators {
            scalar("bit\(name)(bit,bit)") { call in
                let (a, b) = (call.bits(0), call.bits(1))
                guard a.count == b.count else {
                    throw PostgresError("22026", "cannot \(verb) bit strings of different sizes")
                }
                return .bits(zip(a, b).map(body))
            }
        }
        scalar("bitnot(bit)") { .bits($0.bits(0).map { $0 ^ 1 }) }
        scalar("bitcat(varbit,varbit)") { .bits($0.bits(0) + $0.bits(1)) }
        for (name, sign) in [("left", 1), ("right", -1)] {
            scalar("bitshift\(name)(bit,int4)") { call in
                let bits = call.bits(0)
                let shift = min(max(Int(call.integer(1)) * sign, -bits.count), bits.count)
                let zeros = Array(repeating: UInt8(ascii: "0"), count: abs(shift))
                let kept = Array(shift >= 0 ? bits.dropFirst(shift) : bits.dropLast(-shift))
                return .bits(shift >= 0 ? kept + zeros : zeros + kept)
            }
        }
    }

    private mutating func addBitParts() {
        scalar("length(bit)", "bit_length(bit)") { .integer(Int64($0.bits(0).count)) }
        scalar("octet_length(bit)") { .integer(Int64(($0.bits(0).count + 7) / 8)) }
        scalar("bit_count(bit)") { .integer(Int64($0.bits(0).count { $0 == UInt8(ascii: "1") })) }
        scalar("position(bit,bit)") { call in
            let (bits, wanted) = (call.bits(0), call.bits(1))
            guard !bits.isEmpty, wanted.count <= bits.count else { return .integer(0) }
            let found = (0...(bits.count - wanted.count)).first { bits[$0...].starts(with: wanted) }
            return .integer(Int64((found ?? -1) + 1))
        }
        scalar("substring(bit,int4)") { .bits(try Self.part($0.bits(0), from: $0.integer(1), count: nil)) }
        scalar("substring(bit,int4,int4)") { call in
            .bits(try Self.part(call.bits(0), from: call.integer(1), count: call.integer(2)))
        }
        scalar("overlay(bit,bit,int4)") { call in
            .bits(try Self.overlay(call, count: Int64(call.bits(1).count)))
        }
        scalar("overlay(bit,bit,int4,int4)") { .bits(try Self.overlay($0, count: $0.integer(3))) }
        scalar("get_bit(bit,int4)") { call in
            .integer(Int64(call.bits(0)[try Self.index(call)] & 1))
        }
        scalar("set_bit(bit,int4,int4)") { call in
            var bits = call.bits(0)
            let index = try Self.index(call)
            guard call.integer(2) == 0 || call.integer(2) == 1 else {
                throw PostgresError("22023", "new bit must be 0 or 1")
            }
            bits[index] = UInt8(ascii: "0") + UInt8(call.integer(2))
            return .bits(bits)
        }
    }

    /// `substring`, whose start may lie before the string.
    private static func part(_ bits: [UInt8], from start: Int64, count: Int64?) throws -> [UInt8] {
        if let count, count < 0 { throw PostgresError("22011", "negative substring length not allowed") }
        let first = max(start, 1)
        let end = min(count.map { start + $0 } ?? .max, Int64(bits.count) + 1)
        return first < end ? Array(bits[Int(first - 1)..<Int(end - 1)]) : []
    }

    private static func overlay(_ call: Invocation, count: Int64) throws -> [UInt8] {
        let start = call.integer(2)
        guard start > 0 else { throw PostgresError("22011", "negative substring length not allowed") }
        let rest = start + count
        guard Int64(Int32.min)...Int64(Int32.max) ~= rest else { throw IntegerWidth.int4.overflow }
        let bits = call.bits(0)
        return try part(bits, from: 1, count: start - 1) + call.bits(1) + part(bits, from: rest, count: nil)
    }

    /// The second argument as a place in the first.
    private static func index(_ call: Invocation) throws -> Int {
        let count = call.bits(0).count
        guard 0..<Int64(count) ~= call.integer(1) else {
            throw PostgresError("2202E", "bit index \(call.integer(1)) out of valid range (0..\(count - 1))")
        }
        return Int(call.integer(1))
    }
}

extension Invocation {
    fileprivate func bits(_ index: Int) -> [UInt8] { Array(text(index).utf8) }
}

extension SQLValue {
    fileprivate static func bits(_ digits: some Swift.Sequence<UInt8>) -> SQLValue {
        .text(String(decoding: Array(digits), as: UTF8.self))
    }
}
