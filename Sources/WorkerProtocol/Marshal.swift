/// The few forms of CPython's `marshal` format that the heads of requests and responses need.
///
/// The worker gets a request's head as finished Python objects from one C call (`marshal.loads`), and gives a
/// response's header fields with one (`marshal.dumps(fields, 1)`). Format 1 knows no back references; its forms are
/// read by every Python 3.
enum Marshal {
    static let none = UInt8(ascii: "N")
    static let bytes = UInt8(ascii: "s")
    static let unicode = UInt8(ascii: "u")
    static let tuple = UInt8(ascii: "(")
    static let list = UInt8(ascii: "[")
    static let integer = UInt8(ascii: "i")
}

/// Writes marshalled objects.
struct MarshalWriter {
    private(set) var buffer: [UInt8]

    /// - Parameter capacity: about how many bytes will be written.
    init(capacity: Int = 0) {
        buffer = []
        buffer.reserveCapacity(capacity)
    }

    /// Sets the `u32` at an offset, written before what it counts.
    mutating func patch(_ value: UInt32, at offset: Int) {
        for index in 0..<4 { buffer[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index))) }
    }

    mutating func uint32(_ value: UInt32) { buffer.append(littleEndian: value) }

    mutating func tuple(count: Int) { open(Marshal.tuple, count) }
    mutating func list(count: Int) { open(Marshal.list, count) }
    mutating func bytes(_ value: some Collection<UInt8>) {
        open(Marshal.bytes, value.count)
        buffer.append(contentsOf: value)
    }
    /// The bytes of an ASCII name in lower case.
    mutating func lowercased(_ name: String) {
        open(Marshal.bytes, name.utf8.count)
        for byte in name.utf8 {
            buffer.append(byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte)
        }
    }
    mutating func text(_ value: String) {
        open(Marshal.unicode, value.utf8.count)
        buffer.append(contentsOf: value.utf8)
    }
    mutating func integer(_ value: Int32) {
        buffer.append(Marshal.integer)
        buffer.append(littleEndian: UInt32(bitPattern: value))
    }
    mutating func none() { buffer.append(Marshal.none) }

    private mutating func open(_ form: UInt8, _ count: Int) {
        buffer.append(form)
        buffer.append(littleEndian: UInt32(count))
    }
}
