import JSONText
import Synchronization
package import World

/// What has to be so before something is done on the platform.
package struct DeploymentRules: Sendable {
    /// The workflow's rules and how each is applied.
    package var book: RuleBook
    /// Whether services get only what is stored, without `SUPABASE_URL` and `SUPABASE_KEY` of the cloud.
    package var strictSecrets: Bool

    package init(book: RuleBook = RuleBook(), strictSecrets: Bool = false) {
        self.book = book
        self.strictSecrets = strictSecrets
    }
}

extension Platform {
    /// Asks the rules about something that is about to happen, told as the event that will be journaled when it has.
    /// - Returns: warnings, for the one who does it.
    /// - Throws: `CloudError` when a rule blocks: nothing must happen then. The attempt is journaled, for it is what a
    ///   report names; of a tool call its own line tells.
    package func judge(_ event: JournalEvent) async throws -> [String] {
        guard rules.book.concerns(event.kind), let proposal = journal.proposal(event) else { return [] }
        let record = RunRecord(await journal.recent(run: proposal.run))
        let warnings: [String]
        do {
            warnings = try rules.book.judge(proposal, after: record)
        } catch {
            if event.kind != .tool {
                var refused = event
                refused.status = error.status
                refused.facts.append(.init("refused_by", .optional(error.rule)))
                journal.append(refused)
            }
            throw error
        }
        RuleWarnings.current?.add(warnings)
        return warnings
    }

    /// Stores a secret on an agent's behalf: rules are asked first.
    package func storeSecret(
        cloud: String, key: String, value: SecretValue?, description: String?
    ) async throws -> Secret {
        _ = try await judge(CloudChange.secretStored(cloud: cloud, key: key).event(status: nil))
        return try await store.upsertSecret(cloud: cloud, key: key, value: value, description: description)
    }
}

/// Gathers what rules warn of during one call, however deep in it, for the reply.
package final class RuleWarnings: Sendable {
    @TaskLocal package static var current: RuleWarnings?

    private let warnings = Mutex<[String]>([])

    package init() {}

    package var all: [String] { warnings.withLock { $0 } }

    func add(_ more: [String]) { warnings.withLock { $0 += more } }
}
