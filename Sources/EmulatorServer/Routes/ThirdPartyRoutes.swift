import AltanCloud
import JSONText
import NIOCore
import Outbound

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
            headers: answer.headers.filter { !["connection", "transfer-encoding"].contains($0.name.lowercased()) })
        switch answer.body {
        case .whole(let buffer): response.body = .buffer(buffer)
        case .stream(let stream): response.body = .stream(stream)
        }
        response.sendsLength = request.method != "HEAD" && answer.status != 204 && answer.status != 304
        return response
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
                try deck.insert(absolutePath(file), mode: mode)
            default: throw FrontFailure.methodNotAllowed(request.method, path: request.path)
            }
        } catch let error as CassetteError {
            throw SettingRefusal(reason: error.description)
        }
        return ["cassette": deck.state]
    }

    /// Mails, text messages and model calls, oldest first.
    func outbox(_ request: FrontRequest) async throws -> [JSON] {
        let kind = request.parameter("kind")
        return try await thirdParties.store.documents(collection: "outbox", cloud: cloudID(of: request))
            .map { host, document in
                var document = document
                document.set("host", .string(host))
                return document
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
