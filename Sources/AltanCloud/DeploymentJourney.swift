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
    package func deploy(_ order: DeploymentOrder, caller: Caller) async throws -> DeploymentReport {
        let cloud = try await runningCloud(order.cloudID)
        guard Service.isValid(name: order.name) else { throw CloudError.invalidServiceName(order.name) }
        return try await turns.withTurn(ServiceKey(cloudID: cloud.id, name: order.name)) {
            // It may have been paused while others had their turn.
            _ = try await runningCloud(cloud.id)
            let startedAt = world.now
            let start = world.clock.monotonic
            let module = await inspector.inspect(code: order.code)
            let environment = try await environment(of: cloud)
            let warnings =
                try rules.judge(module, service: order.name, environment: environment)
                + environment.warnings + hardCodedSecrets(in: order.code, environment)

            let source = source(order, cloud, environment)
            tell(environment.replacedOrigin, source, caller)
            let outcome = redacted(await runtime.deploy(source))
            let (service, deployment) = try await record(
                CloudStore.Attempt(
                    source: source, description: order.description, outcome: outcome,
                    warnings: warnings + outcome.warnings, caller: caller.name, startedAt: startedAt,
                    duration: world.clock.monotonic - start))
            note(deployment, caller)
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
        }
    }

    /// Brings up every service that was ever mounted, in all clouds that run or in one: at start, after a reset, when a
    /// cloud is resumed. Returns when all have answered.
    package func startServices(of cloud: String? = nil) async throws {
        let services = try await mountedServices().filter { cloud == nil || $0.cloudID == cloud }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services { group.addTask { try await self.start(service) } }
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

    /// Secrets written into the code: they work, and travel with it.
    private func hardCodedSecrets(in code: String, _ environment: WorkerEnvironment) -> [String] {
        environment.variables.sorted { $0.key < $1.key }.compactMap { key, value in
            guard value.utf8.count >= 12, !CloudOrigins.isOrigin(value), code.contains(value) else { return nil }
            return "The code contains the value of \(key). Read it from os.environ instead."
        }
    }

    /// One line of the emulator's own in a service's log, and below it the traceback of what failed.
    private func log(_ event: String, _ failure: DeployFailure?, _ service: String, _ cloud: String) {
        var lines = ["[emulator] " + event + (failure.map { ": \($0.message)" } ?? "")]
        lines += (failure?.traceback ?? "").split(separator: "\n").map(String.init)
        for line in lines { logs.append(line: line, service: service, cloud: cloud, requestID: nil) }
    }

    /// Writes a deployment down where people look for it: the service's log and the journal.
    private func note(_ deployment: Deployment, _ caller: Caller) {
        let result = deployment.failure == nil ? "is running" : "failed"
        log(
            "deployment \(deployment.number) \(result)", deployment.failure, deployment.service, deployment.cloudID)
        journal.append(
            JournalEvent(
                .deployment, caller: caller.name, run: caller.run, requestID: world.uuid(), cause: caller.requestID,
                path: deployment.service, status: deployment.failure == nil ? 200 : 422, duration: deployment.duration,
                facts: [
                    JSON.Member("cloud_id", .string(deployment.cloudID)),
                    JSON.Member("deployment_id", .string(deployment.id)),
                    JSON.Member("number", .integer(deployment.number)),
                    JSON.Member("failure", deployment.failure?.json ?? .null),
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
}
