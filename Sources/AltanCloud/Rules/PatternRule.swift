package import JSONText
import World

// Rules of the user's, as a file of patterns over the journal's lines says them.
extension Rule {
    /// Reads `{"rules": [{"name", "description"?, "severity"?, …}]}`, where each says one of
    ///
    /// * `"never": P` no line matches; with `"before": Q` none does before the first that matches Q
    /// * `"require": P` some line matches; with `"after": Q` one does after each that matches Q
    /// * `"at_most": n, "of": P` no more than n lines match
    package static func patternRules(_ json: JSON) throws(RuleSettingError) -> [Rule] {
        guard let items = json["rules"]?.arrayValue else {
            throw RuleSettingError("it must be an object with a list of rules.")
        }
        var rules: [Rule] = []
        for item in items {
            let rule = try patternRule(item)
            guard !(RuleBook.rules + rules).contains(where: { $0.name == rule.name }) else {
                throw RuleSettingError("there are two rules \"\(rule.name)\".")
            }
            rules.append(rule)
        }
        return rules
    }

    private static func patternRule(_ json: JSON) throws(RuleSettingError) -> Rule {
        guard let name = json["name"]?.stringValue, Naming.isSnakeCase(name) else {
            throw RuleSettingError("each rule has a name in snake_case.")
        }
        let known: Set<String> = [
            "name", "description", "severity", "never", "before", "require", "after", "at_most", "of",
        ]
        for member in json.objectValue ?? [] where !known.contains(member.key) {
            throw RuleSettingError(
                "\(name): \"\(member.key)\" means nothing. Known are \(known.sorted().joined(separator: ", ")).")
        }
        var severity = Severity.warn
        if let given = json["severity"] {
            guard let value = given.stringValue.flatMap(Severity.init(rawValue:)) else {
                throw RuleSettingError("\(name): severity takes off, warn or block.")
            }
            severity = value
        }
        let clause = try PatternClause(json, of: name)
        return Rule(
            name, json["description"]?.stringValue ?? clause.description, severity: severity, moments: clause.moments
        ) { record, _ in clause.findings(record, name) }
    }
}

/// What a pattern rule says.
private enum PatternClause: Sendable {
    case never(EntryPattern, before: EntryPattern?)
    case require(EntryPattern, after: EntryPattern?)
    case atMost(Int, of: EntryPattern)

    init(_ json: JSON, of name: String) throws(RuleSettingError) {
        func pattern(_ member: String) throws(RuleSettingError) -> EntryPattern? {
            guard let given = json[member] else { return nil }
            return try EntryPattern(given, of: name)
        }
        let (never, require, of) = (try pattern("never"), try pattern("require"), try pattern("of"))
        let (before, after) = (try pattern("before"), try pattern("after"))
        switch (never, require, of) {
        case (.some(let never), nil, nil) where after == nil: self = .never(never, before: before)
        case (nil, .some(let require), nil) where before == nil: self = .require(require, after: after)
        case (nil, nil, .some(let of)) where before == nil && after == nil:
            guard let limit = json["at_most"]?.intValue, limit >= 0 else {
                throw RuleSettingError("\(name): at_most is a whole number from 0 on.")
            }
            self = .atMost(limit, of: of)
        default:
            throw RuleSettingError(
                "\(name): say one of \"never\" (with \"before\"), \"require\" (with \"after\"), \"at_most\" with \"of\"."
            )
        }
    }

    var description: String {
        switch self {
        case .never(_, nil): "No line of the journal matches."
        case .never: "No line matches before the one that must come first."
        case .require(_, nil): "Some line of the journal matches."
        case .require: "What must follow follows."
        case .atMost(let limit, _): "At most \(limit) lines match."
        }
    }

    /// What must happen can only be missed when all is over; what must not can be kept from happening.
    var moments: Set<JournalEvent.Kind> {
        let judged: Set<JournalEvent.Kind> = [.tool, .deployment, .secret, .authorization]
        switch self {
        case .never(let pattern, _), .atMost(_, let pattern): return pattern.kinds.intersection(judged)
        case .require: return []
        }
    }

    func findings(_ record: RunRecord, _ name: String) -> [RuleFinding] {
        func finding(_ message: String, _ entry: JournalEntry?) -> RuleFinding {
            RuleFinding(message, nextStep: "See rule \(name).", at: entry)
        }
        switch self {
        case .never(let pattern, let before):
            let end = before.flatMap { before in record.entries.firstIndex(where: before.matches) }
            return record.entries[..<(end ?? record.entries.count)].filter(pattern.matches).map { entry in
                let what = entry.isProposal ? entry.path ?? entry.kind.rawValue : entry.title
                return finding(before == nil ? "\(what) must not be." : "\(what) must not be so early.", entry)
            }
        case .require(let pattern, nil):
            return record.entries.contains(where: pattern.matches) ? [] : [finding("What is required never was.", nil)]
        case .require(let pattern, .some(let after)):
            return record.entries.indices.filter { after.matches(record.entries[$0]) }.compactMap { index in
                let entry = record.entries[index]
                let isFollowed = record.entries[(index + 1)...].contains(where: pattern.matches)
                return isFollowed ? nil : finding("\(entry.title) was not followed by what is required.", entry)
            }
        case .atMost(let limit, let pattern):
            var count = 0
            let beyond = record.entries.filter { entry in
                guard pattern.matches(entry) else { return false }
                count += entry.count
                return count > limit
            }
            let entry = beyond.last.flatMap { $0.isProposal ? $0 : nil } ?? beyond.first
            return entry.map {
                [finding("\($0.path ?? $0.kind.rawValue): \(count) times, at most \(limit) are allowed.", $0)]
            }
                ?? []
        }
    }
}
