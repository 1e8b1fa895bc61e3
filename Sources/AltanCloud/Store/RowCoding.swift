import JSONText
import SQLite
import World

// How values of the domain stand in rows of `control.db`: moments as microseconds, lists as JSON.

extension SQLValue {
    static func moment(_ moment: Timestamp?) -> SQLValue { moment.map { .integer($0.microseconds) } ?? .null }
    static func optional(_ text: String?) -> SQLValue { text.map(SQLValue.text) ?? .null }
    static func json(_ json: JSON?) -> SQLValue { json.map { .text($0.text) } ?? .null }
    static func list(_ texts: [String]) -> SQLValue { .json(.array(texts.map(JSON.string))) }
}

extension Statement {
    func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
    func moment(_ column: Int) -> Timestamp { Timestamp(microseconds: integer(column)) }
    func optionalMoment(_ column: Int) -> Timestamp? { isNull(column) ? nil : moment(column) }
    func json(_ column: Int) throws -> JSON { isNull(column) ? .null : try JSON(parsing: text(column)) }
    func list(_ column: Int) throws -> [String] { try json(column).arrayValue?.compactMap(\.stringValue) ?? [] }
}

extension Project {
    static let columns = "id, name, description, account_id, created_at, updated_at"

    init(row: Statement) {
        self.init(
            id: row.text(0), name: row.text(1), description: row.text(2), accountID: row.text(3),
            createdAt: row.moment(4), updatedAt: row.moment(5))
    }
}

extension Cloud {
    static let columns = """
        id, project_id, name, created_at, updated_at, component_id, icon, status, instance_type, anon_key,
        service_role_key, jwt_secret
        """

    init(row: Statement) {
        self.init(
            id: row.text(0), projectID: row.text(1), name: row.text(2), createdAt: row.moment(3),
            updatedAt: row.moment(4), componentID: row.optionalText(5) ?? row.text(0), icon: row.optionalText(6),
            status: row.optionalText(7).flatMap(Status.init(rawValue:)) ?? .running,
            instanceType: row.optionalText(8) ?? InstanceType.standard.name,
            keys: row.isNull(9)
                ? nil : CloudKeys(anonKey: row.text(9), serviceRoleKey: row.text(10), jwtSecret: row.text(11)))
    }

    var row: [SQLValue] {
        [
            .text(id), .text(projectID), .text(name), .moment(createdAt), .moment(updatedAt), .text(componentID),
            .optional(icon), .text(status.rawValue), .text(instanceType), .optional(keys?.anonKey),
            .optional(keys?.serviceRoleKey), .optional(keys?.jwtSecret),
        ]
    }
}

extension Secret {
    static let columns = "cloud_id, key, description, created_at, updated_at, value"

    init(row: Statement) {
        self.init(
            cloudID: row.text(0), key: row.text(1), description: row.text(2), createdAt: row.moment(3),
            updatedAt: row.moment(4), value: SecretValue(row.text(5)))
    }
}

extension Service {
    static let columns =
        "cloud_id, name, description, code, requirements, status, routes, failure, mounted_at, created_at, updated_at"

    init(row: Statement) throws {
        self.init(
            cloudID: row.text(0), name: row.text(1), description: row.text(2), code: row.text(3),
            requirements: try row.list(4), status: Status(rawValue: row.text(5)) ?? .error,
            routes: try row.json(6).arrayValue?.map(ServiceInterface.Route.init(json:)) ?? [],
            failure: try DeployFailure(json: row.json(7)), mountedAt: row.optionalMoment(8), createdAt: row.moment(9),
            updatedAt: row.moment(10))
    }

    var row: [SQLValue] {
        [
            .text(cloudID), .text(name), .text(description), .text(code), .list(requirements), .text(status.rawValue),
            .json(.array(routes.map(\.json))), .json(failure?.json), .moment(mountedAt), .moment(createdAt),
            .moment(updatedAt),
        ]
    }
}

extension Deployment {
    static let columns =
        "id, cloud_id, service, number, status, code, requirements, failure, warnings, caller, started_at, duration_us"

    init(row: Statement) throws {
        self.init(
            id: row.text(0), cloudID: row.text(1), service: row.text(2), number: Int(row.integer(3)),
            status: Status(rawValue: row.text(4)) ?? .failed, code: row.text(5), requirements: try row.list(6),
            failure: try DeployFailure(json: row.json(7)), warnings: try row.list(8), caller: row.text(9),
            startedAt: row.moment(10), duration: .microseconds(row.integer(11)))
    }

    var row: [SQLValue] {
        [
            .text(id), .text(cloudID), .text(service), .integer(Int64(number)), .text(status.rawValue), .text(code),
            .list(requirements), .json(failure?.json), .list(warnings), .text(caller), .moment(startedAt),
            .integer(duration.wholeMicroseconds),
        ]
    }
}

extension AuthorizationRequest {
    static let columns = """
        id, cloud_id, name, room_id, callback_id, message, requested, state, provided_keys, provided IS NOT NULL,
        created_at, completed_at, handed_over_at, token, is_stored
        """

    init(row: Statement) throws {
        self.init(
            id: row.text(0), cloudID: row.text(1), name: row.text(2), roomID: row.optionalText(3),
            callbackID: row.optionalText(4), message: row.optionalText(5),
            requestedSecrets: try row.json(6).arrayValue?.map(RequestedSecret.init(json:)) ?? [],
            state: State(rawValue: row.text(7)) ?? .pending, providedKeys: try row.list(8),
            holdsValues: row.integer(9) != 0, createdAt: row.moment(10), completedAt: row.optionalMoment(11),
            handedOverAt: row.optionalMoment(12), token: row.optionalText(13) ?? "", isStored: row.integer(14) != 0)
    }
}

extension ServiceInterface.Route {
    var json: JSON { ["method": .string(method), "path": .string(path)] }

    init(json: JSON) {
        self.init(method: json["method"]?.stringValue ?? "", path: json["path"]?.stringValue ?? "")
    }
}

extension RequestedSecret {
    var json: JSON {
        [
            "key": .string(key), "label": .string(label), "description": .string(description),
            "placeholder": .string(placeholder), "type": .string(type), "required": .bool(required),
        ]
    }

    init(json: JSON) {
        self.init(
            key: json["key"]?.stringValue ?? "", label: json["label"]?.stringValue,
            description: json["description"]?.stringValue ?? "",
            placeholder: json["placeholder"]?.stringValue ?? "",
            type: json["type"]?.stringValue ?? "password", required: json["required"]?.boolValue ?? true)
    }
}

extension DeployFailure {
    var json: JSON {
        [
            "stage": .string(stage.rawValue), "message": .string(message), "traceback": .optional(traceback),
            "hint": .optional(hint), "import_log": .array(importLog.map(JSON.string)),
        ]
    }

    init?(json: JSON) {
        guard let stage = json["stage"]?.stringValue.flatMap(Stage.init(rawValue:)) else { return nil }
        self.init(
            stage: stage, message: json["message"]?.stringValue ?? "",
            traceback: json["traceback"]?.stringValue, hint: json["hint"]?.stringValue,
            importLog: json["import_log"]?.arrayValue?.compactMap(\.stringValue) ?? [])
    }
}
