import PostgresSyntax
import PostgresTypes
import SQLite

// Constraints and privileges in information_schema.
extension SystemRows {
    /// Tables whose constraints the role may see: it owns them, or may do more with them than read.
    private static func constrained(_ facts: SystemFacts) -> [(relation: Relation, table: Table)] {
        let roles = facts.catalog.inheritedRoles(of: facts.role)
        return facts.relations.compactMap { relation in
            guard let table = relation.table else { return nil }
            let isVisible =
                facts.catalog.isMember(facts.role, of: relation.owner)
                || relation.privileges.contains { entry in
                    roles.contains(entry.grantee) && !entry.privileges.subtracting(["select"]).isEmpty
                }
            return isVisible ? (relation, table) : nil
        }
    }

    private static func named(_ constraint: String, _ schema: String) -> SystemRow {
        ["constraint_catalog": database, "constraint_schema": .text(schema), "constraint_name": .text(constraint)]
    }

    private static func place(_ relation: Relation) -> SystemRow {
        ["table_catalog": database, "table_schema": .text(relation.schema), "table_name": .text(relation.name)]
    }

    @Sendable static func tableConstraints(_ facts: SystemFacts) -> [SystemRow] {
        constrained(facts).flatMap { relation, table -> [SystemRow] in
            var rows = table.constraints.compactMap { constraint -> SystemRow? in
                let type: String? =
                    switch constraint.kind {
                    case .primaryKey: "PRIMARY KEY"
                    case .unique: "UNIQUE"
                    case .check: "CHECK"
                    case .foreignKey: "FOREIGN KEY"
                    // The standard knows no exclusion constraints.
                    case .exclusion: nil
                    }
                guard let type else { return nil }
                var row = named(constraint.name, relation.schema).merging(place(relation)) { $1 }
                row["constraint_type"] = .text(type)
                row["is_deferrable"] = .yesOrNo(constraint.isDeferrable)
                row["initially_deferred"] = .yesOrNo(constraint.isInitiallyDeferred)
                row["enforced"] = .text("YES")
                if case .unique(_, let nullsNotDistinct) = constraint.kind {
                    row["nulls_distinct"] = .yesOrNo(!nullsNotDistinct)
                }
                return row
            }
            // NOT NULL is a check without a name of its own here.
            for (index, column) in table.columns.enumerated() where column.isNotNull {
                let name = "\(SystemID.schema(relation.schema))_\(relation.id.oid)_\(index + 1)_not_null"
                var row = named(name, relation.schema).merging(place(relation)) { $1 }
                row["constraint_type"] = .text("CHECK")
                row["is_deferrable"] = .text("NO")
                row["initially_deferred"] = .text("NO")
                row["enforced"] = .text("YES")
                rows.append(row)
            }
            return rows
        }
    }

    @Sendable static func keyColumns(_ facts: SystemFacts) -> [SystemRow] {
        constrained(facts).flatMap { relation, table -> [SystemRow] in
            table.constraints.flatMap { constraint -> [SystemRow] in
                let columns: [String]
                var target: [Int?] = []
                switch constraint.kind {
                case .primaryKey(let names), .unique(let names, _): columns = names
                case .foreignKey(let key):
                    columns = key.columns
                    let unique = uniqueColumns(behind: key, facts)?.columns ?? key.referencedColumns
                    target = key.referencedColumns.map { unique.firstIndex(of: $0).map { $0 + 1 } }
                case .check, .exclusion: return []
                }
                return columns.enumerated().map { index, column in
                    var row = named(constraint.name, relation.schema).merging(place(relation)) { $1 }
                    row["column_name"] = .text(column)
                    row["ordinal_position"] = .number(index + 1)
                    if target.indices.contains(index), let position = target[index] {
                        row["position_in_unique_constraint"] = .number(position)
                    }
                    return row
                }
            }
        }
    }

    /// The unique constraint a foreign key refers to.
    private static func uniqueColumns(
        behind key: ForeignKey, _ facts: SystemFacts
    ) -> (schema: String, name: String, columns: [String])? {
        guard let target = facts.catalog[key.referencedTable] else { return nil }
        for constraint in target.table?.constraints ?? [] {
            switch constraint.kind {
            case .primaryKey(let columns), .unique(let columns, _):
                if Set(columns) == Set(key.referencedColumns) { return (target.schema, constraint.name, columns) }
            default: break
            }
        }
        return nil
    }

    /// What a constraint is about: a key's own columns, a foreign key's target, the columns a check reads.
    private static func used(
        by constraint: Constraint, _ relation: Relation, _ facts: SystemFacts
    ) -> (relation: Relation, columns: [String])? {
        switch constraint.kind {
        case .primaryKey(let columns), .unique(let columns, _): return (relation, columns)
        case .foreignKey(let key): return facts.catalog[key.referencedTable].map { ($0, key.referencedColumns) }
        case .check(let expression):
            let names = expression.columnNames
            return (relation, relation.columns.map(\.name).filter(names.contains))
        case .exclusion: return nil
        }
    }

    @Sendable static func constraintColumns(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.flatMap { relation -> [SystemRow] in
            (relation.table?.constraints ?? []).flatMap { constraint -> [SystemRow] in
                guard let used = used(by: constraint, relation, facts),
                    facts.catalog.isMember(facts.role, of: used.relation.owner)
                else { return [] }
                return used.columns.map { column in
                    var row = named(constraint.name, relation.schema).merging(place(used.relation)) { $1 }
                    row["column_name"] = .text(column)
                    return row
                }
            }
        }
    }

    @Sendable static func constraintTables(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.flatMap { relation -> [SystemRow] in
            (relation.table?.constraints ?? []).compactMap { constraint in
                if case .check = constraint.kind { return nil }
                guard let used = used(by: constraint, relation, facts),
                    facts.catalog.isMember(facts.role, of: used.relation.owner)
                else { return nil }
                return named(constraint.name, relation.schema).merging(place(used.relation)) { $1 }
            }
        }
    }

    @Sendable static func referentialConstraints(_ facts: SystemFacts) -> [SystemRow] {
        constrained(facts).flatMap { relation, table -> [SystemRow] in
            table.constraints.compactMap { constraint in
                guard case .foreignKey(let key) = constraint.kind else { return nil }
                var row = named(constraint.name, relation.schema)
                if let unique = uniqueColumns(behind: key, facts) {
                    row["unique_constraint_catalog"] = database
                    row["unique_constraint_schema"] = .text(unique.schema)
                    row["unique_constraint_name"] = .text(unique.name)
                }
                row["match_option"] = .text(key.isMatchFull ? "FULL" : "NONE")
                row["update_rule"] = .text(DefinitionText.words(key.onUpdate))
                row["delete_rule"] = .text(DefinitionText.words(key.onDelete))
                return row
            }
        }
    }

    @Sendable static func checkConstraints(_ facts: SystemFacts) -> [SystemRow] {
        let domains = facts.catalog.types.values.sorted { $0.id.oid < $1.id.oid }.flatMap { type -> [SystemRow] in
            guard case .domain(let domain) = type.kind, facts.catalog.isMember(facts.role, of: type.owner) else {
                return []
            }
            return domain.checks.map { check in
                var row = named(check.name, type.schema)
                row["check_clause"] = .optional(facts.definitions.domainCheck(check, of: domain).map { "(\($0))" })
                return row
            }
        }
        return domains + checkConstraintsOfTables(facts)
    }

    private static func checkConstraintsOfTables(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.filter { facts.catalog.isMember(facts.role, of: $0.owner) }.flatMap { relation -> [SystemRow] in
            guard let table = relation.table else { return [] }
            var rows = table.constraints.compactMap { constraint -> SystemRow? in
                guard case .check(let expression) = constraint.kind else { return nil }
                var row = named(constraint.name, relation.schema)
                let text = facts.definitions.check(expression, of: relation, path: constraint.expressionPath)
                row["check_clause"] = .optional(text.map { "(\($0))" })
                return row
            }
            for (index, column) in table.columns.enumerated() where column.isNotNull {
                let name = "\(SystemID.schema(relation.schema))_\(relation.id.oid)_\(index + 1)_not_null"
                var row = named(name, relation.schema)
                row["check_clause"] = .text("\(column.name) IS NOT NULL")
                rows.append(row)
            }
            return rows
        }
    }

    // MARK: Roles and privileges

    @Sendable static func enabledRoles(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.roles.keys.sorted().filter { facts.catalog.isMember(facts.role, of: $0) }.map {
            ["role_name": .text($0)]
        }
    }

    @Sendable static func applicableRoles(_ facts: SystemFacts) -> [SystemRow] {
        facts.catalog.roles.values.sorted { $0.name < $1.name }.flatMap { role -> [SystemRow] in
            guard facts.catalog.isMember(facts.role, of: role.name) else { return [] }
            return role.memberOf.sorted().map {
                ["grantee": .text(role.name), "role_name": .text($0), "is_grantable": .text("NO")]
            }
        }
    }

    private static let tablePrivilegeNames = [
        "insert", "select", "update", "delete", "truncate", "references", "trigger",
    ]

    /// Grants that concern the role: made by it, to it, or to everyone.
    private static func concerns(_ grantee: String, _ relation: Relation, _ facts: SystemFacts) -> Bool {
        grantee == "public" || facts.catalog.isMember(facts.role, of: grantee)
            || facts.catalog.isMember(facts.role, of: relation.owner)
    }

    private static func grantRow(_ relation: Relation, _ grantee: String, _ privilege: String) -> SystemRow {
        var row = place(relation)
        row["grantor"] = .text(relation.owner)
        row["grantee"] = .text(grantee == "public" ? "PUBLIC" : grantee)
        row["privilege_type"] = .text(privilege.uppercased())
        row["is_grantable"] = .yesOrNo(grantee == relation.owner)
        return row
    }

    /// What each role may do with a relation, its owner everything.
    private static func grants(_ relation: Relation) -> [(grantee: String, privileges: [String])] {
        [(relation.owner, tablePrivilegeNames)]
            + relation.privileges.filter { $0.grantee != relation.owner }.map { entry in
                (entry.grantee, tablePrivilegeNames.filter(entry.privileges.contains))
            }
    }

    @Sendable static func tablePrivileges(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.filter { $0.table != nil || $0.view?.isMaterialized == false }.flatMap { relation in
            grants(relation).filter { concerns($0.grantee, relation, facts) }.flatMap { grantee, privileges in
                privileges.map { privilege in
                    var row = grantRow(relation, grantee, privilege)
                    row["with_hierarchy"] = .yesOrNo(privilege == "select")
                    return row
                }
            }
        }
    }

    @Sendable static func columnPrivileges(_ facts: SystemFacts) -> [SystemRow] {
        facts.relations.filter { $0.table != nil || $0.view?.isMaterialized == false }.flatMap { relation in
            relation.columns.enumerated().flatMap { index, column -> [SystemRow] in
                var held: [(String, String)] = []
                for (grantee, privileges) in grants(relation) {
                    held += privileges.filter(["insert", "select", "update", "references"].contains).map {
                        (grantee, $0)
                    }
                }
                for entry in relation.table?.columns[index].privileges ?? [] {
                    for privilege in entry.privileges.sorted()
                    where !held.contains(where: { $0 == (entry.grantee, privilege) }) {
                        held.append((entry.grantee, privilege))
                    }
                }
                return held.filter { concerns($0.0, relation, facts) }.map { grantee, privilege in
                    var row = grantRow(relation, grantee, privilege)
                    row["column_name"] = .text(column.name)
                    return row
                }
            }
        }
    }
}
