import Testing

@testable import WorkerProtocol

@Suite struct HeadTests {
    @Test(arguments: [
        ("/services/api/a", "/services/api/a"),
        ("/a%20b", "/a b"),
        ("/%C3%BC", "/ü"),
        ("/%ff", "/\u{FFFD}"),
        ("/100%", "/100%"),
        ("/%2", "/%2"),
        ("/%zz", "/%zz"),
        ("/%252F", "/%2F"),
    ])
    func pathsAreDecodedOnce(raw: String, path: String) {
        #expect(percentDecoded(raw) == path)
    }

    @Test func theHeadIsMarshalledForPython() {
        let head = RequestHead(
            requestID: "r", method: "GET", rawPath: "/%41", query: "q", rootPath: "", headers: [.init("A", "b")],
            client: .init(host: "h", port: 258), server: nil)
        func text(_ value: String) -> [UInt8] { [0x75, UInt8(value.utf8.count), 0, 0, 0] + Array(value.utf8) }
        func bytes(_ value: String) -> [UInt8] { [0x73, UInt8(value.utf8.count), 0, 0, 0] + Array(value.utf8) }
        var expected: [UInt8] = [0x28, 11, 0, 0, 0]
        expected += text("r") + text("1.1") + text("GET") + text("http") + text("/A") + bytes("/%41") + bytes("q")
        expected += text("") + [0x5B, 1, 0, 0, 0, 0x28, 2, 0, 0, 0] + bytes("a") + bytes("b")
        expected += [0x28, 2, 0, 0, 0] + text("h") + [0x69, 2, 1, 0, 0] + [0x4E]
        #expect(head.payload == [UInt8(expected.count), 0, 0, 0] + expected)
    }

    private func read(_ payload: [UInt8]) throws -> ResponseFields {
        try payload.withUnsafeBytes { try ResponseFields($0) }
    }

    @Test func responseFieldsAreReadBack() throws {
        let marshalled: [UInt8] =
            [0x5B, 1, 0, 0, 0, 0x28, 2, 0, 0, 0, 0x73, 1, 0, 0, 0, 0x61, 0x73, 2, 0, 0, 0, 0x62, 0x63]
        let payload = [UInt8(marshalled.count), 0, 0, 0] + marshalled + Array("body".utf8)
        let fields = try read(payload)
        #expect(fields.headers == [HeaderField("a", "bc")])
        #expect(payload[fields.bodyStart...].elementsEqual("body".utf8))
    }

    @Test func everyTruncationOfResponseFieldsIsRefused() {
        let marshalled: [UInt8] =
            [0x5B, 1, 0, 0, 0, 0x28, 2, 0, 0, 0, 0x73, 1, 0, 0, 0, 0x61, 0x73, 2, 0, 0, 0, 0x62, 0x63]
        for length in 0..<marshalled.count {
            let payload = [UInt8(length), 0, 0, 0] + marshalled.prefix(length)
            #expect(throws: FrameError.malformed(.response), "\(length) bytes") { try read(payload) }
        }
    }
}
