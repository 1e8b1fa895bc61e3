import AltanCloud
import JSONText

extension Tool {
    static let deleteSecret = Tool(
        "delete_secret",
        title: "Delete secret",
        description: """
            Deletes a secret of a cloud. Services that run keep the value until they are deployed again; one that needs \
            it can then no longer be deployed. Call list_secrets first to see the names.
            """,
        arguments: [.cloudID, .required("key", .string, "The secret's name.")],
        output: .deletion,
        hints: .destroys
    ) { arguments, context in
        let cloud = try await context.store.cloud(arguments.cloudID)
        let key = arguments.text("key")
        try await context.store.deleteSecret(cloud: cloud.id, key: key)
        return ["key": .string(key), "cloud_id": .string(cloud.id), "deleted": true]
    }
}
