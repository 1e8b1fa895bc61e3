import AltanCloud
import JSONText
import NIOCore
import Outbound
import World

// /_emulator/thirdparty: what stands in for third parties, and their own pages.
extension Emulator {
    /// `GET /_emulator/thirdparty` lists hosts, calls and kept documents; `…/{host}/{path}` is the stand-in's own
    /// `/_emulator/{path}`: payment pages, triggers, events.
    func thirdParty(_ request: FrontRequest) async throws -> FrontResponse {
        let path = request.segments.dropFirst(2)
        guard let name = path.first.map(String.init) else {
            guard request.method == "GET" else {
                throw FrontFailure.methodNotAllowed(request.method, path: request.path)
            }
            return .json(try await thirdPartyList())
        }
        if name == "cassette", path.count == 1 { return .json(try await cassette(request)) }
        if name == "cassette", path.last == "har" { return .json(try await har(request)) }
        await servicesStarted()
        guard let standIn = thirdParties.gateway.catalog.named(name) else {
            throw FrontFailure.notFound(method: request.method, path: request.path)
        }
        let target = "/_emulator/" + path.dropFirst().joined(separator: "/") + (request.query.map { "?" + $0 } ?? "")
        let body = try await request.body.collect(upTo: 50 << 20)
        let call = OutboundCall(
            service: "", cloud: cloudID(of: request), method: request.method,
            authority: standIn.name, target: target, headers: request.headers.filter { $0.name != "host" },
            body: ByteBuffer(bytes: body))
        let answer: OutboundAnswer
        do {
            answer = try await thirdParties.answer(call, by: standIn)
        } catch let refusal as Refusal {
            answer = refusal.answer(to: call)
        }
        var response = FrontResponse(
            status: answer.status,
            headers: answer.headers.filter {
                !["connection", "transfer-encoding", "content-length"].contains($0.name.lowercased())
            })
        switch answer.body {
        case .whole(let buffer):
            let isJSON = answer.headers.contains { $0.name.lowercased() == "content-type" && $0.value.contains("json") }
            response.body = .buffer(isJSON ? redacted(buffer) : buffer)
        case .stream(let stream): response.body = .stream(stream)
        }
        response.sendsLength = request.method != "HEAD" && answer.status != 204 && answer.status != 304
        return response
    }

    /// What a stand-in keeps may be what a service wrongly sent it. Pages stay as they are: what they say is what the
    /// service has its customers told, and their forms are sent back.
    private func redacted(_ buffer: ByteBuffer) -> ByteBuffer {
        guard let text = String(validating: buffer.readableBytesView, as: UTF8.self) else { return buffer }
        let clean = platform.redactor.redactKnown(text)
        return clean == text ? buffer : ByteBuffer(string: clean)
    }

    /// The cloud whose base the request came by; the default one without.
    private func cloudID(of request: FrontRequest) -> String {
        request.base.split(separator: "/").last.map { percentDecoded($0).lowercased() } ?? platform.identity.cloudID
    }

    /// The recording that is in. `POST {"file", "mode": "none" | "record" | "new-episodes"}` puts one in, `DELETE` takes it
    /// out and writes what was recorded.
    private func cassette(_ request: FrontRequest) async throws -> JSON {
        let deck = thirdParties.gateway.deck
        do {
            switch request.method {
            case "GET": break
            case "DELETE": try deck.eject()
            case "POST":
                let body = try await request.json()
                guard let file = body["file"]?.stringValue,
                    let mode = CassetteDeck.Mode(rawValue: body["mode"]?.stringValue ?? "none")
                else {
                    throw SettingRefusal(reason: "Send file, and mode: none (replay), record or new-episodes.")
                }
                await servicesStarted()
                try await thirdParties.insert(recording: absolutePath(file), mode: mode)
            default: throw FrontFailure.methodNotAllowed(request.method, path: request.path)
            }
        } catch let error as CassetteError {
            throw SettingRefusal(reason: error.description)
        }
        return ["cassette": deck.state]
    }

    /// `POST {"file"}`: what is recorded in a file, whatever its format, as HAR.
    private func har(_ request: FrontRequest) async throws -> JSON {
        guard request.method == "POST" else {
            throw FrontFailure.methodNotAllowed(request.method, path: request.path)
        }
        guard let file = try await request.json()["file"]?.stringValue else {
            throw SettingRefusal(reason: "Send file.")
        }
        guard let bytes = readWholeFile(absolutePath(file)) else {
            throw SettingRefusal(reason: CassetteError.unreadable(file).description)
        }
        await servicesStarted()
        do {
            return try JSON(parsing: try await thirdParties.har(bytes))
        } catch let error as CassetteError {
            throw SettingRefusal(reason: error.description)
        }
    }

    /// Mails, text messages and model calls, oldest first.
    func outbox(_ request: FrontRequest) async throws -> [JSON] {
        let kind = request.parameter("kind")
        return try await thirdParties.store.documents(collection: "outbox", cloud: cloudID(of: request))
            .map { host, document in
                var document = document
                document.set("host", .string(host))
                return platform.redactor.redactKnown(document)
            }
            .filter { kind == nil || $0["kind"]?.stringValue == kind }
    }

    private func thirdPartyList() async throws -> JSON {
        let standIns = thirdParties.gateway.catalog.all.map { standIn -> JSON in
            [
                "name": .string(standIn.name), "hosts": .array(standIn.hosts.map(JSON.string)),
                "origin": .string(standIn.origin.description),
                "requirements": .array(standIn.requirements.map(JSON.string)),
            ]
        }
        return [
            "stand_ins": .array(standIns), "calls": thirdParties.counts.json,
            "cassette": thirdParties.gateway.deck.state, "documents": try await thirdParties.store.counts(),
        ]
    }
}
