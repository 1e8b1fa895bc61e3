import JSONText
import World

/// What is to be deployed. Creating and updating are the same.
package struct DeploymentOrder: Sendable {
    package var cloudID: String?
    package var name: String
    /// nil keeps the description there is.
    package var description: String?
    package var code: String
    package var requirements: [String]

    package init(
        cloudID: String? = nil, name: String, description: String? = nil, code: String, requirements: [String] = []
    ) {
        self.cloudID = cloudID
        self.name = name
        self.description = description
        self.code = code
        self.requirements = requirements
    }
}

/// What came of a deployment that succeeded.
package struct DeploymentReport: Sendable {
    package var service: Service
    package var deployment: Deployment
    /// What the import printed, secrets taken out.
    package var importLog: [String]
    package var warnings: [String]
}

extension Platform {
    /// Deploys a module: name, rules, environment, import in a worker, record.
    ///
    /// Refused by name or rule: nothing is written. A failed import is kept as a failed deployment; what served before
    /// keeps serving, and a service that never came up is listed in error.
    /// - Parameter turn: awaited before anything is written: deployments that happen at once are recorded in an order.
    package func deploy(
        _ order: DeploymentOrder, caller: Caller, recordedAfter turn: @Sendable () async -> Void = {}
    ) async throws -> DeploymentReport {
        let cloud = try await runningCloud(order.cloudID)
        guard Service.isValid(name: order.name) else { throw CloudError.invalidServiceName(order.name) }
        return try await turns.withTurn(ServiceKey(cloudID: cloud.id, name: order.name)) {
            // It may have been paused while others had their turn.
            _ = try await runningCloud(cloud.id)
            let startedAt = world.now
            let start = world.clock.monotonic
            let module = await inspector.inspect(code: order.code)
            let environment = try await environment(of: cloud)
            let inCode = hardCodedSecrets(in: order.code, environment)
            let facts = facts(order, cloud, module, environment, inCode)
            let warnings =
                try await judge(order, facts, caller) + module.warnings(environment) + environment.warnings
                + inCode.map { "The code contains the value of \($0). Read it from os.environ instead." }

            let source = source(order, cloud, environment)
            tell(environment.replacedOrigin, source, caller)
            let outcome = redacted(await runtime.deploy(source))
            await turn()
            let (service, deployment) = try await record(
                CloudStore.Attempt(
                    source: source, description: order.description, outcome: outcome,
                    warnings: warnings + outcome.warnings, caller: caller.name, startedAt: startedAt,
                    duration: world.clock.monotonic - start))
            note(deployment, outcome, facts, caller)
            switch outcome {
            case .running(let interface):
                return DeploymentReport(
                    service: service, deployment: deployment, importLog: interface.importLog,
                    warnings: deployment.warnings)
            case .failed(let failure):
                throw CloudError.deploymentFailed(
                    service: order.name, deploymentID: deployment.id, failure: failure,
                    servesOld: service.status == .running)
            }
        }
    }

    /// Writes an attempt down. Where that fails, as when the cloud was deleted meanwhile, nothing is left running.
    private func record(_ attempt: CloudStore.Attempt) async throws -> (service: Service, deployment: Deployment) {
        do {
            return try await store.record(attempt)
        } catch {
            await runtime.remove(service: attempt.source.name, cloud: attempt.source.cloudID)
            throw error
        }
    }

    /// Stops a service and forgets it.
    package func deleteService(_ name: String, cloud: String?, caller: Caller) async throws {
        let cloud = try await runningCloud(cloud)
        try await turns.withTurn(ServiceKey(cloudID: cloud.id, name: name)) {
            try await store.deleteService(name, cloud: cloud.id)
            await runtime.remove(service: name, cloud: cloud.id)
            journal.append(
                JournalEvent(
                    .removal, caller: caller.name, run: caller.run, cause: caller.requestID, path: name, status: 200,
                    facts: [JSON.Member("cloud_id", .string(cloud.id))]))
        }
    }

    /// Brings up every service that was ever mounted, in all clouds that run or in one: at start, after a reset, when a
    /// cloud is resumed. Returns when all have answered.
    /// - Parameter each: told of every one that has.
    package func startServices(
        of cloud: String? = nil, each: @escaping @Sendable (_ service: Service) -> Void = { _ in }
    ) async throws {
        let services = try await mountedServices().filter { cloud == nil || $0.cloudID == cloud }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services {
                group.addTask {
                    try await self.start(service)
                    each(service)
                }
            }
            try await group.waitForAll()
        }
    }

    private func start(_ service: Service) async throws {
        try await turns.withTurn(ServiceKey(service)) {
            let cloud = try await store.cloud(service.cloudID)
            guard cloud.status == .running else { return }
            let environment = try await environment(of: cloud)
            let order = DeploymentOrder(name: service.name, code: service.code, requirements: service.requirements)
            let source = source(order, cloud, environment)
            tell(environment.replacedOrigin, source, Caller("start"))
            let outcome = redacted(await runtime.deploy(source))
            try await store.noteRestart(service.name, cloud: cloud.id, outcome: outcome)
            if case .failed(let failure) = outcome { log("it did not come up again", failure, service.name, cloud.id) }
        }
    }

    /// The services that came up at least once, of clouds that run.
    func mountedServices() async throws -> [Service] {
        var services: [Service] = []
        for cloud in try await store.clouds() where cloud.status == .running {
            services += try await store.services(cloud: cloud.id).filter { $0.mountedAt != nil }
        }
        return services
    }

    private func source(_ order: DeploymentOrder, _ cloud: Cloud, _ environment: WorkerEnvironment) -> ServiceSource {
        ServiceSource(
            cloudID: cloud.id, name: order.name, code: order.code, requirements: order.requirements,
            environment: environment.variables)
    }

    /// The one line about a `SUPABASE_URL` that moved with the port.
    private func tell(_ replacedOrigin: String?, _ source: ServiceSource, _ caller: Caller) {
        guard let replacedOrigin else { return }
        logs.append(
            line:
                "[emulator] SUPABASE_URL was stored as \(replacedOrigin), an earlier address of this cloud: the service "
                + "gets \(origins.baseURL(of: source.cloudID))",
            service: source.name, cloud: source.cloudID, requestID: caller.requestID)
    }

    /// Names of secrets whose values are written into the code: they work, and travel with it.
    private func hardCodedSecrets(in code: String, _ environment: WorkerEnvironment) -> [String] {
        environment.variables.sorted { $0.key < $1.key }.compactMap { key, value in
            value.utf8.count >= 12 && !CloudOrigins.isOrigin(value) && code.contains(value) ? key : nil
        }
    }

    /// What rules judge a deployment by, and its line in the journal holds.
    private func facts(
        _ order: DeploymentOrder, _ cloud: Cloud, _ module: ModuleInspection, _ environment: WorkerEnvironment,
        _ secretsInCode: [String]
    ) -> [JSON.Member] {
        func names(_ list: [String]) -> JSON { .array(list.map(JSON.string)) }
        return [
            .init("cloud_id", .string(cloud.id)), .init("requirements", names(order.requirements)),
            .init("environment", names(environment.variables.keys.sorted())),
            .init("secrets_in_code", names(secretsInCode)), .init("module", module.json),
        ]
    }

    private func judge(_ order: DeploymentOrder, _ facts: [JSON.Member], _ caller: Caller) async throws -> [String] {
        // What the seed and a restart bring is no agent's doing.
        guard RunRecord.isOfAnAgent(caller.name) else { return [] }
        return try await judge(
            JournalEvent(
                .deployment, caller: caller.name, run: caller.run, requestID: world.uuid(), cause: caller.requestID,
                path: order.name, facts: facts))
    }

    /// One line of the emulator's own in a service's log, and below it the traceback of what failed.
    private func log(_ event: String, _ failure: DeployFailure?, _ service: String, _ cloud: String) {
        var lines = ["[emulator] " + event + (failure.map { ": \($0.message)" } ?? "")]
        lines += (failure?.traceback ?? "").split(separator: "\n").map(String.init)
        for line in lines { logs.append(line: line, service: service, cloud: cloud, requestID: nil) }
    }

    /// Writes a deployment down where people look for it: the service's log and the journal.
    private func note(
        _ deployment: Deployment, _ outcome: DeployOutcome, _ facts: [JSON.Member], _ caller: Caller
    ) {
        let result = deployment.failure == nil ? "is running" : "failed"
        log(
            "deployment \(deployment.number) \(result)", deployment.failure, deployment.service, deployment.cloudID)
        journal.append(
            JournalEvent(
                .deployment, caller: caller.name, run: caller.run, requestID: world.uuid(), cause: caller.requestID,
                path: deployment.service, status: deployment.failure == nil ? 200 : 422, duration: deployment.duration,
                facts: facts + [
                    JSON.Member("deployment_id", .string(deployment.id)),
                    JSON.Member("number", .integer(deployment.number)),
                    JSON.Member("failure", deployment.failure?.json ?? .null),
                    JSON.Member("routes", outcome.routes),
                ]))
    }

    /// Tracebacks and prints may show what the module read from its environment.
    private func redacted(_ outcome: DeployOutcome) -> DeployOutcome {
        switch outcome {
        case .running(var interface):
            interface.importLog = interface.importLog.map { redactor.redact($0) }
            interface.warnings = interface.warnings.map { redactor.redact($0) }
            return .running(interface)
        case .failed(var failure):
            failure.message = redactor.redact(failure.message)
            failure.traceback = failure.traceback.map { redactor.redact($0) }
            failure.hint = failure.hint.map { redactor.redact($0) }
            failure.importLog = failure.importLog.map { redactor.redact($0) }
            return .failed(failure)
        }
    }
}

extension DeployOutcome {
    fileprivate var warnings: [String] { if case .running(let interface) = self { interface.warnings } else { [] } }

    /// The endpoints, with whether a request to one can be wrong: FastAPI declares 422 where it can.
    fileprivate var routes: JSON {
        guard case .running(let interface) = self else { return [] }
        return .array(
            interface.routes.map { route in
                let operation = interface.openAPI["paths"]?[route.path]?[route.method.lowercased()]
                let takesInput = operation?["responses"]?["422"] != nil || operation?["requestBody"] != nil
                return [
                    "method": .string(route.method), "path": .string(route.path), "takes_input": .bool(takesInput),
                ]
            })
    }
}

extension ModuleInspection {
    /// What the module could use and does not find. What it cannot come up without is a rule's to say.
    fileprivate func warnings(_ environment: WorkerEnvironment) -> [String] {
        let absent = optionalSecrets.filter { environment.variables[$0] == nil }
        guard !absent.isEmpty else { return [] }
        return [
            "The code reads \(absent.joined(separator: ", ")), which this cloud does not have. It comes up without; "
                + "add what it needs with upsert_secret and deploy again."
        ]
    }
}

extension CloudError {
    /// The rule that this is a break of.
    package var rule: String? {
        switch self {
        case .missingSecrets: Rule.secretsBeforeDeploy.name
        case .ruleBroken(let breach): breach.rule
        default: nil
        }
    }
}
