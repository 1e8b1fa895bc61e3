import AltanCloud
package import JSONText

/// The part of JSON Schema that tools' arguments need: renders itself for agents and checks what they send.
package indirect enum Schema: Sendable {
    /// A text that is not empty.
    case string
    /// A text that may be empty.
    case anyString
    case integer(ClosedRange<Int>)
    case number
    case boolean
    case array(Schema)
    /// An object with any member names, each with a value of the schema.
    case map(Schema)
    /// An object with exactly these members.
    case object([Property])
    /// An object with at least these members: what results are.
    case record([(name: String, schema: Schema)])
    case nullable(Schema)
    /// Any of these; described by the sentence that completes "must be".
    case oneOf([Schema], String)
    case anything

    /// One member of an object.
    package struct Property: Sendable {
        package var name: String
        package var schema: Schema
        package var description: String
        package var isRequired: Bool
        /// Another name that is taken for it.
        package var alias: String?
        /// Whether its value must appear in no record of the call.
        package var isSecret: Bool
    }
}

extension Schema.Property {
    static func required(
        _ name: String, _ schema: Schema, alias: String? = nil, secret: Bool = false, _ description: String
    ) -> Schema.Property {
        Schema.Property(
            name: name, schema: schema, description: description, isRequired: true, alias: alias, isSecret: secret)
    }

    static func optional(
        _ name: String, _ schema: Schema, alias: String? = nil, _ description: String
    ) -> Schema.Property {
        Schema.Property(
            name: name, schema: schema, description: description, isRequired: false, alias: alias, isSecret: false)
    }
}

// MARK: Rendering

extension Schema {
    /// The schema as JSON Schema (2020-12).
    package var json: JSON {
        switch self {
        case .string: return ["type": "string", "minLength": 1]
        case .anyString: return ["type": "string"]
        case .integer(let range):
            return ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
        case .number: return ["type": "number"]
        case .boolean: return ["type": "boolean"]
        case .array(let items): return ["type": "array", "items": items.json]
        case .map(let values): return ["type": "object", "additionalProperties": values.json]
        case .object(let properties):
            var json: JSON = [
                "type": "object", "properties": .object(properties.map { JSON.Member($0.name, $0.json) }),
            ]
            let required = properties.filter(\.isRequired).map { JSON.string($0.name) }
            if !required.isEmpty { json.set("required", .array(required)) }
            // With an alias the claim would be false: the other name is taken too.
            if !properties.contains(where: { $0.alias != nil }) { json.set("additionalProperties", false) }
            return json
        case .record(let members):
            return [
                "type": "object", "properties": .object(members.map { JSON.Member($0.name, $0.schema.json) }),
                "required": .array(members.map { .string($0.name) }),
            ]
        case .nullable(let schema): return ["anyOf": [schema.json, ["type": "null"]]]
        case .oneOf(let schemas, _): return ["anyOf": .array(schemas.map(\.json))]
        case .anything: return .object([])
        }
    }
}

extension Schema.Property {
    fileprivate var json: JSON {
        var json = schema.json
        let also = alias.map { " (`\($0)` is accepted too.)" } ?? ""
        json.set("description", .string(description + also))
        if isSecret { json.set("writeOnly", true) }
        return json
    }
}

// MARK: Checking

extension Schema {
    /// What is wrong with `value`, each with the path of the argument; nothing when it is right.
    func problems(_ value: JSON, at path: String) -> [ArgumentProblem] {
        func must(_ be: String) -> [ArgumentProblem] { [ArgumentProblem(path, "must be \(be), not \(kind(value))")] }
        switch self {
        case .string:
            guard let text = value.stringValue else { return must("a text") }
            return text.isEmpty ? [ArgumentProblem(path, "must not be empty")] : []
        case .anyString: return value.stringValue == nil ? must("a text") : []
        case .integer(let range):
            guard let number = value.intValue else { return must("a whole number") }
            return range.contains(number)
                ? [] : [ArgumentProblem(path, "must be from \(range.lowerBound) to \(range.upperBound)")]
        case .number: return value.doubleValue == nil ? must("a number") : []
        case .boolean: return value.boolValue == nil ? must("true or false") : []
        case .array(let schema):
            guard let items = value.arrayValue else { return must("a list") }
            return items.enumerated().flatMap { schema.problems($1, at: "\(path)[\($0)]") }
        case .map(let schema):
            guard let members = value.objectValue else { return must("an object") }
            return members.flatMap { schema.problems($0.value, at: "\(path).\($0.key)") }
        case .object(let properties): return problems(value, properties, at: path)
        case .record(let members):
            guard value.objectValue != nil else { return must("an object") }
            return members.flatMap { member in
                value[member.name].map { member.schema.problems($0, at: "\(path).\(member.name)") }
                    ?? [ArgumentProblem("\(path).\(member.name)", "is missing")]
            }
        case .nullable(let schema): return value.isNull ? [] : schema.problems(value, at: path)
        case .oneOf(let schemas, let be):
            return schemas.contains { $0.problems(value, at: path).isEmpty } ? [] : must(be)
        case .anything: return []
        }
    }

    private func problems(_ value: JSON, _ properties: [Property], at path: String) -> [ArgumentProblem] {
        guard let members = value.objectValue else {
            return [ArgumentProblem(path.isEmpty ? "arguments" : path, "must be an object, not \(kind(value))")]
        }
        func inner(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
        var problems: [ArgumentProblem] = []
        for member in members where !properties.contains(where: { $0.name == member.key }) {
            let names = properties.map(\.name).joined(separator: ", ")
            problems.append(
                ArgumentProblem(
                    inner(member.key),
                    names.isEmpty ? "is not an argument: there are none" : "is not an argument; there are: \(names)"))
        }
        for property in properties {
            // An agent that has nothing to say often says null.
            if let given = value[property.name], !given.isNull || property.isRequired {
                problems += property.schema.problems(given, at: inner(property.name))
            } else if property.isRequired {
                problems.append(ArgumentProblem(inner(property.name), "is required: \(property.description)"))
            }
        }
        return problems
    }

    private func kind(_ value: JSON) -> String {
        switch value {
        case .null: "null"
        case .bool: "a truth value"
        case .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
