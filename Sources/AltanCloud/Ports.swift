package import JSONText

// What the cloud needs from others, declared here so that it depends on none of them.

/// Runs services: implemented by ServiceRuntime over worker processes.
package protocol ServiceRunning: Sendable {
    /// Resolves requirements, imports the module in a new worker, and puts it in the place of the one that serves,
    /// if and only if the import succeeded. The old one keeps serving otherwise.
    func deploy(_ source: ServiceSource) async -> DeployOutcome

    /// Stops a service's worker and forgets it. Its paths answer 404 from now on.
    func remove(service: String, cloud: String) async

    /// Starts the service's worker again from the source it last ran.
    func restart(service: String, cloud: String) async -> DeployOutcome
}

/// What a deployment imports.
package struct ServiceSource: Hashable, Sendable {
    package var cloudID: String
    /// `snake_case`; the router is mounted at `/api/{name}`.
    package var name: String
    /// The Python module's text.
    package var code: String
    /// pip requirement specifiers.
    package var requirements: [String]
    /// The worker's whole environment: the cloud's secrets and what is injected. Never logged.
    package var environment: [String: String]
    /// The code answers in the place of a host of the internet, which `name` names; it is `{module: source}` as JSON.
    package var isStandIn: Bool

    package init(
        cloudID: String, name: String, code: String, requirements: [String], environment: [String: String],
        isStandIn: Bool = false
    ) {
        self.isStandIn = isStandIn
        self.cloudID = cloudID
        self.name = name
        self.code = code
        self.requirements = requirements
        self.environment = environment
    }
}

/// How a deployment ended.
package enum DeployOutcome: Sendable {
    case running(ServiceInterface)
    case failed(DeployFailure)
}

/// What a running service offers.
package struct ServiceInterface: Hashable, Sendable {
    package struct Route: Hashable, Sendable {
        package var method: String
        /// As the client sees it below `/services`: `/api/{name}/…`.
        package var path: String

        package init(method: String, path: String) {
            self.method = method
            self.path = path
        }
    }

    package var routes: [Route]
    /// The service's own OpenAPI document, paths starting with `/api/{name}`.
    package var openAPI: JSON
    /// What the import printed, line by line.
    package var importLog: [String]
    package var warnings: [String]

    package init(routes: [Route], openAPI: JSON, importLog: [String], warnings: [String]) {
        self.routes = routes
        self.openAPI = openAPI
        self.importLog = importLog
        self.warnings = warnings
    }
}

/// Why a module did not come up.
package struct DeployFailure: Error, Hashable, Sendable {
    package enum Stage: String, Sendable {
        /// The interpreter or base environment is missing: nothing can be deployed on this machine yet.
        case environment
        /// A requirement could not be resolved or installed.
        case requirements
        /// The module raised, did not end in time, or does not parse.
        case `import`
        /// The module was imported but exports no `router` that is an APIRouter.
        case router
    }

    package var stage: Stage
    /// One sentence for people, in Altan's wording where Altan has one.
    package var message: String
    /// Python's traceback, verbatim.
    package var traceback: String?
    /// What to do next.
    package var hint: String?
    /// What the import printed before it failed.
    package var importLog: [String]

    package init(stage: Stage, message: String, traceback: String?, hint: String?, importLog: [String]) {
        self.stage = stage
        self.message = message
        self.traceback = traceback
        self.hint = hint
        self.importLog = importLog
    }
}

/// Finds in a module's source which environment variables it reads; implemented in Python by ServiceRuntime.
package protocol ModuleInspecting: Sendable {
    func inspect(code: String) async -> ModuleInspection
}

/// What a module's source says about itself, without running it.
package struct ModuleInspection: Hashable, Sendable {
    /// Names read at import time without a default: the module cannot come up without them.
    package var requiredSecrets: [String]
    /// Names read with a default, inside functions, or guarded by `try`.
    package var optionalSecrets: [String]
    /// The syntax error, when there is one, as Python words it.
    package var syntaxError: String?
    /// What else rules want to know: `imports`, `features`, `exports_router`, `secret_literals`, `blocking_calls`.
    package var facts: [JSON.Member]

    package init(
        requiredSecrets: [String], optionalSecrets: [String], syntaxError: String?, facts: [JSON.Member] = []
    ) {
        self.requiredSecrets = requiredSecrets
        self.optionalSecrets = optionalSecrets
        self.syntaxError = syntaxError
        self.facts = facts
    }

    /// As a deployment's line in the journal holds it.
    var json: JSON {
        .object(
            [
                .init("required_secrets", .array(requiredSecrets.map(JSON.string))),
                .init("optional_secrets", .array(optionalSecrets.map(JSON.string))),
                .init("syntax_error", .optional(syntaxError)),
            ] + facts)
    }
}

/// Runs SQL on a cloud's database as its owner; implemented over PostgresEngine.
package protocol SQLExecuting: Sendable {
    /// Runs a script and returns the last statement's rows as objects; an empty list for a statement without rows.
    /// - Throws: `SQLFailure`.
    func execute(sql: String, cloud: String) async throws -> JSON

    /// Removes the database of a cloud that is gone.
    func remove(cloud: String) async
}

/// A Postgres error as data.
package struct SQLFailure: Error, Hashable, Sendable {
    package var code: String
    package var message: String
    package var detail: String?
    package var hint: String?
    /// The routines and statements that it happened in, innermost first, a line each.
    package var context: String?
    /// 1-based line of the script, where known.
    package var line: Int?

    package init(
        code: String, message: String, detail: String? = nil, hint: String? = nil, context: String? = nil,
        line: Int? = nil
    ) {
        self.code = code
        self.message = message
        self.detail = detail
        self.hint = hint
        self.context = context
        self.line = line
    }
}

/// Takes the lines that services print; implemented by LogStore, called by ServiceRuntime.
package protocol LogSink: Sendable {
    /// One line without its newline. `requestID` names the call during which it was printed, where that is known.
    func append(line: String, service: String, cloud: String, requestID: String?)
}
