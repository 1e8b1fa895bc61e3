/// Reads numbers and runs of bytes, front to back.
struct ByteFields<Bytes: RandomAccessCollection<UInt8>> {
    private var rest: Bytes.SubSequence

    init(_ bytes: Bytes) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func uint32() -> UInt32? {
        guard rest.count >= 4 else { return nil }
        var value: UInt32 = 0
        for (index, byte) in rest.prefix(4).enumerated() { value |= UInt32(byte) << (8 * UInt32(index)) }
        rest = rest.dropFirst(4)
        return value
    }

    mutating func bytes(_ count: Int) -> Bytes.SubSequence? {
        guard count >= 0, rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func remaining() -> Bytes.SubSequence { rest }
}

extension [UInt8] {
    mutating func append(littleEndian value: UInt32) {
        for shift in stride(from: UInt32(0), to: 32, by: 8) { append(UInt8(truncatingIfNeeded: value >> shift)) }
    }
}
