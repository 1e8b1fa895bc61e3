import JSONText
import World

// Rules about asking for secrets, storing them, and what must wait for them.
extension Rule {
    static let projectFirst = Rule(
        "project_first", "The project is fetched before anything else is done.", moments: [.tool]
    ) { record, _ in
        var findings: [RuleFinding] = []
        for call in record.entries where call.kind == .tool && call.caller != RunRecord.person {
            if call.path == "get_project", call.isProposal || call.succeeded { break }
            guard call.path != "get_project" else { continue }
            findings.append(
                RuleFinding(
                    "\(call.path ?? "A tool") was called before get_project.",
                    nextStep: "Call get_project first: it names the cloud_id and base_url that everything else needs.",
                    at: call))
        }
        return findings
    }

    static let oneProviderPerRequest = Rule(
        "one_provider_per_request", "Secrets are requested from the user one provider at a time.",
        moments: [.authorization]
    ) { record, setting in
        record.entries.filter { $0.kind == .authorization && $0.state == "created" }.compactMap { request in
            let providers = Provider.named(by: request.keys).filter { !setting.allowed.contains($0.lowercased()) }
            guard providers.count > 1 else { return nil }
            return RuleFinding(
                "One request asks for secrets of \(providers.joined(separator: " and ")).",
                nextStep: "Make one create_authorization_request for each provider.", at: request,
                evidence: ["providers": .array(providers.map(JSON.string))])
        }
    }

    static let secretsStoredAtOnce = Rule(
        "secrets_stored_at_once", "Secrets that were handed over are stored before anything else is done.",
        moments: [.tool]
    ) { record, _ in
        var findings: [RuleFinding] = []
        var open: [HandOver] = []
        // What was answered and is not stored yet; the answer may be stored without any agent.
        var answered: [String: [String]] = [:]
        for entry in record.entries {
            switch entry.kind {
            case .authorization where entry.state == "completed":
                answered[entry["id"]?.stringValue ?? ""] = entry.keys
            case .authorization where entry.state == "handed_over":
                let missing = answered[entry["id"]?.stringValue ?? ""] ?? entry.keys
                if !missing.isEmpty { open.append(HandOver(entry: entry, missing: missing)) }
            case .secret where entry.state == "stored" && !entry.isRefused:
                answered = answered.mapValues { keys in keys.filter { !entry.keys.contains($0) } }
                for index in open.indices { open[index].missing.removeAll { entry.keys.contains($0) } }
                open.removeAll { $0.missing.isEmpty }
            case .tool where !(entry.path ?? "").mayFollowAHandOver:
                for index in open.indices {
                    open[index].isReported = true
                    findings.append(open[index].finding("\(entry.path ?? "") was called before", at: entry))
                }
            default: break
            }
        }
        return findings
            + open.filter { !$0.isReported }.map { $0.finding("Nothing more was done before", at: $0.entry) }
    }

    static let secretsBeforeDeploy = Rule(
        "secrets_before_deploy", "Every secret that the code needs is stored before it is deployed.",
        severity: .block, moments: [.deployment]
    ) { record, _ in
        record.deployments.compactMap { deployment in
            let stored = Set(deployment.texts("environment"))
            let missing = deployment.module.requiredSecrets.filter { !stored.contains($0) }
            guard !missing.isEmpty else { return nil }
            let names = missing.joined(separator: ", ")
            return RuleFinding(
                "Secrets that the module of '\(deployment.service)' needs are missing: \(names).",
                nextStep: "Ask the user with create_authorization_request, wait, store each with upsert_secret, then "
                    + "deploy again.",
                at: deployment, evidence: ["missing_secrets": .array(missing.map(JSON.string))])
        }
    }

    static let noDeployWhilePending = Rule(
        "no_deploy_while_pending", "Nothing is deployed while the user has not answered.", moments: [.deployment]
    ) { record, _ in
        var pending: [(id: String, cloud: String, keys: [String])] = []
        var findings: [RuleFinding] = []
        for entry in record.entries {
            if entry.kind == .authorization, let id = entry["id"]?.stringValue {
                pending.removeAll { $0.id == id }
                if entry.state == "created" { pending.append((id, entry.cloud, entry.keys)) }
            }
            guard entry.kind == .deployment, RunRecord.isOfAnAgent(entry) else { continue }
            for request in pending where request.cloud == entry.cloud {
                findings.append(
                    RuleFinding(
                        "'\(entry.service)' is deployed while authorization request \(request.id) "
                            + "(\(request.keys.joined(separator: ", "))) is pending.",
                        nextStep: "Wait until the user has answered; get_authorization_request tells.", at: entry,
                        evidence: ["authorization_request": .string(request.id)]))
            }
        }
        return findings
    }
}

/// Values that an agent was given and has to store.
private struct HandOver {
    var entry: JournalEntry
    var missing: [String]
    var isReported = false

    func finding(_ what: String, at entry: JournalEntry) -> RuleFinding {
        RuleFinding(
            "\(what) \(missing.joined(separator: ", ")) had been stored.",
            nextStep: "Store each value with upsert_secret as soon as it is handed over.", at: entry,
            evidence: ["not_stored": .array(missing.map(JSON.string))])
    }
}

extension String {
    /// Tools that store, and those that only look.
    fileprivate var mayFollowAHandOver: Bool {
        self == "upsert_secret" || hasPrefix("get_") || hasPrefix("list_")
    }
}

/// Whose secrets names are, as far as names tell.
enum Provider {
    /// Words that names of secrets start with and that name nobody.
    private static let commonWords: Set<String> = [
        "ACCESS", "ACCOUNT", "ADMIN", "ALLOWED", "API", "APP", "AUTH", "BASE", "BUCKET", "CALLBACK", "CLIENT", "CRON",
        "DATABASE", "DB", "DEFAULT", "DEV", "EMAIL", "ENCRYPTION", "ENV", "FROM", "HASH", "HMAC", "HOST", "JWT", "KEY",
        "LIVE", "LOG", "MASTER", "MY", "OAUTH", "PASSWORD", "PHONE", "PORT", "PRIVATE", "PROD", "PROJECT", "PUBLIC",
        "REDIRECT", "REFRESH", "ROOT", "SECRET", "SENDER", "SERVICE", "SESSION", "SIGNING", "SITE", "TEST", "TO",
        "TOKEN", "URL", "USER", "USERNAME", "WEBHOOK",
    ]
    /// One provider under several names.
    private static let sameAs = [
        "GCP": "GOOGLE", "GCLOUD": "GOOGLE", "GEMINI": "GOOGLE", "S3": "AWS", "SES": "AWS", "GITHUB": "GITHUB",
        "GH": "GITHUB", "FB": "FACEBOOK", "META": "FACEBOOK", "AZURE": "AZURE", "CLAUDE": "ANTHROPIC",
    ]

    /// The providers in the order in which they appear.
    static func named(by keys: [String]) -> [String] {
        var providers: [String] = []
        for key in keys {
            let words = key.uppercased().split(separator: "_").map(String.init)
            guard let first = words.first(where: { !commonWords.contains($0) }), words.count > 1 else { continue }
            let provider = sameAs[first] ?? first
            if !providers.contains(provider) { providers.append(provider) }
        }
        return providers
    }
}
