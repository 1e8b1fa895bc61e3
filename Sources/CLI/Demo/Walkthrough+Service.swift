import JSONText

// Steps 5 to 8: the code, from the first try to its tests.
extension Walkthrough {
    mutating func implement() async throws {
        _ = try await tool("execute_sql", inCloud([("query", .string(DemoService.table))]))
        evidence.append("execute_sql: table orders is made")
        let code = broken == .implement ? DemoService.code + "\ndel router\n" : DemoService.code
        let draft = try await tool(
            "create_service",
            DemoService.arguments(name: DemoService.draftName, cloud: cloudID, code: code, requirements: []))
        try confirm(
            draft["status"]?.stringValue == "running", "the module imports in a worker and exports router",
            otherwise: draft.text)
        try confirm(
            draft["import_log"]?.arrayValue?.contains("orders: ready") ?? false,
            "what it prints at import is in the reply", otherwise: draft["import_log"]?.text ?? "no import_log")
    }

    mutating func defineRequirements() async throws {
        let wanted = DemoService.requirements + (broken == .defineRequirements ? ["no-such-package-of-the-demo"] : [])
        let draft = try await tool(
            "update_service",
            DemoService.arguments(name: DemoService.draftName, cloud: cloudID, requirements: wanted))
        let kept = Set(draft["requirements"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        try confirm(
            kept == DemoService.importedPackages,
            "requirements are what the module imports and nothing else: \(wanted.joined(separator: ", "))",
            otherwise: "\(kept.sorted())")
        _ = try await tool("delete_service", inCloud([("service_name", .string(DemoService.draftName))]))
        let services = try await tool("list_services", inCloud())
        try confirm(services["services"] == [], "the draft is gone again", otherwise: services.text)
    }

    mutating func deploy() async throws {
        if broken == .deploy {
            _ = try await tool("delete_secret", inCloud([("key", .string(DemoService.secret))]))
        }
        let deployed = try await tool(
            "create_service", DemoService.arguments(name: DemoService.name, cloud: cloudID))
        let url = "\(baseURL)/services/api/\(DemoService.name)"
        try confirm(
            deployed["status"]?.stringValue == "running" && deployed["url"]?.stringValue == url,
            "create_service: it runs at \(url)", otherwise: deployed.text)
        let routes = (deployed["routes"]?.arrayValue ?? []).map {
            "\($0["method"]?.stringValue ?? "") \($0["path"]?.stringValue ?? "")"
        }
        try confirm(
            Set(routes) == Set(DemoService.endpoints), "mounted: \(routes.joined(separator: ", "))",
            otherwise: "\(routes)")
        let schema = try await client.json("GET", "/services/openapi.json")
        let paths = Set(schema["paths"]?.objectValue?.map(\.key) ?? [])
        let expected = Set(DemoService.endpoints.map { String($0.split(separator: " ")[1]) })
        try confirm(
            expected.isSubset(of: paths), "/services/openapi.json describes every path", otherwise: "\(paths.sorted())")
    }

    mutating func test() async throws {
        if broken == .test { _ = try await tool("execute_sql", inCloud([("query", "drop table orders")])) }
        let added = try await call("POST", "/items", ["item": "Lamp", "quantity": 2], expecting: 201)
        let id = added.json["id"]?.intValue ?? 0
        try confirm(
            added.json["item"] == "Lamp" && added.json["status"] == "new" && id > 0, "the reply is the order \(id)",
            otherwise: added.json.text)
        let list = try await call("GET", "/items?wanted=new", expecting: 200)
        try confirm(list.json == [added.json], "the list has it", otherwise: list.json.text)
        let one = try await call("GET", "/items/\(id)", expecting: 200)
        try confirm(one.json == added.json, "it reads as it was written", otherwise: one.json.text)
        let shipped = try await call("POST", "/items/\(id)/ship", expecting: 200)
        let tracking = shipped.json["tracking"]?.stringValue ?? ""
        try confirm(
            tracking.count == 12 && shipped.json["status"] == "shipped", "shipped as \(tracking), made with the secret",
            otherwise: shipped.json.text)

        let missing = try await call("GET", "/items/999", expecting: 404)
        try confirm(
            missing.json["detail"] == "No order 999", "the error says: No order 999", otherwise: missing.json.text)
        _ = try await call("POST", "/items", ["item": "Lamp", "quantity": 0], expecting: 422)
        _ = try await call("POST", "/items/\(id)/ship", expecting: 409)
        try await verifyRow(id, tracking: tracking)
        try await verifyLog(of: shipped.requestID, "shipped order \(id) as \(tracking)")
    }

    /// One request to the service, whose status is checked.
    private mutating func call(
        _ method: String, _ path: String, _ body: JSON? = nil, expecting status: Int
    ) async throws -> (json: JSON, requestID: String) {
        let reply = try await client.send(method, "/services/api/\(DemoService.name)\(path)", body: body)
        try confirm(
            reply.status == status, "\(method) \(path): \(reply.status)",
            otherwise: "\(reply.status) \(String(decoding: reply.bytes.prefix(500), as: UTF8.self))")
        return (try reply.json(of: path), reply.header("x-altan-request-id") ?? "")
    }

    /// The row as a Supabase client reads it.
    private mutating func verifyRow(_ id: Int, tracking: String) async throws {
        let key = facts["service_role_key"]?.stringValue ?? ""
        let path = "/rest/v1/orders?select=item,quantity,status,tracking&id=eq.\(id)"
        let reply = try await client.send(
            "GET", path, headers: [("apikey", key), ("authorization", "Bearer \(key)"), ("accept-profile", "public")])
        let rows = try reply.json(of: path)
        let expected: JSON = ["item": "Lamp", "quantity": 2, "status": "shipped", "tracking": .string(tracking)]
        try confirm(
            reply.status == 200 && rows == [expected], "/rest/v1/orders has the row: \(expected.text)",
            otherwise: "\(reply.status) \(rows.text)")
    }

    /// A line that was printed during one request. Prints travel beside the response and may come a moment later.
    private mutating func verifyLog(of requestID: String, _ message: String) async throws {
        var lines: JSON = []
        for _ in 0..<50 {
            let reply = try await tool(
                "get_service_logs",
                inCloud([("service_name", .string(DemoService.name)), ("request_id", .string(requestID))]))
            lines = reply["lines"] ?? []
            if lines.arrayValue?.contains(where: { $0["message"]?.stringValue == message }) ?? false { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        try confirm(
            lines.arrayValue?.map { $0["message"] } == [.string(message)],
            "get_service_logs of request \(requestID): \(message)", otherwise: lines.text)
    }
}
