import World

// Further clouds: activated, paused, resized, deleted.
extension Platform {
    /// What a new cloud is to be.
    package struct CloudDraft: Sendable {
        package var name: String
        /// The default project when nil.
        package var projectID: String?
        /// The component of the project that becomes the cloud; one is made up when nil.
        package var componentID: String?
        package var icon: String?

        package init(name: String, projectID: String? = nil, componentID: String? = nil, icon: String? = nil) {
            self.name = name
            self.projectID = projectID
            self.componentID = componentID
            self.icon = icon
        }
    }

    /// Activates a cloud: its address, keys and database are there when this returns. A component that has one
    /// already keeps it: asking twice makes one cloud.
    package func activateCloud(_ draft: CloudDraft) async throws -> Cloud {
        guard !draft.name.isEmpty, draft.name.utf8.count <= 200 else {
            throw CloudError.invalidArguments([.init("name", "must be a text of 1 to 200 bytes")])
        }
        if let component = draft.componentID,
            let cloud = try await store.clouds().first(where: { $0.componentID == component })
        {
            return cloud
        }
        let id = world.uuid()
        let cloud = Cloud(
            id: id, projectID: draft.projectID ?? identity.projectID, name: draft.name, createdAt: world.now,
            updatedAt: world.now, componentID: draft.componentID ?? id, icon: draft.icon,
            keys: makeKeys(world.token()))
        try await store.add(cloud)
        // Makes the database.
        _ = try await sql.execute(sql: "select 1", cloud: id)
        return cloud
    }

    /// Stops a cloud's services and forgets everything in it but its logs.
    package func deleteCloud(_ id: String) async throws {
        let cloud = try await store.cloud(id)
        guard cloud.id != identity.cloudID else { throw CloudError.defaultCloudStays(cloud.id) }
        let services = try await store.services(cloud: cloud.id)
        try await store.deleteCloud(cloud.id)
        try await stop(services)
        await sql.remove(cloud: cloud.id)
    }

    /// The keys with which a cloud's Supabase is spoken to.
    package func keys(of cloud: Cloud) -> CloudKeys { cloud.keys ?? identity.keys }

    /// A cloud that answers.
    /// - Throws: `cloudPaused`, or what `CloudStore.cloud` throws.
    package func runningCloud(_ id: String?) async throws -> Cloud {
        let cloud = try await store.cloud(id)
        guard cloud.status == .running else { throw CloudError.cloudPaused(cloud.id, name: cloud.name) }
        return cloud
    }

    /// Pauses a cloud: nothing in it answers from now on, and its services are stopped when this returns.
    package func pauseCloud(_ id: String) async throws -> Cloud {
        let cloud = try await store.cloud(id)
        let paused = try await store.update(cloud: cloud.id, status: .paused)
        try await stop(try await store.services(cloud: cloud.id))
        return paused
    }

    /// Brings a paused cloud back with every service that was mounted.
    package func resumeCloud(_ id: String) async throws -> Cloud {
        let cloud = try await store.cloud(id)
        guard cloud.status == .paused else { return cloud }
        let running = try await store.update(cloud: cloud.id, status: .running)
        try await startServices(of: cloud.id)
        return running
    }

    /// Gives a cloud another size.
    package func resizeCloud(_ id: String, to name: String) async throws -> Cloud {
        guard let type = InstanceType.named(name) else { throw CloudError.unknownInstanceType(name) }
        return try await store.update(cloud: try await store.cloud(id).id, instanceType: type.name)
    }

    private func stop(_ services: [Service]) async throws {
        for service in services {
            // A deployment that was under way has ended when its turn has come to us.
            try await turns.withTurn(ServiceKey(service)) {
                await runtime.remove(service: service.name, cloud: service.cloudID)
            }
        }
    }
}

extension World {
    /// 256 random bits in hexadecimal: what nobody can guess.
    func token() -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: entropy.bytes(32).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
