import AltanCloud
import JSONText
import World

extension Tool {
    static let callEndpoint = Tool(
        "call_endpoint",
        title: "Call endpoint",
        description: """
            Sends a real request to a deployed service and returns status, headers, body, how long it took, and the log \
            lines that the request caused. Use it after each deployment for every endpoint: once as intended, once with \
            a mistake. A status of 400 or 500 is an answer like any other; read its body and the log lines.
            """,
        arguments: [
            .cloudID,
            .optional(
                "service_name", .string, alias: "name",
                "The service, where path is below it; not needed when path names it."),
            .optional("method", .string, "GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS; GET when left out."),
            .required(
                "path", .string, alias: "url",
                "Below the service, such as /items/5; or from the root, /services/api/task_service/items/5; or the "
                    + "whole URL. May have a query string."),
            .optional("query", .map(.anything), "Parameters of the query string, added to those in path."),
            .optional("headers", .map(.anyString), "Header fields."),
            .optional("body", .anything, alias: "json", "The body: sent as JSON, or as it is when it is a text."),
            .optional("timeout_seconds", .integer(1...120), "How long to wait for the whole answer; 30 when left out."),
        ],
        output: .record([
            ("status", .integer(100...599)), ("method", .string), ("url", .string), ("headers", .map(.anyString)),
            ("body", .anything), ("body_bytes", .integer(0...Int.max)), ("truncated", .boolean),
            ("duration_ms", .number), ("request_id", .nullable(.string)),
            ("logs", .array(.record([("timestamp", .string), ("message", .anyString)]))),
        ]),
        // The service behind it may do anything, and talk to anybody.
        hints: Hints(readOnly: false, destructive: true, idempotent: false, openWorld: true)
    ) { arguments, context in
        let cloud = try await context.store.cloud(arguments.cloudID)
        let call = try EndpointCall(arguments, baseURL: context.baseURL(cloud.id), run: context.caller.run)
        _ = try await context.store.service(call.service, cloud: cloud.id)
        let start = context.platform.world.clock.monotonic
        let response = try await call.send(to: context.endpoints, cloud: cloud.id)
        let duration = context.platform.world.clock.monotonic - start
        let requestID = response.header("x-altan-request-id")
        let logs =
            requestID == nil
            ? []
            : try await context.platform.logs.lines(
                cloud: cloud.id, service: call.service, tail: 200, requestID: requestID)
        let json: JSON = [
            "status": .integer(response.status), "method": .string(call.request.method),
            "url": .string(call.url(at: context.baseURL(cloud.id))),
            "headers": .object(response.headers.map { JSON.Member($0.name.lowercased(), .string($0.value)) }),
            "body": response.bodyJSON, "body_bytes": .integer(response.body.count),
            "truncated": .bool(response.isCut), "duration_ms": .double(duration.milliseconds),
            "request_id": .optional(requestID),
            "logs": .array(logs.map { ControlPlaneJSON.logLine($0) }),
        ]
        // What a service gives away of its secrets stops here.
        return json.withoutSecrets(context.platform.redactor)
    }
}

/// A request to a service, read from the tool's arguments.
private struct EndpointCall {
    var service: String
    var request: EndpointRequest
    private var timeout: Int

    private static let methods: Set<String> = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
    private static let prefix = "/services/api/"
    /// What an agent can take in. The rest can be had with any HTTP client.
    private static let bodyLimit = 256 << 10

    init(_ arguments: ToolArguments, baseURL: String, run: String?) throws(CloudError) {
        let method = (arguments.optionalText("method") ?? "GET").uppercased()
        guard Self.methods.contains(method) else {
            throw .invalidArguments([.init("method", "must be one of \(Self.methods.sorted().joined(separator: ", "))")]
            )
        }
        let parts = arguments.text("path").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = try Self.path(String(parts[0]), service: arguments.optionalText("service_name"), baseURL: baseURL)
        service = String(path.dropFirst(Self.prefix.count).prefix { $0 != "/" })
        var query = parts.count > 1 ? [String(parts[1])] : []
        for member in arguments.value("query")?.objectValue ?? [] {
            // A list is the parameter several times.
            for value in member.value.arrayValue ?? [member.value] where !value.isNull {
                query.append("\(percentEncoded(member.key))=\(percentEncoded(value.stringValue ?? value.text))")
            }
        }
        var headers = (arguments.value("headers")?.objectValue ?? []).map {
            (name: $0.key.lowercased(), value: $0.value.stringValue ?? "")
        }
        if let run { headers.append(("x-altan-run", run)) }
        var body: [UInt8] = []
        if let content = arguments.value("body") {
            body = content.stringValue.map { Array($0.utf8) } ?? content.bytes
            if content.stringValue == nil, !headers.contains(where: { $0.name == "content-type" }) {
                headers.append(("content-type", "application/json"))
            }
        }
        request = EndpointRequest(
            method: method, path: path, query: query.isEmpty ? nil : query.joined(separator: "&"), headers: headers,
            body: body, bodyLimit: Self.bodyLimit)
        timeout = arguments.integer("timeout_seconds", default: 30)
    }

    /// The path from the root, whichever way it was given.
    private static func path(_ given: String, service: String?, baseURL: String) throws(CloudError) -> String {
        var path = given
        if path.hasPrefix("http://") || path.hasPrefix("https://") {
            guard path.hasPrefix(baseURL + "/") else {
                throw .invalidArguments([.init("path", "is the address of something else than this cloud, \(baseURL)")])
            }
            path = String(path.dropFirst(baseURL.count))
        }
        if !path.hasPrefix("/") { path = "/" + path }
        if path.hasPrefix("/api/") { path = "/services" + path }
        if !path.hasPrefix(prefix) {
            guard let service else {
                throw .invalidArguments([
                    .init("service_name", "is required where path does not start with \(prefix){service_name}")
                ])
            }
            path = prefix + service + path
        }
        let named = path.dropFirst(prefix.count).prefix { $0 != "/" }
        if let service, named != service {
            throw .invalidArguments([.init("path", "is of the service \(named), not of \(service)")])
        }
        return encoded(path)
    }

    /// Characters that no request line takes, encoded; escapes that are there stay.
    private static func encoded(_ path: String) -> String {
        String(
            path.unicodeScalars.flatMap { scalar -> [Character] in
                scalar.isASCII && scalar.value > 0x20 && scalar.value != 0x7F && scalar != "#"
                    ? [Character(scalar)] : Array(percentEncoded(String(scalar)))
            })
    }

    func url(at baseURL: String) -> String { baseURL + request.path + (request.query.map { "?\($0)" } ?? "") }

    /// - Throws: `CloudError` when the answer takes too long.
    func send(to endpoints: any EndpointCalling, cloud: String) async throws -> EndpointResponse {
        try await withThrowingTaskGroup(of: EndpointResponse?.self) { group in
            group.addTask { try await endpoints.send(request, cloud: cloud) }
            group.addTask {
                try await Task.sleep(for: .seconds(timeout))
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let response = first else {
                throw CloudError.endpointTimeout(path: request.path, seconds: timeout)
            }
            return response
        }
    }
}

extension JSON {
    /// Every text with the cloud's secrets taken out; anything else is the service's own business.
    fileprivate func withoutSecrets(_ redactor: Redactor) -> JSON {
        switch self {
        case .string(let text): .string(redactor.redactKnown(text))
        case .array(let items): .array(items.map { $0.withoutSecrets(redactor) })
        case .object(let members):
            .object(
                members.map { JSON.Member(redactor.redactKnown($0.key), $0.value.withoutSecrets(redactor)) })
        default: self
        }
    }
}

extension EndpointResponse {
    /// The body as JSON where it is some, as text where it is that, else null.
    fileprivate var bodyJSON: JSON {
        if body.isEmpty { return .null }
        let type = header("content-type") ?? ""
        if !isCut, type.hasPrefix("application/json") || type.contains("+json"), let json = try? JSON(parsing: body) {
            return json
        }
        if let text = String(validating: body, as: UTF8.self) { return .string(text) }
        return isCut && type.hasPrefix("text/") ? .string(String(decoding: body, as: UTF8.self)) : .null
    }
}

/// Everything escaped that is not plain.
private func percentEncoded(_ text: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    let digits = Array("0123456789ABCDEF".utf8)
    let bytes = text.utf8.flatMap { byte in
        plain.contains(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return String(decoding: bytes, as: UTF8.self)
}
