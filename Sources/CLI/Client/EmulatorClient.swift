import EmulatorServer
import JSONText
import NIOCore

/// Speaks to an emulator: over HTTP to one that runs, directly to one in this process.
struct EmulatorClient: Sendable {
    enum Transport: Sendable {
        case http(HTTPConnection)
        case inProcess(Emulator)
    }

    private let transport: Transport

    init(_ transport: Transport) { self.transport = transport }

    /// - Parameter target: path and query.
    func send(
        _ method: String, _ target: String, headers: [(name: String, value: String)] = [], body: JSON? = nil
    ) async throws -> Reply {
        var headers = headers
        if body != nil { headers.append(("content-type", "application/json")) }
        return try await send(method, target, headers: headers, bytes: body?.bytes ?? [])
    }

    /// Sends any body as it is.
    func send(
        _ method: String, _ target: String, headers: [(name: String, value: String)], bytes: [UInt8]
    ) async throws -> Reply {
        var headers = headers
        if let token = ProcessEnvironment.variables["ALTAN_API_KEY"], !token.isEmpty {
            headers.append(("x-altan-key", token))
        }
        switch transport {
        case .http(let connection):
            return try await connection.send(method, target, headers: headers, body: bytes.isEmpty ? nil : bytes)
        case .inProcess(let emulator):
            let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
            let response = await emulator.respond(
                FrontRequest(
                    method: method, path: parts[0], query: parts.count > 1 ? parts[1] : nil, headers: headers,
                    body: .bytes(bytes)))
            return Reply(
                status: response.status, headers: response.headers.map { ($0.name.lowercased(), $0.value) },
                bytes: response.bytes)
        }
    }

    /// Whether the emulator was opened for this command alone, and so began a run of its own.
    var isInProcess: Bool { if case .inProcess = transport { true } else { false } }

    /// A success as it was answered.
    /// - Throws: `CommandFailure.refused` for anything else.
    func success(_ method: String, _ target: String) async throws -> Reply {
        let reply = try await send(method, target)
        guard reply.isSuccess else {
            throw CommandFailure.refused(Refusal(status: reply.status, json: try reply.json(of: target)))
        }
        return reply
    }

    /// Posts a body and hands over each line of the answer as it comes.
    /// - Throws: `CommandFailure`, also for a refusal.
    func lines(
        _ target: String, headers: [(name: String, value: String)], body: [UInt8],
        isolation: isolated (any Actor)? = #isolation, _ take: (String) throws -> Void
    ) async throws {
        switch transport {
        case .http(let connection): try await connection.lines(target, headers: headers, body: body, take)
        case .inProcess(let emulator):
            let response = await emulator.respond(
                FrontRequest(method: "POST", path: target, headers: headers, body: .bytes(body)))
            guard case .stream(let stream) = response.body else {
                let reply = Reply(status: response.status, headers: [], bytes: response.bytes)
                throw CommandFailure.refused(Refusal(status: reply.status, json: try reply.json(of: target)))
            }
            var lines = LineBuffer()
            for try await buffer in stream { try lines.add(buffer.readableBytesView, take) }
        }
    }

    /// The JSON of a success.
    /// - Throws: `CommandFailure.refused` for anything else.
    func json(_ method: String, _ target: String, body: JSON? = nil) async throws -> JSON {
        let reply = try await send(method, target, body: body)
        let json = try reply.json(of: target)
        guard reply.isSuccess else { throw CommandFailure.refused(Refusal(status: reply.status, json: json)) }
        return json
    }

    /// Calls one of the agent's tools; a refusal is a reply like any other.
    /// - Parameter caller: who calls, for the journal and the rules.
    func call(tool name: String, _ arguments: JSON, as caller: String = "cli") async throws -> Reply {
        try await send(
            "POST", "/tools/\(percentEncoded(name))", headers: [("x-altan-caller", caller)], body: arguments)
    }

    /// The facts of the ready line. Process and port are told by the state folder where HTTP does not tell them.
    func facts() async throws -> JSON {
        var facts = try await json("GET", "/_emulator/state")
        guard facts["pid"] == nil, let folder = facts["state"]?.stringValue,
            let run = StateFolder.readRun(folder), run["base_url"] == facts["base_url"]
        else { return facts }
        for name in ["pid", "port"] { facts.set(name, run[name] ?? .null) }
        return facts
    }
}

/// Cuts what comes in pieces into lines.
struct LineBuffer {
    private var pending: [UInt8] = []

    mutating func add(_ bytes: some Sequence<UInt8>, _ take: (String) throws -> Void) rethrows {
        for byte in bytes {
            if byte != UInt8(ascii: "\n") {
                pending.append(byte)
            } else {
                try take(String(decoding: pending, as: UTF8.self))
                pending.removeAll(keepingCapacity: true)
            }
        }
    }
}

/// What was answered.
struct Reply: Sendable {
    var status: Int
    /// Names in lower case.
    var headers: [(name: String, value: String)]
    var bytes: [UInt8]

    var isSuccess: Bool { (200..<300).contains(status) }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// - Parameter path: what was asked, for the error.
    func json(of path: String) throws(CommandFailure) -> JSON {
        do {
            return try JSON(parsing: bytes)
        } catch {
            throw .notJSON(path: path, text: String(decoding: bytes.prefix(800), as: UTF8.self))
        }
    }
}

/// A path's segment or a query's value with everything escaped that is not plain.
func percentEncoded(_ text: String) -> String {
    let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
        if plain.contains(byte) {
            bytes.append(byte)
        } else {
            bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
