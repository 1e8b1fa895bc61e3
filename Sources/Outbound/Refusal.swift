import JSONText
import NIOCore

/// An answer in the place of one that there is none for, worded so that every SDK hands the reason on: in the JSON that
/// most read, in the XML that S3's clients read, and in the reason phrase for those that show nothing else.
package struct Refusal: Error, Sendable {
    package var status: Int
    package var code: String
    package var message: String
    /// The short form, for the reason phrase.
    package var phrase: String
    package var origin: OutboundAnswer.Origin

    /// Nobody answers for the host. 421 is what no SDK tries again.
    package static func offline(_ call: OutboundCall, nearest: [String] = []) -> Refusal {
        let recorded =
            nearest.isEmpty ? "" : " The cassette has: " + nearest.prefix(5).joined(separator: "; ") + "."
        return Refusal(
            status: 421, code: "offline_mode",
            message: "offline: nothing answers for \(call.host) (\(call.method) \(call.path)).\(recorded) "
                + "Fix: add a stand-in as seed/thirdparty/\(call.host).py, replay a recording, or allow the host with "
                + "\"thirdparty\": {\"allow\": [\"\(call.host)\"]} in emulator.json.",
            phrase: "Offline: nothing answers for \(call.host)", origin: .refused)
    }

    /// The host may be reached, but not by this protocol.
    static func webSocket(_ call: OutboundCall) -> Refusal {
        Refusal(
            status: 501, code: "websocket_not_supported",
            message: "WebSockets are answered by stand-ins only: \(call.host)\(call.path) has none. Fix: add "
                + "seed/thirdparty/\(call.host).py with a router that has a websocket route.",
            phrase: "WebSockets are answered by stand-ins only", origin: .refused)
    }

    /// The stand-in could not be imported, or does not answer. Not a 5xx, which SDKs try again for minutes.
    package static func broken(_ standIn: StandIn, _ reason: String) -> Refusal {
        Refusal(
            status: 424, code: "stand_in_failed",
            message: "the stand-in for \(standIn.name) (\(standIn.origin.description)) cannot answer: \(reason)",
            phrase: "The stand-in for \(standIn.name) failed", origin: .failed)
    }

    /// The network, which was allowed, did not bring an answer.
    static func unreachable(_ call: OutboundCall, _ reason: String) -> Refusal {
        Refusal(
            status: 424, code: "unreachable", message: "\(call.host) is allowed, but could not be reached: \(reason)",
            phrase: "\(call.host) could not be reached", origin: .failed)
    }

    package static func tooLarge(limit: Int) -> Refusal {
        Refusal(
            status: 413, code: "body_too_large",
            message: "the emulator takes outbound bodies of up to \(limit / 1_048_576) MB.",
            phrase: "Content Too Large", origin: .refused)
    }

    /// The answer to a call. S3 speaks XML, and so do others whom S3's clients sign their calls for.
    package func answer(to call: OutboundCall) -> OutboundAnswer {
        let speaksXML =
            call.host.hasSuffix(".amazonaws.com") && call.host.contains("s3")
            || call.header("authorization")?.contains("/s3/aws4_request") == true
        let text = speaksXML ? xml : json.text
        return OutboundAnswer(
            status: status, reason: phrase,
            headers: [
                ("content-type", speaksXML ? "application/xml" : "application/json"), ("x-should-retry", "false"),
                ("stripe-should-retry", "false"), ("x-altan-offline", code),
            ], body: .whole(ByteBuffer(string: call.method == "HEAD" ? "" : text)), origin: origin)
    }

    private var json: JSON {
        [
            "error": ["type": "invalid_request_error", "code": .string(code), "message": .string(message)],
            "code": .string(code), "message": .string(message), "detail": .string(message),
            "errors": [["message": .string(message)]],
        ]
    }

    private var xml: String {
        let escaped = message.map { character -> String in
            switch character {
            case "<": "&lt;"
            case ">": "&gt;"
            case "&": "&amp;"
            default: String(character)
            }
        }.joined()
        return
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>OfflineMode</Code><Message>\(escaped)</Message></Error>"
    }
}
