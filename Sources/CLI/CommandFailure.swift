import JSONText

/// Why a command did not do what it was asked. The wording stands here, once.
enum CommandFailure: Error, Sendable {
    case unreachable(url: String, reason: String)
    case notRunning(state: String)
    /// The emulator said no.
    case refused(Refusal)
    case notJSON(path: String, text: String)
    case unreadable(file: String, reason: String)
    case unwritable(file: String, reason: String)
    case notBuilt(String, instead: String)
    case badArguments(String)
    case cannotRun(program: String, reason: String, status: Int32)
    case serverEnded(ExitStatus)
}

/// An error as the emulator's HTTP paths word it.
struct Refusal: Error, Sendable {
    var status: Int
    var json: JSON

    var code: String? { json["code"]?.stringValue }

    /// What went wrong, what Python said, and what to do now: a line or more each.
    var text: String {
        var lines = [json["detail"]?.stringValue ?? json["message"]?.stringValue ?? "HTTP \(status): \(json.text)"]
        if let traceback = json["traceback"]?.stringValue { lines.append(traceback) }
        if let next = json["next_step"]?.stringValue ?? json["hint"]?.stringValue { lines.append("Next: \(next)") }
        return lines.joined(separator: "\n")
    }

    /// A rule that blocks has a status of its own.
    var exit: ExitStatus { code == "missing_secrets" || code == "rule_broken" ? .ruleBroken : .failure }
}

extension CommandFailure {
    var exit: ExitStatus {
        switch self {
        case .refused(let refusal): refusal.exit
        case .badArguments: .usage
        case .cannotRun(_, _, let status): .command(status)
        case .serverEnded(let status): status
        default: .failure
        }
    }

    /// What standard error says; nil when it was said already.
    var message: String? {
        switch self {
        case .unreachable(let url, let reason):
            "No emulator answers at \(url) (\(reason)). Start one with `altan-emulator start`, or correct --url or "
                + "ALTAN_BASE_URL."
        case .notRunning(let state):
            "No emulator runs on the state in \(state). Start one with `altan-emulator start`, or name one with --url."
        case .refused(let refusal): refusal.text
        case .notJSON(let path, let text): "\(path) answered something that is not JSON: \(text.prefix(200))"
        case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)"
        case .unwritable(let file, let reason): "\(file) cannot be written: \(reason)"
        case .notBuilt(let what, let instead): "\(what) is not built yet. \(instead)"
        case .badArguments(let reason): reason
        case .cannotRun(let program, let reason, _): "\(program) cannot be run: \(reason)"
        case .serverEnded: nil
        }
    }
}
