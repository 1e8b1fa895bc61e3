import JSONText

/// Where a third party's events go, as `emulator.json` lists it: `{"service", "path", "secret_name", "events",
/// "api_version"}`.
package struct WebhookEndpoint: Hashable, Sendable {
    /// Why a list of endpoints cannot be taken.
    struct Refusal: Error {
        var reason: String
    }

    var service: String
    /// Below the service, starting with a slash.
    var path: String
    /// The secret that deliveries are signed with.
    var secretName: String
    /// Types of events; `*` is all of them.
    var events: [String]
    /// The version of the API whose shape events have; nil means the one that was last used.
    var apiVersion: String?

    /// The endpoint as stand-ins get it.
    /// - Parameter base: the address of the cloud.
    func json(base: String) -> JSON {
        [
            "service": .string(service), "url": .string("\(base)/services/api/\(service)\(path)"),
            "secret_name": .string(secretName), "events": .array(events.map(JSON.string)),
            "api_version": .optional(apiVersion),
        ]
    }

    /// - Throws: `Refusal`.
    static func list(_ json: JSON, secretName: String) throws(Refusal) -> [WebhookEndpoint] {
        guard let items = json.arrayValue else { throw Refusal(reason: "it must be a list of endpoints.") }
        var endpoints: [WebhookEndpoint] = []
        for (index, item) in items.enumerated() {
            do {
                endpoints.append(try WebhookEndpoint(item, secretName: secretName))
            } catch {
                throw Refusal(reason: "endpoint \(index + 1): \(error.reason)")
            }
        }
        return endpoints
    }

    private init(_ json: JSON, secretName: String) throws(Refusal) {
        guard let members = json.objectValue, let service = json["service"]?.stringValue,
            let path = json["path"]?.stringValue
        else { throw Refusal(reason: "service and path are needed, both texts.") }
        guard path.hasPrefix("/") else { throw Refusal(reason: "path must begin with a slash, below the service.") }
        self.service = service
        self.path = path
        self.secretName = secretName
        events = ["*"]
        for member in members {
            switch (member.key, member.value) {
            case ("service", _), ("path", _): break
            case ("secret_name", .string(let name)): self.secretName = name
            case ("api_version", .string(let version)): apiVersion = version
            case ("api_version", .null): break
            case ("events", .array(let names)) where !names.isEmpty && names.allSatisfy { $0.stringValue != nil }:
                events = names.compactMap(\.stringValue)
            case ("events", _):
                throw Refusal(reason: "events takes a list of types, such as [\"invoice.paid\"], or [\"*\"].")
            case ("secret_name", _), ("api_version", _): throw Refusal(reason: "\(member.key) takes a text.")
            default:
                throw Refusal(
                    reason: "\"\(member.key)\" is not known. Known are service, path, secret_name, events, api_version."
                )
            }
        }
    }
}
