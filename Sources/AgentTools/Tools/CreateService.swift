import AltanCloud
import JSONText

extension Tool {
    static let createService = Tool(
        "create_service",
        title: "Create service",
        description: """
            Deploys a Python module that exports `router` (a FastAPI APIRouter) at {base_url}/services/api/{service_name}. \
            Call it only when every secret that the module reads at import is stored: list_secrets shows the names. A \
            service of that name is replaced. Afterwards call every endpoint with real requests, and read \
            get_service_logs where something is wrong.
            """,
        arguments: deploymentArguments,
        output: deploymentResult,
        hints: .writes,
        run: deploy
    )

    static let deploymentArguments: [Schema.Property] = [
        .cloudID,
        .serviceName,
        .required("code", .string, "The whole module. It exports `router = APIRouter()`."),
        .optional("requirements", .array(.string), "pip requirements, such as [\"supabase\", \"stripe\"]."),
        .optional("description", .anyString, "What the service does, in a sentence."),
    ]

    static let deploymentResult = Schema.record([
        ("name", .string), ("service_name", .string), ("cloud_id", .string), ("status", .string), ("url", .string),
        ("routes", .array(.route)), ("openapi_url", .string), ("import_log", .texts), ("warnings", .texts),
        ("requirements", .texts), ("description", .anyString), ("mounted_at", .nullable(.string)),
        ("deployment", .record([("id", .string), ("number", .integer(1...Int.max)), ("status", .string)])),
    ])

    static let deploy: @Sendable (ToolArguments, ToolContext) async throws -> JSON = { arguments, context in
        context.progress("Checking the code and its secrets, installing requirements, importing the module")
        let report = try await context.platform.deploy(
            DeploymentOrder(
                cloudID: arguments.cloudID, name: arguments.text("service_name"),
                description: arguments.optionalText("description"), code: arguments.text("code"),
                requirements: arguments.texts("requirements")),
            caller: context.caller)
        context.progress("\(report.service.name) is mounted")
        let count = report.service.routes.count
        return ControlPlaneJSON.report(report, baseURL: context.baseURL(report.service.cloudID))
            .followed(
                by: count == 0
                    ? "The router has no routes: add endpoints to it and deploy again."
                    : "Call each of the \(count) endpoints with a real request and check status, body and side effects."
            )
    }
}
