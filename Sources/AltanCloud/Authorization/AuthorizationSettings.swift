private import Glibc
private import World

/// How authorization requests are answered where nobody sits in front of the page, and what completing one does.
package struct AuthorizationSettings: Hashable, Sendable {
    /// Where a value comes from.
    package enum Source: Hashable, Sendable {
        case environment(String)
        case file(String)
    }

    /// Completing a request stores its values as secrets. The platform leaves that to the agent.
    package var storesOnComplete = false
    /// Values by key: a request for nothing else is completed as soon as it was made.
    package var answers: [String: Source] = [:]
    /// Requests for any of these are rejected as soon as they were made.
    package var rejectedKeys: Set<String> = []
    package var rejectsEverything = false

    package init() {}

    /// What becomes of a request without a person.
    enum Verdict {
        case completed([(key: String, value: SecretValue)])
        case rejected
        /// It waits for a person; the reason where an answer was promised and is not there.
        case waits(String?)
    }

    func verdict(on request: AuthorizationRequest) -> Verdict {
        let keys = request.requestedSecrets.map(\.key)
        if rejectsEverything || keys.contains(where: rejectedKeys.contains) { return .rejected }
        guard keys.contains(where: { answers[$0] != nil }) else { return .waits(nil) }
        var values: [(key: String, value: SecretValue)] = []
        for secret in request.requestedSecrets {
            guard let source = answers[secret.key] else {
                if secret.required { return .waits(nil) }
                continue
            }
            guard let value = Self.read(source) else {
                if secret.required { return .waits("\(secret.key): \(Self.absence(of: source))") }
                continue
            }
            values.append((secret.key, SecretValue(value)))
        }
        return .completed(values)
    }

    /// A file's text without the newline that editors put at its end.
    private static func read(_ source: Source) -> String? {
        let text: String?
        switch source {
        case .environment(let name): text = getenv(name).map { String(cString: $0) }
        case .file(let path):
            text = readWholeFile(path).map { bytes in
                String(decoding: bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...], as: UTF8.self)
            }
        }
        return text.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func absence(of source: Source) -> String {
        switch source {
        case .environment(let name): "the environment variable \(name) is not set"
        case .file(let path): "the file \(path) cannot be read, or is empty"
        }
    }
}
