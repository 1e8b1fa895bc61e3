import JSONText
package import World

// Rules about what follows a deployment: calls with real requests, and rounds of debugging.
extension Rule {
    static let endpointsTested = Rule(
        "endpoints_tested",
        "Every endpoint of a deployed service is called: with success, and where it takes input with an error."
    ) { record, _ in
        EndpointCoverage(record).services.flatMap { service in
            service.endpoints.compactMap { endpoint -> RuleFinding? in
                guard let lack = endpoint.lack else { return nil }
                return RuleFinding(
                    "\(endpoint.method) \(endpoint.path) \(lack)",
                    nextStep: "Call it with a real request after the deployment and check the answer.",
                    at: service.deployment,
                    evidence: [
                        "service": .string(service.name), "method": .string(endpoint.method),
                        "path": .string(endpoint.path), "calls": .integer(endpoint.calls),
                    ])
            }
        }
    }

    static let debugRounds = Rule(
        "debug_rounds", "After a failed test there are at most two rounds of debugging a service.", limit: 2,
        moments: [.deployment]
    ) { record, setting in
        guard let limit = setting.limit else { return [] }
        var rounds: [String: DebugRounds] = [:]
        var findings: [RuleFinding] = []
        for entry in record.entries {
            let key = "\(entry.cloud)/\(entry.service)"
            switch entry.kind {
            case .deployment where RunRecord.isOfAnAgent(entry):
                let number = rounds[key, default: DebugRounds()].deployment(entry)
                guard number > limit else { continue }
                findings.append(
                    RuleFinding(
                        "This is round \(number) of debugging '\(entry.service)'; \(limit) are allowed.",
                        nextStep: "Stop and tell the user what fails, with the last traceback or log lines "
                            + "(get_service_logs).",
                        at: entry, evidence: ["round": .integer(number), "limit": .integer(limit)]))
            case .service where (entry.status ?? 0) >= 500: rounds[key, default: DebugRounds()].isBroken = true
            default: break
            }
        }
        return findings
    }
}

/// How often a service was deployed again because something was wrong with it.
private struct DebugRounds {
    /// The last deployment failed, or the service answered with an error of its own since.
    var isBroken = false
    private var rounds = 0

    /// Takes a deployment; the number of the round that it is, 0 when it is none.
    mutating func deployment(_ entry: JournalEntry) -> Int {
        let number = isBroken ? rounds + 1 : 0
        // What was refused or still may be has not been a round.
        guard !entry.isRefused, !entry.isProposal else { return number }
        rounds = max(rounds, number)
        // A machine without an interpreter is nothing that debugging helps.
        let failed = !entry.succeeded && entry["failure"]?["stage"] != "environment"
        isBroken = failed
        return number
    }
}

/// Which endpoints of deployed services were called since they were last deployed.
package struct EndpointCoverage: Sendable {
    package struct Endpoint: Sendable {
        package var method: String
        /// `/api/{service}/…`, a template.
        package var path: String
        /// Whether a request can be wrong: it has parameters or a body.
        package var takesInput: Bool
        package var calls = 0
        package var successes = 0
        /// Answers from 400 to 499: what an endpoint says to a wrong request.
        package var errors = 0
        /// Answers from 500 on: no endpoint should give them.
        package var failures = 0

        /// What is missing, nil for nothing.
        package var lack: String? {
            if calls == 0 { return "was never called." }
            if successes == 0 { return "was never called with success." }
            if takesInput, errors == 0 { return "was never called with a request that it refuses." }
            return nil
        }
    }

    package struct Service: Sendable {
        package var cloud: String
        package var name: String
        /// The last one that succeeded.
        package var deployment: JournalEntry
        package var endpoints: [Endpoint]
    }

    /// In the order of their deployments.
    package private(set) var services: [Service] = []

    package init(_ record: RunRecord) {
        for entry in record.entries {
            switch entry.kind {
            case .deployment where entry.succeeded && RunRecord.isOfAnAgent(entry):
                services.removeAll { $0.name == entry.service && $0.cloud == entry.cloud }
                services.append(
                    Service(
                        cloud: entry.cloud, name: entry.service, deployment: entry, endpoints: Self.endpoints(entry)))
            case .removal:
                services.removeAll { $0.name == entry.service && $0.cloud == entry.cloud }
            case .service: count(entry)
            default: break
            }
        }
    }

    private static func endpoints(_ deployment: JournalEntry) -> [Endpoint] {
        (deployment["routes"]?.arrayValue ?? []).map { route in
            Endpoint(
                method: route["method"]?.stringValue ?? "", path: route["path"]?.stringValue ?? "",
                takesInput: route["takes_input"]?.boolValue ?? false)
        }
    }

    private mutating func count(_ call: JournalEntry) {
        guard let index = services.firstIndex(where: { $0.name == call.service && $0.cloud == call.cloud }),
            let status = call.status
        else { return }
        // As the router does: the first that matches.
        let found = services[index].endpoints.firstIndex {
            $0.method == call.method && PathTemplate($0.path).matches(call.path ?? "")
        }
        guard let found else { return }
        services[index].endpoints[found].calls += call.count
        switch status {
        case ..<400: services[index].endpoints[found].successes += call.count
        case 400..<500: services[index].endpoints[found].errors += call.count
        default: services[index].endpoints[found].failures += call.count
        }
    }
}

/// A route's path with parameters in braces, as Starlette reads it.
struct PathTemplate {
    private let segments: [Substring]
    /// `{rest:path}`: matches across slashes.
    private let isOpenEnded: Bool

    init(_ path: String) {
        segments = path.split(separator: "/", omittingEmptySubsequences: false)
        isOpenEnded = segments.last?.hasSuffix(":path}") ?? false
    }

    /// - Parameter path: as the client sent it, whatever the cloud.
    func matches(_ path: String) -> Bool {
        let below = path.firstRange(of: "/services/api/").map { path[$0.lowerBound...].dropFirst("/services".count) }
        let given = (below ?? path[...]).split(separator: "/", omittingEmptySubsequences: false)
        guard isOpenEnded ? given.count >= segments.count : given.count == segments.count else { return false }
        return zip(segments, given).allSatisfy { template, text in
            guard template.contains("{") else { return template == text }
            if template.hasSuffix(":path}") { return true }
            // A parameter may have text before and after it.
            let prefix = template.prefix { $0 != "{" }
            let suffix = template[(template.lastIndex(of: "}") ?? template.startIndex)...].dropFirst()
            return text.count > prefix.count + suffix.count && text.hasPrefix(prefix) && text.hasSuffix(suffix)
        }
    }
}
