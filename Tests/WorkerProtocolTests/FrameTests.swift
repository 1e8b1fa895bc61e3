import Testing

@testable import WorkerProtocol

@Suite struct FrameTests {
    static let frames: [Frame] = [
        Frame(.ping),
        Frame(.request, stream: 7, flags: .more, payload: Array("head and body".utf8)),
        Frame(.response, stream: 0xFFFF_FFFF, auxiliary: 503, payload: [0, 1, 2, 255]),
        Frame(.log, flags: .standardError, auxiliary: 3, payload: Array("abcline".utf8)),
        Frame(.body, stream: 1, payload: [UInt8](repeating: 9, count: 300)),
    ]

    @Test func framesSurviveEverySplit() throws {
        let wire = Self.frames.flatMap(\.bytes)
        for split in 0...wire.count {
            var decoder = FrameDecoder()
            var decoded: [Frame] = []
            for piece in [wire[..<split], wire[split...]] {
                decoder.append(piece)
                while let frame = try decoder.next() { decoded.append(frame) }
            }
            #expect(decoded == Self.frames, "split at \(split)")
        }
    }

    @Test func framesSurviveArrivingByteByByte() throws {
        var decoder = FrameDecoder()
        var decoded: [Frame] = []
        for byte in Self.frames.flatMap(\.bytes) {
            decoder.append([byte])
            while let frame = try decoder.next() { decoded.append(frame) }
        }
        #expect(decoded == Self.frames)
    }

    @Test func theHeadIsLittleEndian() {
        let frame = Frame(.response, stream: 0x0102_0304, flags: .more, auxiliary: 0x0194, payload: [9])
        #expect(frame.bytes == [1, 0, 0, 0, 4, 3, 2, 1, 16, 1, 0x94, 1, 9])
    }

    @Test func anUnknownKindIsRefused() {
        var decoder = FrameDecoder()
        decoder.append([0, 0, 0, 0, 0, 0, 0, 0, 99, 0, 0, 0])
        #expect(throws: FrameError.unknownKind(99)) { try decoder.next() }
    }

    @Test func aPayloadBeyondTheLimitIsRefusedBeforeItArrives() {
        var decoder = FrameDecoder()
        decoder.append([255, 255, 255, 255, 0, 0, 0, 0, 3, 0, 0, 0])
        #expect(throws: FrameError.tooLong(0xFFFF_FFFF)) { try decoder.next() }
    }
}
