import JSONText
import World

// Rules about a module's source, its name and its requirements.
extension Rule {
    static let naming = Rule(
        "naming", "Services are named in snake_case, secrets in UPPER_SNAKE_CASE.",
        moments: [.deployment, .secret, .authorization]
    ) { record, _ in
        record.entries.flatMap { entry -> [RuleFinding] in
            switch entry.kind {
            case .deployment where RunRecord.isOfAnAgent(entry):
                let module = entry.module
                let name = Naming.isSnakeCase(entry.service) ? [] : [Naming.service(entry.service, at: entry)]
                return name
                    + (module.requiredSecrets + module.optionalSecrets).filter { !Naming.isUpperSnakeCase($0) }
                    .map { Naming.secret($0, "The code reads", at: entry) }
            case .secret where entry.state == "stored" && RunRecord.isOfAnAgent(entry):
                return entry.keys.filter { !Naming.isUpperSnakeCase($0) }.map { Naming.secret($0, "", at: entry) }
            case .authorization where entry.state == "created":
                return entry.keys.filter { !Naming.isUpperSnakeCase($0) }
                    .map { Naming.secret($0, "The user is asked for", at: entry) }
            // What cannot be a name at all is refused whatever the rules say.
            case .tool where entry["error"] == "invalid_service_name":
                return [Naming.service(entry["service"]?.stringValue ?? "", at: entry)]
            case .tool where entry["error"] == "invalid_secret_key":
                return [
                    RuleFinding(
                        entry["response"]?["detail"]?.stringValue ?? "A secret's name is none.",
                        nextStep: Naming.secretAdvice, at: entry)
                ]
            default: return []
            }
        }
    }

    static let noSecretInCode = Rule(
        "no_secret_in_code", "No secret is written into the code.", moments: [.deployment]
    ) { record, _ in
        record.deployments.flatMap { deployment in
            let stored = deployment.texts("secrets_in_code").map { "the value of \($0)" }
            let literals = deployment.module.secretLiterals.map { literal in
                "\(literal["what"]?.stringValue ?? "a secret") in line \(literal["line"]?.intValue ?? 0)"
            }
            return (stored + literals).map { what in
                RuleFinding(
                    "The code of '\(deployment.service)' contains \(what).",
                    nextStep: "Store it with upsert_secret and read it with os.environ.", at: deployment,
                    evidence: ["found": .string(what)])
            }
        }
    }

    static let routerExported = Rule(
        "router_exported", "The module exports `router`.", moments: [.deployment]
    ) { record, _ in
        record.deployments.compactMap { deployment in
            guard deployment.module.syntaxError == nil else { return nil }
            let failed = deployment["failure"]?["stage"] == "router"
            guard !deployment.module.exportsRouter || failed else { return nil }
            return RuleFinding(
                "The module of '\(deployment.service)' exports no `router`.",
                nextStep: "Write `router = APIRouter()` at module level and put the endpoints on it.", at: deployment)
        }
    }

    static let noBlockingInAsync = Rule(
        "no_blocking_in_async", "Coroutines do not block: no blocking call inside `async def`.",
        moments: [.deployment]
    ) { record, _ in
        record.deployments.flatMap { deployment in
            deployment.module.blockingCalls.map { call in
                let name = call["call"]?.stringValue ?? ""
                let line = call["line"]?.intValue ?? 0
                return RuleFinding(
                    "`\(name)` in line \(line) of '\(deployment.service)' blocks the coroutine "
                        + "`\(call["function"]?.stringValue ?? "")`.",
                    nextStep: "Use an asynchronous client, `asyncio.to_thread`, or a plain `def` endpoint.",
                    at: deployment, evidence: call)
            }
        }
    }

    static let minimalRequirements = Rule(
        "minimal_requirements",
        "Requirements are minimal: each is imported, none is pinned without need, supabase is there when it is used.",
        moments: [.deployment]
    ) { record, setting in
        record.deployments.flatMap { deployment -> [RuleFinding] in
            guard deployment.module.syntaxError == nil else { return [] }
            let requirements = deployment.texts("requirements").map(Requirement.init)
            return Requirement.problems(
                requirements.filter { !setting.allowed.contains($0.name) }, all: requirements, deployment.module
            ).map { problem, next in
                RuleFinding(
                    "'\(deployment.service)': \(problem)", nextStep: next, at: deployment,
                    evidence: ["requirements": .array(deployment.texts("requirements").map(JSON.string))])
            }
        }
    }
}

/// What names look like.
enum Naming {
    static func isSnakeCase(_ name: String) -> Bool { isWords(name) { $0.isLowercaseLetter } }
    static func isUpperSnakeCase(_ name: String) -> Bool { isWords(name) { $0.isUppercaseLetter } }

    /// Letters and digits in groups divided by single underscores, starting with a letter.
    private static func isWords(_ name: String, _ isLetter: (UInt8) -> Bool) -> Bool {
        guard let first = name.utf8.first, isLetter(first) else { return false }
        return name.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false).allSatisfy { word in
            !word.isEmpty && word.allSatisfy { isLetter($0) || $0.isDigit }
        }
    }

    fileprivate static let secretAdvice = "Name secrets as the provider's SDK does, such as STRIPE_SECRET_KEY."

    fileprivate static func service(_ name: String, at entry: JournalEntry) -> RuleFinding {
        RuleFinding(
            "A service is called '\(name)'.", nextStep: "Name it in snake_case, such as task_service.", at: entry,
            evidence: ["name": .string(name)])
    }

    fileprivate static func secret(_ name: String, _ what: String, at entry: JournalEntry) -> RuleFinding {
        let subject = what.isEmpty ? "A secret is called '\(name)'" : "\(what) '\(name)'"
        return RuleFinding(
            "\(subject), which is not UPPER_SNAKE_CASE.",
            nextStep: secretAdvice, at: entry,
            evidence: ["name": .string(name)])
    }
}

extension UInt8 {
    fileprivate var isLowercaseLetter: Bool { self >= UInt8(ascii: "a") && self <= UInt8(ascii: "z") }
    fileprivate var isUppercaseLetter: Bool { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") }
    fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}
