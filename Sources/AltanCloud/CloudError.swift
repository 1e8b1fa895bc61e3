package import JSONText

/// Everything the platform refuses or fails at, as facts. Wording, status and code are in the extension, once.
package enum CloudError: Error, Hashable, Sendable {
    case unknownProject(String)
    case unknownCloud(String, known: [String])
    /// The cloud is scaled down: nothing in it answers.
    case cloudPaused(String, name: String)
    /// The default cloud can be emptied by a reset, not deleted.
    case defaultCloudStays(String)
    case unknownInstanceType(String)
    /// No `cloud_id` was given and there are several clouds.
    case cloudNotNamed(known: [String])
    case unknownService(String, known: [String])
    case unknownSecret(String, known: [String])
    case unknownTable(String, known: [String])
    case unknownRequest(String)
    case unknownTool(String, known: [String])
    case invalidServiceName(String)
    case invalidSecretKey(String)
    /// What a person is asked for has a name by convention.
    case notUpperSnakeCase(String)
    case emptySecretValue(String)
    case invalidArguments([ArgumentProblem])
    /// A rule of severity block: secrets come before code.
    case missingSecrets([String], service: String)
    /// Any other rule of severity block.
    case ruleBroken(RuleBreach)
    /// A deployment that was tried and failed. `servesOld`: the code before it still answers.
    case deploymentFailed(service: String, deploymentID: String, failure: DeployFailure, servesOld: Bool)
    case requestClosed(String, state: AuthorizationRequest.State)
    /// What a completion lacks, and what it brings that nobody asked for.
    case incompleteAuthorization(String, missing: [String], unexpected: [String])
    case sql(SQLFailure)
    /// A service's endpoint that did not answer in the time it was given.
    case endpointTimeout(path: String, seconds: Int)
    /// Something of the real platform that is not here.
    case unsupported(feature: String, detail: String, nextStep: String)
    /// A defect or a broken disk; the text is for the one who reports it.
    case internalFailure(String)
}

/// One thing wrong with an argument.
package struct ArgumentProblem: Hashable, Sendable {
    package var argument: String
    /// Completes the sentence that starts with the argument's name.
    package var problem: String

    package init(_ argument: String, _ problem: String) {
        self.argument = argument
        self.problem = problem
    }
}

extension CloudError {
    /// The HTTP status.
    package var status: Int {
        switch self {
        case .unknownProject, .unknownCloud, .unknownService, .unknownSecret, .unknownTable, .unknownRequest,
            .unknownTool:
            404
        case .cloudPaused: 503
        case .defaultCloudStays: 409
        case .cloudNotNamed, .invalidServiceName, .invalidSecretKey, .notUpperSnakeCase, .emptySecretValue,
            .invalidArguments,
            .missingSecrets, .ruleBroken, .incompleteAuthorization, .unknownInstanceType:
            422
        case .deploymentFailed(_, _, let failure, _): failure.stage == .environment ? 503 : 422
        case .requestClosed: 409
        case .sql(let failure): failure.code == "0A000" ? 501 : 400
        case .endpointTimeout: 504
        case .unsupported: 501
        case .internalFailure: 500
        }
    }

    /// The name of the error, for programs.
    package var code: String {
        switch self {
        case .unknownProject: "project_not_found"
        case .unknownCloud: "cloud_not_found"
        case .cloudPaused: "cloud_paused"
        case .defaultCloudStays: "default_cloud"
        case .unknownInstanceType: "instance_type_not_found"
        case .cloudNotNamed: "cloud_id_required"
        case .unknownService: "service_not_found"
        case .unknownSecret: "secret_not_found"
        case .unknownTable: "table_not_found"
        case .unknownRequest: "authorization_request_not_found"
        case .unknownTool: "tool_not_found"
        case .invalidServiceName: "invalid_service_name"
        case .invalidSecretKey, .notUpperSnakeCase: "invalid_secret_key"
        case .emptySecretValue: "empty_secret_value"
        case .invalidArguments: "invalid_arguments"
        case .missingSecrets: "missing_secrets"
        case .ruleBroken: "rule_broken"
        case .deploymentFailed(_, _, let failure, _): "deployment_failed_\(failure.stage.rawValue)"
        case .requestClosed: "authorization_request_closed"
        case .incompleteAuthorization: "authorization_request_incomplete"
        case .sql: "sql_error"
        case .endpointTimeout: "endpoint_timeout"
        case .unsupported: "feature_not_supported"
        case .internalFailure: "internal_error"
        }
    }

    /// What went wrong, for people and agents.
    package var detail: String {
        switch self {
        case .unknownProject(let id): return "There is no project \(id)."
        case .unknownCloud(let id, _): return "There is no cloud \(id)."
        case .cloudPaused(_, let name): return "Service unavailable: the cloud \(name) is paused."
        case .defaultCloudStays(let id): return "The cloud \(id) is the emulator's own and cannot be deleted."
        case .unknownInstanceType(let name): return "There is no instance type \(name)."
        case .cloudNotNamed: return "There is more than one cloud: cloud_id is required."
        case .unknownService(let name, _): return "There is no service named \(name)."
        case .unknownSecret(let key, _): return "There is no secret named \(key)."
        case .unknownTable(let name, _): return "There is no table \(name)."
        case .unknownRequest(let id): return "There is no authorization request \(id)."
        case .unknownTool(let name, _): return "There is no tool named \(name)."
        case .invalidServiceName(let name):
            return
                "'\(name)' is not a service name: lower-case letters, digits and underscores, starting with a letter."
        case .invalidSecretKey(let key):
            return
                "'\(key)' cannot be an environment variable: letters, digits and underscores, not starting with a digit."
        case .notUpperSnakeCase(let key):
            return
                "'\(key)' is not in UPPER_SNAKE_CASE: capital letters, digits and underscores, starting with a letter."
        case .emptySecretValue(let key): return "The value of \(key) is empty or contains a NUL character."
        case .invalidArguments(let problems):
            return problems.map { "\($0.argument) \($0.problem)" }.joined(separator: "; ") + "."
        case .missingSecrets(let names, let service):
            let list = names.joined(separator: ", ")
            return "Service '\(service)' was not deployed: its code needs secrets that this cloud does not have. "
                + "Missing: \(list)."
        case .ruleBroken(let breach): return breach.message
        case .deploymentFailed(let service, _, let failure, _):
            return "Service '\(service)' was not deployed: \(Self.wording(of: failure))"
        case .requestClosed(let id, let state): return "Authorization request \(id) is already \(state.rawValue)."
        case .incompleteAuthorization(let id, let missing, let unexpected):
            var parts: [String] = []
            if !missing.isEmpty { parts.append("values are missing for \(missing.joined(separator: ", "))") }
            if !unexpected.isEmpty { parts.append("\(unexpected.joined(separator: ", ")) was not asked for") }
            return "Authorization request \(id) cannot be completed: \(parts.joined(separator: "; "))."
        case .sql(let failure):
            return "\(failure.message) (SQLSTATE \(failure.code)\(failure.line.map { ", line \($0)" } ?? ""))"
        case .endpointTimeout(let path, let seconds): return "\(path) did not answer within \(seconds) s."
        case .unsupported(_, let detail, _): return detail
        case .internalFailure(let text): return "Internal error: \(text)"
        }
    }

    /// The platform's own sentence for a module without router, which it also uses when the import failed, is in the
    /// runtime's message already, with the real cause behind it.
    private static func wording(of failure: DeployFailure) -> String {
        switch failure.stage {
        case .environment, .import, .router: failure.message
        case .requirements: "its requirements could not be installed. \(failure.message)"
        }
    }

    /// What to do now.
    package var nextStep: String {
        switch self {
        case .unknownProject: return "Call get_project without arguments to see the project."
        case .unknownCloud: return "Call get_project for the right cloud_id."
        case .cloudPaused(let id, _): return "Resume it with POST /v1/instances/tenant/\(id)/scale/up, then try again."
        case .defaultCloudStays: return "Delete a cloud that was created later, or call reset to empty this one."
        case .unknownInstanceType:
            return
                "Use one of \(InstanceType.all.map(\.name).joined(separator: ", ")), as GET /v1/instances/types lists."
        case .cloudNotNamed(let known): return "Pass one of these as cloud_id: \(known.joined(separator: ", "))."
        case .unknownService(_, let known):
            return known.isEmpty
                ? "No service is deployed yet: deploy one with create_service."
                : "Services of this cloud: \(known.joined(separator: ", "))."
        case .unknownSecret(_, let known):
            return known.isEmpty
                ? "This cloud has no secrets yet: store one with upsert_secret."
                : "Secrets of this cloud: \(known.joined(separator: ", "))."
        case .unknownTable(_, let known):
            return known.isEmpty
                ? "This cloud has no tables yet: make one with execute_sql."
                : "Tables: \(known.joined(separator: ", "))."
        case .unknownRequest: return "Call list_authorization_requests to see which there are."
        case .unknownTool(_, let known): return "Tools: \(known.joined(separator: ", "))."
        case .invalidServiceName: return "Use snake_case, such as task_service."
        case .invalidSecretKey, .notUpperSnakeCase: return "Use UPPER_SNAKE_CASE, such as STRIPE_SECRET_KEY."
        case .emptySecretValue: return "Call upsert_secret with the value, or delete_secret to remove the secret."
        case .invalidArguments: return "Correct the arguments and call again."
        case .missingSecrets(let names, _):
            return "Nothing was deployed. Ask the user for \(names.joined(separator: ", ")) with "
                + "create_authorization_request, wait, store each with upsert_secret, then deploy again."
        case .ruleBroken(let breach): return "Nothing was done. \(breach.nextStep)"
        case .deploymentFailed(_, _, let failure, let servesOld):
            let fix = failure.hint ?? "Read the traceback, correct the code and deploy again."
            return servesOld ? "\(fix) The code deployed before keeps serving." : fix
        case .requestClosed(_, let state):
            return state == .completed
                ? "Read it with get_authorization_request and store its values with upsert_secret."
                : "Create a new one with create_authorization_request."
        case .incompleteAuthorization:
            return "Send provided_secrets with a value for every required key and no other key."
        case .sql(let failure): return failure.hint ?? "Correct the statement and run it again."
        case .endpointTimeout:
            return "Read get_service_logs, or call again with a greater timeout_seconds. A stream that never ends is "
                + "best read with an HTTP client."
        case .unsupported(_, _, let nextStep): return nextStep
        case .internalFailure: return "This is a defect of the emulator or its disk: see its log."
        }
    }

    /// What programs may want to know beyond the code.
    package var facts: [JSON.Member] {
        func names(_ list: [String]) -> JSON { .array(list.map(JSON.string)) }
        switch self {
        case .unknownCloud(_, let known), .cloudNotNamed(let known): return [.init("clouds", names(known))]
        // Supabase's clients read `message` and `hint`.
        case .cloudPaused(let id, _):
            return [
                .init("message", .string(detail)), .init("hint", .string(nextStep)), .init("cloud_id", .string(id)),
            ]
        case .unknownService(_, let known): return [.init("services", names(known))]
        case .unknownSecret(_, let known): return [.init("secrets", names(known))]
        case .unknownTable(_, let known): return [.init("tables", names(known))]
        case .unknownTool(_, let known): return [.init("tools", names(known))]
        case .invalidArguments(let problems):
            return [
                .init(
                    "problems",
                    .array(problems.map { ["argument": .string($0.argument), "problem": .string($0.problem)] }))
            ]
        case .missingSecrets(let missing, let service):
            return [
                .init("rule", .string(Rule.secretsBeforeDeploy.name)), .init("service", .string(service)),
                .init("missing_secrets", names(missing)),
            ]
        case .ruleBroken(let breach):
            return [
                .init("rule", .string(breach.rule)), .init("rule_description", .string(breach.description)),
                .init("evidence", breach.evidence),
            ]
        case .deploymentFailed(let service, let id, let failure, let servesOld):
            return [
                .init("service", .string(service)),
                .init("deployment_id", .string(id)),
                .init("stage", .string(failure.stage.rawValue)),
                .init("traceback", .optional(failure.traceback)),
                .init("hint", .optional(failure.hint)),
                .init("import_log", names(failure.importLog)),
                .init("previous_version_serving", .bool(servesOld)),
            ]
        case .requestClosed(_, let state): return [.init("state", .string(state.rawValue))]
        case .incompleteAuthorization(_, let missing, let unexpected):
            return [.init("missing", names(missing)), .init("unexpected", names(unexpected))]
        case .sql(let failure):
            // `message` is what the platform's SQL screen reads.
            return [
                .init("sqlstate", .string(failure.code)), .init("message", .string(failure.message)),
                .init("details", .optional(failure.detail)), .init("hint", .optional(failure.hint)),
                .init("line", failure.line.map { .integer($0) } ?? .null),
            ]
        case .unsupported(let feature, _, _): return [.init("feature", .string(feature))]
        default: return []
        }
    }

    /// The one rendering, for HTTP, MCP and the command line.
    package var json: JSON {
        .object(
            [
                .init("detail", .string(detail)),
                .init("code", .string(code)),
                .init("status", .integer(status)),
            ] + facts + [.init("next_step", .string(nextStep))]
        )
    }
}
