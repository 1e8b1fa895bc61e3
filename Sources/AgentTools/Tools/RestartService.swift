import AltanCloud
import JSONText

extension Tool {
    static let restartService = Tool(
        "restart_service",
        title: "Restart service",
        description: """
            Starts a service again from the code that runs, in a new process and with the secrets as they are stored \
            now. Use it after upsert_secret changed a value that a running service reads, or when a service hangs. If it \
            does not come up, the process from before keeps serving and the reply has the traceback.
            """,
        arguments: [.cloudID, .serviceName],
        output: deploymentResult,
        hints: .writes
    ) { arguments, context in
        let cloud = try await context.store.cloud(arguments.cloudID)
        let service = try await context.store.service(arguments.text("service_name"), cloud: cloud.id)
        context.progress("Importing \(service.name) in a new process")
        let report = try await context.platform.deploy(
            DeploymentOrder(
                cloudID: cloud.id, name: service.name, code: service.code, requirements: service.requirements),
            caller: context.caller)
        return ControlPlaneJSON.report(report, baseURL: context.baseURL(cloud.id))
            .followed(by: "Call an endpoint to see that it answers as before.")
    }
}
