import PostgresSyntax
import PostgresTypes
import SQLite

// Row security policies.
extension SystemRows {
    @Sendable static func policies(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.policies.map { relation, policy in
            let letters: [CreatePolicy.Command: String] = [
                .all: "*", .select: "r", .insert: "a", .update: "w", .delete: "d",
            ]
            return [
                "oid": .number(policy.oid), "polname": .text(policy.name), "polrelid": .number(relation.id.oid),
                "polcmd": .text(letters[policy.command] ?? "*"), "polpermissive": .bool(policy.isPermissive),
                "polroles": .array(policy.roles.map { $0 == "public" ? 0 : SystemID.role($0) }),
                "polqual": .optional(facts.definitions.text(policy.using, of: relation)),
                "polwithcheck": .optional(facts.definitions.text(policy.check, of: relation)),
            ]
        }
    }

    @Sendable static func policyViews(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.policies.map { relation, policy in
            [
                "schemaname": .text(relation.schema), "tablename": .text(relation.name),
                "policyname": .text(policy.name),
                "permissive": .text(policy.isPermissive ? "PERMISSIVE" : "RESTRICTIVE"),
                "roles": .array(policy.roles.sorted()), "cmd": .text(policy.command.rawValue.uppercased()),
                "qual": .optional(facts.definitions.text(policy.using, of: relation)),
                "with_check": .optional(facts.definitions.text(policy.check, of: relation)),
            ]
        }
    }
}

extension DefinitionText {
    /// A policy's condition.
    func text(_ condition: PolicyExpression?, of relation: Relation) -> String? {
        guard let condition else { return nil }
        do throws(PostgresError) {
            let typed = try Binder(catalog: catalog, searchPath: condition.path, context: context)
                .bindCondition(condition.value, overTable: relation.id, purpose: .policy)
            return text(typed, over: relation)
        } catch { return nil }
    }
}
