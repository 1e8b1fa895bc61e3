import PostgresTypes
import SQLite

/// The hash by which PARTITION BY HASH spreads rows: PostgreSQL's own, so that each row is in the same partition.
struct PartitionHash {
    private static let seed: UInt64 = 0x7A5B_2236_7996_DCFD

    private(set) var value: UInt64 = 0

    /// Whether keys of a type can be hashed here.
    static func supports(_ type: PostgresType) -> Bool {
        switch type {
        case .bool, .int2, .int4, .int8, .oid, .date, .timestamp, .timestamptz, .text, .varchar, .uuid: true
        default: false
        }
    }

    /// Takes in the next column of the key; NULLs do not count.
    mutating func combine(_ key: SQLValue, _ type: PostgresType) {
        guard let hash = Self.hash(key, type) else { return }
        value ^= hash &+ 0x49A0_F4DD_15E5_A8E3 &+ (value << 54) &+ (value >> 7)
    }

    private static func hash(_ key: SQLValue, _ type: PostgresType) -> UInt64? {
        switch (key, type) {
        case (.integer(let number), .int8): hash(number)
        case (.integer(let moment), .timestamp), (.integer(let moment), .timestamptz):
            // PostgreSQL counts from the year 2000.
            hash(Temporal.isInfinite(moment) ? moment : moment - 946_684_800_000_000)
        case (.integer(let day), .date):
            hash(UInt32(bitPattern: Temporal.isInfinite(day) ? Int32(clamping: day) : Int32(day - 10_957)))
        case (.integer(let number), _): hash(UInt32(truncatingIfNeeded: number))
        case (.text(let text), .uuid): hash(Hex.decode(text.utf8.filter { $0 != UInt8(ascii: "-") }) ?? [])
        case (.text(let text), _): hash(Array(text.utf8))
        default: nil
        }
    }

    /// The upper half counts only where it is no mere sign.
    private static func hash(_ number: Int64) -> UInt64 {
        let high = UInt32(truncatingIfNeeded: number >> 32)
        return hash(UInt32(truncatingIfNeeded: number) ^ (number >= 0 ? high : ~high))
    }

    private static func hash(_ word: UInt32) -> UInt64 {
        var state = Lookup3(length: 4, seed: seed)
        state.a &+= word
        return state.finished
    }

    /// PostgreSQL's hash of words that have nothing to do with partitions (`hash_any`).
    static func hash(_ words: [UInt32]) -> UInt32 {
        let bytes = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        return UInt32(truncatingIfNeeded: hash(bytes, seed: nil))
    }

    private static func hash(_ bytes: [UInt8], seed: UInt64? = seed) -> UInt64 {
        var state = Lookup3(length: UInt32(bytes.count), seed: seed)
        var rest = bytes[...]
        func word(_ start: Int, _ width: Int = 4) -> UInt32 {
            (0..<width).reduce(0) { $0 | UInt32(rest[rest.startIndex + start + $1]) << UInt32(8 * $1) }
        }
        while rest.count >= 12 {
            state.a &+= word(0)
            state.b &+= word(4)
            state.c &+= word(8)
            state.mix()
            rest = rest.dropFirst(12)
        }
        state.a &+= word(0, min(4, rest.count))
        if rest.count > 4 { state.b &+= word(4, min(4, rest.count - 4)) }
        // The lowest byte of the third word is the length's.
        if rest.count > 8 { state.c &+= word(8, rest.count - 8) << 8 }
        return state.finished
    }
}

/// Bob Jenkins' hash of 2006, as PostgreSQL seeds it.
private struct Lookup3 {
    var a: UInt32
    var b: UInt32
    var c: UInt32

    init(length: UInt32, seed: UInt64?) {
        let start = 0x9E37_79B9 &+ length &+ 3_923_095
        (a, b, c) = (start, start, start)
        guard let seed else { return }
        (a, b, c) = (start &+ UInt32(seed >> 32), start &+ UInt32(truncatingIfNeeded: seed), start)
        mix()
    }

    private static func turned(_ word: UInt32, _ count: UInt32) -> UInt32 { word << count | word >> (32 - count) }

    mutating func mix() {
        func step(_ x: inout UInt32, _ y: inout UInt32, _ z: UInt32, _ count: UInt32) {
            x &-= y
            x ^= Self.turned(y, count)
            y &+= z
        }
        var (a, b, c) = (a, b, c)
        step(&a, &c, b, 4)
        step(&b, &a, c, 6)
        step(&c, &b, a, 8)
        step(&a, &c, b, 16)
        step(&b, &a, c, 19)
        step(&c, &b, a, 4)
        (self.a, self.b, self.c) = (a, b, c)
    }

    /// Both halves of the end.
    var finished: UInt64 {
        var (a, b, c) = (a, b, c)
        func step(_ x: inout UInt32, _ y: UInt32, _ count: UInt32) {
            x ^= y
            x &-= Self.turned(y, count)
        }
        step(&c, b, 14)
        step(&a, c, 11)
        step(&b, a, 25)
        step(&c, b, 16)
        step(&a, c, 4)
        step(&b, a, 14)
        step(&c, b, 24)
        return UInt64(b) << 32 | UInt64(c)
    }
}

extension FunctionTable {
    mutating func addPartitionHashes() {
        typed("satisfies_hash_partition(oid,int4,int4,any)", isStrict: false) { call in
            guard !(0..<3).contains(where: call.isNull) else { return .bool(false) }
            var hash = PartitionHash()
            for index in 3..<call.count {
                let type = try call.type(index)
                guard PartitionHash.supports(type) else {
                    throw PostgresError.notSupported("PARTITION BY HASH of \(type.displayName())")
                }
                hash.combine(call[index], type)
            }
            return .bool(hash.value % UInt64(max(1, call.integer(1))) == UInt64(max(0, call.integer(2))))
        }
    }
}
