package import JSONText
package import World

/// All rules and how each is applied.
package struct RuleBook: Sendable {
    /// The platform's own, in the workflow's order.
    package static let rules: [Rule] = [
        .projectFirst, .oneProviderPerRequest, .secretsStoredAtOnce, .secretsBeforeDeploy, .noDeployWhilePending,
        .naming, .noSecretInCode, .routerExported, .noBlockingInAsync, .minimalRequirements, .endpointsTested,
        .debugRounds, .deployBudget, .callBudget, .hostBudget, .timeBudget,
    ]

    private var settings: [String: RuleSetting] = [:]
    /// Rules of the user's, from a file of patterns.
    package var userRules: [Rule] = []
    /// A Python file with rules of the user's.
    package var script: String?

    package init() {}

    package func setting(of rule: Rule) -> RuleSetting {
        settings[rule.name] ?? RuleSetting(severity: rule.severity, limit: rule.limit)
    }

    /// Every rule with how it is applied, those that are off included.
    package var all: [(rule: Rule, setting: RuleSetting)] {
        (Self.rules + userRules).map { ($0, setting(of: $0)) }
    }

    private var inForce: [(rule: Rule, setting: RuleSetting)] { all.filter { $0.setting.severity != .off } }

    /// Takes a setting: `"off"`, `"warn"`, `"block"`, a number (the limit), or an object
    /// `{"severity"?, "limit"?, "allow"?}`.
    package mutating func configure(_ name: String, _ json: JSON) throws(RuleSettingError) {
        guard let rule = (Self.rules + userRules).first(where: { $0.name == name }) else {
            throw RuleSettingError(
                "there is no rule \"\(name)\". Known are \(Self.rules.map(\.name).joined(separator: ", ")).")
        }
        var setting = setting(of: rule)
        switch json {
        case .string: setting.severity = try Self.severity(json, of: name)
        case .number: setting.limit = try Self.limit(json, of: rule)
        case .object(let members):
            for member in members {
                switch member.key {
                case "severity": setting.severity = try Self.severity(member.value, of: name)
                case "limit": setting.limit = try Self.limit(member.value, of: rule)
                case "allow":
                    let names = member.value.arrayValue?.compactMap(\.stringValue)
                    guard let names, names.count == member.value.arrayValue?.count else {
                        throw RuleSettingError("\(name): allow takes a list of names.")
                    }
                    setting.allowed = Set(names.map { $0.lowercased() })
                default: throw RuleSettingError("\(name) takes severity, limit and allow, not \"\(member.key)\".")
                }
            }
        default: throw RuleSettingError("\(name) takes off, warn, block, a number, or an object of these.")
        }
        settings[name] = setting
    }

    private static func severity(_ json: JSON, of name: String) throws(RuleSettingError) -> Rule.Severity {
        guard let severity = json.stringValue.flatMap(Rule.Severity.init(rawValue:)) else {
            throw RuleSettingError("\(name) takes off, warn or block.")
        }
        return severity
    }

    private static func limit(_ json: JSON, of rule: Rule) throws(RuleSettingError) -> Int {
        guard rule.counts else { throw RuleSettingError("\(rule.name) takes no limit.") }
        guard let limit = json.intValue, limit >= 0 else {
            throw RuleSettingError("\(rule.name): a limit is a whole number from 0 on.")
        }
        return limit
    }

    /// Makes every rule block that would warn.
    package mutating func makeStrict() {
        for (rule, setting) in inForce {
            var strict = setting
            strict.severity = .block
            settings[rule.name] = strict
        }
    }

    // MARK: Judging

    /// Whether any rule wants to know of such an event before it happens.
    package func concerns(_ kind: JournalEvent.Kind) -> Bool {
        inForce.contains { $0.rule.moments.contains(kind) }
    }

    /// What the rules say about something that is about to happen.
    /// - Returns: warnings.
    /// - Throws: the break of the first rule that blocks.
    func judge(_ proposal: JournalEntry, after record: RunRecord) throws(CloudError) -> [String] {
        var warnings: [String] = []
        let record = RunRecord(record.entries + [proposal])
        for (rule, setting) in inForce where rule.moments.contains(proposal.kind) {
            for finding in rule.judge(record, setting) where finding.entry?.isProposal == true {
                if setting.severity == .block { throw rule.error(finding, proposal) }
                warnings.append("\(finding.message) \(finding.nextStep) (rule \(rule.name))")
            }
        }
        return warnings
    }

    /// Every rule in force with what was found against it, when all is over.
    package func verdicts(on record: RunRecord) -> [RuleVerdict] {
        all.map { rule, setting in
            RuleVerdict(
                name: rule.name, description: rule.description, severity: setting.severity,
                findings: setting.severity == .off ? [] : rule.judge(record, setting))
        }
    }
}

/// What came of one rule in one run.
package struct RuleVerdict: Sendable {
    package var name: String
    package var description: String
    package var severity: Rule.Severity
    package var findings: [RuleFinding]
    /// Why the rule could not be judged at all; only rules of the user's have reasons.
    package var failure: String?

    package init(
        name: String, description: String, severity: Rule.Severity, findings: [RuleFinding], failure: String? = nil
    ) {
        self.name = name
        self.description = description
        self.severity = severity
        self.findings = findings
        self.failure = failure
    }

    package var holds: Bool { findings.isEmpty && failure == nil }
    /// Whether the run as a whole has failed by it.
    package var blocks: Bool { severity == .block && !holds }
}

/// A setting of the rules that means nothing.
package struct RuleSettingError: Error, Hashable, Sendable {
    package var reason: String

    package init(_ reason: String) { self.reason = reason }
}

extension Rule {
    /// Whether a limit means something to it.
    fileprivate var counts: Bool { limit != nil || name.hasPrefix("budget_") }

    fileprivate func error(_ finding: RuleFinding, _ proposal: JournalEntry) -> CloudError {
        // The platform's first rule has an error of its own, with the names that are missing.
        if name == Rule.secretsBeforeDeploy.name {
            return .missingSecrets(
                finding.evidence["missing_secrets"]?.arrayValue?.compactMap(\.stringValue) ?? [],
                service: proposal.service)
        }
        return .ruleBroken(
            RuleBreach(
                rule: name, description: description, message: finding.message, nextStep: finding.nextStep,
                evidence: finding.evidence))
    }
}
