import AltanCloud
import JSONText

extension Tool {
    static let listAuthorizationRequests = Tool(
        "list_authorization_requests",
        title: "List authorization requests",
        description: """
            The authorization requests of a cloud, oldest first, without values. Use it to find out what the user was \
            asked before asking again; read a completed one with get_authorization_request.
            """,
        arguments: [
            .cloudID,
            .optional("is_completed", .boolean, "Only completed ones, or only those that are not."),
            .optional("room_id", .string, "Only those of that room."),
        ],
        output: .record([("authorization_requests", .array(.authorizationRequest))]),
        hints: .reads
    ) { arguments, context in
        let cloud = try await context.store.cloud(arguments.cloudID)
        let requests = try await context.store.requests(
            cloud: cloud.id, roomID: arguments.optionalText("room_id"),
            isCompleted: arguments.value("is_completed")?.boolValue)
        return ["authorization_requests": .array(requests.map(context.json))]
    }
}
