import JSONText
package import World

/// A question to the user for secrets. Completing it stores no secret: its values are handed to the agent once,
/// and the agent stores them.
package struct AuthorizationRequest: Hashable, Sendable {
    package enum State: String, Sendable { case pending, completed, rejected }

    package var id: String
    package var cloudID: String
    package var name: String
    package var roomID: String?
    /// The thread that waits for the answer.
    package var callbackID: String?
    package var message: String?
    package var requestedSecrets: [RequestedSecret]
    package var state: State
    /// Names of what was provided; the values are only in the control database, and not for long.
    package var providedKeys: [String]
    /// Whether the values are still there to be handed over.
    package var holdsValues: Bool
    package var createdAt: Timestamp
    package var completedAt: Timestamp?
    package var handedOverAt: Timestamp?
    /// What the address of the page ends in on which a person answers: whoever knows it may answer.
    package var token: String
    /// Whether completing it stored its values as secrets too.
    package var isStored = false

    /// How long provided values wait for the agent.
    package static let valueLifetime = Duration.seconds(3600)
}

/// One secret asked for.
package struct RequestedSecret: Hashable, Sendable {
    package var key: String
    package var label: String
    package var description: String
    package var placeholder: String
    /// The kind of input field: `password` or `text`.
    package var type: String
    package var required: Bool

    package init(
        key: String,
        label: String? = nil,
        description: String = "",
        placeholder: String = "",
        type: String = "password",
        required: Bool = true
    ) {
        self.key = key
        self.label = label ?? key
        self.description = description
        self.placeholder = placeholder
        self.type = type
        self.required = required
    }
}

extension RequestedSecret {
    /// Reads `custom_secrets` in either shape: a list of names (or of objects with `key`), or an object from name to
    /// `{description, required}` or to a description.
    static func list(_ json: JSON) throws(CloudError) -> [RequestedSecret] {
        let requested: [RequestedSecret]
        switch json {
        case .array(let items): requested = try each(items) { item throws(CloudError) in try one(item) }
        case .object(let members):
            requested = try each(members) { member throws(CloudError) in try one(key: member.key, member.value) }
        default: throw malformed
        }
        guard !requested.isEmpty else { throw malformed }
        var seen: Set<String> = []
        for secret in requested {
            guard SecretName.isUpperSnakeCase(secret.key) else { throw .notUpperSnakeCase(secret.key) }
            guard seen.insert(secret.key).inserted else {
                throw .invalidArguments([.init("custom_secrets", "names `\(secret.key)` twice")])
            }
        }
        return requested
    }

    private static func each<T>(
        _ items: [T], _ read: (T) throws(CloudError) -> RequestedSecret
    ) throws(CloudError) -> [RequestedSecret] {
        var result: [RequestedSecret] = []
        for item in items { result.append(try read(item)) }
        return result
    }

    private static func one(_ item: JSON) throws(CloudError) -> RequestedSecret {
        if let name = item.stringValue { return RequestedSecret(key: name) }
        guard let key = item["key"]?.stringValue ?? item["name"]?.stringValue else { throw malformed }
        return try one(key: key, item)
    }

    private static func one(key: String, _ json: JSON) throws(CloudError) -> RequestedSecret {
        switch json {
        case .null: return RequestedSecret(key: key)
        case .string(let description): return RequestedSecret(key: key, description: description)
        case .object:
            return RequestedSecret(
                key: key,
                label: json["label"]?.stringValue,
                description: json["description"]?.stringValue ?? "",
                placeholder: json["placeholder"]?.stringValue ?? "",
                type: json["type"]?.stringValue ?? "password",
                required: json["required"]?.boolValue ?? true
            )
        default: throw malformed
        }
    }

    private static var malformed: CloudError {
        .invalidArguments([
            .init(
                "custom_secrets",
                "must be a list of names, [\"STRIPE_SECRET_KEY\"], or an object, "
                    + "{\"STRIPE_SECRET_KEY\": {\"description\": \"…\", \"required\": true}}, with at least one entry"
            )
        ])
    }
}
