import JSONText

// Steps 1 to 4: what comes before any code.
extension Walkthrough {
    mutating func getProject() async throws {
        if broken == .getProject { await stopServing() }
        let project = try await tool("get_project")
        cloudID = project["cloud_id"]?.stringValue ?? ""
        baseURL = project["base_url"]?.stringValue ?? ""
        try confirm(
            !cloudID.isEmpty && cloudID == facts["cloud_id"]?.stringValue, "get_project: cloud_id is \(cloudID)",
            otherwise: project.text)
        try confirm(
            !baseURL.isEmpty && baseURL == facts["base_url"]?.stringValue, "get_project: base_url is \(baseURL)",
            otherwise: project.text)
    }

    mutating func identifySecrets() async throws {
        if broken == .identifySecrets { _ = try await storeSecret("left over from somebody else") }
        evidence.append("the service will need SUPABASE_URL and SUPABASE_KEY, and \(DemoService.secret) of a courier")
        let names = try await tool("list_secrets", inCloud())
        try confirm(
            names.arrayValue != nil && !names.contains(DemoService.secret),
            "list_secrets: \(DemoService.secret) is not stored yet, it has to be asked for", otherwise: names.text)
    }

    mutating func verifySecrets() async throws {
        let cloud = try await tool("get_cloud", inCloud())
        try confirm(
            cloud["SUPABASE_URL"]?.stringValue == baseURL
                && cloud["SUPABASE_KEY"]?.stringValue == facts["service_role_key"]?.stringValue,
            "get_cloud: SUPABASE_URL and SUPABASE_KEY are there", otherwise: cloud.text)

        let wanted: JSON = .object([
            JSON.Member(DemoService.secret, ["description": "API key of the courier", "required": true])
        ])
        let request = try await tool(
            "create_authorization_request",
            inCloud([("custom_secrets", wanted), ("message", "The courier's key, to ship orders.")]))
        guard let id = request["id"]?.stringValue, request["is_completed"] == false else {
            throw StepFailure(reason: "create_authorization_request gave no open request: \(request.text)")
        }
        evidence.append("create_authorization_request: the user is asked for \(DemoService.secret)")
        try await deployTooEarly()
        let value = try await takeAnswer(of: id)
        let stored = try await storeSecret(value)
        let names = try await tool("list_secrets", inCloud())
        try confirm(
            names.contains(DemoService.secret), "upsert_secret: \(DemoService.secret) is stored",
            otherwise: names.text)
        try confirm(
            !stored.text.contains(value), "no reply but the one hand-over has shown its value", otherwise: "the value")
    }

    /// The user answers over HTTP; the agent reads the answer, which it can do once.
    private mutating func takeAnswer(of id: String) async throws -> String {
        let answer: JSON = .object([JSON.Member(DemoService.secret, .string(DemoService.secretValue))])
        let completed = try await client.json(
            "PATCH", "/authorization-request/\(id)/complete", body: ["provided_secrets": answer])
        try confirm(
            completed["is_completed"] == true && !completed.text.contains(DemoService.secretValue),
            "the user completed the request; the reply names the secret without its value", otherwise: completed.text)
        // Somebody else reads the answer first.
        if broken == .verifySecrets { _ = try await tool("get_authorization_request", ["id": .string(id)]) }
        let first = try await tool("get_authorization_request", ["id": .string(id)])
        let second = try await tool("get_authorization_request", ["id": .string(id)])
        let value = first["meta_data"]?["provided_secrets"]?[DemoService.secret]?.stringValue
        try confirm(
            value == DemoService.secretValue && second["meta_data"]?["provided_secrets"] == nil,
            "get_authorization_request: the value was handed over, and only once",
            otherwise: value == nil ? "no value was handed over" : "another value, or a second hand-over")
        return value ?? ""
    }

    /// Tries to deploy while the secret is missing, for step 4 to look at.
    private mutating func deployTooEarly() async throws {
        // The secret is there already, so nothing holds the code back.
        if broken == .stopIfMissing { _ = try await storeSecret(DemoService.secretValue) }
        let reply = try await client.call(
            tool: "create_service", DemoService.arguments(name: DemoService.name, cloud: cloudID))
        prematureDeployment = (reply, try await tool("list_services", inCloud()))
    }

    mutating func stopIfMissing() throws {
        guard let (reply, services) = prematureDeployment else { throw StepFailure(reason: "nothing was tried") }
        let refusal = try reply.json(of: "create_service")
        try confirm(
            reply.status == 422 && refusal["code"]?.stringValue == "missing_secrets",
            "create_service before the secret was stored: refused with 422",
            otherwise: "\(reply.status) \(refusal.text)")
        try confirm(
            refusal["missing_secrets"] == [.string(DemoService.secret)],
            "the refusal names what is missing: \(refusal["detail"]?.stringValue ?? "")", otherwise: refusal.text)
        try confirm(services["services"] == [], "list_services: nothing was deployed", otherwise: services.text)
    }
}

extension JSON {
    /// Whether a list of texts has this one.
    fileprivate func contains(_ text: String) -> Bool { arrayValue?.contains(.string(text)) ?? false }
}

extension String {
    fileprivate func contains(_ text: String) -> Bool { !text.isEmpty && firstRange(of: text) != nil }
}
