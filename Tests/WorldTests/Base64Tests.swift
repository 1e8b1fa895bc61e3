import Testing

@testable import World

@Suite struct Base64Tests {
    private static let samples: [[UInt8]] = [
        [], [0], [1, 2], [1, 2, 3], [255, 254, 253, 252], Array("ü€ >>??".utf8),
    ]

    @Test(arguments: samples)
    func everyFormIsReadBack(bytes: [UInt8]) {
        #expect(Base64.decode(Base64.encode(bytes).utf8) == bytes)
        #expect(Base64.decode(Base64.encodeForURL(bytes).utf8) == bytes)
        #expect(Base64.decodeStrictly(Base64.encode(bytes).utf8) == bytes)
    }

    @Test func alphabetsAndPaddingAreThoseOfTheStandard() {
        #expect(Base64.encode(Array("a".utf8)) == "YQ==")
        #expect(Base64.encode([251, 255]) == "+/8=")
        #expect(Base64.encodeForURL([251, 255]) == "-_8")
    }

    @Test(arguments: ["a", "aaaaa", "Y Q=", "YQ\n", "Yß=="])
    func whatIsNoneIsNotRead(text: String) { #expect(Base64.decode(text.utf8) == nil) }

    @Test(arguments: ["ab==c", "====", "YR==", "YQ", "-_8="])
    func strictlyIsOnlyWhatEncodingMakes(text: String) { #expect(Base64.decodeStrictly(text.utf8) == nil) }
}
