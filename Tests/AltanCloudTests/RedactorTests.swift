import AltanCloud
import JSONText
import Testing

@Suite struct RedactorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var expected: String
        var testDescription: String { text }
    }

    @Test(arguments: [
        Case(text: "nothing here", expected: "nothing here"),
        Case(text: "key=p@ss \"word\";", expected: "key=[secret PASSWORD];"),
        Case(text: #"{"k":"p@ss \"word\""}"#, expected: #"{"k":"[secret PASSWORD]"}"#),
        Case(text: "?k=p%40ss%20%22word%22&x", expected: "?k=[secret PASSWORD]&x"),
        Case(text: "twice: abcdefabcdef", expected: "twice: [secret SIX][secret SIX]"),
        Case(text: "abcdefgh longer wins", expected: "[secret EIGHT] longer wins"),
        Case(text: "short stays: abc", expected: "short stays: abc"),
        Case(text: "MIIEvQIBADANBgkqhkiG9w0", expected: "[secret PEM]"),
        Case(text: "(sk_live_0123456789ABCDEF)", expected: "([redacted])"),
        Case(text: "use sk_test_0123456789 now", expected: "use [redacted] now"),
        Case(text: "Authorization: Bearer 0123456789ABCDEFGH", expected: "Authorization: Bearer [redacted]"),
        Case(text: "Bearer token missing", expected: "Bearer token missing"),
        Case(text: "task_live_0123456789", expected: "task_live_0123456789"),
        Case(text: "sk-learn is a library", expected: "sk-learn is a library"),
    ])
    func secretsAreTakenOutOfTexts(test: Case) {
        let redactor = Redactor()
        redactor.learn(SecretValue("p@ss \"word\""), named: "PASSWORD")
        redactor.learn(SecretValue("abcdef"), named: "SIX")
        redactor.learn(SecretValue("abcdefgh"), named: "EIGHT")
        redactor.learn(SecretValue("abc"), named: "THREE")
        redactor.learn(SecretValue("-----BEGIN\nMIIEvQIBADANBgkqhkiG9w0\n"), named: "PEM")
        #expect(redactor.redact(test.text) == test.expected)
    }

    @Test func shortValuesGoByTheirMembersName() {
        let document: JSON = [
            "meta_data": ["provided_secrets": ["PIN": "12"]], "secret": ["key": "PIN", "value": "12"], "value": "12",
            "Authorization": "x",
        ]
        #expect(
            Redactor().redact(document) == [
                "meta_data": ["provided_secrets": ["PIN": "[redacted]"]],
                "secret": ["key": "PIN", "value": "[redacted]"], "value": "12", "Authorization": "[redacted]",
            ])
    }
}
