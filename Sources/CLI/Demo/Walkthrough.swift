import JSONText

/// Plays the canonical workflow against an emulator, over HTTP as an agent does, and checks each step.
struct Walkthrough {
    let client: EmulatorClient
    /// The ready line.
    let facts: JSON
    /// The step whose world is broken first, to show that its check notices.
    let broken: DemoStep?
    /// Ends the listener: the broken world of the first step.
    let stopServing: @Sendable () async -> Void

    /// What the present step has shown.
    var evidence: [String] = []
    var cloudID = ""
    var baseURL = ""
    /// What became of deploying before the secret was stored: the reply, and the services there were after it.
    var prematureDeployment: (reply: Reply, services: JSON)?

    init(
        client: EmulatorClient, facts: JSON, broken: DemoStep?, stopServing: @escaping @Sendable () async -> Void
    ) {
        self.client = client
        self.facts = facts
        self.broken = broken
        self.stopServing = stopServing
    }

    /// Plays one step; its evidence is in `evidence` afterwards.
    /// - Throws: `StepFailure`.
    mutating func play(_ step: DemoStep) async throws {
        evidence = []
        do {
            switch step {
            case .getProject: try await getProject()
            case .identifySecrets: try await identifySecrets()
            case .verifySecrets: try await verifySecrets()
            case .stopIfMissing: try stopIfMissing()
            case .implement: try await implement()
            case .defineRequirements: try await defineRequirements()
            case .deploy: try await deploy()
            case .test: try await test()
            }
        } catch let failure as CommandFailure {
            throw StepFailure(reason: failure.message ?? "\(failure)")
        }
    }

    // MARK: What steps are made of

    /// Notes a claim that holds, or ends the step.
    mutating func confirm(_ holds: Bool, _ claim: String, otherwise found: @autoclosure () -> String) throws {
        guard holds else { throw StepFailure(reason: "\(claim): not so. Found: \(found())") }
        evidence.append(claim)
    }

    /// Calls a tool that has to succeed.
    func tool(_ name: String, _ arguments: JSON = [:]) async throws -> JSON {
        let reply = try await client.call(tool: name, arguments)
        let json = try reply.json(of: name)
        guard reply.isSuccess else {
            throw StepFailure(
                reason: "\(name) was refused (\(reply.status)). \(Refusal(status: reply.status, json: json).text)")
        }
        return json
    }

    /// `cloud_id` and more.
    func inCloud(_ members: [(String, JSON)] = []) -> JSON {
        .object([JSON.Member("cloud_id", .string(cloudID))] + members.map { JSON.Member($0.0, $0.1) })
    }

    /// Stores the third-party secret as the agent does.
    func storeSecret(_ value: String) async throws -> JSON {
        try await tool(
            "upsert_secret", inCloud([("key", .string(DemoService.secret)), ("value", .string(value))]))
    }
}
