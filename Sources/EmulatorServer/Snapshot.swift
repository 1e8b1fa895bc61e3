import AltanCloud
import JSONText
import Logging
import Outbound
import PostgresEngine
import PostgresTypes
import World

// Seeding, the mark, and the way back to it.
extension Emulator {
    /// Loads the seed's SQL in one transaction, and its secrets.
    func loadSeed() async throws {
        try await JournalContext(caller: "seed").run { try await loadSeedFiles() }
    }

    private func loadSeedFiles() async throws {
        let database = try databases.entry(platform.identity.cloudID).database
        // Supabase's own command warns too: new projects name a file that is not there.
        for (file, pattern) in seed.unmatched { logger.warning("\(file): no seed file matches \(pattern)") }
        if !seed.scripts.isEmpty {
            let result = await database.execute(
                scripts: seed.scripts, session: Session(),
                options: settings.continuesOnError ? [.continueOnError] : [])
            for failure in result.failures {
                guard let error = failure.error else { continue }
                let refusal = StartFailure.seed(
                    file: failure.file ?? "the seed", line: failure.line, statement: failure.text,
                    reason: error.message + (error.detail.map { " (\($0))" } ?? ""))
                guard settings.continuesOnError else { throw refusal }
                logger.warning("\(failure.file ?? ""):\(failure.line): \(error.code): \(error.message)")
            }
        }
        for secret in seed.secrets {
            do {
                _ = try await platform.store.upsertSecret(
                    cloud: platform.identity.cloudID, key: secret.key, value: SecretValue(secret.value),
                    description: secret.description)
            } catch {
                throw StartFailure.seed(
                    file: "secrets.json", line: nil, statement: nil, reason: "\(secret.key): \(error)")
            }
        }
    }

    /// Deploys the seed's services, all at once; they are recorded in their order. One that fails is listed with its
    /// error, as on the platform.
    func deploySeed() async {
        var last: Task<Void, Never>?
        for service in seed.services {
            // Each awaits the one before it, and the end of this function the last one.
            last = Task { [before = last] in
                await deploySeed(service) { await before?.value }
                await before?.value
            }
        }
        await last?.value
    }

    private func deploySeed(_ service: Seed.Service, recordedAfter turn: @Sendable () async -> Void) async {
        do {
            _ = try await platform.deploy(
                DeploymentOrder(
                    cloudID: platform.identity.cloudID, name: service.name, description: service.description,
                    code: service.code, requirements: service.requirements),
                caller: Caller("seed"), recordedAfter: turn)
        } catch {
            logger.error("seed service \(service.name): \(platform.rendering(of: error).json.text)")
        }
    }

    /// Makes what there is now what `reset` returns to.
    package func mark() async throws {
        try await markDatabases()
        try await platform.store.mark()
        try await thirdParties.store.mark()
    }

    /// Copies every cloud's database into `mark/`, which then holds those of no other.
    func markDatabases() async throws {
        for name in folderEntries(folder.path + "/mark") { removeTree("\(folder.path)/mark/\(name)") }
        for cloud in try await platform.store.clouds() {
            try await databases.entry(cloud.id).database.copy(to: "\(folder.path)/mark/\(cloud.id).db")
        }
    }

    /// Returns everything to the mark and starts a new run. Has returned when every URL would answer correctly again.
    package func reset() async throws {
        await servicesStarted()
        for name in folderEntries(folder.path + "/mark") where name.hasSuffix(".db") {
            let database = try databases.entry(String(name.dropLast(3))).database
            try await database.restore(from: "\(folder.path)/mark/\(name)")
        }
        try await thirdParties.store.reset()
        thirdParties.gateway.deck.rewind()
        try await platform.reset()
    }
}
