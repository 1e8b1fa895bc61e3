package import JSONText
import World

// Clouds as the platform's "instances": the records, activation, measurements, sizes, pause and resume.
extension ControlPlane {
    // MARK: /v1/instances[/{cloud_id}]

    package func instances() async throws -> JSON {
        let clouds = try await store.clouds()
        return ["instances": .array(clouds.map { ControlPlaneJSON.instance($0, baseURL: baseURL($0.id)) })]
    }

    package func instance(_ cloud: String) async throws -> JSON {
        let cloud = try await store.cloud(cloud)
        return ControlPlaneJSON.instance(cloud, baseURL: baseURL(cloud.id))
    }

    /// `POST /v1/instances?altaner_component_id=`: activates a cloud. A component that is a project's id puts the cloud
    /// into that project.
    package func activate(_ body: JSON, component: String?) async throws -> JSON {
        let account = try body.optionalText("account_id")
        if let account, account != platform.identity.accountID {
            throw CloudError.invalidArguments([
                .init("account_id", "is not the emulator's account, which is \(platform.identity.accountID)")
            ])
        }
        let projects = try await store.projects()
        let project = projects.first { $0.id == component }
        let cloud = try await platform.activateCloud(
            .init(
                name: try body.text(["name"]), projectID: project?.id,
                componentID: project == nil ? component : nil, icon: try body.optionalText("icon")))
        return try await instance(cloud.id)
    }

    // MARK: /v1/instances/metrics/cloud/{cloud_id}[/history]

    /// The cloud's address, keys and size, and what the emulator uses now. One process serves all clouds, so every
    /// running cloud shows the same figures.
    package func metrics(_ cloud: String, meter: UsageMeter) async throws -> JSON {
        let cloud = try await store.cloud(cloud)
        let keys = platform.keys(of: cloud)
        let type = InstanceType.named(cloud.instanceType) ?? .standard
        var pods: [JSON] = []
        if cloud.status == .running {
            let usage = meter.sample()
            pods.append([
                "status": "Running", "cpu_usage_millicores": .integer(usage.millicores),
                "cpu_limit": .string(type.cpuLimit), "memory_usage_bytes": .integer(usage.memoryBytes),
                "memory_limit": .string(type.memoryLimit),
            ])
        }
        return [
            "cloud_id": .string(cloud.id), "cloud_url": .string(baseURL(cloud.id)), "anon_key": .string(keys.anonKey),
            "service_role_key": .string(keys.serviceRoleKey), "instance_type": ControlPlaneJSON.instanceType(type),
            "pods": .array(pods),
        ]
    }

    /// The spans that the platform's charts offer.
    private static let periods: [(name: String, hours: Int)] = [
        ("1h", 1), ("6h", 6), ("12h", 12), ("24h", 24), ("2d", 48), ("7d", 168), ("30d", 720),
    ]

    package func metricsHistory(_ cloud: String, period: String?, meter: UsageMeter) async throws -> JSON {
        let cloud = try await store.cloud(cloud)
        guard let (name, hours) = Self.periods.first(where: { $0.name == period ?? "24h" }) else {
            let known = Self.periods.map(\.name).joined(separator: ", ")
            throw CloudError.invalidArguments([.init("period", "must be one of \(known)")])
        }
        if cloud.status == .running { _ = meter.sample() }
        let samples = meter.samples(since: platform.world.now + .seconds(-3600 * hours))
        func series(_ value: (UsageMeter.Sample) -> Int) -> JSON {
            .array(
                samples.map { ["timestamp": ControlPlaneJSON.time($0.at), "value": .integer(value($0))] })
        }
        return [
            "cloud_id": .string(cloud.id), "period": .string(name), "cpu_usage_history": series(\.millicores),
            "memory_usage_history": series(\.memoryBytes),
        ]
    }

    // MARK: /v1/instances/types, /v1/instances/tenant/{id}/scale/…

    package func instanceTypes() -> JSON { .array(InstanceType.all.map(ControlPlaneJSON.instanceType)) }

    /// `scale/up` and `scale/down`. Either twice is once.
    package func scale(_ cloud: String, up: Bool) async throws -> JSON {
        let cloud = up ? try await platform.resumeCloud(cloud) : try await platform.pauseCloud(cloud)
        return ControlPlaneJSON.instance(cloud, baseURL: baseURL(cloud.id))
    }

    /// `scale/resources`: `{instance_type_name}` or `{instance_type}`, a name or a record of `types`.
    package func resize(_ cloud: String, _ body: JSON) async throws -> JSON {
        let record = body["instance_type"]
        guard
            let name = body["instance_type_name"]?.stringValue ?? record?.stringValue ?? record?["name"]?.stringValue
        else {
            throw CloudError.invalidArguments([.init("instance_type_name", "is required and must be a text")])
        }
        let before = try await store.cloud(cloud)
        let after = try await platform.resizeCloud(before.id, to: name)
        var json = ControlPlaneJSON.instance(after, baseURL: baseURL(after.id))
        json.set("restart_required", .bool(before.instanceType != after.instanceType))
        return json
    }

    // MARK: /v1/instances/config/gotrue/{id}

    package func gotrueConfiguration(_ cloud: String) async throws -> JSON {
        let cloud = try await store.cloud(cloud)
        return try await store.gotrueConfiguration(cloud: cloud.id).redacted
    }

    /// Changes what the body names. An empty secret, or the mark that stands for one, keeps the secret there is.
    package func setGotrueConfiguration(_ cloud: String, _ body: JSON) async throws -> JSON {
        let cloud = try await store.cloud(cloud)
        let configuration = try GotrueConfiguration(
            merging: body, into: try await store.gotrueConfiguration(cloud: cloud.id))
        try await store.set(gotrue: configuration, cloud: cloud.id)
        return configuration.redacted
    }
}

extension InstanceType {
    /// As Kubernetes writes it: `500m`, `2`.
    var cpuLimit: String {
        cores == cores.rounded() ? String(Int(cores)) : "\(Int(cores * 1000))m"
    }

    var memoryLimit: String { memoryMegabytes % 1024 == 0 ? "\(memoryMegabytes / 1024)Gi" : "\(memoryMegabytes)Mi" }
}

extension ControlPlaneJSON {
    static func instanceType(_ type: InstanceType) -> JSON {
        [
            "id": .string(type.id), "name": .string(type.name), "display_name": .string(type.displayName),
            "tier_type": .string(type.tier.rawValue), "cpu_cores": .double(type.cores),
            "cpu_limit": .string(type.cpuLimit), "memory_limit": .string(type.memoryLimit),
            "price_per_hour": .double(type.pricePerHour), "storage_gb": .integer(type.storageGigabytes),
        ]
    }
}
