import PostgresSyntax
import PostgresTypes
import SQLite

// ALTER DEFAULT PRIVILEGES, as `pg_default_acl` has it: a row for each role, schema and kind of object.
extension SystemRows {
    @Sendable static func defaultPrivileges(_ facts: SystemFacts) -> [SystemRow] {
        struct Key: Hashable {
            var role: String
            var schema: String?
            var letter: String
        }
        var order: [Key] = []
        var entries: [Key: [DefaultPrivilege]] = [:]
        for entry in facts.catalog.defaultPrivileges {
            let key = Key(role: entry.role, schema: entry.schema, letter: letter(of: entry.kind))
            if entries[key] == nil { order.append(key) }
            entries[key, default: []].append(entry)
        }
        return order.compactMap { key in
            guard let given = entries[key], let kind = given.first?.kind,
                let items = AccessList.defaults(
                    given.map(\.entry), role: key.role, kind: kind, isOfSchema: key.schema != nil)
            else { return nil }
            return [
                "oid": .number(SystemID.named("default", "\(key.role) \(key.schema ?? "") \(key.letter)")),
                "defaclrole": .number(SystemID.role(key.role)),
                "defaclnamespace": .number(key.schema.map { SystemID.schema($0) } ?? 0),
                "defaclobjtype": .text(key.letter), "defaclacl": .array(items),
            ]
        }
    }

    private static func letter(of kind: ObjectKind) -> String {
        switch kind {
        case .sequence: "S"
        case .schema: "n"
        case .type: "T"
        default: kind.isRoutine ? "f" : "r"
        }
    }
}
