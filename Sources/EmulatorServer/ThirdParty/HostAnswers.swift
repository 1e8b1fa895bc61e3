import AltanCloud
import Crypto
import JSONText
import NIOCore
import Outbound
import ServiceRuntime

/// What the emulator itself answers to stand-ins, at `emulator.internal`: where webhooks may go, and signatures under
/// secrets that stand-ins never see.
struct HostAnswers: Sendable {
    let platform: Platform
    let supervisor: ServiceSupervisor
    /// Endpoints that the configuration lists, by host.
    let endpoints: [String: [WebhookEndpoint]]

    func answer(_ call: OutboundCall) async -> OutboundAnswer {
        guard call.cloud == StandIn.cloud else {
            return reply(["message": "emulator.internal answers stand-ins only."], status: 403)
        }
        do {
            let cloud = try await platform.store.cloud(call.header("x-altan-cloud"))
            switch (call.method, call.path) {
            case ("GET", "/webhooks"):
                if let listed = parameter("host", of: call).flatMap({ endpoints[$0] }), !listed.isEmpty {
                    let base = platform.origins.baseURL(of: cloud.id)
                    return reply(["endpoints": .array(listed.map { $0.json(base: base) }), "listed": true])
                }
                return reply(try await webhooks(secret: parameter("secret", of: call) ?? "", cloud: cloud.id))
            case ("POST", "/sign"):
                let body = try JSON(parsing: Array(call.body.readableBytesView))
                return reply(try await signature(body, cloud: cloud.id))
            default: return reply(["message": .string("There is nothing at \(call.path).")], status: 404)
            }
        } catch {
            let (status, json) = platform.rendering(of: error)
            return reply(json, status: status)
        }
    }

    /// Every service that has exactly one POST path with `webhook` in it and names the secret in its code.
    private func webhooks(secret: String, cloud: String) async throws -> JSON {
        let interfaces = supervisor.interfaces(cloud: cloud)
        let base = platform.origins.baseURL(of: cloud)
        var endpoints: [JSON] = []
        for service in try await platform.store.services(cloud: cloud) where service.code.contains(secret) {
            let paths = (interfaces[service.name]?.routes ?? service.routes).filter {
                $0.method == "POST" && $0.path.lowercased().contains("webhook")
            }
            guard paths.count == 1, let path = paths.first?.path else { continue }
            endpoints.append([
                "service": .string(service.name), "url": .string("\(base)/services\(path)"),
                "secret_name": .string(secret), "events": ["*"], "api_version": nil,
            ])
        }
        let reason =
            "no service has exactly one POST path containing \"webhook\" and reads \(secret). Deploy one, list one in "
            + "emulator.json (thirdparty.stripe.endpoints), or register one by the API."
        return [
            "endpoints": .array(endpoints), "listed": false, "reason": endpoints.isEmpty ? .string(reason) : nil,
        ]
    }

    /// `{"secret": name, "data": text, "algorithm": "sha256" | "sha1"}` → `{"hex", "base64"}`.
    private func signature(_ body: JSON, cloud: String) async throws -> JSON {
        let name = body["secret"]?.stringValue ?? ""
        guard let secret = try await platform.store.secrets(cloud: cloud).first(where: { $0.key == name }) else {
            throw CloudError.unknownSecret(name, known: [])
        }
        let key = SymmetricKey(data: Array(secret.value.revealed.utf8))
        let data = Array((body["data"]?.stringValue ?? "").utf8)
        let code: [UInt8] =
            body["algorithm"]?.stringValue == "sha1"
            ? Array(HMAC<Insecure.SHA1>.authenticationCode(for: data, using: key))
            : Array(HMAC<SHA256>.authenticationCode(for: data, using: key))
        return ["hex": .string(code.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())]
    }

    private func parameter(_ name: String, of call: OutboundCall) -> String? {
        FrontRequest(method: call.method, path: call.path, query: call.query).parameter(name)
    }

    private func reply(_ json: JSON, status: Int = 200) -> OutboundAnswer {
        OutboundAnswer(
            status: status, headers: [("content-type", "application/json")],
            body: .whole(ByteBuffer(bytes: json.bytes)),
            origin: .emulator)
    }
}
