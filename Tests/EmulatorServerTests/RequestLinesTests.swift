import NIOCore
import Testing

@testable import EmulatorServer

@Suite struct RequestLinesTests {
    private static let opening =
        "GET /talk?a=1 HTTP/1.1\r\nHost: api.acme.test\r\nUpgrade: WebSocket\r\nX-Altan-Cloud: mine\r\nA:b: c\r\n\r\n"

    @Test func aHeadIsReadUpToItsEmptyLine() throws {
        let lines = try #require(RequestLines(ByteBuffer(string: Self.opening + "\u{1}more")))
        #expect(lines.method == "GET")
        #expect(lines.target == "/talk?a=1")
        #expect(lines.header("host") == "api.acme.test")
        #expect(lines.header("a") == "b: c")
        #expect(lines.opensWebSocket)
        #expect(lines.length == Self.opening.utf8.count)
    }

    @Test(arguments: ["", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r"])
    func aHeadThatIsNotCompleteIsNone(text: String) {
        #expect(RequestLines(ByteBuffer(string: text)) == nil)
    }

    @Test(arguments: ["POST / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n", "\r\n\r\n"])
    func otherRequestsOpenNone(text: String) throws {
        #expect(try #require(RequestLines(ByteBuffer(string: text))).opensWebSocket == false)
    }

    @Test func whatTheEmulatorSaysStandsInThePlaceOfWhatACallerSaid() throws {
        let lines = try #require(RequestLines(ByteBuffer(string: Self.opening)))
        let bytes = String(buffer: lines.bytes(adding: [("x-altan-cloud", "yours")]))
        #expect(
            bytes
                == "GET /talk?a=1 HTTP/1.1\r\nHost: api.acme.test\r\nUpgrade: WebSocket\r\nA: b: c\r\nx-altan-cloud: yours\r\n\r\n"
        )
    }
}
