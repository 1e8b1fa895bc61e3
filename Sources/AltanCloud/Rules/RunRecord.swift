package import JSONText
package import World

/// What happened in one run, in its order: what rules are functions of.
package struct RunRecord: Sendable {
    package var entries: [JournalEntry]

    package init(_ entries: [JournalEntry]) { self.entries = entries }

    /// Who deploys at a start and is no agent.
    private static let ownCallers: Set<String> = ["seed", "start"]

    /// Who deploys from the command line by name and not by tool: knows which project it is.
    package static let person = "person"

    /// What agents called.
    package var toolCalls: [JournalEntry] { entries.filter { $0.kind == .tool } }

    /// Every attempt to deploy but the emulator's own, refused ones included.
    package var deployments: [JournalEntry] { entries.filter { $0.kind == .deployment && Self.isOfAnAgent($0) } }

    package func contains(_ kind: JournalEvent.Kind) -> Bool { entries.contains { $0.kind == kind } }

    static func isOfAnAgent(_ entry: JournalEntry) -> Bool { isOfAnAgent(entry.caller ?? "") }
    static func isOfAnAgent(_ caller: String) -> Bool { !ownCallers.contains(caller) }
}

// Facts of entries, by the names under which they are journaled.
extension JournalEntry {
    package var cloud: String { self["cloud_id"]?.stringValue ?? "" }
    /// A deployment's, a service call's.
    package var service: String { self["service"]?.stringValue ?? path ?? "" }
    package var succeeded: Bool { status.map { $0 < 400 } ?? false }
    /// Something that a rule kept from happening.
    package var isRefused: Bool { self["refused_by"] != nil }
    /// What the module's source says about itself.
    package var module: ModuleFacts { ModuleFacts(self["module"] ?? [:]) }
    /// Names of secrets: of a request, or the one that was stored.
    package var keys: [String] { texts("keys") }
    package var state: String { self["state"]?.stringValue ?? "" }

    /// How people name it: `create_service (call 7)`.
    package var title: String {
        let what =
            switch kind {
            case .tool: path ?? "tool"
            case .deployment: "deployment of \(service)"
            case .authorization: "authorization request \(state)"
            case .secret: "secret \(keys.joined(separator: ", ")) \(state)"
            default: "\(method ?? kind.rawValue) \(path ?? "")"
            }
        return isProposal ? "this call" : "\(what) (line \(sequence))"
    }
}

/// What is known of a module's source without running it, as a deployment's line holds it.
package struct ModuleFacts: Sendable {
    private let json: JSON

    init(_ json: JSON) { self.json = json }

    private func texts(_ name: String) -> [String] { json[name]?.arrayValue?.compactMap(\.stringValue) ?? [] }

    package var requiredSecrets: [String] { texts("required_secrets") }
    package var optionalSecrets: [String] { texts("optional_secrets") }
    package var syntaxError: String? { json["syntax_error"]?.stringValue }
    /// Dotted names of what it imports.
    package var imports: [String] { texts("imports") }
    /// Names that need a package nobody imports: `EmailStr`, `Form`.
    package var features: [String] { texts("features") }
    /// `false`: nothing at module level is called `router`.
    package var exportsRouter: Bool { json["exports_router"]?.boolValue ?? true }
    /// `{line, what}`; the values are nowhere.
    package var secretLiterals: [JSON] { json["secret_literals"]?.arrayValue ?? [] }
    /// `{line, call, function}`.
    package var blockingCalls: [JSON] { json["blocking_calls"]?.arrayValue ?? [] }
}
