import AltanCloud
import JSONText

extension Tool {
    static let createAuthorizationRequest = Tool(
        "create_authorization_request",
        title: "Ask the user for secrets",
        description: """
            Asks the user for third-party credentials. Make one request for each provider, then stop and wait: write and \
            deploy no code until it is completed. When it is, read it with get_authorization_request (its values are \
            handed over once) and store each with upsert_secret at once.
            """,
        arguments: [
            .cloudID,
            .optional(
                "custom_secrets",
                .oneOf(
                    [.array(.anything), .map(.anything)],
                    "a list of names or an object from name to {description, required}"),
                "Which secrets: a list of names, or an object from name to {\"description\": …, \"required\": …}."),
            .optional("message", .anyString, "What the user is told: what the secrets are for and where to find them."),
            .optional("name", .string, "A title for the request; made from the names when left out."),
            .optional("room_id", .string, "The room in which the user is asked."),
            .optional("callback_id", .string, "The thread that waits for the answer."),
            .optional("connection_type_id", .string, "For a connector instead of secrets; the emulator has none."),
        ],
        output: .authorizationRequest,
        hints: .creates
    ) { arguments, context in
        let cloud = try await context.store.cloud(arguments.cloudID)
        let request = try await context.platform.createAuthorizationRequest(
            customSecrets: arguments.value("custom_secrets"),
            connectionTypeID: arguments.optionalText("connection_type_id"), cloud: cloud.id,
            name: arguments.optionalText("name"), message: arguments.optionalText("message"),
            roomID: arguments.optionalText("room_id"), callbackID: arguments.optionalText("callback_id"))
        let stored = Set(try await context.store.secrets(cloud: cloud.id).map(\.key))
        let known = request.requestedSecrets.map(\.key).filter(stored.contains)
        var json = context.json(request)
        json.set(
            "warnings",
            known.isEmpty ? [] : [.string("Already stored, and asked for again: \(known.joined(separator: ", ")).")])
        return json.followed(
            by: "Stop here and wait until the user has answered. Then call get_authorization_request with id "
                + "\(request.id) and store each value with upsert_secret.")
    }
}
