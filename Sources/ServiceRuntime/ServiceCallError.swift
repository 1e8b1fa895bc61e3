package import AltanCloud

/// Why a call got no answer from a service.
package enum ServiceCallError: Error, Hashable, Sendable {
    /// No service of that name was deployed to that cloud.
    case noSuchService(String)
    /// The service's last deployment failed and no earlier one serves.
    case notRunning(service: String, DeployFailure)
    /// The worker ended while it handled this call; a call is never sent twice.
    case workerDied(service: String, exit: String)
    /// The worker broke off this response, or gave one that is no HTTP.
    case brokenResponse(service: String, reason: String)
    /// No answer within the request limit.
    case timeout(service: String, limit: Duration)
    /// The worker's event loop was stuck in Python code, so the worker was stopped.
    case unresponsive(service: String)
    /// The runtime is shutting down.
    case shuttingDown
}

extension ServiceCallError {
    /// The HTTP status that stands for the error.
    package var status: Int {
        switch self {
        case .noSuchService: 404
        case .notRunning, .workerDied, .brokenResponse: 502
        case .timeout, .unresponsive: 504
        case .shuttingDown: 503
        }
    }

    /// What the `detail` of the JSON body says.
    package var message: String {
        switch self {
        case .noSuchService: "Not Found"
        case .notRunning(let service, let failure): "Service \(service) is not running: \(failure.message)"
        case .workerDied(let service, let exit):
            "Service \(service) ended while it handled the request (\(exit)). It is being started again; see its logs."
        case .brokenResponse(let service, let reason): "Service \(service) sent no valid response: \(reason)"
        case .timeout(let service, let limit): "Service \(service) did not answer within \(limit.components.seconds) s."
        case .unresponsive(let service):
            "Service \(service) was stuck in Python code and has been started again; its logs show where it hung."
        case .shuttingDown: "The emulator is shutting down."
        }
    }
}
