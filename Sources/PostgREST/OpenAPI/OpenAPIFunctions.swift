import JSONText
import PostgresEngine
import PostgresSyntax
import PostgresTypes

/// The functions of the OpenAPI document: a path for each name, its parameters in the query and in the body.
struct OpenAPIFunctions {
    let catalog: CatalogSnapshot
    let schema: String
    /// Only what this role may call; nil: everything.
    let role: String?

    /// Of overloads the last one made is shown, as in PostgREST.
    var paths: [JSON.Member] {
        var last: [String: Routine] = [:]
        for routine in catalog.orderedRoutines
        where routine.schema == schema && SchemaCache.isCallable(routine)
            && role.map({ catalog.allowsCall(of: routine, role: $0) }) ?? true
        {
            last[routine.name] = routine
        }
        return last.values.sorted { $0.name < $1.name }.map { .init("/rpc/\($0.name)", path($0)) }
    }

    private func path(_ routine: Routine) -> JSON {
        let comment = catalog.comment(on: routine)
        let (summary, description) = OpenAPIDocument.split(comment)
        func operation(_ parameters: [JSON]) -> JSON {
            var operation: JSON = ["tags": [.string("(rpc) \(routine.name)")]]
            if let summary { operation.set("summary", .string(summary)) }
            if let description { operation.set("description", .string(description)) }
            operation.set(
                "produces",
                [
                    "application/json", "application/vnd.pgrst.object+json;nulls=stripped",
                    "application/vnd.pgrst.object+json",
                ])
            operation.set("parameters", .array(parameters))
            operation.set("responses", ["200": ["description": "OK"]])
            return operation
        }
        var path: JSON = [:]
        if routine.volatility != .volatile {
            path.set("get", operation(routine.inputs.map(queryParameter)))
        }
        let body: JSON = [
            "name": "args", "required": true, "in": "body", "schema": bodySchema(routine, description: comment),
        ]
        path.set("post", operation([body, ["$ref": "#/parameters/preferParams"]]))
        return path
    }

    private func bodySchema(_ routine: Routine, description: String?) -> JSON {
        var schema: JSON = [:]
        if let description { schema.set("description", .string(description)) }
        let required = routine.inputs.filter { $0.defaultValue == nil }.map { JSON.string($0.name ?? "") }
        if !required.isEmpty { schema.set("required", .array(required)) }
        schema.set(
            "properties",
            .object(
                routine.inputs.map { parameter in
                    let name = typeName(parameter)
                    var property: JSON = ["format": .string(OpenAPIDefinitions.format(name))]
                    if let kind = OpenAPIDefinitions.kind(name) { property.set("type", .string(kind)) }
                    if let items = Self.items(name) { property.set("items", items) }
                    return .init(parameter.name ?? "", property)
                }))
        schema.set("type", "object")
        return schema
    }

    /// An array is one text in a query, but a variadic parameter is given once for each of its elements.
    private func queryParameter(_ parameter: Routine.Parameter) -> JSON {
        let name = typeName(parameter)
        var result: JSON = [
            "name": .string(parameter.name ?? ""), "required": .bool(parameter.defaultValue == nil), "in": "query",
        ]
        if parameter.mode == .variadic {
            result.set("type", .string(OpenAPIDefinitions.kind(name) ?? "string"))
            var items: JSON = Self.items(name) ?? [:]
            items.set("format", .string(OpenAPIDefinitions.format(String(name.dropLast(2)))))
            result.set("items", items)
            result.set("collectionFormat", "multi")
        } else {
            let kind = OpenAPIDefinitions.kind(name)
            result.set("type", .string(kind == nil || kind == "array" ? "string" : kind ?? "string"))
            result.set("format", .string(OpenAPIDefinitions.format(name)))
        }
        return result
    }

    private func typeName(_ parameter: Routine.Parameter) -> String {
        catalog.typeName(TypeReference(parameter.type.type), searchPath: ["pg_catalog", schema])
    }

    private static func items(_ name: String) -> JSON? {
        guard name.hasSuffix("[]") else { return nil }
        return OpenAPIDefinitions.kind(String(name.dropLast(2))).map { ["type": .string($0)] } ?? [:]
    }
}
