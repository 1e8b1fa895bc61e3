package import JSONText
import World

/// The platform's records as the control plane and the tools show them. No function here can reach a secret's value.
package enum ControlPlaneJSON {
    package static func instance(_ cloud: Cloud, baseURL: String) -> JSON {
        [
            "id": .string(cloud.id),
            "cloud_id": .string(cloud.id),
            "name": .string(cloud.name),
            "status": .string(cloud.status.rawValue),
            "region": "local",
            "icon": .optional(cloud.icon),
            "instance_type": .string(cloud.instanceType),
            "altaner_component_id": .string(cloud.componentID),
            "created_at": time(cloud.createdAt),
            "updated_at": time(cloud.updatedAt),
            "connection": ["cloud_url": .string(baseURL)],
        ]
    }

    /// A project in the platform's shape: its cloud is a component.
    package static func altaner(_ project: Project, clouds: [Cloud], baseURL: (String) -> String) -> JSON {
        let items: [JSON] = clouds.map { cloud in
            [
                "id": .string(cloud.componentID),
                "type": "cloud",
                "cloud_id": .string(cloud.id),
                "params": ["ids": [.string(cloud.id)], "url": .string(baseURL(cloud.id))],
            ]
        }
        return [
            "id": .string(project.id),
            "name": .string(project.name),
            "description": .string(project.description),
            "account_id": .string(project.accountID),
            "components": ["items": .array(items)],
            "frontend_preview_url": .null,
            "frontend_live_url": .null,
            "meta_data": ["variables": .object([])],
            "created_at": time(project.createdAt),
            "updated_at": time(project.updatedAt),
        ]
    }

    /// - Parameter withCode: a list shows services without their code.
    package static func service(_ service: Service, baseURL: String, withCode: Bool = true) -> JSON {
        var json: JSON = [
            "name": .string(service.name),
            "description": .string(service.description),
            "status": .string(service.status.rawValue),
            "requirements": .array(service.requirements.map(JSON.string)),
        ]
        if withCode { json.set("code", .string(service.code)) }
        json.set("url", .string("\(baseURL)/services/api/\(service.name)"))
        json.set("routes", routes(service.routes, baseURL: baseURL))
        if let failure = service.failure {
            json.set(
                "last_failure",
                [
                    "stage": .string(failure.stage.rawValue),
                    "message": .string(failure.message),
                    "traceback": .optional(failure.traceback),
                    "hint": .optional(failure.hint),
                ])
        }
        json.set("mounted_at", service.mountedAt.map(time) ?? .null)
        json.set("created_at", time(service.createdAt))
        json.set("updated_at", time(service.updatedAt))
        return json
    }

    package static func routes(_ routes: [ServiceInterface.Route], baseURL: String) -> JSON {
        .array(
            routes.map { route in
                [
                    "method": .string(route.method),
                    "path": .string(route.path),
                    "url": .string("\(baseURL)/services\(route.path)"),
                ]
            })
    }

    package static func deployment(_ deployment: Deployment) -> JSON {
        [
            "id": .string(deployment.id),
            "number": .integer(deployment.number),
            "status": .string(deployment.status.rawValue),
            "error": .optional(deployment.failure?.message),
            "warnings": .array(deployment.warnings.map(JSON.string)),
            "started_at": time(deployment.startedAt),
            "duration_ms": .double(deployment.duration.milliseconds),
        ]
    }

    /// The reply to a deployment that succeeded: the service's record without its code, and what came of it.
    package static func report(_ report: DeploymentReport, baseURL: String) -> JSON {
        var json = service(report.service, baseURL: baseURL, withCode: false)
        json.set("cloud_id", .string(report.service.cloudID))
        json.set("service_name", .string(report.service.name))
        json.set("deployment", deployment(report.deployment))
        json.set("openapi_url", .string("\(baseURL)/services/openapi.json"))
        json.set("import_log", .array(report.importLog.map(JSON.string)))
        json.set("warnings", .array(report.warnings.map(JSON.string)))
        return json
    }

    package static func secret(_ secret: Secret) -> JSON {
        [
            "key": .string(secret.key),
            "description": .string(secret.description),
            "created_at": time(secret.createdAt),
            "updated_at": time(secret.updatedAt),
        ]
    }

    package static func logLine(_ line: LogStore.Line, withService: Bool = false) -> JSON {
        var json: JSON = ["timestamp": time(line.timestamp), "message": .string(line.message)]
        if withService { json.set("service", .string(line.service)) }
        if let requestID = line.requestID { json.set("request_id", .string(requestID)) }
        return json
    }

    package static func request(_ request: AuthorizationRequest, baseURL: String) -> JSON {
        let meta: JSON = [
            "type": "secrets",
            "requested_secrets": .array(request.requestedSecrets.map(\.json)),
            "message": .optional(request.message),
            "provided_keys": .array(request.providedKeys.map(JSON.string)),
            "handed_over_at": request.handedOverAt.map(time) ?? .null,
            "stored": .bool(request.isStored),
        ]
        return [
            "id": .string(request.id),
            "name": .string(request.name),
            "cloud_id": .string(request.cloudID),
            "room_id": .optional(request.roomID),
            "callback_id": .optional(request.callbackID),
            "connection_type_id": .null,
            "date_creation": time(request.createdAt),
            "is_completed": .bool(request.state == .completed),
            "status": .string(request.state.rawValue),
            "completed_at": request.completedAt.map(time) ?? .null,
            "page_url": .string("\(baseURL)/authorize/\(request.token)"),
            "complete_url": .string("\(baseURL)/authorization-request/\(request.id)/complete"),
            "meta_data": meta,
        ]
    }

    static func time(_ moment: Timestamp) -> JSON { .string(moment.description) }
}
