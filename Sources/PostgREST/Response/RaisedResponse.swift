import JSONText
import PostgresTypes

/// `RAISE SQLSTATE 'PGRST'`: a function writes the whole error response itself, its body in the message and its status
/// and headers in the detail.
enum RaisedResponse {
    private static let messageHint =
        "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'."
    private static let detailHint =
        "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'."

    static func response(of error: PostgresError) -> RestResponse {
        guard let body = try? JSON(parsing: error.message), body.objectValue != nil,
            let code = body["code"]?.stringValue, let message = body["message"]?.stringValue
        else {
            return RestError.badRaise("Invalid JSON value for MESSAGE: '\(error.message)'", hint: messageHint).response
        }
        guard let detail = error.detail else {
            return RestError.badRaise("DETAIL is missing in the RAISE statement", hint: detailHint).response
        }
        guard let options = try? JSON(parsing: detail), let status = options["status"]?.intValue,
            let headers = options["headers"]?.objectValue
        else {
            return RestError.badRaise("Invalid JSON value for DETAIL: '\(detail)'", hint: detailHint).response
        }
        let document = JSON.object([
            .init("code", .string(code)), .init("details", body["details"] ?? .null),
            .init("hint", body["hint"] ?? .null), .init("message", .string(message)),
        ])
        var answer = RestResponse(
            status: Int(status),
            headers: [
                ("Content-Type", "application/json; charset=utf-8"), ("Proxy-Status", "PostgREST; error=\(code)"),
            ], body: document.bytes)
        answer.reason = options["status_text"]?.stringValue
        for header in headers {
            answer.headers.removeAll { $0.name.lowercased() == header.key.lowercased() }
            answer.headers.append((header.key, header.value.stringValue ?? header.value.text))
        }
        return answer
    }
}
