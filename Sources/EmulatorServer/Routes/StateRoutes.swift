import AltanCloud
import JSONText
import Outbound
import PostgresEngine
import PostgresTypes
import World

// /_emulator/state/document: everything that an agent can change, as one value. /_emulator/state/check: whether it is sound.
extension Emulator {
    /// The state as it is now.
    func stateDocument() async throws -> StateDocument {
        await servicesStarted()
        var clouds: [JSON.Member] = []
        let kept = platform.redactor.redactKnown(try await thirdParties.store.contents())
        var thirdParty: [JSON.Member] = []
        for cloud in try await platform.store.clouds() {
            let isDefault = cloud.id == platform.identity.cloudID
            // Ids of further clouds differ from run to run; their names are what people mean.
            var name = isDefault ? "default" : cloud.name
            while clouds.contains(where: { $0.key == name }) { name += "'" }
            clouds.append(JSON.Member(name, try await document(of: cloud)))
            if let objects = kept[cloud.id] { thirdParty.append(JSON.Member(name, objects)) }
        }
        return StateDocument(clouds: .object(clouds), thirdParty: .object(thirdParty))
    }

    /// What is wrong with the clouds' databases, a line each.
    func inconsistencies() async throws -> [String] {
        var problems: [String] = []
        for cloud in try await platform.store.clouds() {
            problems += try await databases.entry(cloud.id).database.inconsistencies().map { "\(cloud.name): \($0)" }
        }
        return problems
    }

    private func document(of cloud: Cloud) async throws -> JSON {
        let services = try await platform.store.services(cloud: cloud.id).map { service in
            JSON.Member(
                service.name,
                [
                    "status": .string(service.status.rawValue), "description": .string(service.description),
                    "code_sha256": .string(StateDocument.sha256(Array(service.code.utf8))),
                    "requirements": .array(service.requirements.map(JSON.string)),
                    "routes": .array(service.routes.map { .string("\($0.method) \($0.path)") }),
                ])
        }
        let secrets = try await platform.store.secrets(cloud: cloud.id).map { secret in
            JSON.Member(secret.key, ["description": .string(secret.description)])
        }
        return [
            "tables": .object(try await tables(of: cloud)), "services": .object(services),
            "secrets": .object(secrets),
        ]
    }

    /// Every table with its rows; partitions' rows are their parents'.
    private func tables(of cloud: Cloud) async throws -> [JSON.Member] {
        let database = try databases.entry(cloud.id).database
        let relations = database.catalog.relations.values.filter { $0.table.map { $0.partitionOf == nil } ?? false }
        var tables: [JSON.Member] = []
        for relation in relations {
            guard let table = relation.table else { continue }
            let result = await database.execute(
                script: "select * from \(Self.quoted(relation.schema)).\(Self.quoted(relation.name))",
                session: Session(), options: [.readOnly])
            if let error = result.failures.first?.error {
                throw CloudError.internalFailure("\(relation.schema).\(relation.name): \(error.message)")
            }
            guard let last = result.entries.last, case .success(let rows) = last.outcome else { continue }
            let columns = zip(rows.columns, rows.types).map { column, type -> JSON in
                ["name": .string(column.name), "type": .string(type.displayName())]
            }
            let listed = rows.json(context: ValueContext(now: world.now)).arrayValue ?? []
            tables.append(
                JSON.Member(
                    "\(relation.schema).\(relation.name)",
                    [
                        "columns": .array(columns),
                        "key": .array(table.primaryKey.map { .string(table.columns[$0].name) }),
                        "rows": .array(StateDocument.sorted(rows: listed)),
                    ]))
        }
        return tables
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
