import AltanCloud
import JSONText

extension Tool {
    static let getAuthorizationRequest = Tool(
        "get_authorization_request",
        title: "Get authorization request",
        description: """
            An authorization request and whether the user has answered. The first call after completion carries the \
            values in meta_data.provided_secrets, and only that one: store each with upsert_secret at once. While it is \
            pending, wait; do not deploy.
            """,
        arguments: [.required("id", .string, alias: "request_id", "The request's id.")],
        output: .authorizationRequest,
        // Reading hands values over, which happens once.
        hints: .creates
    ) { arguments, context in
        let (request, values) = try await context.store.takeProvidedSecrets(arguments.text("id"))
        var json = context.json(request)
        if let values, var meta = json["meta_data"] {
            meta.set(
                "provided_secrets",
                .object(values.map { JSON.Member($0.key, .string($0.value.revealed)) }))
            json.set("meta_data", meta)
        }
        let names = request.providedKeys.joined(separator: ", ")
        let next =
            switch (request.state, values != nil, request.handedOverAt) {
            case (.pending, _, _): "The user has not answered yet: wait."
            case (.rejected, _, _): "The user refused. Say what cannot be done without these secrets."
            case (.completed, true, _): "Store each value with upsert_secret now: \(names)."
            case (.completed, false, .some): "The values were handed over before. Check list_secrets for \(names)."
            case (.completed, false, nil):
                "The values were not fetched within an hour and are gone: ask again with create_authorization_request."
            }
        return json.followed(by: next)
    }
}
