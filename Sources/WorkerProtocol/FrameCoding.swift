extension Frame {
    /// Appends the frame as it goes over the wire.
    package func write(to buffer: inout [UInt8]) {
        buffer.append(contentsOf: Self.head(self, length: payload.count))
        buffer.append(contentsOf: payload)
    }

    /// The frame as it goes over the wire.
    package var bytes: [UInt8] {
        var buffer: [UInt8] = []
        buffer.reserveCapacity(Frame.headLength + payload.count)
        write(to: &buffer)
        return buffer
    }

    /// The head alone, for a payload of `length` bytes that is written separately.
    package static func head(_ frame: Frame, length: Int) -> [UInt8] {
        var head: [UInt8] = []
        head.reserveCapacity(headLength)
        head.append(littleEndian: UInt32(length))
        head.append(littleEndian: frame.stream)
        head.append(frame.kind.rawValue)
        head.append(frame.flags.rawValue)
        head.append(UInt8(truncatingIfNeeded: frame.auxiliary))
        head.append(UInt8(truncatingIfNeeded: frame.auxiliary >> 8))
        return head
    }
}

/// The head of a frame, without its payload.
package struct FrameHead: Hashable, Sendable {
    package var length: Int
    package var stream: UInt32
    package var kind: Frame.Kind
    package var flags: Frame.Flags
    package var auxiliary: UInt16

    /// Reads 12 bytes.
    package init(_ bytes: UnsafeRawBufferPointer) throws(FrameError) {
        guard bytes.count >= Frame.headLength else { throw .truncated }
        let length = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
        guard length <= Frame.largestPayload else { throw .tooLong(Int(length)) }
        guard let kind = Frame.Kind(rawValue: bytes[8]) else { throw .unknownKind(bytes[8]) }
        self.length = Int(length)
        self.stream = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        self.kind = kind
        self.flags = Frame.Flags(rawValue: bytes[9])
        self.auxiliary = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 10, as: UInt16.self))
    }
}

/// Turns bytes that arrive in pieces of any size into frames.
package struct FrameDecoder: Sendable {
    private var buffer: [UInt8] = []
    private var position = 0

    package init() {}

    /// Takes what arrived.
    package mutating func append(_ bytes: some Sequence<UInt8>) { buffer.append(contentsOf: bytes) }

    /// The next complete frame; nil until more arrives.
    package mutating func next() throws(FrameError) -> Frame? {
        guard buffer.count - position >= Frame.headLength else {
            compact()
            return nil
        }
        let bytes = buffer[position..<(position + Frame.headLength)]
        let head = try bytes.withUnsafeBytes { bytes in
            Result { () throws(FrameError) in try FrameHead(bytes) }
        }.get()
        let start = position + Frame.headLength
        guard buffer.count - start >= head.length else {
            compact()
            return nil
        }
        position = start + head.length
        return Frame(
            head.kind, stream: head.stream, flags: head.flags, auxiliary: head.auxiliary,
            payload: Array(buffer[start..<position]))
    }

    /// Drops what was already handed out.
    private mutating func compact() {
        guard position > 0 else { return }
        buffer.removeFirst(position)
        position = 0
    }
}

/// Bytes that are no frame.
package enum FrameError: Error, Hashable, Sendable {
    case truncated
    case tooLong(Int)
    case unknownKind(UInt8)
    /// The payload is not what its kind promises.
    case malformed(Frame.Kind)
}
