package import AltanCloud
package import Logging
package import World

/// Runs the services of every cloud: one worker process each, replaced as a whole by a deployment.
package actor ServiceSupervisor: ServiceRunning, ModuleInspecting {
    let settings: RuntimeSettings

    /// - Parameter logs: takes every line that services print.
    package init(settings: RuntimeSettings, logs: any LogSink, world: World, logger: Logger) {
        self.settings = settings
    }

    /// Warms up the interpreter that services are forked from, so that the first deployment need not wait for it.
    /// Returns at once; without a base environment it does nothing.
    package func start() {}

    package func deploy(_ source: ServiceSource) async -> DeployOutcome { .failed(unfinished) }

    package func remove(service: String, cloud: String) async {}

    package func restart(service: String, cloud: String) async -> DeployOutcome { .failed(unfinished) }

    package func inspect(code: String) async -> ModuleInspection {
        ModuleInspection(requiredSecrets: [], optionalSecrets: [], syntaxError: unfinished.message)
    }

    /// Answers a request. Waits while the service is starting or being started again. Cancelling the task, or dropping
    /// the response's stream, is a client that went away.
    /// - Throws: `ServiceCallError`, or `CancellationError`.
    package nonisolated func call(
        _ request: ServiceRequest, service: String, cloud: String
    ) async throws -> ServiceResponse {
        throw ServiceCallError.notRunning(service: service, unfinished)
    }

    /// What each service of a cloud offers, by name; those that do not run are absent.
    package nonisolated func interfaces(cloud: String) -> [String: ServiceInterface] { [:] }

    /// Removes every service of a cloud.
    package func removeAll(cloud: String) async {}

    /// Ends every process that was started and returns when none is left. Calls under way fail.
    package func shutdown() async {}
}

private let unfinished = DeployFailure(
    stage: .environment, message: "Running services is not built in yet.", traceback: nil, hint: nil, importLog: [])
