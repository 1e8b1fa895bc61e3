import JSONText
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        "null", "true", "[]", "{}", "[1,2.50,-0.1e+5]", #"{"a":1,"a":2,"b":[{"c":null}]}"#, #""\"\\\n\u0001é😀""#,
        "12345678901234567890.10",
    ])
    func whatIsReadIsWrittenBack(text: String) throws {
        #expect(try JSON(parsing: text).text == text)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "01", "1.", "+1", "tru", "\"\\x\"", "\"\\ud800\"", "[1] 2", "\"a\nb\"", "nul",
        String(repeating: "[", count: 100_000),
    ])
    func whatIsNotJSONIsRefused(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: text) }
    }

    @Test func escapesAreDecoded() throws {
        #expect(try JSON(parsing: #""\u00e9\ud83d\ude00\/""#) == .string("é😀/"))
    }

    @Test func theLastDuplicateIsTheValue() throws {
        #expect(try JSON(parsing: #"{"a":1,"a":2}"#)["a"] == 2)
    }
}
