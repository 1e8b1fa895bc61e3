package import AltanCloud
import World

/// One step of the agent's canonical workflow, and whether a run took it.
package struct WorkflowStep: Sendable {
    package enum Outcome: String, Sendable {
        case passed, failed
        case notReached = "not_reached"
    }

    package var number: Int
    package var title: String
    package var outcome: Outcome
    /// The breaks that it failed by.
    package var findings: [RuleFinding]

    private struct Definition: Sendable {
        var title: String
        var rules: Set<String>
        /// Whether the run came so far.
        var isReached: @Sendable (RunRecord) -> Bool
    }

    private static let definitions: [Definition] = [
        Definition(title: "Get project", rules: ["project_first"]) { record in
            record.toolCalls.contains { $0.path == "get_project" && $0.succeeded }
        },
        Definition(title: "Identify secrets", rules: ["naming"]) { record in
            !record.deployments.isEmpty || record.contains(.authorization)
                || record.toolCalls.contains { $0.path == "list_secrets" || $0.path == "get_cloud" }
        },
        Definition(
            title: "Verify and request secrets", rules: ["one_provider_per_request", "secrets_stored_at_once"]
        ) { record in
            record.contains(.authorization) || record.contains(.secret)
                || record.toolCalls.contains { $0.path == "get_cloud" && $0.succeeded }
        },
        Definition(
            title: "Stop while secrets are missing", rules: ["secrets_before_deploy", "no_deploy_while_pending"]
        ) { !$0.deployments.isEmpty },
        Definition(
            title: "Implement the service", rules: ["no_secret_in_code", "router_exported", "no_blocking_in_async"]
        ) { !$0.deployments.isEmpty },
        Definition(title: "Define requirements", rules: ["minimal_requirements"]) { !$0.deployments.isEmpty },
        Definition(title: "Deploy", rules: []) { $0.deployments.contains(where: \.succeeded) },
        Definition(title: "Test every endpoint", rules: ["endpoints_tested", "debug_rounds"]) { record in
            record.deployments.contains(where: \.succeeded)
        },
    ]

    static func all(_ record: RunRecord, _ verdicts: [RuleVerdict]) -> [WorkflowStep] {
        definitions.enumerated().map { index, definition in
            let findings = verdicts.filter { definition.rules.contains($0.name) }.flatMap(\.findings)
            // A deployment that was tried and never succeeded is a failed step, not one that was not reached.
            let failed =
                !findings.isEmpty || (index == 6 && !record.deployments.isEmpty && !definition.isReached(record))
            let outcome: Outcome = failed ? .failed : definition.isReached(record) ? .passed : .notReached
            return WorkflowStep(number: index + 1, title: definition.title, outcome: outcome, findings: findings)
        }
    }
}
