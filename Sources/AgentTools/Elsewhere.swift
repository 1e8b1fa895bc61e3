import AltanCloud

/// Tools of the platform that are not emulated: agents know their names, and a refusal by name helps more than
/// "unknown". They are not listed.
enum Elsewhere {
    /// - Returns: nil for a name that the platform does not know either.
    static func refusal(of name: String) -> CloudError? {
        guard let (kind, nextStep) = kinds.first(where: { $0.names.contains(name) }).map({ ($0.kind, $0.nextStep) })
        else { return nil }
        return .unsupported(
            feature: "tools.\(name)", detail: "The tool \(name) is not emulated: \(kind).", nextStep: nextStep)
    }

    private static let kinds: [(names: Set<String>, kind: String, nextStep: String)] = [
        (
            ["terminal", "run_terminal", "execute_command"],
            "there is no terminal of the platform here",
            "Call endpoints with call_endpoint, read logs with get_service_logs, and use your own shell for the rest."
        ),
        (
            ["create_task", "create_version", "update_memory", "close_task"],
            "it belongs to the platform's task agents",
            "Go on without it: nothing that services need depends on it."
        ),
        (
            ["commit", "build", "read_file", "edit_file", "write_file", "list_dir"],
            "it belongs to the platform's frontend agent",
            "Use your own files and version control. A service's code is read with get_service and replaced with "
                + "update_service."
        ),
        (
            ["upsert_server_tool", "post_authorization_request"],
            "it belongs to the platform's agent for agents",
            "Ask for secrets with create_authorization_request and custom_secrets."
        ),
        (
            [
                "list_connectors", "get_account_connections", "get_connector_actions", "get_action_payload",
                "execute_connector_action", "create_mcp_app",
            ],
            "there are no connectors here",
            "Ask for the provider's keys with create_authorization_request and custom_secrets, and use its SDK in the "
                + "service."
        ),
        (
            ["get_altan_api_key", "web_search"],
            "it reaches the platform's own servers, and the emulator reaches nothing",
            "Go on without it."
        ),
    ]
}
