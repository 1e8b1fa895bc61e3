import AltanCloud
import JSONText

extension Tool {
    static let listSecrets = Tool(
        "list_secrets",
        title: "List secrets",
        description: """
            The names of the secrets stored in a cloud; never their values. Call it before deploying, and after a \
            deployment that failed. What is missing is asked for with create_authorization_request.
            """,
        arguments: [.cloudID],
        output: .texts,
        hints: .reads
    ) { arguments, context in
        let cloud = try await context.store.cloud(arguments.cloudID)
        return .array(try await context.store.secrets(cloud: cloud.id).map { .string($0.key) })
    }
}
