package import JSONText
package import World

/// One thing that the platform's workflow asks of an agent, as a value.
///
/// A rule is a pure function over what was recorded of a run. Before something happens, the same function judges the
/// record with the intended event at its end.
package struct Rule: Sendable {
    package enum Severity: String, Sendable { case off, warn, block }

    package var name: String
    /// What it asks for, in a sentence.
    package var description: String
    /// What it is where no setting says otherwise.
    package var severity: Severity
    /// How much of something is allowed, for rules that count. nil: it has no limit, and judges nothing without one.
    package var limit: Int?
    /// Events that it can judge before they happen; of the others it can only tell when the run is looked at.
    package var moments: Set<JournalEvent.Kind>
    var judge: @Sendable (RunRecord, RuleSetting) -> [RuleFinding]

    init(
        _ name: String, _ description: String, severity: Severity = .warn, limit: Int? = nil,
        moments: Set<JournalEvent.Kind> = [],
        judge: @escaping @Sendable (RunRecord, RuleSetting) -> [RuleFinding]
    ) {
        self.name = name
        self.description = description
        self.severity = severity
        self.limit = limit
        self.moments = moments
        self.judge = judge
    }
}

/// How a rule is applied.
package struct RuleSetting: Hashable, Sendable {
    package var severity: Rule.Severity
    package var limit: Int?
    /// Names that the rule lets pass: requirements, hosts.
    package var allowed: Set<String> = []

    package init(severity: Rule.Severity, limit: Int? = nil) {
        self.severity = severity
        self.limit = limit
    }
}

/// One break of a rule, with what shows it.
package struct RuleFinding: Hashable, Sendable {
    /// What is wrong, in a sentence.
    package var message: String
    /// What to do about it.
    package var nextStep: String
    /// The journal's line that shows it; nil where something is missing.
    package var entry: JournalEntry?
    /// Names and numbers, for programs.
    package var evidence: JSON

    package init(_ message: String, nextStep: String, at entry: JournalEntry?, evidence: JSON = [:]) {
        self.message = message
        self.nextStep = nextStep
        self.entry = entry
        self.evidence = evidence
    }
}

/// A rule that was broken, as an error says it.
package struct RuleBreach: Hashable, Sendable {
    package var rule: String
    package var description: String
    package var message: String
    package var nextStep: String
    package var evidence: JSON
}
