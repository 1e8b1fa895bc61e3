import AltanCloud
import JSONText
import PostgresEngine
import PostgresTypes

// /v1/pg-meta/{cloud_id}: SQL and tables, in postgres-meta's shapes.
extension Emulator {
    /// - Parameter path: what follows `/v1/pg-meta`, decoded.
    func pgMeta(_ request: FrontRequest, _ path: [String]) async throws -> FrontResponse {
        guard let id = path.first else { throw Unemulated.failure(request) }
        let cloud = try await platform.runningCloud(id)
        let response = try await answer(request, path, cloud)
        platform.log(
            "\(request.method) /\(path.dropFirst().joined(separator: "/")) \(response.status)", to: .pgMeta,
            cloud: cloud.id)
        return response
    }

    private func answer(_ request: FrontRequest, _ path: [String], _ cloud: Cloud) async throws -> FrontResponse {
        do {
            switch (request.method, path.dropFirst().first, path.count) {
            case ("POST", "query", 2):
                guard let query = try await request.json()["query"]?.stringValue else {
                    throw CloudError.invalidArguments([.init("query", "is required and must be a text")])
                }
                return .json(try await platform.executeSQL(query, cloud: cloud.id))
            case ("GET", "tables", 2): return .json(try await tables(request, cloud))
            case ("GET", "tables", 3): return .json(try await table(path[2], cloud))
            case ("POST", "tables", 2): return .json(try await createTable(try await request.json(), cloud))
            case ("DELETE", "tables", 3):
                return .json(try await dropTable(path[2], cascade: request.parameter("cascade") == "true", cloud))
            case (_, "query", 2), (_, "tables", 2):
                throw FrontFailure.methodNotAllowed(request.method, path: request.path)
            default:
                throw FrontFailure.notBuilt(
                    feature: "altan.pg-meta",
                    message: "\(request.method) \(request.path) of postgres-meta is not emulated. Use POST "
                        + "/v1/pg-meta/{id}/query.")
            }
        } catch CloudError.sql(let failure) {
            return Self.pgMetaError(failure)
        }
    }

    /// `?include_columns&excluded_schemas&included_schemas&include_system_schemas&limit&offset`.
    private func tables(_ request: FrontRequest, _ cloud: Cloud) async throws -> JSON {
        func names(_ parameter: String) -> Set<String> {
            Set((request.parameter(parameter) ?? "").split(separator: ",").map(String.init))
        }
        var selection = TableDocument.Selection()
        selection.includesColumns = request.parameter("include_columns") != "false"
        selection.includesSystemSchemas = request.parameter("include_system_schemas") == "true"
        selection.excludedSchemas = names("excluded_schemas")
        selection.includedSchemas = names("included_schemas")
        let catalog = try databases.entry(cloud.id).database.catalog
        var found = TableDocument.tables(in: catalog, selection)[...]
        if let offset = request.parameter("offset").flatMap(Int.init), offset > 0 { found = found.dropFirst(offset) }
        if let limit = request.parameter("limit").flatMap(Int.init), limit >= 0 { found = found.prefix(limit) }
        return try await document(Array(found), catalog, includingColumns: selection.includesColumns, cloud)
    }

    private func document(
        _ relations: [Relation], _ catalog: CatalogSnapshot, includingColumns: Bool, _ cloud: Cloud
    ) async throws -> JSON {
        var counts: [UInt32: Int] = [:]
        for relation in relations {
            let name = "\(SQLIdentifier.always(relation.schema)).\(SQLIdentifier.always(relation.name))"
            let rows = try await platform.executeSQL("SELECT count(*)::int AS n FROM \(name)", cloud: cloud.id)
            counts[relation.id.oid] = rows[0]?["n"]?.intValue
        }
        let document = TableDocument(catalog: catalog, rowCounts: counts)
        return .array(relations.map { document.json($0, includingColumns: includingColumns) })
    }

    private func table(_ id: String, _ cloud: Cloud) async throws -> JSON {
        let (relation, catalog) = try relation(id, cloud)
        return try await document([relation], catalog, includingColumns: true, cloud)[0] ?? .null
    }

    private func relation(_ id: String, _ cloud: Cloud) throws -> (Relation, CatalogSnapshot) {
        let catalog = try databases.entry(cloud.id).database.catalog
        guard let relation = UInt32(id).flatMap({ catalog[RelationID($0)] }), relation.table != nil else {
            throw CloudError.unknownTable(id, known: catalog.orderedRelations.filter { $0.table != nil }.map(\.name))
        }
        return (relation, catalog)
    }

    /// `{name, schema?, comment?}`: a table without columns, as the platform's form makes one.
    private func createTable(_ body: JSON, _ cloud: Cloud) async throws -> JSON {
        guard let name = body["name"]?.stringValue, !name.isEmpty else {
            throw CloudError.invalidArguments([.init("name", "is required and must be a text")])
        }
        let schema = body["schema"]?.stringValue ?? "public"
        let table = "\(SQLIdentifier.always(schema)).\(SQLIdentifier.always(name))"
        var script = "CREATE TABLE \(table) ();"
        if let comment = body["comment"]?.stringValue {
            script += "COMMENT ON TABLE \(table) IS '\(comment.replacing("'", with: "''"))';"
        }
        _ = try await platform.executeSQL(script, cloud: cloud.id)
        let catalog = try databases.entry(cloud.id).database.catalog
        guard let relation = catalog.relation(schema, name) else { return .null }
        return try await self.table(String(relation.id.oid), cloud)
    }

    private func dropTable(_ id: String, cascade: Bool, _ cloud: Cloud) async throws -> JSON {
        let (relation, _) = try relation(id, cloud)
        let before = try await table(id, cloud)
        let table = "\(SQLIdentifier.always(relation.schema)).\(SQLIdentifier.always(relation.name))"
        _ = try await platform.executeSQL("DROP TABLE \(table)\(cascade ? " CASCADE" : "")", cloud: cloud.id)
        return before
    }

    /// postgres-meta's error: `message`, and the whole of it as psql prints it under `error`.
    private static func pgMetaError(_ failure: SQLFailure) -> FrontResponse {
        var formatted = "ERROR:  \(failure.code): \(failure.message)\n"
        if let detail = failure.detail { formatted += "DETAIL:  \(detail)\n" }
        if let hint = failure.hint { formatted += "HINT:  \(hint)\n" }
        if let context = failure.context { formatted += "CONTEXT:  \(context)\n" }
        let error = CloudError.sql(failure)
        var json: JSON = [
            "message": .string(failure.message), "error": .string(formatted), "formattedError": .string(formatted),
            "severity": "ERROR", "code": .string(failure.code), "sqlstate": .string(failure.code),
        ]
        json.set("detail", .string(failure.detail ?? error.detail))
        json.set("hint", .optional(failure.hint))
        json.set("line", failure.line.map { .integer($0) } ?? .null)
        json.set("next_step", .string(error.nextStep))
        return .json(json, status: error.status)
    }
}

extension SQLFailure {
    init(_ error: PostgresError, line: Int? = nil) {
        self.init(
            code: error.code, message: error.message, detail: error.detail, hint: error.hint, context: error.context,
            line: line)
    }
}
