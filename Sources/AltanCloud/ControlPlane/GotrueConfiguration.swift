package import JSONText

/// The settings of a cloud's Auth as the platform's screen shows them: sections of named fields.
package struct GotrueConfiguration: Hashable, Sendable {
    /// What a field holds.
    private enum Kind {
        case text, flag
        /// A text or a number, kept as it came.
        case number
        /// A text that is never shown.
        case secret
    }

    /// What stands for a secret that is set.
    static let mask = "********"

    private static let provider: [(String, Kind, JSON)] = [
        ("enabled", .flag, false), ("client_id", .text, ""), ("secret", .secret, ""),
    ]
    private static let sections: [(name: String, fields: [(name: String, kind: Kind, initial: JSON)])] = [
        (
            "mail",
            [
                ("host", .text, ""), ("port", .number, ""), ("user", .text, ""), ("password", .secret, ""),
                ("admin_email", .text, ""),
            ]
        ),
        ("google", provider), ("github", provider), ("facebook", provider),
        (
            "general",
            [
                ("disable_signup", .flag, false), ("site_url", .text, ""), ("jwt_expiry", .number, "3600"),
                ("auto_confirm", .flag, true),
            ]
        ),
    ]

    /// Every section with every field, secrets included.
    package private(set) var json: JSON

    /// What a new cloud has.
    package init() {
        json = .object(
            Self.sections.map { section in
                .init(section.name, .object(section.fields.map { .init($0.name, $0.initial) }))
            })
    }

    /// `before` with what `changes` names.
    /// - Throws: `invalidArguments` for a section, field or type that there is not.
    init(merging changes: JSON, into before: GotrueConfiguration) throws(CloudError) {
        self = before
        guard let members = changes.objectValue else {
            throw .invalidArguments([.init("The body", "must be an object of sections")])
        }
        var problems: [ArgumentProblem] = []
        for member in members {
            guard let section = Self.sections.first(where: { $0.name == member.key }) else {
                let known = Self.sections.map(\.name).joined(separator: ", ")
                problems.append(.init(member.key, "is no section; there are \(known)"))
                continue
            }
            problems += merge(member.value, section.name, section.fields)
        }
        guard problems.isEmpty else { throw .invalidArguments(problems) }
    }

    private mutating func merge(
        _ changes: JSON, _ section: String, _ fields: [(name: String, kind: Kind, initial: JSON)]
    ) -> [ArgumentProblem] {
        guard let members = changes.objectValue, var values = json[section] else {
            return [.init(section, "must be an object")]
        }
        var problems: [ArgumentProblem] = []
        for member in members {
            let path = "\(section).\(member.key)"
            guard let field = fields.first(where: { $0.name == member.key }) else {
                let known = fields.map(\.name).joined(separator: ", ")
                problems.append(.init(path, "is no field; there are \(known)"))
                continue
            }
            switch (field.kind, member.value) {
            case (_, .null): values.set(member.key, field.initial)
            case (.secret, .string(let text)) where text.isEmpty || text == Self.mask: break
            case (.text, .string), (.secret, .string), (.number, .string), (.number, .number), (.flag, .bool):
                values.set(member.key, member.value)
            case (.flag, _): problems.append(.init(path, "must be true or false"))
            case (.number, _): problems.append(.init(path, "must be a number or a text"))
            case (.text, _), (.secret, _): problems.append(.init(path, "must be a text"))
            }
        }
        json.set(section, values)
        return problems
    }

    /// The document with a mark in place of each secret.
    package var redacted: JSON {
        var shown = json
        for secret in secrets where !secret.value.revealed.isEmpty {
            var values = shown[secret.section] ?? [:]
            values.set(secret.field, .string(Self.mask))
            shown.set(secret.section, values)
        }
        return shown
    }

    /// The secrets in it, for the redactor.
    var secrets: [(section: String, field: String, value: SecretValue)] {
        Self.sections.flatMap { section in
            section.fields.filter { $0.kind == .secret }.map { field in
                (section.name, field.name, SecretValue(json[section.name]?[field.name]?.stringValue ?? ""))
            }
        }
    }

    /// Reads what `json.text` was written as.
    init(stored: JSON) throws(CloudError) { try self.init(merging: stored, into: GotrueConfiguration()) }
}
